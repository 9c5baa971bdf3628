"""A function that counts its calls, and remembers which targets were reached after how many."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from moocore import hypervolume
from numpy.typing import NDArray

from blackbox.problems import Problem, Vector

TARGETS = 10.0 ** np.linspace(2, -8, 51)
"""Heights above the optimum."""
HALF_SIDE = 5.0  # of the cube; it is the box of bbob, in whose units peers begin well
N_MARKS = 51  # moments at which a hypervolume is told


class Spent(BaseException):
    """The budget is used up; no peer may take it for an error of the function."""


class Bill(ABC):
    """What a method minimizes: over its box by a call or ``many``, or over a cube from -5 to 5.

    Args:
        problem: What is behind it.
        budget: How many rounds may be billed; with one evaluation in flight these are the evaluations.
        in_flight: How many evaluations a round may hold.
        seed: Of the noise.
    """

    n_objectives = 1

    def __init__(self, problem: Problem, budget: int, in_flight: int = 1, seed: int = 0) -> None:
        self._problem, self._rng = problem, np.random.default_rng(seed)
        self.budget, self.in_flight = budget, in_flight
        self.lower, self.upper, self.n_integers = problem.lower, problem.upper, problem.n_integers
        self.n, self._centre = len(problem.lower), (problem.lower + problem.upper) / 2
        self._stretch = (problem.upper - problem.lower) / (2 * HALF_SIDE)
        self.rounds = self.evaluations = 0

    def __call__(self, point: Sequence[float] | Vector) -> Any:
        """Return the value at a point.

        Raises:
            Spent: The budget is used up.
        """
        self._next_round()
        return self._billed(point)

    def many(self, points: Sequence[Any] | NDArray[np.float64]) -> list[Any]:
        """Return the values at points, evaluated as many at a time as may be in flight.

        Raises:
            Spent: The budget is used up.
        """
        values = []
        for place, point in enumerate(points):
            if place % self.in_flight == 0:
                self._next_round()
            values.append(self._billed(point))
        return values

    def at(self, point: Vector) -> Any:
        """Return the value at a point of the cube.

        Raises:
            Spent: The budget is used up.
        """
        return self(self._centre + self._stretch * point)

    def at_all(self, points: Sequence[Vector] | NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values at points of the cube, as many at a time as may be in flight.

        Raises:
            Spent: The budget is used up.
        """
        return np.array(self.many(self._centre + self._stretch * np.array(points)))

    def _next_round(self) -> None:
        if self.rounds == self.budget:
            raise Spent
        self.rounds += 1

    def _billed(self, point: Sequence[float] | Vector) -> Any:
        self.evaluations += 1
        return self._told(self._problem.true(self._problem.inside(point)))

    @abstractmethod
    def _told(self, value: Any) -> Any:
        """Take note of a true value; return what the method is told."""

    @abstractmethod
    def figures(self) -> list[float]:
        """Return what is kept of the run."""


class TargetBill(Bill):
    """Of one objective: its figures are the rounds that hit each of the targets, 0 for never."""

    def __init__(self, problem: Problem, budget: int, in_flight: int = 1, seed: int = 0) -> None:
        super().__init__(problem, budget, in_flight, seed)
        self.lowest = np.inf
        self._hits: list[int] = []

    def _told(self, value: float) -> float:
        height = value - self._problem.best
        if height < self.lowest:
            self.lowest = height
            n_hit = int(np.searchsorted(-TARGETS, -height, side="right"))
            self._hits += [self.rounds] * (n_hit - len(self._hits))
        noise = self._problem.noise
        return float(value if noise is None else self._problem.best + noise(max(height, 0.0), self._rng))

    def figures(self) -> list[float]:
        """Return the first hits, ``len(TARGETS)`` of them."""
        return [float(hit) for hit in self._hits] + [0.0] * (len(TARGETS) - len(self._hits))


class FrontBill(Bill):
    """Of several objectives: its figures are hypervolumes at ``marks``, between ideal and nadir point."""

    n_objectives = 2

    def __init__(self, problem: Problem, budget: int, in_flight: int = 1, seed: int = 0) -> None:
        super().__init__(problem, budget, in_flight, seed)
        self._seen: list[tuple[int, Vector]] = []

    def _told(self, value: Vector) -> Vector:
        values = np.array(value)
        scaled = (values - self._problem.best) / (self._problem.worst - self._problem.best)
        if (scaled < 1).all():
            self._seen.append((self.rounds, scaled))
        return values

    def figures(self) -> list[float]:
        """Return the hypervolumes, ``N_MARKS`` of them."""
        when, points = np.array([round_ for round_, _ in self._seen]), np.array([p for _, p in self._seen])
        found = []
        for mark in marks(self.n, self.budget):
            known = points[when <= mark] if self._seen else points
            found.append(float(hypervolume(known, ref=[1.0, 1.0])) if len(known) else 0.0)
        return found


def marks(n_dims: int, budget: int) -> NDArray[np.int_]:
    """Return after how many rounds hypervolumes are told, evenly spread over their logarithm."""
    return np.round(np.geomspace(n_dims, budget, N_MARKS)).astype(int)
