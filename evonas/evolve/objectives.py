"""What is optimized within which limits, and how a failed evaluation counts: never."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from evonas.errors import SearchError, complaint
from evonas.evolve.constraints import Constraint, constraints_of
from evonas.evolve.records import INFEASIBLE, Candidate, Failure, Individual, Outcome

SIGNS = {"min": 1.0, "max": -1.0}


@dataclass(frozen=True)
class Objectives:
    """Which numbers are optimized, in which direction, within which limits; the first is the most important.

    >>> objectives = Objectives({"accuracy": "max", "parameters": "min"}, {"latency": "<= 5"})
    >>> objectives.costs({"accuracy": 0.9, "parameters": 100})
    (-0.9, 100.0)
    >>> objectives.violation({"latency": 6.0})
    0.2

    Attributes:
        directions: ``"min"`` or ``"max"`` by objective name.
        constraints: A bound such as ``"<= 5"`` by the name of an objective or of a metric.
        limits: The same constraints, read.

    Raises:
        SearchError: There is no objective, or a name, a direction or a bound is unusable.
    """

    directions: Mapping[str, str]
    constraints: Mapping[str, str] = field(default_factory=dict)
    limits: tuple[Constraint, ...] = field(init=False, repr=False, compare=False)
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
        object.__setattr__(self, "limits", constraints_of(self.constraints))
        object.__setattr__(self, "constraints", dict(self.constraints))
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

    def violation(self, values: Mapping[str, float]) -> float:
        """Return by how much the constraints are passed, as shares of their bounds, summed; 0.0 if kept."""
        return sum(max(limit.excess(values), 0.0) for limit in self.limits)

    def fault(self, values: Mapping[str, float]) -> str | None:
        """Return what is wrong with an evaluation's numbers, or None if they can compete."""
        for what, names in (("objective", self.directions), ("constrained number", self.constraints)):
            for name in names:
                if name not in values:
                    remedy = f"return {{{name!r}: ...}}"
                    return complaint("evaluate", f"the {what} {name!r}", dict(values), remedy)
                if not math.isfinite(values[name]):
                    return f"evaluate: {what} {name!r} is {values[name]}; only finite numbers can compete"
        return None

    def numbers(self, outcome: Outcome) -> Mapping[str, float]:
        """Return the numbers of an outcome among which are all that count."""
        return {**outcome.metrics, **outcome.objectives} if self.limits else outcome.objectives

    def judged(self, outcome: Outcome) -> Outcome:
        """Return ``outcome``, turned into a failure if a number that counts is missing or not finite."""
        if outcome.failure is not None:
            return outcome
        fault = self.fault(self.numbers(outcome))
        return outcome if fault is None else outcome._replace(objectives={}, failure=Failure(fault))

    def individual(self, candidate: Candidate, outcome: Outcome) -> Individual:
        """Return the individual that a candidate became by a judged outcome without failure.

        Feasibility comes first (Deb 2000, section 3): whoever passes a constraint costs more in each
        objective than anybody who keeps them all, and the more the further it goes. Whatever compares
        costs, by the first, by dominance or by a sum, therefore prefers feasible individuals, and among
        the others those that violate less.
        """
        if self.limits and (violation := self.violation(self.numbers(outcome))):
            return Individual(candidate, outcome, (INFEASIBLE * (1 + violation),) * len(self._signs))
        return Individual(candidate, outcome, self.costs(outcome.objectives))
