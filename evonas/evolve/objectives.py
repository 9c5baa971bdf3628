"""Names and directions of what is optimized, and how a failed evaluation counts: never."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from evonas.errors import SearchError, complaint
from evonas.evolve.records import Candidate, Failure, Individual, Outcome

SIGNS = {"min": 1.0, "max": -1.0}


@dataclass(frozen=True)
class Objectives:
    """Which numbers are optimized, in which direction; the first is the most important one.

    >>> objectives = Objectives({"accuracy": "max", "parameters": "min"})
    >>> objectives.costs({"accuracy": 0.9, "parameters": 100})
    (-0.9, 100.0)

    Attributes:
        directions: ``"min"`` or ``"max"`` by objective name.

    Raises:
        SearchError: There is none, or a name or a direction is unusable.
    """

    directions: Mapping[str, str]
    _signs: tuple[tuple[str, float], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.directions, Mapping) or not self.directions:
            remedy = 'write objectives={"accuracy": "max"}'
            raise SearchError(complaint("objectives", "a dict of name: direction", self.directions, remedy))
        for name, direction in self.directions.items():
            if not isinstance(name, str) or not name.strip():
                raise SearchError(complaint("objectives", "names that are text", name, "give it a name"))
            if not isinstance(direction, str) or direction not in SIGNS:
                remedy = f'write objectives={{{name!r}: "max"}} or {{{name!r}: "min"}}'
                raise SearchError(complaint(f"objective {name!r}", '"min" or "max"', direction, remedy))
        object.__setattr__(self, "directions", dict(self.directions))
        signs = tuple((name, SIGNS[direction]) for name, direction in self.directions.items())
        object.__setattr__(self, "_signs", signs)

    def __iter__(self) -> Iterator[str]:
        return iter(self.directions)

    def __len__(self) -> int:
        return len(self.directions)

    def costs(self, values: Mapping[str, float]) -> tuple[float, ...]:
        """Return the objectives in declared order, signed so that lower is better."""
        return tuple([sign * float(values[name]) for name, sign in self._signs])

    def fault(self, values: Mapping[str, float]) -> str | None:
        """Return what is wrong with an evaluation's objectives, or None if they can compete."""
        for name in self.directions:
            if name not in values:
                return complaint(
                    "evaluate", f"the objective {name!r}", dict(values), f"return {{{name!r}: ...}}"
                )
            if not math.isfinite(values[name]):
                return f"evaluate: objective {name!r} is {values[name]}; only finite numbers can compete"
        return None

    def judged(self, outcome: Outcome) -> Outcome:
        """Return ``outcome``, turned into a failure if an objective is missing or not finite."""
        fault = self.fault(outcome.objectives) if outcome.failure is None else None
        return outcome if fault is None else outcome._replace(objectives={}, failure=Failure(fault))

    def individual(self, candidate: Candidate, outcome: Outcome) -> Individual:
        """Return the individual that a candidate became by a judged outcome without failure."""
        return Individual(candidate, outcome, self.costs(outcome.objectives))
