"""CatCMA with margin: one distribution over real numbers, whole numbers and options."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, final

import numpy as np

from evonas.evolve.continuous.cma_es import LARGEST_SEED, default_population, silence
from evonas.evolve.continuous.convergence import Convergence
from evonas.evolve.continuous.rounds import Costs, Point, Points, Rounds, Start

REAL_STEP, WHOLE_STEP = 1 / 12, 1 / 10
"""Standard deviations at first, in shares of an axis."""


class Axis(NamedTuple):
    """What an axis of the cube stands for.

    Attributes:
        levels: Where on the axis its values are, in rising order, at least two; none if it is continuous.
        is_ordered: Whether values near each other are alike; else they are options.
    """

    levels: tuple[float, ...] = ()
    is_ordered: bool = True


def cat_cma(start: Start, axes: Sequence[Axis], *, population: int | None = None) -> Rounds:
    """Return runs of CatCMA with margin (Hamano et al. 2025), each of twice the population, without end.

    Args:
        start: Where to begin, and how far around; later runs begin at random points.
        axes: What each axis stands for.
        population: Points in a generation; None takes what the dimensions need, or as many as are evaluated
            at once.
    """
    size = population or max(default_population(len(axes)), start.workers)
    while True:
        yield from _run(start, axes, size)
        start.point, start.spread = start.rng.random(len(axes)), None
        size *= 2


def _run(start: Start, axes: Sequence[Axis], size: int) -> Rounds:
    search, convergence = _CatCMA(start, axes, size), Convergence(len(axes), size)
    while not search.has_converged():
        costs = yield search.sample()
        better = np.sort(costs)[: (size + 1) // 2]  # the margin lets some go astray for ever
        if convergence.reached(better):
            return
        search.learn(costs / convergence.scale)


@final
class _CatCMA:
    """The package's optimizer, which keeps the three kinds of variables apart, on the axes of the cube."""

    def __init__(self, start: Start, axes: Sequence[Axis], size: int) -> None:
        from cmaes import CatCMAwM

        places = range(len(axes))
        self._reals = [place for place in places if not axes[place].levels]
        self._wholes = [place for place in places if axes[place].levels and axes[place].is_ordered]
        self._options = [place for place in places if axes[place].levels and not axes[place].is_ordered]
        self._levels = [np.array(axes[place].levels) for place in self._options]
        self._n_dims, numbers = len(axes), [*self._reals, *self._wholes]
        real_step = start.step(REAL_STEP, self._reals) if self._reals else REAL_STEP
        steps = [real_step] * len(self._reals) + [WHOLE_STEP] * len(self._wholes)
        self._cma: Any = CatCMAwM(
            x_space=[[0.0, 1.0]] * len(self._reals) or None,
            z_space=[axes[place].levels for place in self._wholes] or None,
            c_space=[len(levels) for levels in self._levels] or None,
            population_size=size,
            mean=start.point[numbers] if numbers else None,
            cov=np.diag(np.square(steps)) if numbers else None,
            seed=int(start.rng.integers(LARGEST_SEED)),
        )
        self._asked: list[Any] = []

    def sample(self) -> Points:
        """Return a generation."""
        self._asked = [self._cma.ask() for _ in range(self._cma.population_size)]
        return np.array([self._point(one) for one in self._asked])

    def _point(self, solution: Any) -> Point:
        point = np.empty(self._n_dims)
        if self._reals:
            point[self._reals] = solution.x
        if self._wholes:
            point[self._wholes] = solution.z
        if self._options:
            chosen = solution.c.argmax(axis=1)
            point[self._options] = [levels[at] for levels, at in zip(self._levels, chosen, strict=True)]
        return point

    def learn(self, costs: Costs) -> None:
        """Take in what the generation costs."""
        with silence():
            self._cma.tell(list(zip(self._asked, costs.tolist(), strict=True)))

    def has_converged(self) -> bool:
        """Return whether the numbers are too near to each other to tell them apart."""
        return bool(self._reals or self._wholes) and bool(self._cma.should_stop())
