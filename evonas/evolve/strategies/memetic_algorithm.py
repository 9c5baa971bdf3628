"""A memetic algorithm: climbs that are guided by what the best have in common, and evolution of the best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import islice
from operator import attrgetter
from typing import ClassVar, final

import numpy as np

from evonas.evolve.archive import dominates
from evonas.evolve.gene_statistics import GeneStatistics, Values
from evonas.evolve.neighbourhood import Move, moved, shuffled_moves
from evonas.evolve.novelty import Novelty
from evonas.evolve.pareto import crowded_order
from evonas.evolve.records import Candidate, CandidateId, Individual
from evonas.evolve.strategy import Proposal, Replace, Strategy, oldest_first, replaced, share, whole
from evonas.evolve.variation import mate
from evonas.space.genome import Genome
from evonas.space.space import Space

POOL = 24
"""Neighbours among whom the statistics choose."""

ELITES = 50
"""The best individuals that are remembered."""

PARENTS = 5
"""The best of them, with untried neighbours, from whom the broad part of the search descends."""

MATES = 3
"""Attempts at a child of two of them that is new."""

_RANK = attrgetter("costs", "candidate.id")


@final
class MemeticAlgorithm(Strategy):
    """Local search guided by evolution (Moscato 1989), the best method here that fits no model.

    After some random individuals it climbs like ``LocalSearch``, from neighbour to better neighbour, and
    begins again elsewhere at a local optimum. Which neighbour is tried next is decided by guided mutation
    (Zhang, Sun and Tsang 2005): by how often the best have what it would get, see ``GeneStatistics``. After
    the first climb, a share of the candidates descends from the best whose neighbours are not all tried, the
    better the more often, by guided mutation or by crossover. Nothing is proposed twice.

    With many in flight nobody waits: while the last neighbours are evaluated, children of the best are.
    With several objectives a neighbour is better if it dominates; the best are those of NSGA-II.

    Args:
        space: What is searched; None leaves the strategy as settings for a ``Search``.
        initial: Random individuals at first.
        breadth: Share of the candidates that descend from the best instead of climbing.
        crossover: Probability that one of these has two parents.
        objectives: Directions by name; ``{"loss": "min"}`` if left out.
        seed: Root of all randomness.

    Raises:
        SearchError: A setting is out of range.
    """

    settings: ClassVar[tuple[str, ...]] = ("initial", "breadth", "crossover")

    def __init__(
        self,
        space: Space | None = None,
        *,
        initial: int = 10,
        breadth: float = 0.2,
        crossover: float = 0.3,
        objectives: Mapping[str, str] | None = None,
        seed: int = 0,
    ) -> None:
        self.initial = whole("MemeticAlgorithm: initial", initial, 1)
        self.breadth = share("MemeticAlgorithm: breadth", breadth)
        self.crossover = share("MemeticAlgorithm: crossover", crossover)
        super().__init__(space, objectives=objectives, seed=seed)

    def start(self) -> None:
        """Begin nowhere."""
        self._elites: list[Individual] = []  # best first
        self._values: dict[CandidateId, Values] = {}  # of the elites
        self._moves: dict[CandidateId, list[Move]] = {}  # to neighbours that are not tried
        self._centre: Individual | None = None  # where the climb is
        self._steps: set[CandidateId] = set()  # of this climb, in flight; where there is no centre, its start
        self._n_learnt = self._n_climbs = 0
        self._statistics = GeneStatistics(self.space)
        self._novelty = Novelty()

    def propose(self, rng: np.random.Generator) -> Proposal:
        """Return a random genome at first, later a step of the climb or a child of the best."""
        proposal = None
        if self.births >= self.initial and self._elites:
            spreads = self._n_climbs > 1 and rng.random() < self.breadth
            proposal = (None if spreads else self._step(rng)) or self._child(rng)
        proposal = proposal or Proposal(self._novelty.sampled(self.space, rng))
        self._novelty.note(proposal.genome)
        return proposal

    def learn(self, individual: Individual) -> None:
        """Count it among the best or not, and let the climb go on from it if it is a better step."""
        self._novelty.note(individual.genome)
        self._n_learnt += 1
        values = self._statistics.values([individual.genome])[0]
        self._statistics.see(values)
        self._admit(individual, values)
        if individual.id in self._steps:
            self._steps.remove(individual.id)
            if self._centre is None or dominates(individual.costs, self._centre.costs):
                self._centre = individual

    def fail(self, candidate: Candidate) -> None:
        """Wait no longer for a step that failed."""
        self._steps.discard(candidate.id)

    @property
    def residents(self) -> Sequence[Individual]:
        """The best, oldest first; nobody before the first random individuals are known."""
        if self._n_learnt < self.initial:
            return ()
        return oldest_first(self._elites)

    def welcome(self, immigrants: Sequence[Individual], replace: Replace) -> None:
        """Let ``replace`` decide who is among the best; learn the immigrants before there are residents."""
        residents = self.residents
        if not residents:
            return super().welcome(immigrants, replace)
        self._elites = self._ranked(replaced(residents, immigrants, replace))
        genomes = {one.id: self._novelty.note(one.genome) for one in self._elites}
        self._values = {name: self._statistics.values([genome])[0] for name, genome in genomes.items()}
        self._reward()

    def _step(self, rng: np.random.Generator) -> Proposal | None:
        """Return the next step of the climb or the start of another; None while it may still lead on."""
        if self._n_climbs == 0:
            self._n_climbs, self._centre = 1, self._elites[0]
        if self._centre and (neighbour := self._guided(self._centre, rng)):
            self._steps.add(self._newborn)
            return Proposal(neighbour, (self._centre.id,))
        if self._steps:
            return None
        self._centre = None  # it was a local optimum
        self._n_climbs += 1
        self._steps.add(self._newborn)
        return Proposal(self._novelty.sampled(self.space, rng))

    def _child(self, rng: np.random.Generator) -> Proposal | None:
        """Return a new child of the best; None if all their neighbours are tried."""
        parents = list(islice((one for one in self._elites if self._moves.get(one.id) != []), PARENTS))
        while parents:
            place = min(int(rng.geometric(0.5)), len(parents)) - 1
            parent = parents.pop(place)
            if parents and rng.random() < self.crossover:
                other = parents[int(rng.random() * len(parents))]
                child = self._novelty.first(
                    partial(mate, self.space, parent.genome, other.genome, rng), MATES
                )
                if child:
                    return Proposal(child, (parent.id, other.id))
            if neighbour := self._guided(parent, rng):
                return Proposal(neighbour, (parent.id,))
        return None

    def _guided(self, parent: Individual, rng: np.random.Generator) -> Genome | None:
        """Return the untried neighbour, of some random ones, that promises most; None if there is none."""
        if parent.id not in self._moves:
            self._moves[parent.id] = shuffled_moves(self.space, parent.genome, rng)
        untried = self._moves[parent.id]
        while untried:
            some = [(move, moved(self.space, parent.genome, move, rng)) for move in untried[:POOL]]
            new = [pair for pair in some if pair[1] not in self._novelty and self.space.feasible(pair[1])]
            if not new:
                del untried[:POOL]
                continue
            gains = self._statistics.gains(parent.genome, [genome for _, genome in new], rng)
            _, chosen = new.pop(gains.index(max(gains)))
            untried[:POOL] = [move for move, _ in new]
            return chosen
        return None

    def _admit(self, individual: Individual, values: Values) -> None:
        """Let it be one of the best, if it is."""
        if all(elite.genome != individual.genome for elite in self._elites):
            self._values[individual.id] = values
            self._elites = self._ranked([*self._elites, individual])
            for late in self._elites[ELITES:]:
                self._values.pop(late.id)
            del self._elites[ELITES:]
        self._reward()

    def _ranked(self, individuals: Sequence[Individual]) -> list[Individual]:
        """Return individuals, best first."""
        ordered = sorted(individuals, key=_RANK)
        if len(self.objectives) == 1 or not ordered:
            return ordered
        return [ordered[place] for place in crowded_order(np.array([one.costs for one in ordered])).tolist()]

    def _reward(self) -> None:
        self._statistics.reward([self._values[one.id] for one in self._elites], self._n_learnt)
        alive = {one.id for one in (*self._elites, self._centre) if one}
        if len(self._moves) > 2 * ELITES:
            self._moves = {name: untried for name, untried in self._moves.items() if name in alive}
