"""A model of what points cost, linear at first and quadratic once there are points enough."""

from __future__ import annotations

from typing import final

import numpy as np
from numpy.typing import NDArray

from evonas.evolve.continuous.rounds import Costs, Point, Points

BEST = 0.75
"""Share of the points, the best ones, that a model is fitted to."""
SPARE = 1.1
"""Points among these for each coefficient, before a model gets so many."""
KEPT = 2
"""Points that are remembered for each coefficient of the richest model."""
HEAVIEST = 20
"""Weight of the best point; that of the worst is 1."""
MOST_MIXED = 20
"""Dimensions up to which products of coordinates are modelled: a fit costs the sixth power of them."""


@final
class QuadraticModel:
    """The global surrogate of lq-CMA-ES (Hansen 2019, section 2), fitted by weighted least squares.

    Args:
        n_dims: How many coordinates a point has.
        least: Points that are remembered at least.
    """

    def __init__(self, n_dims: int, least: int) -> None:
        self._pairs = np.triu_indices(n_dims, 1) if n_dims <= MOST_MIXED else np.triu_indices(0)
        self._sizes = sorted({n_dims + 1, 2 * n_dims + 1, 2 * n_dims + 1 + len(self._pairs[0])})
        self._most = max(KEPT * self._sizes[-1], least)
        self._points: Points = np.empty((0, n_dims))
        self._costs: Costs = np.empty(0)
        self._centre: Point = np.zeros(n_dims)
        self._scale: Point = np.ones(n_dims)
        self._coefficients: Point = np.zeros(n_dims + 1)

    def __len__(self) -> int:
        """Return how many points are remembered."""
        return len(self._costs)

    def learn(self, points: Points, costs: Costs) -> None:
        """Take in what points cost, and forget the oldest ones."""
        self._points = np.concatenate([self._points, points])[-self._most :]
        self._costs = np.concatenate([self._costs, costs])[-self._most :]
        n = max(int(BEST * (len(self) + 1)), len(self._coefficients) + 2)
        best = np.argsort(self._costs, kind="stable")[:n]
        n_coefficients = max((size for size in self._sizes if BEST * len(self) >= SPARE * size), default=0)
        points, costs = self._points[best], self._costs[best]
        spread = points.std(0)
        self._centre, self._scale = points.mean(0), np.where(spread > 0, spread, 1.0)
        weights = np.linspace(HEAVIEST, 1, len(best))
        rows = self._rows(points, max(n_coefficients, self._sizes[0]))
        self._coefficients = least_squares(weights[:, None] * rows, weights * costs)

    def predicted(self, points: Points) -> Costs:
        """Return what points cost by the model; zeros before anything is known."""
        costs: Costs = self._rows(points, len(self._coefficients)) @ self._coefficients
        return costs

    def agreement(self, n: int) -> float:
        """Return Kendall's rank correlation of the model with the latest ``n`` costs; 0 for less than 3."""
        costs = self._costs[-n:]
        if len(costs) < 3:
            return 0.0
        signs = [np.sign(one[:, None] - one) for one in (costs, self.predicted(self._points[-n:]))]
        return float((signs[0] * signs[1]).sum()) / (len(costs) * (len(costs) - 1))

    def lowest(self) -> Point:
        """Return where a quadratic model is flat; of a linear one, to which corner of the cube it points."""
        n_dims = self._points.shape[1]
        slope, squares, products = np.split(self._coefficients[1:], [n_dims, 2 * n_dims])
        if not len(squares):
            return np.where(slope > 0, 0.0, 1.0)
        bends = np.diag(2 * squares)
        if len(products):
            bends[self._pairs] = bends.T[self._pairs] = products
        flat: Point = self._centre - self._scale * (np.linalg.pinv(bends, hermitian=True) @ slope)
        return flat

    def _rows(self, points: Points, n_coefficients: int) -> NDArray[np.float64]:
        """Return 1, coordinates, squares, products of points, as many as there are coefficients."""
        z = (points - self._centre) / self._scale
        columns = [np.ones((len(z), 1)), z]
        if n_coefficients > self._sizes[0]:
            columns.append(z**2)
        if n_coefficients > self._sizes[1]:
            columns.append(z[:, self._pairs[0]] * z[:, self._pairs[1]])
        return np.hstack(columns)


def least_squares(rows: NDArray[np.float64], values: Costs) -> Point:
    """Return the coefficients that fit best, the smallest of them if several do.

    By a QR decomposition, which takes a third of the time of numpy's singular values.
    """
    from scipy.linalg import lstsq

    cutoff = np.finfo(float).eps * max(rows.shape)
    fit = lstsq(rows, values, cond=cutoff, lapack_driver="gelsy", check_finite=False)
    return np.asarray(fit[0], np.float64)
