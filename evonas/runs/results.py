"""What a search found."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evonas.errors import SearchError
from evonas.evolve.archive import Archive
from evonas.evolve.objectives import Objectives
from evonas.evolve.records import Candidate, CandidateId, Individual, Outcome
from evonas.manage.events import Born, Ending, Entry
from evonas.space.space import Space


@dataclass(frozen=True)
class Solution:
    """An architecture that was found, and what it is worth.

    Attributes:
        id: Its name, ``island-birth``.
        architecture: Plain dicts, lists and values.
        objectives: By name.
        metrics: Whatever else the evaluator reported.
    """

    id: str
    architecture: Any
    objectives: Mapping[str, float]
    metrics: Mapping[str, float]

    @staticmethod
    def of(individual: Individual, space: Space) -> Solution:
        """Return an individual in the user's terms."""
        outcome = individual.outcome
        return Solution(
            str(individual.id), space.decode(individual.genome), outcome.objectives, outcome.metrics
        )


@dataclass(frozen=True)
class Result:
    """How a search ended.

    Attributes:
        front: The solutions that no other dominates, best first by the first objective; with one objective
            at most one.
        reason: Why it stopped.
        ending: ``"complete"``: the budget is spent; ``"paused"``: it can be resumed; ``"given up"``: it can,
            once something is mended.
        figures: Evaluations, failures, rates and traffic, by name.
        folder: Where the run is kept.
    """

    front: Sequence[Solution]
    reason: str
    ending: Ending
    figures: Mapping[str, Any]
    folder: Path

    @property
    def best(self) -> Solution:
        """The best solution by the first objective.

        Raises:
            SearchError: No evaluation succeeded.
        """
        if not self.front:
            raise SearchError(f"result: no evaluation succeeded ({self.reason}); see {self.folder}")
        return self.front[0]


def assembled(individuals: Iterable[Individual]) -> Archive:
    """Return the archive of a whole run; only individuals of the highest fidelity can be compared."""
    every = list(individuals)
    highest = max((_thoroughness(one) for one in every), default=math.inf)
    return Archive(one for one in every if _thoroughness(one) == highest)


def _thoroughness(individual: Individual) -> float:
    fidelity = individual.candidate.fidelity
    return math.inf if fidelity is None else fidelity


class History:
    """The entries of a run's journals, looked up by candidate.

    Args:
        entries: Births and outcomes, each island's in order.
        objectives: What was optimized.
    """

    def __init__(self, entries: Iterable[Entry], objectives: Objectives) -> None:
        self.candidates: dict[CandidateId, Candidate] = {}
        self.outcomes: dict[CandidateId, Outcome] = {}
        self._first: dict[CandidateId, CandidateId] = {}
        for entry in entries:
            if isinstance(entry, Born):
                name = entry.candidate.id
                self.candidates[name], self._first[name] = entry.candidate, entry.same_as or name
            elif isinstance(entry, Outcome):
                self.outcomes[entry.id] = entry
        self._objectives = objectives

    @property
    def evaluations(self) -> int:
        """How many outcomes there are."""
        return len(self.outcomes)

    def archive(self) -> Archive:
        """Return the best of all outcomes, of those with the highest fidelity if there are several."""
        return assembled(
            self._objectives.individual(self.candidates[name], outcome)
            for name, outcome in self.outcomes.items()
            if outcome.failure is None
        )

    def lineage(self, candidate: Candidate) -> list[dict[str, Any]]:
        """Return a candidate's ancestors and itself, oldest first: id, objectives and parents of each."""
        found: dict[CandidateId, Candidate] = {}
        ahead = [candidate.id]
        while ahead:
            name = ahead.pop()
            if name not in found and name in self.candidates:
                found[name] = self.candidates[name]
                ahead += found[name].parents
        return [self._ancestor(found[name]) for name in sorted(found)]

    def _ancestor(self, candidate: Candidate) -> dict[str, Any]:
        outcome = self.outcomes.get(self._first[candidate.id])
        return {
            "id": str(candidate.id),
            "objectives": dict(outcome.objectives) if outcome else {},
            "parents": [str(parent) for parent in candidate.parents],
        }
