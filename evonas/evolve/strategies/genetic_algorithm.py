"""A (mu + lambda) genetic algorithm on our operators, on DEAP's, or on a user's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, final

import numpy as np

from evonas.evolve.records import Individual
from evonas.evolve.selection import survivors
from evonas.evolve.strategy import Proposal, Replace, Strategy, replaced, share, whole
from evonas.evolve.toolbox import Operators
from evonas.space.space import Space


@final
class GeneticAlgorithm(Strategy):
    """Crossover, mutation and (mu + lambda) survival; NSGA-II (Deb et al. 2002) with several objectives.

    Parents never wait for a generation to be complete: they come from the last complete one, so that any
    number of workers stays busy.

    Args:
        space: What is searched; None leaves the strategy as settings for a ``Search``.
        population: Survivors of a generation (mu), and its offspring (lambda).
        crossover: Probability that a child has two parents.
        mutation: Probability that a child is mutated; without crossover it always is.
        toolbox: A ``deap.base.Toolbox`` whose registered ``select``, ``mate`` and ``mutate`` take the place
            of ours. They see individuals as lists of ``n_genes`` floats with a ``fitness`` to be minimized;
            children are put back into the space gene by gene.
        objectives: Directions by name; ``{"loss": "min"}`` if left out.
        seed: Root of all randomness; DEAP's operators draw from it too.

    Raises:
        SearchError: A setting is out of range, or the toolbox has none of the three operators.
    """

    settings: ClassVar[tuple[str, ...]] = ("population", "crossover", "mutation", "toolbox")

    def __init__(
        self,
        space: Space | None = None,
        *,
        population: int = 30,
        crossover: float = 0.5,
        mutation: float = 0.9,
        toolbox: Any = None,
        objectives: Mapping[str, str] | None = None,
        seed: int = 0,
    ) -> None:
        self.population = whole("GeneticAlgorithm: population", population, 2)
        self.crossover = share("GeneticAlgorithm: crossover", crossover)
        self.mutation = share("GeneticAlgorithm: mutation", mutation)
        self.toolbox = Operators(toolbox)
        super().__init__(space, objectives=objectives, seed=seed)

    def start(self) -> None:
        """Begin with neither parents nor offspring."""
        self._parents: list[Individual] = []
        self._offspring: list[Individual] = []

    def propose(self, rng: np.random.Generator) -> Proposal:
        """Return a random genome for the first generation, later a child of selected parents."""
        if self.births < self.population or len(self._parents) < 2:
            return Proposal(self.space.sample(rng))
        mother, father = self.toolbox.select(self._parents, rng)
        crossed = rng.random() < self.crossover
        child = self.toolbox.mate(self.space, mother.genome, father.genome, rng) if crossed else mother.genome
        if not crossed or rng.random() < self.mutation:
            child = self.toolbox.mutate(self.space, child, rng)
        return Proposal(child, (mother.id, father.id) if crossed else (mother.id,))

    def learn(self, individual: Individual) -> None:
        """Collect offspring; when the generation is complete, parents and offspring compete to survive."""
        self._offspring.append(individual)
        if len(self._offspring) == self.population:
            self._parents = survivors(self._parents + self._offspring, self.population)
            self._offspring = []

    @property
    def residents(self) -> Sequence[Individual]:
        """The parents, oldest first."""
        return sorted(self._parents, key=lambda parent: (parent.id.birth, parent.id))

    def welcome(self, immigrants: Sequence[Individual], replace: Replace) -> None:
        """Let ``replace`` decide who may be a parent; learn them while there are no parents yet."""
        if not self._parents:
            return super().welcome(immigrants, replace)
        self._parents = list(replaced(self.residents, immigrants, replace))
