"""When a run leads nowhere any more, told by what its generations cost."""

from __future__ import annotations

import math
from typing import final

import numpy as np

from evonas.evolve.continuous.rounds import Costs

FLAT = 1e-12
"""Range within which costs are equal: a share of the first generation's, if that is below 1."""
SHORTEST, LONGEST = 120, 20_000
"""Generations that are looked at to see whether there is progress: at least, at most."""
EVERY = 10
"""Generations from one look at the progress to the next."""


@final
class Convergence:
    """The stopping rules TolHistFun and Stagnation of BIPOP-CMA-ES (Hansen 2009, section 2.2).

    Args:
        n_dims: How many dimensions there are.
        population: How many points a generation has.
    """

    def __init__(self, n_dims: int, population: int) -> None:
        self._brief = 10 + math.ceil(30 * n_dims / population)
        self._least = SHORTEST + self._brief
        self._bests: list[float] = []
        self._middles: list[float] = []
        self.scale = 1.0

    def reached(self, costs: Costs) -> bool:
        """Take in what a generation cost; return whether the run may end."""
        if not self._bests:
            self.scale = min(1.0, float(np.ptp(costs))) or 1.0
        self._bests.append(float(costs.min()))
        self._middles.append(float(np.median(costs)))
        return self._is_flat(costs) or self._stagnates()

    def _is_flat(self, costs: Costs) -> bool:
        """Return whether the best of many generations, and all of this one, cost the same."""
        recent = [*self._bests[-self._brief :], float(costs.max())]
        return len(recent) > self._brief and max(recent) - min(recent) <= FLAT * self.scale

    def _stagnates(self) -> bool:
        """Return whether the last third of many generations is no better than the first."""
        n = len(self._bests)
        if n < self._least or n % EVERY:
            return False
        length = min(max(n // 5, self._least), LONGEST)
        part = 3 * length // 10
        del self._bests[:-LONGEST], self._middles[:-LONGEST]
        recent = np.array([self._bests[-length:], self._middles[-length:]])
        first, last = np.median(recent[:, :part], axis=1), np.median(recent[:, -part:], axis=1)
        return bool((last >= first).all())
