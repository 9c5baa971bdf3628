"""Natural evolution strategies: a normal distribution that follows its natural gradient."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from evonas.evolve.continuous.cma_es import STEP, default_population
from evonas.evolve.continuous.convergence import Convergence
from evonas.evolve.continuous.rounds import Costs, Rounds, Start
from evonas.evolve.unit_cube import reflected

SMALLEST = 1e-13
"""Standard deviation, in sides of the cube, at which a run has converged."""


def xnes(start: Start, *, step: float = STEP, population: int | None = None) -> Rounds:
    """Return one run of exponential natural evolution strategies (Glasmachers et al. 2010, algorithm 1).

    Args:
        start: Where to begin.
        step: Standard deviation at first, in sides of the cube.
        population: Points in a generation; None takes 4 + 3 ln n, or as many as are evaluated at once.
    """
    mean, n_dims, axes = start.point, len(start.point), np.eye(len(start.point))
    rate = 0.6 * (3 + math.log(n_dims)) / (n_dims * math.sqrt(n_dims))  # eta_sigma and eta_B, table 1
    size = _size(start, population)
    convergence = Convergence(n_dims, size)
    while step * math.sqrt(float((axes**2).sum(axis=1).max())) > SMALLEST:
        normals = start.rng.standard_normal((size, n_dims))
        costs = yield reflected(mean + step * normals @ axes.T)
        if convergence.reached(costs):
            return
        worth = _utilities(costs)
        gradient = worth @ normals
        spread = (worth * normals.T) @ normals  # utilities add up to 0: so does their share of the identity
        growth = np.trace(spread) / n_dims
        mean = mean + step * axes @ gradient
        step *= math.exp(rate / 2 * growth)
        axes = axes @ _exponential(rate / 2 * (spread - growth * np.eye(n_dims)))
        size = _size(start, population)


def snes(start: Start, *, step: float = STEP, population: int | None = None) -> Rounds:
    """Return one run of separable natural evolution strategies (Schaul et al. 2011, algorithm 2).

    It takes time and memory in proportion to the dimensions, of which there may be tens of thousands.

    Args:
        start: Where to begin.
        step: Standard deviation at first, in sides of the cube.
        population: Points in a generation; None takes 4 + 3 ln n, or as many as are evaluated at once.
    """
    mean, n_dims = start.point, len(start.point)
    steps = np.full(n_dims, step)
    rate = (3 + math.log(n_dims)) / (5 * math.sqrt(n_dims))  # eta_sigma
    size = _size(start, population)
    convergence = Convergence(n_dims, size)
    while steps.max() > SMALLEST:
        normals = start.rng.standard_normal((size, n_dims))
        costs = yield reflected(mean + steps * normals)
        if convergence.reached(costs):
            return
        worth = _utilities(costs)
        mean = mean + steps * (worth @ normals)
        steps = steps * np.exp(rate / 2 * (worth @ (normals**2 - 1)))
        size = _size(start, population)


def _size(start: Start, population: int | None) -> int:
    return population or max(default_population(len(start.point)), start.workers)


def _utilities(costs: Costs) -> NDArray[np.float64]:
    """Return what each point of a generation counts: by its rank alone, and 0 together."""
    n = len(costs)
    ranked = np.maximum(0.0, math.log(n / 2 + 1) - np.log(np.arange(1, n + 1)))
    worth = np.empty(n)
    worth[np.argsort(costs, kind="stable")] = ranked / ranked.sum() - 1 / n
    return worth


def _exponential(symmetric: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths, axes = np.linalg.eigh(symmetric)
    exponential: NDArray[np.float64] = (axes * np.exp(lengths)) @ axes.T
    return exponential
