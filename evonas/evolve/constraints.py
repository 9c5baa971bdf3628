"""Limits that a solution must keep, such as ``latency <= 5``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from evonas.errors import SearchError, complaint

DIRECTIONS = {"<=": 1.0, ">=": -1.0}


class Constraint(NamedTuple):
    """An upper or a lower bound on an objective or on a number that the evaluator reports beside them.

    Attributes:
        name: Of the number.
        direction: 1.0 for at most, -1.0 for at least.
        bound: What must not be passed.
    """

    name: str
    direction: float
    bound: float

    def excess(self, values: Mapping[str, float]) -> float:
        """Return how far the number lies beyond its bound; zero or negative where the constraint is kept.

        It is a share of the bound, so that milliseconds and millions of parameters can be added up; of a
        bound of 0 it is the distance itself.
        """
        return self.direction * (float(values[self.name]) - self.bound) / (abs(self.bound) or 1.0)


def constraints_of(declared: object) -> tuple[Constraint, ...]:
    """Return the constraints that ``Search(constraints=)`` means.

    >>> constraints_of({"latency": "<= 5", "accuracy": ">= 0.9"})[0]
    Constraint(name='latency', direction=1.0, bound=5.0)

    Raises:
        SearchError: It is no dict of texts such as ``"<= 5"``.
    """
    remedy = 'write constraints={"latency": "<= 5"}'
    if not isinstance(declared, Mapping):
        raise SearchError(complaint("constraints", 'a dict of name: "<= number"', declared, remedy))
    return tuple(_read(name, text) for name, text in declared.items())


def _read(name: object, text: object) -> Constraint:
    if not isinstance(name, str) or not name.strip():
        raise SearchError(complaint("constraints", "names that are text", name, "give it a name"))
    if isinstance(text, str) and text.strip()[:2] in DIRECTIONS:
        try:
            bound = float(text.strip()[2:])
        except ValueError:
            bound = math.nan
        if math.isfinite(bound):
            return Constraint(name, DIRECTIONS[text.strip()[:2]], bound)
    remedy = f'write constraints={{{name!r}: "<= 5"}} or {{{name!r}: ">= 5"}}'
    raise SearchError(complaint(f"constraint {name!r}", '"<=" or ">=" and a number', text, remedy))
