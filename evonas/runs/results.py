"""What a search found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evonas.errors import SearchError
from evonas.evolve.archive import Archive
from evonas.evolve.objectives import Objectives
from evonas.evolve.records import Candidate, CandidateId, Individual, Outcome
from evonas.manage.events import Born, Ending
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


class History:
    """A journal's entries, looked up by candidate.

    Args:
        entries: Births and outcomes, in order.
        objectives: What was optimized.
    """

    def __init__(self, entries: Sequence[Born | Outcome], objectives: Objectives) -> None:
        births = [entry for entry in entries if isinstance(entry, Born)]
        self.candidates = {born.candidate.id: born.candidate for born in births}
        self.outcomes = {entry.id: entry for entry in entries if isinstance(entry, Outcome)}
        self._first = {born.candidate.id: born.same_as or born.candidate.id for born in births}
        self._objectives = objectives

    @property
    def evaluations(self) -> int:
        """How many outcomes there are."""
        return len(self.outcomes)

    def archive(self) -> Archive:
        """Return the best of all outcomes."""
        return Archive(
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
            if name not in found:
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
