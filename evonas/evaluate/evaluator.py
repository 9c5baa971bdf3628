"""What a user gives to be evaluated: any function of an architecture, and perhaps of a context."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evonas.errors import SearchError, complaint

Evaluate = Callable[..., Any]
"""``evaluate(architecture)`` or ``evaluate(architecture, context)``: a number, or numbers by name."""


@dataclass
class Context:
    """What an evaluation is told beside the architecture.

    Attributes:
        seed: Seed for this evaluation, 0..2**31-1; the same for the same candidate anywhere.
        fidelity: How thorough to be; None is full.
        reports: The ``(step, value)`` pairs reported so far.
        home: Returns :attr:`checkpoint`, which most evaluations never ask for.
    """

    seed: int = 0
    fidelity: float | None = None
    reports: list[tuple[int, float]] = field(default_factory=list)
    home: Callable[[], Path | None] | None = field(default=None, repr=False)

    @property
    def checkpoint(self) -> Path | None:
        """A folder that is kept for this architecture; None outside a run.

        What an evaluation leaves there, such as weights, the next one of the same architecture finds: at a
        higher fidelity, or because this one was interrupted. So say in the file how far it got, and replace
        the file as a whole. All workers must see the run's folder. Nobody deletes it, since a run may be
        resumed with a larger budget; the evaluator may empty it, and `checkpoints` in the folder of a run
        that is over can be deleted.
        """
        return self.home() if self.home else None

    def report(self, step: int, value: float) -> None:
        """Note an intermediate value, such as the accuracy after an epoch; it ends up in the journal."""
        self.reports.append((int(step), float(value)))


def takes_context(evaluate: Evaluate, name: str = "evaluate") -> bool:
    """Return whether a function wants the context beside the architecture.

    Args:
        evaluate: The user's function.
        name: What the user calls it.

    Raises:
        SearchError: It is no function, or can be called with neither one nor two arguments.
    """
    remedy = f"write def {name}(architecture) or def {name}(architecture, context)"
    if not callable(evaluate):
        raise SearchError(complaint(name, "a function", evaluate, remedy))
    try:
        signature = inspect.signature(evaluate)
    except ValueError:  # some of Python's own do not tell
        raise SearchError(complaint(name, "a function that tells its arguments", evaluate, remedy)) from None
    with suppress(TypeError):
        signature.bind(None)
        # A second argument that may be left out is the user's own, unless it says otherwise.
        return any(p.name == "context" or p.kind is p.VAR_POSITIONAL for p in signature.parameters.values())
    with suppress(TypeError):
        signature.bind(None, None)
        return True
    raise SearchError(complaint(name, "a function of one or two arguments", str(signature), remedy))


def caller(evaluate: Evaluate) -> Callable[[Any, Context], Any]:
    """Return a user's function as one of two arguments, of which it gets as many as it takes."""
    if takes_context(evaluate):
        return evaluate
    return lambda architecture, context: evaluate(architecture)


def numbers(value: Any, objectives: tuple[str, ...]) -> dict[str, float]:
    """Return what an evaluator returned as floats by name.

    Args:
        value: A number, if there is one objective, or a mapping of numbers by name.
        objectives: The declared names; further names are reported metrics.

    Raises:
        SearchError: It is neither.
    """
    if not isinstance(value, Mapping):
        if len(objectives) > 1:
            remedy = f"return {{{objectives[0]!r}: ..., {objectives[1]!r}: ...}}"
            raise SearchError(complaint("evaluate", "a dict of objectives", value, remedy))
        value = {objectives[0]: value}
    return {str(name): _number(str(name), x) for name, x in value.items()}


def _number(name: str, value: Any) -> float:
    """Return a Python float of any number: Python's, numpy's, or a tensor with one element."""
    if value is not None and not isinstance(value, str | bytes):
        try:
            return float(value)
        except OverflowError:
            return math.inf
        except (TypeError, ValueError):
            pass
    forgotten = "did it forget to return? " if value is None else ""
    remedy = f"{forgotten}return a number, or {{{name!r}: number}}"
    raise SearchError(complaint(f"evaluate: {name}", "a number", value, remedy))
