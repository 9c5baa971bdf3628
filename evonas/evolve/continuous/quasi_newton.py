"""Quasi-Newton descents with gradients by finite differences, evaluated side by side."""

from __future__ import annotations

from functools import partial

import numpy as np

from evonas.evolve.continuous.calls import Evaluate, rounds_of
from evonas.evolve.continuous.rounds import Point, Rounds, Start

STEP = 1e-8  # of the finite differences, in sides of the cube


def slsqp(start: Start) -> Rounds:
    """Return one descent by sequential least-squares programming (Kraft 1988), within the cube."""
    return rounds_of(partial(_descend, start.point))


def _descend(point: Point, evaluate: Evaluate) -> None:
    from scipy.optimize import minimize

    def cost_and_slope(at: Point) -> tuple[float, Point]:
        steps = np.where(at + STEP <= 1.0, STEP, -STEP)
        costs = evaluate(np.vstack([at, at + np.diag(steps)]))
        return float(costs[0]), (costs[1:] - costs[0]) / steps

    bounds = [(0.0, 1.0)] * len(point)
    minimize(cost_and_slope, point, jac=True, method="SLSQP", bounds=bounds, options={"ftol": 1e-12})
