"""MOEA/D: several objectives as many single ones that learn from their neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray

from evonas.evolve.directions import lattice
from evonas.evolve.novelty import Novelty
from evonas.evolve.pareto import Costs
from evonas.evolve.records import Candidate, CandidateId, Individual
from evonas.evolve.strategy import Proposal, Replace, Strategy, oldest_first, replaced, share, whole
from evonas.evolve.variation import mate, mutate
from evonas.space.genome import Genome
from evonas.space.space import Space

SMALLEST_WEIGHT = 1e-6
"""What an objective counts at least, so that no subproblem is blind to it."""


@final
class MOEAD(Strategy):
    """MOEA/D with the Tchebycheff approach (Zhang and Li 2007, section III-B) on scaled objectives.

    Each subproblem looks along its own direction and keeps the best it was ever shown. In turn they have
    children, by parents from their neighbourhood; a child that comes back, early or late, is shown to the
    neighbourhood that it was born in.

    Args:
        space: What is searched; None leaves the strategy as settings for a ``Search``.
        population: How many subproblems there are at most (N): as many as an even lattice of weights has.
        neighbours: How many of them, nearest in weights, share parents and children (T).
        crossover: Probability that a child has two parents.
        objectives: Directions by name; ``{"loss": "min"}`` if left out.
        seed: Root of all randomness.

    Raises:
        SearchError: A setting is out of range.
    """

    settings: ClassVar[tuple[str, ...]] = ("population", "neighbours", "crossover")

    def __init__(
        self,
        space: Space | None = None,
        *,
        population: int = 20,
        neighbours: int = 5,
        crossover: float = 0.5,
        objectives: Mapping[str, str] | None = None,
        seed: int = 0,
    ) -> None:
        self.population = whole("MOEAD: population", population, 2)
        self.neighbours = whole("MOEAD: neighbours", neighbours, 2)
        self.crossover = share("MOEAD: crossover", crossover)
        super().__init__(space, objectives=objectives, seed=seed)

    def start(self) -> None:
        """Begin with subproblems that nobody has solved."""
        self._weights = np.maximum(lattice(len(self.objectives), self.population), SMALLEST_WEIGHT)
        apart = np.linalg.norm(self._weights[:, None] - self._weights, axis=2)
        self._hoods = np.argsort(apart, axis=1, kind="stable")[:, : self.neighbours]
        self._solutions: dict[int, Individual] = {}  # by subproblem
        self._born_for: dict[CandidateId, int] = {}  # candidate in flight -> its subproblem
        self._novelty = Novelty()

    def adopt(self, candidate: Candidate) -> None:
        """Remember for which subproblem a candidate is born: the one whose turn it is."""
        super().adopt(candidate)
        self._born_for[candidate.id] = (self.births - 1) % len(self._weights)
        self._novelty.note(candidate.genome)

    def propose(self, rng: np.random.Generator) -> Proposal:
        """Return a child of two solutions in a neighbourhood (step 2.1); at first a random genome."""
        turn = self.births % len(self._weights)
        parents = [self._solutions[place] for place in self._hoods[turn] if place in self._solutions]
        if self.births >= self.population and len(self._solutions) > 1:
            parents = parents if len(parents) > 1 else [*self._solutions.values()]
            one, other = (parents[place] for place in rng.permutation(len(parents))[:2].tolist())
            crossed = rng.random() < self.crossover
            if child := self._novelty.first(lambda: self._child(one, other, crossed, rng)):
                return Proposal(child, (one.id, other.id) if crossed else (one.id,))
        return Proposal(self._novelty.sampled(self.space, rng))

    def _child(self, one: Individual, other: Individual, crossed: bool, rng: np.random.Generator) -> Genome:
        child = mate(self.space, one.genome, other.genome, rng) if crossed else one.genome
        return mutate(self.space, child, rng)

    def learn(self, individual: Individual) -> None:
        """Show an individual to the neighbourhood it was born for (step 2.4); a stranger to everybody."""
        turn = self._born_for.pop(individual.id, None)
        self._novelty.note(individual.genome)
        self._show(individual, range(len(self._weights)) if turn is None else self._hoods[turn].tolist())

    def fail(self, candidate: Candidate) -> None:
        """Wait for it no longer."""
        del self._born_for[candidate.id]

    def _show(self, individual: Individual, subproblems: Iterable[int]) -> None:
        """Give the subproblems an individual that solves them better than what they have, if anything."""
        asked = list(subproblems)
        crowd = [self._solutions.get(place, individual) for place in asked]
        costs = np.array([individual.costs, *(member.costs for member in self._everybody())])
        low, width = costs.min(axis=0), np.ptp(costs, axis=0)
        scale = np.where(width > 0, width, 1.0)
        theirs = (np.array([member.costs for member in crowd]) - low) / scale
        ours = (np.array(individual.costs) - low) / scale
        better = tchebycheff(ours, self._weights[asked]) < tchebycheff(theirs, self._weights[asked])
        for place, wins in zip(asked, better.tolist(), strict=True):
            if wins or place not in self._solutions:
                self._solutions[place] = individual

    def _everybody(self) -> Sequence[Individual]:
        """Return the solutions, each once, oldest first."""
        return oldest_first({one.id: one for one in self._solutions.values()}.values())

    @property
    def residents(self) -> Sequence[Individual]:
        """The solutions of all subproblems, each once, oldest first."""
        return self._everybody()

    def welcome(self, immigrants: Sequence[Individual], replace: Replace) -> None:
        """Let ``replace`` decide whose place an immigrant takes."""
        if not self._solutions:
            return super().welcome(immigrants, replace)
        before = self._everybody()
        living = replaced(before, immigrants, replace)
        names = {one.id for one in living}
        gone = [one.id for one in before if one.id not in names]
        known = {one.id for one in before}
        heirs = [one for one in {one.id: one for one in living}.values() if one.id not in known] or [*living]
        heir = {name: heirs[place % len(heirs)] for place, name in enumerate(gone)}
        self._solutions = {place: heir.get(one.id, one) for place, one in self._solutions.items()}


def tchebycheff(costs: Costs, weights: Costs) -> NDArray[np.float64]:
    """Return the largest weighted cost (equation 5), the ideal point being the origin.

    Args:
        costs: ``(n_objectives,)`` or ``(n, n_objectives)``.
        weights: ``(n, n_objectives)``.
    """
    largest: NDArray[np.float64] = (weights * costs).max(axis=1)
    return largest
