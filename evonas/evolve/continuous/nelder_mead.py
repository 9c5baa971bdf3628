"""The simplex of Nelder and Mead, begun again where it stood still."""

from __future__ import annotations

from functools import partial

import numpy as np

from evonas.evolve.continuous.calls import Evaluate, rounds_of
from evonas.evolve.continuous.rounds import Point, Rounds, Start

EDGE = 0.1
"""Length of the first simplex's edges, in sides of the cube."""
TOLERANCE = 1e-12
"""Size of a simplex, and difference of its costs, below which it has converged."""


def nelder_mead(start: Start) -> Rounds:
    """Return descents by the simplex method (Nelder and Mead 1965), each begun where the last one ended.

    Coefficients depend on the dimensions (Gao and Han 2012). It ends when a descent has led nowhere: the
    method may stand still where there is no minimum.
    """
    return rounds_of(partial(_descend, start.point))


def _descend(point: Point, evaluate: Evaluate) -> None:
    from scipy.optimize import minimize

    def cost_of(at: Point) -> float:
        return float(evaluate(at[None])[0])

    n_dims, cost, edge = len(point), np.inf, EDGE
    while edge > TOLERANCE:
        options = {
            "initial_simplex": np.vstack([point, point + np.diag(np.where(point + edge > 1, -edge, edge))]),
            "adaptive": n_dims > 1,
            "xatol": TOLERANCE,
            "fatol": TOLERANCE,
            "maxiter": 1000 * n_dims,
            "maxfev": np.inf,
        }
        found = minimize(cost_of, point, method="Nelder-Mead", bounds=[(0, 1)] * n_dims, options=options)
        if not found.fun < cost:
            return
        edge = min(EDGE, 10 * float(np.abs(found.x - point).max()))
        point, cost = found.x, found.fun
