"""Regularized evolution: the oldest die, whatever their worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, final

import numpy as np

from evonas.evolve.records import Individual
from evonas.evolve.selection import AgingPopulation
from evonas.evolve.strategy import Proposal, Replace, Strategy, replaced, whole
from evonas.evolve.variation import mutate
from evonas.space.space import Space


@final
class RegularizedEvolution(Strategy):
    """Aging evolution with tournament selection (Real et al. 2019, algorithm 1).

    With several objectives a tournament is won by a random one of its non-dominated contestants.

    Args:
        space: What is searched; None leaves the strategy as settings for a ``Search``.
        population: How many individuals live at a time (P); as many random ones come first.
        tournament: How many of them compete to become a parent (S), at most ``population``.
        objectives: Directions by name; ``{"loss": "min"}`` if left out.
        seed: Root of all randomness.

    Raises:
        SearchError: A setting is out of range.
    """

    settings: ClassVar[tuple[str, ...]] = ("population", "tournament")

    def __init__(
        self,
        space: Space | None = None,
        *,
        population: int = 30,
        tournament: int = 10,
        objectives: Mapping[str, str] | None = None,
        seed: int = 0,
    ) -> None:
        self.population = whole("RegularizedEvolution: population", population, 1)
        self.tournament = whole("RegularizedEvolution: tournament", tournament, 1)
        super().__init__(space, objectives=objectives, seed=seed)

    def start(self) -> None:
        """Begin with nobody alive."""
        self._alive = AgingPopulation(self.population)

    def propose(self, rng: np.random.Generator) -> Proposal:
        """Return a random genome for the first population, later a mutant of a tournament's winner."""
        if self.births < self.population > len(self._alive) or not self._alive:
            return Proposal(self.space.sample(rng))
        parent = self._alive.tournament(self.tournament, rng)
        return Proposal(mutate(self.space, parent.genome, rng), (parent.id,))

    def learn(self, individual: Individual) -> None:
        """Add the youngest; beyond the population's size the oldest leaves."""
        self._alive.add(individual)

    @property
    def residents(self) -> Sequence[Individual]:
        """Those alive, oldest first."""
        return tuple(self._alive)

    def welcome(self, immigrants: Sequence[Individual], replace: Replace) -> None:
        """Let ``replace`` decide who lives on, oldest first; learn them while the population is not full."""
        if len(self._alive) < self.population:
            return super().welcome(immigrants, replace)
        self._alive = AgingPopulation(self.population, replaced(self.residents, immigrants, replace))
