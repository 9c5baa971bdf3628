"""What a descent knows of the Hessian, and where it is lowest within the cube by that."""

from __future__ import annotations

from typing import final

import numpy as np
from numpy.typing import NDArray

from evonas.evolve.continuous.rounds import Point

FIRST_MOVE = 1 / 3
"""How far the first step goes, in sides of the cube."""
FLATNESS = 1e-6
"""Of directions nothing is known about, relative to the first that was walked."""
CAUTION = 0.01
"""The same, where slopes are as cheap as points on a line."""
DAMPING = 0.2
"""Least share of the expected bend that is learnt."""
MOST_BENT = 10
"""Times that a step is bent along the sides of the cube; few of them are ever needed."""
HALVINGS = 30
"""Of a step that leads upwards, until there is held to be no way down."""


@final
class Curvature:
    """The Hessian as far as it was seen: damped BFGS (Nocedal and Wright 2006, procedure 18.2).

    What was not seen is held to be nearly flat. A direction that is steeper than expected costs a few points
    on a line, one that is flatter costs a slope for every step.

    Args:
        slope: ``(n_dims,)`` the first gradient.
        flatness: Of what was not seen, relative to the first direction that was walked.

    Attributes:
        matrix: ``(n_dims, n_dims)`` the Hessian, positive definite.
    """

    def __init__(self, slope: Point, flatness: float = FLATNESS) -> None:
        self.matrix: NDArray[np.float64] = np.eye(len(slope)) * float(np.linalg.norm(slope)) / FIRST_MOVE
        self._flatness, self._is_guessed = flatness, True

    def learn(self, move: Point, change: Point) -> None:
        """Take in how much the gradient changed on a move."""
        bend = float(move @ change)
        if self._is_guessed:
            length = float(move @ move)
            seen = bend / length if bend > 0 else float(np.linalg.norm(change)) / np.sqrt(length)
            self.matrix = np.eye(len(move)) * max(self._flatness * seen, 1e-12)
            self._is_guessed = False
        expected = self.matrix @ move
        bent = float(move @ expected)
        share = 1.0 if bend >= DAMPING * bent else (1 - DAMPING) * bent / (bent - bend)
        damped = share * change + (1 - share) * expected
        self.matrix += np.outer(damped, damped) / (move @ damped) - np.outer(expected, expected) / bent

    def step(self, point: Point, slope: Point) -> Point:
        """Return the way to about where the model is lowest within the cube; zero if all ways lead upwards.

        Newton steps within the sides it ran into, each bent at the next ones (Bertsekas 1982).
        """
        step, least, most = np.zeros_like(point), -point, 1.0 - point
        free, is_whole = np.zeros(len(point), np.bool_), False
        for _ in range(MOST_BENT):
            pull, before = slope + self.matrix @ step, free
            free = ~(((step <= least) & (pull > 0)) | ((step >= most) & (pull < 0)))
            if is_whole and np.array_equal(free, before):
                break
            way = self._newton(pull, free)
            move = self._bent(pull, way, least - step, most - step)
            if not move.any():
                break
            step, is_whole = np.clip(step + move, least, most), np.array_equal(move, way)
        return step

    def _newton(self, pull: Point, free: NDArray[np.bool_]) -> Point:
        """Return the step along free coordinates to where ``pull`` ends; zero if there is none."""
        way = np.zeros_like(pull)
        try:
            way[free] = -np.linalg.solve(self.matrix[np.ix_(free, free)], pull[free])
        except np.linalg.LinAlgError:
            return np.zeros_like(pull)
        return way

    def _bent(self, pull: Point, way: Point, least: Point, most: Point) -> Point:
        """Return the longest part of a step that leads down although it is cut off at the sides."""
        for halving in range(HALVINGS):
            move = np.clip(0.5**halving * way, least, most)
            if (pull + 0.5 * self.matrix @ move) @ move < 0.0:
                return move
        return np.zeros_like(way)
