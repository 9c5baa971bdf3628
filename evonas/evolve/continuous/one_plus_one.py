"""(1+1)-CMA-ES: one individual, and a mutation of it that learns from what succeeds."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evonas.evolve.continuous.rounds import Point, Points, Rounds, Start
from evonas.evolve.unit_cube import reflected

STEP = 0.2
"""Standard deviation at first, in sides of the cube."""
LARGEST, SMALLEST = 1.0, 1e-13
"""Standard deviations beyond which nothing is to be learnt."""
RARE = 0.44
"""Share of successes above which steps are too short to tell about the shape: p_thresh."""


class Mutation(NamedTuple):
    """How an individual's offspring are distributed (Igel, Hansen and Roth 2007, section 3.1).

    Attributes:
        step: Standard deviation (sigma), in sides of the cube.
        success: Average share of offspring that were better.
        path: ``(n_dims,)`` the way of the last successes (p_c).
        shape: ``(n_dims, n_dims)`` covariance (C).
        axes: ``(n_dims, n_dims)`` its root.
    """

    step: float
    success: float
    path: Point
    shape: NDArray[np.float64]
    axes: NDArray[np.float64]

    @classmethod
    def first(cls, n_dims: int, step: float = STEP) -> Mutation:
        """Return that of a first individual."""
        return cls(step, _target(1), np.zeros(n_dims), np.eye(n_dims), np.eye(n_dims))

    @property
    def is_spent(self) -> bool:
        """Whether its steps have become too short."""
        return self.step * math.sqrt(float(self.shape.diagonal().max())) < SMALLEST

    def steps(self, n: int, rng: np.random.Generator) -> Points:
        """Return ``n`` random steps, in units of ``step``."""
        steps: Points = rng.standard_normal((n, len(self.path))) @ self.axes.T
        return steps

    def judged(self, share: float, n: int = 1) -> Mutation:
        """Return it with longer steps if a larger ``share`` of ``n`` offspring succeeded than usual.

        Procedure updateStepSize, with the constants of table 1.
        """
        target, n_dims = _target(n), len(self.path)
        rate = target * n / (2 + target * n)  # c_p
        success = (1 - rate) * self.success + rate * share
        damping = 1 + n_dims / (2 * n)  # d
        factor = math.exp((success - target) / ((1 - target) * damping))
        return self._replace(success=success, step=min(self.step * factor, LARGEST))

    def learnt(self, step: Point) -> Mutation:
        """Return it with a shape that makes a successful ``step`` more likely.

        Procedure updateCovariance, with the constants of table 1.
        """
        n_dims = len(step)
        fading, rate = 2 / (n_dims + 2), 2 / (n_dims**2 + 6)  # c_c and c_cov
        gain = fading * (2 - fading)
        if self.success < RARE:
            path = (1 - fading) * self.path + math.sqrt(gain) * step
            shape = (1 - rate) * self.shape + rate * np.outer(path, path)
        else:
            path = (1 - fading) * self.path
            shape = (1 - rate + rate * gain) * self.shape + rate * np.outer(path, path)
        return self._replace(path=path, shape=shape, axes=np.asarray(np.linalg.cholesky(shape), np.float64))


def _target(n: int) -> float:
    """Return the share of successes at which steps have the right length: p_target of table 1."""
    return 1 / (5 + math.sqrt(n) / 2)


def one_plus_one_cma_es(start: Start, *, step: float = STEP) -> Rounds:
    """Return one run of the elitist (1+lambda)-CMA-ES (Igel, Hansen and Roth 2007, algorithm 1).

    It has as many offspring in a round as are evaluated at once. Points outside of the cube are folded back
    into it.

    Args:
        start: Where to begin.
        step: Standard deviation at first, in sides of the cube.
    """
    parent, mutation = start.point, Mutation.first(len(start.point), step)
    cost = float((yield parent[None])[0])
    while not mutation.is_spent:
        steps = mutation.steps(start.workers, start.rng)
        offspring = reflected(parent + mutation.step * steps)
        costs = yield offspring
        best = int(np.argmin(costs))
        mutation = mutation.judged(float(np.mean(costs < cost)), len(costs))
        if costs[best] <= cost:  # on a plateau it may wander, but not with longer steps
            parent, cost, mutation = offspring[best], float(costs[best]), mutation.learnt(steps[best])
