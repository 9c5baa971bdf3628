"""Quasi-Newton descents with gradients by finite differences, evaluated side by side."""

from __future__ import annotations

from functools import partial
from typing import final

import numpy as np

from evonas.evolve.continuous.calls import Evaluate, rounds_of
from evonas.evolve.continuous.rounds import Point, Rounds, Start

STEP = 1e-8
"""Of the finite differences, in sides of the cube."""
MOST_ITERATIONS = 10_000
STEEPNESS = 1e4
"""Of the first slope. The methods expect curvatures of 1: what is not known yet is held to be rather flat."""
TOLERANCE = 1e-16
"""Progress, or slope, at which it has converged, in the same units."""


def slsqp(start: Start) -> Rounds:
    """Return one descent by sequential least-squares programming (Kraft 1988), within the cube.

    The time of an iteration grows with the cube of the dimensions: it is meant for a hundred of them.
    """
    return rounds_of(partial(_descend, start, "SLSQP", {"ftol": TOLERANCE}))


def l_bfgs_b(start: Start) -> Rounds:
    """Return one descent by L-BFGS-B (Byrd et al. 1995), within the cube, for many dimensions."""
    return rounds_of(partial(_descend, start, "L-BFGS-B", {"ftol": 0.0, "gtol": TOLERANCE}))


def _descend(start: Start, method: str, stop: dict[str, float], evaluate: Evaluate) -> None:
    from scipy.optimize import minimize

    function = _Differences(evaluate, start)
    minimize(
        function.cost,
        start.point,
        jac=function.slope,
        method=method,
        bounds=[(0.0, 1.0)] * len(start.point),
        options={**stop, "maxiter": MOST_ITERATIONS},
    )


@final
class _Differences:
    """A function and its slopes by finite differences; with idle workers these come along with each cost.

    Args:
        evaluate: Returns what points cost.
        start: Of the run, which knows how many are evaluated at once.
    """

    def __init__(self, evaluate: Evaluate, start: Start) -> None:
        self._evaluate, self._start = evaluate, start
        self._at, self._cost, self._scale = np.empty(0), 0.0, 0.0
        self._slope: Point | None = None

    def cost(self, at: Point) -> float:
        """Return what a point costs; units shall not matter: the first slope is :data:`STEEPNESS`."""
        self._at, self._slope = at.copy(), None
        if self._scale and self._start.workers == 1:
            self._cost = float(self._evaluate(at[None])[0])
        else:
            costs = self._evaluate(np.vstack([at, at + np.diag(self._steps)]))
            self._cost, self._slope = float(costs[0]), (costs[1:] - costs[0]) / self._steps
            self._scale = self._scale or float(np.abs(self._slope).max()) / STEEPNESS or 1.0
        return self._cost / self._scale

    def slope(self, at: Point) -> Point:
        """Return the slope there, in the same units."""
        if not np.array_equal(at, self._at):
            self.cost(at)
        if self._slope is None:
            costs = self._evaluate(at + np.diag(self._steps))
            self._slope = (costs - self._cost) / self._steps
        return self._slope / self._scale

    @property
    def _steps(self) -> Point:
        return np.where(self._at + STEP <= 1.0, STEP, -STEP)
