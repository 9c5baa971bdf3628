"""Whatever an evaluation does, it ends as an outcome with an address."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping
from itertools import dropwhile
from pathlib import Path
from typing import Any

from evonas.errors import EvonasError
from evonas.evaluate.evaluator import Context, numbers
from evonas.evolve.objectives import Objectives
from evonas.evolve.records import CandidateId, Failure, Outcome


def guarded(
    evaluate: Callable[[Any, Context], Any],
    architecture: Any,
    context: Context,
    name: CandidateId,
    objectives: Objectives,
) -> Outcome:
    """Evaluate an architecture; an exception, an exit or a non-finite objective becomes a failure.

    Only an interrupt from the keyboard goes through.
    """
    declared: Mapping[str, float] = {}
    metrics: Mapping[str, float] = {}
    start = time.perf_counter()
    try:
        values = numbers(evaluate(architecture, context), tuple(objectives))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # even SystemExit: a worker never dies of its evaluation
        failure: Failure | None = failure_of(error)
    else:
        fault = objectives.fault(values)
        failure = Failure(fault) if fault else None
        metrics = {key: value for key, value in values.items() if key not in objectives.directions}
        declared = {} if fault else {key: values[key] for key in objectives}
    seconds = time.perf_counter() - start
    return Outcome(name, declared, metrics, failure, tuple(context.reports), seconds)


def failure_of(error: BaseException) -> Failure:
    """Return an exception as a value: one line, and the traceback of the user's own code.

    Our calls that lead to it are left out; of an error that we raise on purpose, all of our code is.
    """
    told = traceback.TracebackException.from_exception(error)
    if isinstance(error, EvonasError):
        lines = str(error).splitlines()
        frames = [frame for frame in told.stack if not _ours(frame)]
    else:
        lines = "".join(told.format_exception_only()).splitlines()
        frames = list(dropwhile(_ours, told.stack)) or told.stack[-1:]
    told.stack = traceback.StackSummary.from_list(frames)
    reason = next((line for line in lines if not line.startswith(" ")), "")  # code precedes a syntax error
    return Failure(reason, "".join(told.format()) if frames else "")


def _ours(frame: traceback.FrameSummary) -> bool:
    # A dataclass has its constructor from a string.
    return frame.filename == "<string>" or Path(__file__).parents[1] in Path(frame.filename).parents
