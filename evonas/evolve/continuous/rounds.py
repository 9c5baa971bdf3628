"""The contract of a continuous method: a coroutine that yields points and is sent what they cost."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Point: TypeAlias = NDArray[np.float64]
"""``(n_dims,)``, within the unit cube."""

Points: TypeAlias = NDArray[np.float64]
"""``(k, n_dims)``, all within the unit cube."""

Costs: TypeAlias = NDArray[np.float64]
"""``(k,)``, finite, the lower the better; what failed costs more than anything that did not."""

Rounds: TypeAlias = Generator[Points, Costs, None]
"""Yields points to be evaluated side by side, is sent what they cost, and returns once it has converged."""


@dataclass
class Share:
    """What one of several methods spent and earned.

    Attributes:
        evaluations: How many points it had evaluated.
        records: How many of its rounds found something better than all before.
    """

    evaluations: int = 0
    records: int = 0


SHORTEST = 1e-8
"""Standard deviation at first, at least, in sides of the cube."""


@dataclass(eq=False)
class Start:
    """What a run of a continuous method begins with, and hears of while it goes on.

    Attributes:
        point: Where to begin: the centre of the cube or what the user gave at first, elsewhere when others
            ended.
        rng: The only randomness of the run.
        number: How many runs the search began before: 0 for the first.
        island: On which island; a method may do different things on different ones.
        workers: How many evaluations ran at once so far: it grows when the search finds more of them, so look
            at it whenever there is a choice to make.
        spread: ``(n_dims,)`` standard deviations of the best that are known, if the run begins among them.
        reserved: How many of them one method of several leaves to the others.
        least: How many must be left to it, or else it may take them all.
        news: ``(point, cost)`` of individuals that came from elsewhere, the latest last; grows while the run
            goes on, and whoever reads it takes them out.
        shares: By name, where a run consists of several methods, for whoever wants to know: the run tells.
    """

    point: Point
    rng: np.random.Generator
    number: int = 0
    island: int = 0
    workers: int = 1
    spread: Point | None = None
    reserved: int = 0
    least: int = 1
    news: list[tuple[Point, float]] = field(default_factory=list)
    shares: dict[str, Share] = field(default_factory=dict)

    def step(self, usual: float, axes: Sequence[int] | slice = slice(None)) -> float:
        """Return the usual standard deviation at first; that of the best, along some axes, if it is less."""
        if self.spread is None:
            return usual
        return min(usual, max(float(np.sqrt(np.mean(np.square(self.spread[axes])))), SHORTEST))

    @property
    def room(self) -> int:
        """How many evaluations of one method may run at once."""
        return self.workers - self.reserved if self.is_shared else self.workers

    @property
    def is_shared(self) -> bool:
        """Whether there are workers enough for several methods side by side."""
        return self.workers - self.reserved >= self.least


Method: TypeAlias = Callable[[Start], Rounds]
"""Begins a run."""
