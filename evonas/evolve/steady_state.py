"""Evolution one child at a time: whoever comes back competes at once, and one of all has to leave."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from evonas.evolve.novelty import Novelty
from evonas.evolve.pareto import Costs
from evonas.evolve.records import Individual
from evonas.evolve.strategy import Proposal, Replace, Strategy, replaced, share, whole
from evonas.evolve.variation import mate, mutate
from evonas.space.genome import Genome
from evonas.space.space import Space


class SteadyState(Strategy):
    """A (mu + 1) evolution: the frame of the methods that differ only in who mates and who has to leave.

    There are no generations to wait for: any number of children may be in flight, and each competes with
    those who live when it comes back. No genome is proposed twice while new ones are found.

    Args:
        space: What is searched; None leaves the strategy as settings for a ``Search``.
        population: How many live at a time (mu); as many random ones come first.
        crossover: Probability that a child has two parents.
        mutation: Probability that such a child is mutated too; a child of one parent always is.
        objectives: Directions by name; ``{"loss": "min"}`` if left out.
        seed: Root of all randomness.

    Raises:
        SearchError: A setting is out of range.
    """

    settings: ClassVar[tuple[str, ...]] = ("population", "crossover", "mutation")

    def __init__(
        self,
        space: Space | None = None,
        *,
        population: int = 20,
        crossover: float = 0.5,
        mutation: float = 0.9,
        objectives: Mapping[str, str] | None = None,
        seed: int = 0,
    ) -> None:
        name = type(self).__name__
        self.population = whole(f"{name}: population", population, 2)
        self.crossover = share(f"{name}: crossover", crossover)
        self.mutation = share(f"{name}: mutation", mutation)
        super().__init__(space, objectives=objectives, seed=seed)

    def start(self) -> None:
        """Begin with nobody alive."""
        self._living: list[Individual] = []
        self._novelty = Novelty()

    def propose(self, rng: np.random.Generator) -> Proposal:
        """Return a random genome for the first population, later a child of those alive."""
        if self.births >= self.population and len(self._living) >= 2:
            mother, father = self.parent(rng), self.parent(rng)
            crossed = rng.random() < self.crossover
            if child := self._novelty.first(lambda: self._child(mother, father, crossed, rng)):
                ids = (mother.id, father.id) if crossed else (mother.id,)
                return Proposal(self._novelty.note(child), ids)
        return Proposal(self._novelty.note(self._novelty.sampled(self.space, rng)))

    def _child(
        self, mother: Individual, father: Individual, crossed: bool, rng: np.random.Generator
    ) -> Genome:
        child = mate(self.space, mother.genome, father.genome, rng) if crossed else mother.genome
        if crossed and rng.random() >= self.mutation:
            return child
        return mutate(self.space, child, rng)

    def learn(self, individual: Individual) -> None:
        """Let an individual live; beyond the population's size the worst has to leave."""
        self._novelty.note(individual.genome)
        self._living.append(individual)
        if len(self._living) > self.population:
            del self._living[self._leaver()]

    def _leaver(self) -> int:
        """Return the place of who has to leave: a copy of somebody older, or else the worst."""
        first: set[str] = set()
        for place, member in enumerate(self._living):
            if member.genome.key in first:
                return place
            first.add(member.genome.key)
        costs = np.array([member.costs for member in self._living])
        return self.worst(costs) if costs.shape[1] > 1 else _last(costs[:, 0])

    def parent(self, rng: np.random.Generator) -> Individual:
        """Return somebody alive to have a child; all are equally likely."""
        return self._living[int(rng.random() * len(self._living))]

    @abstractmethod
    def worst(self, costs: Costs) -> int:
        """Return the place of who has to leave.

        Args:
            costs: ``(population + 1, n_objectives)``, of two objectives or more; later rows are younger.
        """

    @property
    def residents(self) -> Sequence[Individual]:
        """Those alive, oldest first."""
        return tuple(self._living)

    def welcome(self, immigrants: Sequence[Individual], replace: Replace) -> None:
        """Let ``replace`` decide who lives on; learn them while the population is not full."""
        if len(self._living) < self.population:
            return super().welcome(immigrants, replace)
        self._living = list(replaced(self.residents, immigrants, replace))
        for individual in self._living:
            self._novelty.note(individual.genome)


def _last(costs: np.ndarray[tuple[int], np.dtype[np.float64]]) -> int:
    """Return the place of the highest cost, the last among equals."""
    return len(costs) - 1 - int(np.argmax(costs[::-1]))
