"""MAP-Elites: the best architecture of every kind, not only the best of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, final

import numpy as np

from evonas.errors import SearchError, StrategyError, complaint
from evonas.evolve.elite_map import Descriptor, EliteMap
from evonas.evolve.novelty import Novelty
from evonas.evolve.records import CandidateId, Individual
from evonas.evolve.strategy import Proposal, Replace, Strategy, share, whole
from evonas.evolve.variation import mate, mutate
from evonas.space.genome import Genome
from evonas.space.space import Space


@final
class MapElites(Strategy):
    """Illuminates a space: keeps the best of each cell of a map (Mouret and Clune 2015, figure 2).

    The map's axes are features that the user names: metrics that evaluations report, or functions of the
    architecture. Random elites are crossed and mutated; a child lives if its cell is empty or its elite is
    worse. There are no generations, so that any number of evaluations may run at once. With several
    objectives the first decides within a cell, the others among equals. A run's elites are in
    ``Result.elites`` and, as a table, in ``elites.csv``.

    >>> MapElites(descriptors={"parameters": Descriptor(1e4, 1e6, log=True)}, initial=100)
    MapElites(descriptors={'parameters': Descriptor(10000.0, 1000000.0, 10, log=True)}, \
crossover=0.5, initial=100)

    Args:
        space: What is searched; None leaves the strategy as settings for a ``Search``.
        descriptors: The axes by name; it is that of a metric or an objective, unless ``of=`` computes them.
        crossover: Probability that a child has two parents; it is mutated in any case.
        initial: Random genomes at the beginning (G).
        objectives: Directions by name; ``{"loss": "min"}`` if left out.
        seed: Root of all randomness.

    Raises:
        SearchError: A setting cannot be used.
    """

    settings: ClassVar[tuple[str, ...]] = ("descriptors", "crossover", "initial")

    def __init__(
        self,
        space: Space | None = None,
        *,
        descriptors: Mapping[str, Descriptor],
        crossover: float = 0.5,
        initial: int = 50,
        objectives: Mapping[str, str] | None = None,
        seed: int = 0,
    ) -> None:
        self.descriptors = _checked(descriptors)
        self.crossover = share("MapElites: crossover", crossover)
        self.initial = whole("MapElites: initial", initial, 1)
        super().__init__(space, objectives=objectives, seed=seed)

    def start(self) -> None:
        """Begin with an empty map."""
        self.map = EliteMap(self.descriptors, self.space)
        self._novelty = Novelty()

    def propose(self, rng: np.random.Generator) -> Proposal:
        """Return a random genome at first, later a child of random elites, a new one if there is one."""
        if self.births < self.initial or not self.map.elites:
            return Proposal(self._novelty.note(self.space.sample(rng)))
        parents: list[CandidateId] = []

        def child() -> Genome:
            elites = [self.map.drawn(rng) for _ in range(1 + (rng.random() < self.crossover))]
            parents[:] = [elite.id for elite in elites]
            genome = elites[0].genome
            if len(elites) > 1:
                genome = mate(self.space, genome, elites[1].genome, rng)
            return mutate(self.space, genome, rng)

        genome = self._novelty.first(child)
        if genome is None:
            genome, parents = self._novelty.sampled(self.space, rng), []
        return Proposal(self._novelty.note(genome), tuple(parents))

    def learn(self, individual: Individual) -> None:
        """Let an individual compete for its cell.

        Raises:
            StrategyError: A descriptor was neither reported nor can be computed.
        """
        known = {**individual.outcome.metrics, **individual.outcome.objectives}
        for name, descriptor in self.descriptors.items():
            if descriptor.of is None and name not in known:
                remedy = f"return {{{name!r}: ...}} from evaluate, or give Descriptor(..., of=function)"
                raise StrategyError(complaint("MapElites", f"the metric {name!r}", sorted(known), remedy))
        self.map.add(individual)

    def welcome(self, immigrants: Sequence[Individual], replace: Replace) -> None:
        """Let immigrants compete for their cells; those that come without a needed metric have none."""
        for individual in immigrants:
            self._novelty.note(individual.genome)
            self.map.add(individual)


def _checked(descriptors: object) -> dict[str, Descriptor]:
    """Return descriptors by name.

    Raises:
        SearchError: There are none.
    """
    if isinstance(descriptors, Mapping) and descriptors:
        named = dict(descriptors)
        if all(isinstance(name, str) and isinstance(axis, Descriptor) for name, axis in named.items()):
            return named
    remedy = 'write descriptors={"parameters": Descriptor(1e4, 1e6, 10, log=True)}'
    raise SearchError(complaint("MapElites: descriptors", "Descriptors by name", descriptors, remedy))
