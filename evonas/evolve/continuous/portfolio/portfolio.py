"""The portfolio: a descent, a look at what the function is like, then members in turns."""

from __future__ import annotations

from collections.abc import Callable, Generator

import numpy as np

from evonas.evolve.continuous.cma_es import default_population, restarted_cma_es
from evonas.evolve.continuous.descent import Place, descent, never
from evonas.evolve.continuous.portfolio.coordinates import coordinate_search, is_additive
from evonas.evolve.continuous.portfolio.evidence import Evidence
from evonas.evolve.continuous.portfolio.turns import Member, take_turns
from evonas.evolve.continuous.quasi_newton import l_bfgs_b
from evonas.evolve.continuous.rounds import Costs, Point, Points, Rounds, Start
from evonas.evolve.continuous.surrogate_cma import lq_cma_es

HEAD_START = 60  # evaluations a dimension, of members that are quick over those that are not
SCOUTS = 2  # points a dimension, of which the best is where a descent begins
MOST_SCOUTS = 100
BLIND = 2  # descents in a row without a slope, after which there are no more
HOPE = 2.0  # times what its model promises a descent may find
MOST_DENSE = 300  # dimensions up to which a descent learns the whole Hessian
MOST_SLOPES = 2000  # dimensions up to which descents are worth it: a slope of 10,000 is 800 MB of points
MOST_MODELLED = 40  # dimensions up to which a quadratic model is worth its time


def portfolio(start: Start) -> Rounds:
    """Return a search by several methods, without end.

    It begins with a descent, which is all that many functions need. Where that saw a slope, two splits of the
    coordinates show whether the cost is a sum over them: then these are searched one by one. Other descents,
    CMA-ES and, in few dimensions, with few workers, CMA-ES on models take turns with it. Where no slopes are
    seen models come first. Every other run, and every other island, begins with CMA-ES.
    """
    # A slope of a descent and a generation of CMA-ES go side by side, if there are workers for both.
    start.reserved, start.least = len(start.point) + 1, default_population(len(start.point))
    evidence, head_start = Evidence(start), HEAD_START * len(start.point)
    members: list[Member] = []
    if len(start.point) <= MOST_SLOPES:
        members.append(Member("descents", descents(start, evidence, members)))
    members.append(Member("CMA-ES", restarted_cma_es(start)))
    if (start.number + start.island) % 2:
        members.reverse()
    members[-1].account = head_start
    return take_turns(members, evidence, start)


def descents(start: Start, evidence: Evidence, members: list[Member]) -> Rounds:
    """Return descents from the start, then from what came from elsewhere or the best of some random points.

    Those that have no hope to find anything better are given up. They end where no slopes are seen.

    Args:
        start: Where the first one begins.
        evidence: What all members found.
        members: Who they are; others join once it is known what the function is like.
    """
    n_dims, rng = len(start.point), start.rng

    def is_hopeless(here: Place, promised: float) -> bool:
        return here.cost - HOPE * promised > evidence.cost

    origin = start.point
    point: Point | None = origin
    n_blind, is_known = 0, False
    while n_blind < BLIND:
        if point is None:
            n_scouts = 1 if n_blind else min(SCOUTS * n_dims, MOST_SCOUTS)  # the best may be flat again
            scouts = rng.random((n_scouts, n_dims))
            point = scouts[np.argmin((yield scouts))]
        start.point = point
        has_slope = yield from _descent(start, is_hopeless)
        n_blind = 0 if has_slope else n_blind + 1
        if has_slope and not is_known:
            is_known, here = True, Place(evidence.point, evidence.cost)
            if (yield from is_additive(here, rng)):
                members.append(Member("coordinates", coordinate_search(here)))
            if not start.is_shared:  # generations are evaluated side by side as they are
                members += _models(start, origin, HEAD_START * n_dims)
        point = evidence.better_news()
    if not is_known:
        start.reserved = max(start.reserved, start.workers // 2)  # for CMA-ES
        members += _models(start, origin)


def _models(start: Start, point: Point, account: float = 0.0) -> list[Member]:
    """Return CMA-ES on models from a point on; nobody if there are too many dimensions for it."""
    if len(point) > MOST_MODELLED:
        return []
    start.point = point
    return [Member("models", lq_cma_es(start), account)]


def _descent(start: Start, give_up: Callable[[Place, float], bool] = never) -> Generator[Points, Costs, bool]:
    """Return one descent, and whether it saw a slope."""
    if len(start.point) <= MOST_DENSE:
        return (yield from descent(start, give_up))
    yield from l_bfgs_b(start)
    return True
