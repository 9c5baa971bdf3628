"""Search along one coordinate after the other, where the cost is a sum over coordinates."""

from __future__ import annotations

from collections.abc import Generator
from typing import final

import numpy as np

from evonas.evolve.continuous.descent import Place
from evonas.evolve.continuous.rounds import Costs, Point, Points, Rounds

SPLITS = 2  # of the coordinates into halves, by which additivity is tested
ROUNDING = 1e-12  # of sums of costs, relative to them
FIRST_SAMPLES = 30  # on each line in the first sweep; twice as many in the next
NARROWEST = 1e-4  # interval that is looked into for other basins, in sides of the cube
BASINS = 2  # on each line and sweep that are searched to the bottom
REFINEMENTS = 25  # points in each of these
CLOSEST = 1e-9  # positions that are told apart
GOLDEN = 0.381966


def is_additive(here: Place, rng: np.random.Generator) -> Generator[Points, Costs, bool]:
    """Return whether moving one half of the coordinates costs the same wherever the other half is."""
    point, cost = here
    for _ in range(SPLITS):
        there = rng.random(len(point))
        half = rng.permutation(len(point)) < (len(point) + 1) // 2
        costs = yield np.array([np.where(half, there, point), np.where(half, point, there), there])
        rest = costs[0] + costs[1] - cost - costs[2]
        if abs(rest) > ROUNDING * max(abs(cost), float(np.abs(costs).max())):
            return False
    return True


def coordinate_search(start: Place) -> Rounds:
    """Return sweeps over all coordinates, each more thorough, until there is nothing left to see.

    Args:
        start: Where to begin.
    """
    point, cost = start
    lines = [Line(position, cost) for position in point]
    here, n_samples, is_asking = point.copy(), FIRST_SAMPLES, True
    while is_asking:
        is_asking = False
        for axis, line in enumerate(lines):
            line.shift(cost)
            search = line.search(n_samples)
            positions = next(search, None)
            while positions is not None:
                is_asking = True
                points = np.repeat(here[None], len(positions), axis=0)
                points[:, axis] = positions
                positions = _sent(search, (yield points))
            here[axis], cost = line.best
        n_samples *= 2


def _sent(rounds: Rounds, costs: Costs) -> Points | None:
    try:
        return rounds.send(costs)
    except StopIteration:
        return None


@final
class Line:
    """What is known along one coordinate.

    Args:
        position: A first position, in 0..1.
        cost: What it costs.
    """

    def __init__(self, position: float, cost: float) -> None:
        self.positions, self.costs = np.array([position]), np.array([cost])

    @property
    def best(self) -> tuple[float, float]:
        """Where it is lowest, and the cost there."""
        lowest = int(np.argmin(self.costs))
        return float(self.positions[lowest]), float(self.costs[lowest])

    def shift(self, cost: float) -> None:
        """Let the best cost ``cost``: the other coordinates moved."""
        self.costs += cost - self.costs.min()

    def search(self, n_samples: int) -> Rounds:
        """Look for basins with ``n_samples`` new points, then go to the bottom of the best ones."""
        ends = np.setdiff1d([0.0, 1.0], self.positions)
        if len(ends):
            self._add(ends, (yield ends))
        for _ in range(n_samples):
            middle = self._easiest()
            if middle is None:
                break
            self._add(middle, (yield middle))
        for position in self._basins()[:BASINS]:
            yield from self._descend(position)

    def _add(self, positions: Point, costs: Costs) -> None:
        places = np.searchsorted(self.positions, positions)
        self.positions = np.insert(self.positions, places, positions)
        self.costs = np.insert(self.costs, places, costs)

    def _easiest(self) -> Point | None:
        """Return the middle of the interval in which the flattest parabola beats the best.

        That is STEP (Swarzberg et al. 1994), which bisects where to do so is easiest.
        """
        lowest = float(self.costs.min())
        above = np.sqrt(self.costs - lowest + 0.01 * (float(np.median(self.costs)) - lowest) + 1e-300)
        widths = np.diff(self.positions)
        bends = np.where(widths > NARROWEST, (above[1:] + above[:-1]) / np.maximum(widths, NARROWEST), np.inf)
        at = int(np.argmin(bends))
        return self.positions[at : at + 2].mean(keepdims=True) if np.isfinite(bends[at]) else None

    def _basins(self) -> Point:
        """Return the local minima among the points, the lowest first."""
        padded = np.concatenate([[np.inf], self.costs, [np.inf]])
        inner = np.flatnonzero((padded[1:-1] <= padded[:-2]) & (padded[1:-1] <= padded[2:]))
        return self.positions[inner[np.argsort(self.costs[inner], kind="stable")]]

    def _descend(self, position: float) -> Rounds:
        """Go to the bottom of the basin around ``position`` by parabolas and golden sections (Brent 1973)."""
        width = np.inf
        for _ in range(REFINEMENTS):
            at = int(np.searchsorted(self.positions, position))
            near = self.positions[max(at - 1, 0) : at + 2]
            is_shrinking, width = np.ptp(near) < 0.5 * width, float(np.ptp(near))
            trial = self._vertex(at) if is_shrinking and len(near) == 3 else None
            if trial is None:
                trial = position + GOLDEN * (max(near, key=lambda end: abs(end - position)) - position)
            if abs(trial - position) < CLOSEST:
                break
            point = np.array([trial])
            costs = yield point
            if costs[0] < self.costs[at]:
                position = trial
            self._add(point, costs)

    def _vertex(self, at: int) -> float | None:
        """Return where the parabola through a minimum and its neighbours is lowest; None if too near."""
        (left, here, right), (a, b, c) = self.positions[at - 1 : at + 2], self.costs[at - 1 : at + 2]
        rising, falling = (here - left) * (b - c), (here - right) * (b - a)
        if rising == falling:
            return None
        with np.errstate(over="ignore", invalid="ignore"):
            vertex = here - 0.5 * ((here - left) * rising - (here - right) * falling) / (rising - falling)
        is_apart = min(abs(vertex - here), vertex - left, right - vertex) > CLOSEST
        return float(vertex) if is_apart else None
