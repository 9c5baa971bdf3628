"""NSGA-II: non-dominated fronts first, then who stands alone."""

from __future__ import annotations

from typing import final

import numpy as np

from evonas.evolve.pareto import Costs, crowded_order
from evonas.evolve.records import Individual
from evonas.evolve.steady_state import SteadyState


@final
class NSGA2(SteadyState):
    """NSGA-II (Deb et al. 2002), one child at a time, as Durillo et al. 2009 found it better.

    Parents win binary tournaments by the crowded-comparison operator, and the last by that operator has to
    leave (section III-C). ``GeneticAlgorithm`` with several objectives is the same with generations.

    The settings are those of ``evonas.evolve.steady_state.SteadyState``: ``population``, ``crossover`` and
    ``mutation``.
    """

    def worst(self, costs: Costs) -> int:
        """Return who is in the last front and most crowded there."""
        return int(crowded_order(costs)[-1])

    def parent(self, rng: np.random.Generator) -> Individual:
        """Return the better one of two random individuals."""
        one, other = (int(fraction * len(self._living)) for fraction in rng.random(2).tolist())
        return self._living[min(one, other, key=self._places().__getitem__)]

    def _places(self) -> list[int]:
        """Return how many of those alive are better than each."""
        order = crowded_order(np.array([member.costs for member in self._living]))
        return [int(place) for place in np.argsort(order)]
