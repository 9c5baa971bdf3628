"""A quadratic model that interpolates recent points, minimized within a trust region."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from evonas.evolve.continuous.calls import Evaluate, rounds_of
from evonas.evolve.continuous.rounds import Point, Rounds, Start

RADIUS = 0.2
"""Of the trust region at first, in sides of the cube."""
SMALLEST = 1e-10
"""Radius at which a run has converged."""


def bobyqa(start: Start) -> Rounds:
    """Return one run of BOBYQA (Powell 2009), in one dimension of COBYLA (Powell 1994), by NLopt."""
    return rounds_of(partial(_descend, start.point))


def _descend(point: Point, evaluate: Evaluate) -> None:
    import nlopt

    def cost_of(at: Point, _gradient: Point) -> float:
        return float(evaluate(at[None].clip(0.0, 1.0))[0])

    n_dims = len(point)
    search = nlopt.opt(nlopt.LN_BOBYQA if n_dims > 1 else nlopt.LN_COBYLA, n_dims)
    search.set_lower_bounds(0.0)
    search.set_upper_bounds(1.0)
    search.set_initial_step(RADIUS)
    search.set_xtol_abs(SMALLEST)
    search.set_min_objective(cost_of)
    # It can get no further; or it is given up at a point after which it would have ended anyway.
    with suppress(nlopt.RoundoffLimited, RuntimeError, SystemError):
        search.optimize(point)
