"""Whatever an evaluation does, it ends as an outcome with an address."""

from __future__ import annotations

import time
import traceback
from dataclasses import replace
from typing import Any

from evonas.evaluate.evaluator import Context, Evaluate, call, numbers
from evonas.evolve.objectives import Objectives
from evonas.evolve.records import CandidateId, Failure, Outcome


def guarded(
    evaluate: Evaluate, architecture: Any, context: Context, name: CandidateId, objectives: Objectives
) -> Outcome:
    """Evaluate an architecture; an exception, an exit or a non-finite objective becomes a failure.

    Only an interrupt from the keyboard goes through.
    """
    start = time.perf_counter()
    try:
        values = numbers(call(evaluate, architecture, context), tuple(objectives))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # even SystemExit: a worker never dies of its evaluation
        outcome = Outcome(name, failure=failure_of(error))
    else:
        declared = {key: value for key, value in values.items() if key in objectives.directions}
        metrics = {key: value for key, value in values.items() if key not in declared}
        outcome = objectives.judged(Outcome(name, declared, metrics))
    return replace(outcome, reports=tuple(context.reports), seconds=time.perf_counter() - start)


def failure_of(error: BaseException) -> Failure:
    """Return an exception as a value: one line, and the traceback from the user's own code on."""
    lines = "".join(traceback.format_exception_only(error)).splitlines()
    reason = next(line for line in lines if not line.startswith(" "))  # a syntax error shows code before
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_globals.get("__name__", "").startswith("evonas."):
        if frames.tb_next is None:
            break
        frames = frames.tb_next
    return Failure(reason, "".join(traceback.format_exception(type(error), error, frames)))
