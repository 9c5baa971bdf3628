"""A (mu + lambda) genetic algorithm on our operators, on DEAP's, or on a user's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, final

import numpy as np

from evonas.evolve.adaptation import AdaptivePursuit
from evonas.evolve.archive import dominates
from evonas.evolve.novelty import Novelty
from evonas.evolve.records import Candidate, CandidateId, Individual
from evonas.evolve.selection import survivors
from evonas.evolve.strategy import Proposal, Replace, Strategy, oldest_first, replaced, share, whole
from evonas.evolve.toolbox import Operators
from evonas.space.space import Space

TRIES = 20
"""Children made until one is new."""


class Making(NamedTuple):
    """How a child came about.

    Attributes:
        costs: Of its parents.
        crossed: Whether there are two of them.
        mutated: Whether it was mutated.
    """

    costs: Sequence[tuple[float, ...]]
    crossed: bool
    mutated: bool


@final
class GeneticAlgorithm(Strategy):
    """Crossover, mutation and (mu + lambda) survival; NSGA-II (Deb et al. 2002) with several objectives.

    Parents never wait for a generation to be complete: they come from the last complete one, so that any
    number of workers stays busy. No child is proposed twice, as long as a
    new one can be found.

    Args:
        space: What is searched; None leaves the strategy as settings for a ``Search``.
        population: Survivors of a generation (mu).
        offspring: Children of a generation (lambda); after each child, if it is 1, the best live on.
        crossover: Probability that a child has two parents; None learns it (``AdaptivePursuit``).
        mutation: Probability that a child of two parents is mutated; that of one always is. None learns it.
        toolbox: A ``deap.base.Toolbox`` whose registered ``select``, ``mate`` and ``mutate`` take the place
            of ours. They see individuals as lists of ``n_genes`` floats with a ``fitness`` to be minimized;
            children are put back into the space gene by gene.
        objectives: Directions by name; ``{"loss": "min"}`` if left out.
        seed: Root of all randomness; DEAP's operators draw from it too.

    Raises:
        SearchError: A setting is out of range, or the toolbox has none of the three operators.
    """

    settings: ClassVar[tuple[str, ...]] = ("population", "offspring", "crossover", "mutation", "toolbox")

    def __init__(
        self,
        space: Space | None = None,
        *,
        population: int = 10,
        offspring: int = 1,
        crossover: float | None = 0.5,
        mutation: float | None = 0.9,
        toolbox: Any = None,
        objectives: Mapping[str, str] | None = None,
        seed: int = 0,
    ) -> None:
        self.population = whole("GeneticAlgorithm: population", population, 2)
        self.offspring = whole("GeneticAlgorithm: offspring", offspring, 1)
        self.crossover = None if crossover is None else share("GeneticAlgorithm: crossover", crossover)
        self.mutation = None if mutation is None else share("GeneticAlgorithm: mutation", mutation)
        self.toolbox = Operators(toolbox)
        super().__init__(space, objectives=objectives, seed=seed)

    def start(self) -> None:
        """Begin with neither parents nor offspring."""
        self._parents: list[Individual] = []
        self._offspring: list[Individual] = []
        self._novelty = Novelty()
        self._crossing, self._mutating = AdaptivePursuit(2), AdaptivePursuit(2)
        self._made: dict[CandidateId, Making] = {}  # of the children in flight

    def propose(self, rng: np.random.Generator) -> Proposal:
        """Return a random genome for the first generation, later a child of selected parents."""
        if self.births < self.population > len(self._parents) or len(self._parents) < 2:
            return Proposal(self._novelty.note(self._novelty.sampled(self.space, rng)))
        for _ in range(TRIES):
            proposal, making = self._child(rng)
            if proposal.genome not in self._novelty:
                break
        else:  # the parents are so alike that they have no new children
            proposal = proposal._replace(genome=self._novelty.mutated(self.space, proposal.genome, rng))
        self._novelty.note(proposal.genome)
        self._made[self._newborn] = making
        return proposal

    def _child(self, rng: np.random.Generator) -> tuple[Proposal, Making]:
        mother, father = self.toolbox.select(self._parents, rng)
        crossed = _happens(self.crossover, self._crossing, rng)
        child = self.toolbox.mate(self.space, mother.genome, father.genome, rng) if crossed else mother.genome
        mutated = not crossed or _happens(self.mutation, self._mutating, rng)
        if mutated:
            child = self.toolbox.mutate(self.space, child, rng)
        parents = (mother, father) if crossed else (mother,)
        return Proposal(child, tuple(one.id for one in parents)), Making(
            [one.costs for one in parents], crossed, mutated
        )

    def learn(self, individual: Individual) -> None:
        """Collect offspring; when the generation is complete, parents and offspring compete to survive."""
        self._novelty.note(individual.genome)
        if making := self._made.pop(individual.id, None):
            self._credit(making, individual)
        self._offspring.append(individual)
        if len(self._offspring) >= (self.offspring if self._parents else self.population):
            self._parents = survivors(self._parents + self._offspring, self.population)
            self._offspring = []

    def fail(self, candidate: Candidate) -> None:
        """Let the operators earn nothing by a failure."""
        if making := self._made.pop(candidate.id, None):
            self._credit(making, None)

    def _credit(self, making: Making, child: Individual | None) -> None:
        """Let the operators earn 1 by a child that is better than its parents, else nothing."""
        earned = float(child is not None and all(dominates(child.costs, one) for one in making.costs))
        self._crossing.reward(making.crossed, earned)
        if making.crossed:
            self._mutating.reward(making.mutated, earned)

    @property
    def residents(self) -> Sequence[Individual]:
        """The parents, oldest first."""
        return oldest_first(self._parents)

    def welcome(self, immigrants: Sequence[Individual], replace: Replace) -> None:
        """Let ``replace`` decide who may be a parent; learn them while there are no parents yet."""
        if not self._parents:
            return super().welcome(immigrants, replace)
        self._parents = list(replaced(self.residents, immigrants, replace))


def _happens(rate: float | None, learned: AdaptivePursuit, rng: np.random.Generator) -> bool:
    return bool(learned.choose(rng)) if rate is None else rng.random() < rate
