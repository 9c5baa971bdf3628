"""Local search: to a better neighbour, until there is none; then from elsewhere."""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Mapping
from operator import attrgetter
from typing import ClassVar, final

import numpy as np

from evonas.errors import SearchError, complaint
from evonas.evolve.archive import dominates
from evonas.evolve.neighbourhood import Move, moved, shuffled_moves
from evonas.evolve.novelty import Novelty
from evonas.evolve.records import CandidateId, Individual
from evonas.evolve.strategy import Proposal, Strategy, whole
from evonas.space.genome import Genome
from evonas.space.space import Space

IMPROVEMENTS = ("first", "best")
_RANK = attrgetter("costs", "candidate.id")


@final
class LocalSearch(Strategy):
    """Climbs from neighbour to better neighbour and starts again at a local optimum (White et al. 2021).

    Neighbours differ in one decision (algorithm 1, with restarts) and are tried in random order: see
    ``shuffled_moves``. With ``improvement="first"`` the climb goes on at the first better one (the paper's
    ``query_until_lower``), with ``"best"`` at the best of them all. Nothing is proposed twice.

    One at a time this is the paper's search. With many in flight nobody waits: while the last neighbours
    are evaluated, new starts are. What turns out better than the centre of the climb becomes the centre,
    wherever it was born; starts that were not used and neighbours that came too late are kept, and the next
    climb begins at the best of them.

    With several objectives a neighbour is better if it dominates.

    Args:
        space: What is searched; None leaves the strategy as settings for a ``Search``.
        improvement: ``"first"`` or ``"best"``.
        starts: Random architectures evaluated at first; the first climb begins at the best of them.
        objectives: Directions by name; ``{"loss": "min"}`` if left out.
        seed: Root of all randomness.

    Raises:
        SearchError: A setting is out of range.
    """

    settings: ClassVar[tuple[str, ...]] = ("improvement", "starts")

    def __init__(
        self,
        space: Space | None = None,
        *,
        improvement: str = "first",
        starts: int = 1,
        objectives: Mapping[str, str] | None = None,
        seed: int = 0,
    ) -> None:
        if improvement not in IMPROVEMENTS:
            rule, remedy = " or ".join(map(repr, IMPROVEMENTS)), "correct the setting"
            raise SearchError(complaint("LocalSearch: improvement", rule, improvement, remedy))
        self.improvement = improvement
        self.starts = whole("LocalSearch: starts", starts, 1)
        super().__init__(space, objectives=objectives, seed=seed)

    def start(self) -> None:
        """Begin nowhere."""
        self._centre: Individual | None = None
        self._best: Individual | None = None  # of the neighbours of the centre, if it is better than that
        self._moves: deque[Move] | None = None  # to neighbours not tried; None before they are looked up
        self._climbed: dict[CandidateId, Individual] = {}  # everybody who ever was the centre
        self._kept: list[Individual] = []  # where a climb may begin, the best first
        self._novelty = Novelty()

    def propose(self, rng: np.random.Generator) -> Proposal:
        """Return an untried neighbour of the centre, or a random genome to start from."""
        if self.births >= self.starts:
            while centre := self._place():
                if neighbour := self._untried(centre, rng):
                    return Proposal(neighbour, (centre.id,))
                self._centre = None  # a local optimum, as far as is known
                if self._best:
                    self._climb_from(self._best)
        return Proposal(self._novelty.note(self._novelty.sampled(self.space, rng)))

    def learn(self, individual: Individual) -> None:
        """Move to a better neighbour; keep what another climb may begin from."""
        self._novelty.note(individual.genome)
        parents = individual.candidate.parents
        origin = self._climbed.get(parents[0]) if parents else None
        if origin and not dominates(individual.costs, origin.costs):
            return
        if origin is None or origin is not self._centre:
            insort(self._kept, individual, key=_RANK)
        elif self.improvement == "first":
            self._climb_from(individual)
        elif self._best is None or dominates(individual.costs, self._best.costs):
            self._best = individual

    def _place(self) -> Individual | None:
        """Return the centre, after a turn to what is kept if there is none or it is worse."""
        if self._kept and (not self._centre or dominates(self._kept[0].costs, self._centre.costs)):
            left = self._centre
            self._climb_from(self._kept.pop(0))
            if left:
                insort(self._kept, left, key=_RANK)
        return self._centre

    def _climb_from(self, individual: Individual) -> None:
        self._climbed[individual.id] = self._centre = individual
        self._best = self._moves = None

    def _untried(self, centre: Individual, rng: np.random.Generator) -> Genome | None:
        """Return a neighbour of ``centre`` that was never proposed; None if there is none left."""
        if self._moves is None:
            self._moves = deque(shuffled_moves(self.space, centre.genome, rng))
        while self._moves:
            neighbour = moved(self.space, centre.genome, self._moves.popleft(), rng)
            if neighbour not in self._novelty and self.space.feasible(neighbour):
                return self._novelty.note(neighbour)
        return None
