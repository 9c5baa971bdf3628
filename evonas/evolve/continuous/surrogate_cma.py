"""CMA-ES whose generations are mostly priced by a model, linear at first and quadratic later."""

from __future__ import annotations

import math
from collections.abc import Generator

import numpy as np

from evonas.evolve.continuous.cma_es import STEP, default_population, pycma, silence
from evonas.evolve.continuous.convergence import Convergence
from evonas.evolve.continuous.quadratic import BEST, QuadraticModel
from evonas.evolve.continuous.rounds import Costs, Points, Rounds, Start
from evonas.evolve.unit_cube import reflected

TRUSTED = 0.85
"""Rank correlation (Kendall's tau) of a model with costs, from which on the rest is left to it."""
MORE = 1.5
"""By how much the evaluated part of a generation grows while the model is not trusted."""
COMPARED = 15
"""Points by which a model is judged, at least."""


def lq_cma_es(start: Start, *, step: float = STEP) -> Rounds:
    """Return runs of lq-CMA-ES (Hansen 2019), each with twice the population of the one before, without end.

    The distribution is pycma's. Points outside of the cube are folded back into it.

    Args:
        start: Where to begin; later runs begin at random points.
        step: Standard deviation at first, in sides of the cube.
    """
    n_dims = len(start.point)
    size = default_population(n_dims)
    while True:
        yield from _run(start, step, max(size, start.room))
        start.point = start.rng.random(n_dims)
        size *= 2


def _run(start: Start, step: float, size: int) -> Rounds:
    origin, n_dims = start.point, len(start.point)
    search = pycma(n_dims, step, size, "full", start.rng)
    convergence, model = Convergence(n_dims, size), QuadraticModel(n_dims, size)
    while not search.stop():
        with silence():
            steps = np.array(search.ask())
        points = reflected(origin + steps)  # folded steps would be no quadratic function to the model
        known = yield from _priced(model, points, start)
        if convergence.reached(known[np.isfinite(known)]):
            return
        with silence():
            search.tell(list(steps), _completed(model, points, known).tolist())
        search.inject([model.lowest().clip(0.0, 1.0) - origin])


def _priced(model: QuadraticModel, points: Points, start: Start) -> Generator[Points, Costs, Costs]:
    """Evaluate the most promising points until the model is trusted; return costs, NaN where unknown.

    Algorithm 2, lines 3 to 12, where a batch is never smaller than what is evaluated at once.
    """
    n = len(points)
    known = np.full(n, np.nan)
    wanted = int(1 + max(0.02 * n, 3 / BEST - len(model)))
    while np.isnan(known).any():
        n_known = n - int(np.isnan(known).sum())
        wanted = min(max(wanted, start.room + n_known), n)
        order = np.argsort(model.predicted(points), kind="stable")
        chosen = order[np.isnan(known[order])][: max(wanted - n_known, 1)]
        known[chosen] = yield points[chosen]
        model.learn(points[chosen], known[chosen])
        n_known += len(chosen)
        if model.agreement(int(max(COMPARED, min(1.2 * n_known, 0.75 * n)))) >= TRUSTED:
            break
        wanted = math.ceil(MORE * wanted)
    return known


def _completed(model: QuadraticModel, points: Points, known: Costs) -> Costs:
    """Return what all points cost, or shall cost by the model: none less than what is known."""
    if np.isfinite(known).all():
        return known
    predicted = model.predicted(points)
    lifted: Costs = predicted - predicted.min() + np.nanmin(known)
    return lifted
