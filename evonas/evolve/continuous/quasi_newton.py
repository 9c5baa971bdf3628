"""Quasi-Newton descents with gradients by finite differences, evaluated side by side."""

from __future__ import annotations

from functools import partial

import numpy as np

from evonas.evolve.continuous.calls import Evaluate, rounds_of
from evonas.evolve.continuous.rounds import Point, Rounds, Start

STEP = 1e-8
"""Of the finite differences, in sides of the cube."""
TOLERANCE = 1e-20
"""Progress, or slope, at which it has converged, relative to the first slope."""
MOST_ITERATIONS = 10_000


def slsqp(start: Start) -> Rounds:
    """Return one descent by sequential least-squares programming (Kraft 1988), within the cube.

    The time of an iteration grows with the cube of the dimensions: it is meant for a hundred of them.
    """
    return rounds_of(partial(_descend, start.point, "SLSQP", {"ftol": TOLERANCE}))


def l_bfgs_b(start: Start) -> Rounds:
    """Return one descent by L-BFGS-B (Byrd et al. 1995), within the cube, for many dimensions."""
    return rounds_of(partial(_descend, start.point, "L-BFGS-B", {"ftol": 0.0, "gtol": TOLERANCE}))


def _descend(point: Point, method: str, stop: dict[str, float], evaluate: Evaluate) -> None:
    from scipy.optimize import minimize

    scale = 0.0

    def cost_and_slope(at: Point) -> tuple[float, Point]:
        nonlocal scale
        steps = np.where(at + STEP <= 1.0, STEP, -STEP)
        costs = evaluate(np.vstack([at, at + np.diag(steps)]))
        slope = (costs[1:] - costs[0]) / steps
        scale = scale or float(np.abs(slope).max()) or 1.0  # units shall not matter: the first slope is 1
        return float(costs[0]) / scale, slope / scale

    minimize(
        cost_and_slope,
        point,
        jac=True,
        method=method,
        bounds=[(0.0, 1.0)] * len(point),
        options={**stop, "maxiter": MOST_ITERATIONS},
    )
