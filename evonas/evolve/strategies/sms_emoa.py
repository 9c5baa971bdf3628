"""SMS-EMOA: whoever adds least to the dominated hypervolume leaves."""

from __future__ import annotations

from typing import final

import numpy as np

from evonas.evolve.hypervolume import contributions
from evonas.evolve.pareto import Costs, ranks, scaled
from evonas.evolve.steady_state import SteadyState


@final
class SMSEMOA(SteadyState):
    """SMS-EMOA (Beume et al. 2007, algorithms 1 and 2): random parents, one child at a time.

    Of the worst non-dominated front that member has to leave who contributes least to its hypervolume.
    Objectives are scaled to the width of that front, and the reference point lies 1 beyond its worst values:
    a journal's units do not decide.

    The settings are those of ``evonas.evolve.steady_state.SteadyState``: ``population``, ``crossover`` and
    ``mutation``.
    """

    def worst(self, costs: Costs) -> int:
        """Return who contributes least to the hypervolume of the last front, the youngest among equals."""
        fronts = ranks(costs)
        last = np.flatnonzero(fronts == fronts.max())
        volumes = contributions(scaled(costs[last]), np.full(costs.shape[1], 2.0))
        return int(last[len(last) - 1 - np.argmin(volumes[::-1])])
