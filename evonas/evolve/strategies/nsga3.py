"""NSGA-III: reference lines spread a population over many objectives."""

from __future__ import annotations

from typing import final

import numpy as np
from numpy.typing import NDArray

from evonas.evolve.directions import lattice
from evonas.evolve.pareto import Costs, ranks
from evonas.evolve.steady_state import SteadyState

ALMOST_NOTHING = 1e-6
"""The weight of the other objectives where one is looked at (Deb and Jain 2014, section IV-C)."""


@final
class NSGA3(SteadyState):
    """NSGA-III (Deb and Jain 2014), one child at a time: for three objectives and more.

    As many reference lines as there are places in the population, at most, cross the normalized objectives.
    The last front is thinned out where its lines have most members already (algorithms 2 to 4). Where the
    paper draws lots, the nearest to a line stays, so that equal histories leave equal populations.

    The settings are those of ``evonas.evolve.steady_state.SteadyState``: ``population``, ``crossover`` and
    ``mutation``.
    """

    def worst(self, costs: Costs) -> int:
        """Return whom niching (algorithm 4) leaves over if all but one of the last front stay."""
        fronts = ranks(costs)
        left = np.flatnonzero(fronts == fronts.max()).tolist()
        lines, distances = associated(normalized(costs), lattice(costs.shape[1], self.population))
        counts = np.bincount(lines[fronts < fronts.max()], minlength=lines.max() + 1).astype(float)
        while len(left) > 1:
            line = int(np.argmin(counts))
            members = [place for place in left if lines[place] == line]
            if members:
                left.remove(min(members, key=distances.__getitem__))
            counts[line] += 1 if members else np.inf
        return int(left[0])


def normalized(costs: Costs) -> Costs:
    """Return costs as shares of the intercepts of the hyperplane through the extremes (algorithm 2)."""
    raised = costs - costs.min(axis=0)
    axes = np.where(np.eye(costs.shape[1], dtype=np.bool_), 1.0, ALMOST_NOTHING)
    achievements = (raised[:, None, :] / axes).max(axis=2)  # equation 4
    extremes = raised[achievements.argmin(axis=0)]
    intercepts = raised[ranks(costs) == 0].max(axis=0)
    if np.linalg.matrix_rank(extremes) == len(extremes):
        plane = np.linalg.solve(extremes, np.ones(len(extremes)))
        if (plane > 0).all():
            intercepts = 1 / plane
    shares: Costs = raised / np.where(intercepts > 0, intercepts, 1.0)
    return shares


def associated(costs: Costs, directions: Costs) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return for each the nearest line through the origin, and how far away it is (algorithm 3)."""
    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    along = costs @ unit.T
    distances = np.linalg.norm(costs[:, None, :] - along[:, :, None] * unit, axis=2)
    nearest = distances.argmin(axis=1)
    return nearest, distances[np.arange(len(costs)), nearest]
