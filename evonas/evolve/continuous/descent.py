"""A quasi-Newton descent that pays little for its slopes, within the cube."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import NamedTuple

import numpy as np

from evonas.evolve.continuous.curvature import CAUTION, FLATNESS, Curvature
from evonas.evolve.continuous.rounds import Costs, Point, Points, Start

ROUNDING = 4e-16  # of a cost, relative to it
FIRST_STEP = 1e-7  # of forward differences, in sides of the cube
STEPS = 1e-9, 1e-6  # of later ones
CENTRAL_STEP = 1e-5  # of central differences
STALLED = 3  # moves in a row that gain no more than rounding
TRIALS = 12  # points on one line
SHORTEST = 0.1  # part of a step that is tried next, if all of it leads upwards
NEAR = 0.8  # how well a place agrees with where a parabola is lowest before a line is left
STRAIGHT = 1e-6  # bend of a line, relative to its slope, that is none: the next point is on the edge


class Place(NamedTuple):
    """A point and what it costs."""

    point: Point
    cost: float


def never(place: Place, promised: float) -> bool:
    """Give nothing up."""
    return False


def descent(start: Start, give_up: Callable[[Place, float], bool] = never) -> Generator[Points, Costs, bool]:
    """Return one descent by BFGS, which ends where neither forward nor central differences show a way down.

    A slope costs a point a dimension, but these are evaluated side by side, and a point on a line costs one:
    lines are searched rather well. Where small moves do not add up, as with noise, there is no slope and it
    ends.

    Args:
        start: Where to begin.
        give_up: Is asked before each move, with the place and what the model promises to be found below it.

    Returns:
        Whether there was a slope at the start.
    """
    point = start.point.copy()
    here = Place(point, float((yield point[None])[0]))
    slope = yield from _first_slope(here)
    if not slope.any():
        return False
    model, is_central, n_stalled = _nothing_seen(slope, start), False, 0
    while True:
        step = model.step(here.point, slope)
        if give_up(here, -0.5 * float(slope @ step)):
            return True
        sizes = _differences(model, here.cost)
        there = here
        if step.any():
            is_ahead = start.workers > len(step) and not is_central
            there = yield from _line_search(here, step, float(slope @ step), sizes if is_ahead else None)
        gain = here.cost - there.cost
        n_stalled = n_stalled + 1 if gain <= 10 * ROUNDING * max(1.0, abs(here.cost)) else 0
        is_stuck = gain == 0.0 or n_stalled == STALLED
        if is_stuck and is_central:
            return True
        before, is_central = slope, is_central or is_stuck
        slope = yield from (_central(there) if is_central else _forward(there, sizes))
        if is_stuck:
            model, n_stalled = _nothing_seen(slope, start), 0
        else:
            model.learn(there.point - here.point, slope - before)
        here = there


def _nothing_seen(slope: Point, start: Start) -> Curvature:
    """Return what is known at first. A slope is as cheap as a point if it is evaluated side by side."""
    return Curvature(slope, CAUTION if start.workers > len(slope) else FLATNESS)


def _first_slope(here: Place) -> Generator[Points, Costs, Point]:
    """Return the slope; zeros if all moves at once do not change the cost by the sum of their changes."""
    steps = np.where(here.point + 2 * FIRST_STEP <= 1.0, FIRST_STEP, -FIRST_STEP)
    costs = yield here.point + np.vstack([np.diag(steps), 2 * steps])
    *changes, change = costs - here.cost
    rest = abs(change - 2 * np.sum(changes))
    is_sum = rest <= 0.1 * np.abs(changes).max() + 100 * ROUNDING * max(1.0, abs(here.cost))
    return np.array(changes) / steps if is_sum else np.zeros(len(steps))


def _differences(model: Curvature, cost: float) -> Point:
    """Return the steps of forward differences that balance rounding and bend (Gill et al. 1983)."""
    bends = np.maximum(np.diag(model.matrix), 1e-12)
    steps: Point = np.clip(2 * np.sqrt(ROUNDING * max(1.0, abs(cost)) / bends), *STEPS)
    return steps


def _forward(here: Place, sizes: Point) -> Generator[Points, Costs, Point]:
    costs = yield _around(here.point, sizes)
    return (costs - here.cost) / _inwards(here.point, sizes)


def _around(point: Point, sizes: Point) -> Points:
    around: Points = point + np.diag(_inwards(point, sizes))
    return around


def _inwards(point: Point, sizes: Point) -> Point:
    return np.where(point + sizes <= 1.0, sizes, -sizes)


def _central(here: Place) -> Generator[Points, Costs, Point]:
    up, down = np.minimum(here.point + CENTRAL_STEP, 1.0), np.maximum(here.point - CENTRAL_STEP, 0.0)
    costs = yield here.point + np.vstack([np.diag(up - here.point), np.diag(down - here.point)])
    above, below = np.split(costs, 2)
    slope: Point = (above - below) / (up - down)
    return slope


def _line_search(
    here: Place, step: Point, slope: float, ahead: Point | None
) -> Generator[Points, Costs, Place]:
    """Walk to about the lowest place on the ray, guided by parabolas; stay here if nothing is lower.

    If there are workers for them, the differences by ``ahead`` are evaluated with each point: they are known
    where it ends.
    """
    best, length, best_length = here, 1.0, 0.0
    for _ in range(TRIALS):
        point = np.clip(here.point + length * step, 0.0, 1.0)
        if np.array_equal(point, here.point):
            break
        asked = point[None] if ahead is None else np.vstack([point, _around(point, ahead)])
        cost = float((yield asked)[0])
        if cost < best.cost:
            best, best_length = Place(point, cost), length
        bend = (cost - here.cost - slope * length) / length**2
        lowest = -slope / (2 * bend) if bend > 0 else 4 * length
        if not best_length:
            length = min(max(lowest, SHORTEST * length), 0.5 * length)
        elif best_length != length or NEAR < lowest / length < 1 / NEAR or _leaves(here, step, length):
            break
        elif abs(bend) * length < STRAIGHT * abs(slope):
            length /= STRAIGHT
        else:
            length *= min(max(lowest / length, 0.2), 4.0)
    return best


def _leaves(here: Place, step: Point, length: float) -> bool:
    end = here.point + length * step
    return bool(end.min() < 0.0 or end.max() > 1.0)
