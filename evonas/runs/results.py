"""What a search found."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
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
        is_feasible: Whether it keeps all constraints; if the best does not, nothing did.
    """

    id: str
    architecture: Any
    objectives: Mapping[str, float]
    metrics: Mapping[str, float]
    is_feasible: bool = True

    @staticmethod
    def of(individual: Individual, space: Space) -> Solution:
        """Return an individual in the user's terms."""
        outcome = individual.outcome
        return Solution(
            str(individual.id),
            space.decode(individual.genome),
            outcome.objectives,
            outcome.metrics,
            individual.is_feasible,
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
        elites: Of a search by ``MapElites``, the best of each cell of its map, cell by cell.
    """

    front: Sequence[Solution]
    reason: str
    ending: Ending
    figures: Mapping[str, Any]
    folder: Path
    elites: Sequence[Solution] = ()

    @property
    def best(self) -> Solution:
        """The best solution by the first objective; see there whether it keeps the constraints.

        Raises:
            SearchError: No evaluation succeeded.
        """
        if not self.front:
            raise SearchError(f"result: no evaluation succeeded ({self.reason}); see {self.folder}")
        return self.front[0]


def assembled(individuals: Iterable[Individual]) -> Archive:
    """Return the archive of a whole run; only individuals of the highest fidelity can be compared."""
    every = list(individuals)
    highest = max((one.candidate.thoroughness for one in every), default=math.inf)
    return Archive(one for one in every if one.candidate.thoroughness == highest)


class History:
    """The entries of a run's journals, looked up by candidate.

    Args:
        entries: Births and outcomes, each island's in order.
        objectives: What was optimized.
        known: What was known before; it counts as evaluated elsewhere.
    """

    def __init__(
        self, entries: Iterable[Entry], objectives: Objectives, known: Sequence[Individual] = ()
    ) -> None:
        self.candidates = {one.id: one.candidate for one in known}
        self.outcomes = {one.id: one.outcome for one in known}
        self._first = {one.id: one.id for one in known}
        for entry in entries:
            if isinstance(entry, Born):
                name = entry.candidate.id
                self.candidates[name], self._first[name] = entry.candidate, entry.same_as or name
            elif isinstance(entry, Outcome):
                self.outcomes[entry.id] = entry
        self._objectives, self._n_known = objectives, len(known)

    @property
    def evaluations(self) -> int:
        """How many outcomes there are."""
        return len(self.outcomes) - self._n_known

    def individuals(self) -> list[Individual]:
        """Return all that were evaluated without failure, each once."""
        return [
            self._objectives.individual(self.candidates[name], outcome)
            for name, outcome in self.outcomes.items()
            if outcome.failure is None
        ]

    def by_fidelity(self) -> dict[float | None, list[Outcome]]:
        """Return the outcomes of this run at each fidelity; None is full."""
        found: dict[float | None, list[Outcome]] = {}
        for name, outcome in islice(self.outcomes.items(), self._n_known, None):  # what was known comes first
            found.setdefault(self.candidates[name].fidelity, []).append(outcome)
        return found

    def archive(self) -> Archive:
        """Return the best of all outcomes, of those with the highest fidelity if there are several."""
        return assembled(self.individuals())

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
