"""The volume that a front dominates: who contributes how much, and what a prediction promises to add."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from evonas.evolve.pareto import Costs, crowded_order, ranks

Vector = NDArray[np.float64]

MOST_IN_FRONT = 64
"""Members whose boxes are looked at in two objectives, and half as many in each further one."""
SMALLEST = 1e-300
"""What counts as nothing: its logarithm is still a number."""
_complement = np.frompyfunc(math.erfc, 1, 1)


def contributions(costs: Costs, reference: Vector) -> Vector:
    """Return the volume that each alone dominates below ``reference``, ``(n,)``; twins have none."""
    from moocore import hv_contributions

    return np.asarray(hv_contributions(costs, ref=reference))


def open_boxes(costs: Costs, reference: Vector) -> tuple[Costs, Costs]:
    """Cut the space below ``reference`` that nobody dominates yet into boxes.

    They are the boxes below the local upper bounds of the front (Klamroth et al. 2015), made disjoint as
    Lacour et al. 2017 (section 3) do with the part that is dominated, seen from the other end: as many as
    a few times the members of the front in three objectives.

    Args:
        costs: ``(n, n_objectives)``, maybe none.
        reference: ``(n_objectives,)``.

    Returns:
        Lower and upper corners, each ``(n_boxes, n_objectives)``; many lower ones are minus infinity.
    """
    bounds, _ = _local_upper_bounds(costs, reference)
    mirrored, defining = _local_upper_bounds(-bounds, np.full(len(reference), np.inf))
    lows = np.stack(
        [defining[:, 0, 0], *(defining[:, :j, j].max(axis=1) for j in range(1, len(reference)))], axis=1
    )
    highs = mirrored.copy()
    highs[:, 0] = np.inf
    real = (lows < highs).all(axis=1)
    return -highs[real], -lows[real]


def _local_upper_bounds(costs: Costs, reference: Vector) -> tuple[Costs, NDArray[np.float64]]:
    """Return the corners below which lies what ``costs`` leave open (Lacour et al. 2017, algorithm 2).

    Returns:
        The bounds ``(n, n_objectives)``, and of each the points that define it, one an objective, ``(n,
        n_objectives, n_objectives)``.
    """
    n_objectives = len(reference)
    bounds, defining = reference[None, :].astype(float), np.full((1, n_objectives, n_objectives), -np.inf)
    defining[0, range(n_objectives), range(n_objectives)] = reference
    rest = [[k for k in range(n_objectives) if k != j] for j in range(n_objectives)]
    for point in costs:
        above = (point < bounds).all(axis=1)
        touched = np.flatnonzero(above)
        parts, their_points = [bounds[~above]], [defining[~above]]
        for j in range(n_objectives if len(touched) else 0):
            others = defining[touched][:, rest[j], j].max(axis=1, initial=-np.inf)
            cut = touched[point[j] >= others]
            lowered, points = bounds[cut], defining[cut]
            lowered[:, j], points[:, j] = point[j], point
            parts.append(lowered)
            their_points.append(points)
        bounds, defining = np.concatenate(parts), np.concatenate(their_points)
    return bounds, defining


class Promise:
    """What a front leaves to be gained, and how much of it predictions promise.

    Args:
        costs: ``(n, n_objectives)``, maybe none; of a large front only the least crowded count.
        reference: ``(n_objectives,)``, below which volume counts.
    """

    def __init__(self, costs: Costs, reference: Vector) -> None:
        most = max(MOST_IN_FRONT >> max(len(reference) - 2, 0), 1)
        n_best = int(np.sum(ranks(costs) == 0))
        self.lows, self.highs = open_boxes(costs[crowded_order(costs)[: min(most, n_best)]], reference)

    def log_improvement(self, means: Costs, deviations: Costs) -> Vector:
        """Return the logarithm of the volume that each prediction is expected to add, ``(k,)``.

        Of independent normal predictions it is a sum over boxes of products over objectives (Yang et al.
        2019, equation 11): of the expected length by which an outcome reaches below a box's upper end,
        within the box.

        Args:
            means: ``(k, n_objectives)``.
            deviations: ``(k, n_objectives)``, positive.
        """
        products = np.ones((len(means), len(self.lows)))
        for low, high, mean, deviation in zip(self.lows.T, self.highs.T, means.T, deviations.T, strict=True):
            corners, places = np.unique(np.concatenate([low, high]), return_inverse=True)
            below = _expected_below(mean[:, None], deviation[:, None], corners[None, :])
            products *= below[:, places[len(low) :]] - below[:, places[: len(low)]]
        return _log(products.sum(axis=1))


def log_probability(bounds: Vector, means: Costs, deviations: Costs) -> Vector:
    """Return the logarithm of the probability that normal outcomes stay below all bounds, ``(k,)``.

    Args:
        bounds: ``(n,)``, maybe none.
        means: ``(k, n)``.
        deviations: ``(k, n)``, positive.
    """
    logs: Vector = _log(_below((bounds - means) / deviations)).sum(axis=1)
    return logs


def _log(shares: Vector) -> Vector:
    logs: Vector = np.log(np.maximum(shares, SMALLEST))
    return logs


def _below(z: Costs) -> Costs:
    """Return the standard normal distribution function."""
    complements: NDArray[np.object_] = np.asarray(_complement(-z / math.sqrt(2)), dtype=np.object_)
    return 0.5 * complements.astype(np.float64)


def _expected_below(means: Costs, deviations: Costs, corners: Costs) -> Costs:
    """Return the expected length by which normal outcomes lie below corners, 0 below minus infinity."""
    z = (corners - means) / deviations
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    finite = np.where(np.isfinite(z), z, 0.0)
    return np.where(np.isfinite(corners), deviations * (finite * _below(z) + density), 0.0)
