"""Nothing twice: a repeated genome teaches nothing, and many in a row end a search."""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import final

import numpy as np

from evonas.evolve.variation import TRIES, mutate
from evonas.space.genome import Genome
from evonas.space.space import Space


@final
class Novelty:
    """Remembers the genomes that it was shown, by their keys."""

    def __init__(self) -> None:
        self._keys: set[str] = set()

    def __contains__(self, genome: Genome) -> bool:
        return genome.key in self._keys

    @property
    def keys(self) -> Set[str]:
        """The keys of those that it was shown."""
        return self._keys

    def note(self, genome: Genome) -> Genome:
        """Remember ``genome``, and return it."""
        self._keys.add(genome.key)
        return genome

    def first(self, attempt: Callable[[], Genome], tries: int = TRIES) -> Genome | None:
        """Return the first attempt that is new; None if all of them are known."""
        for _ in range(tries):
            genome = attempt()
            if genome not in self:
                return genome
        return None

    def sampled(self, space: Space, rng: np.random.Generator) -> Genome:
        """Return a random genome; a new one, unless that is hard to find."""
        return self.first(lambda: space.sample(rng)) or space.sample(rng)

    def mutated(self, space: Space, genome: Genome, rng: np.random.Generator) -> Genome:
        """Return a new mutant of ``genome``; a random genome if all that is near is known."""
        return self.first(lambda: mutate(space, genome, rng)) or self.sampled(space, rng)
