"""Random search: the baseline that every method must beat."""

from __future__ import annotations

from typing import final

import numpy as np

from evonas.evolve.records import Individual
from evonas.evolve.strategy import Proposal, Strategy


@final
class RandomSearch(Strategy):
    """Samples the space and learns nothing (Bergstra and Bengio 2012), the baseline to beat."""

    def propose(self, rng: np.random.Generator) -> Proposal:
        """Return a random genome."""
        return Proposal(self.space.sample(rng))

    def learn(self, individual: Individual) -> None:
        """Learn nothing."""
