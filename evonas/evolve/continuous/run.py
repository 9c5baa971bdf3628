"""One run of a continuous method: its present round, and how it came there."""

from __future__ import annotations

import math
from array import array
from collections import deque
from typing import Any, TypeAlias, final

import numpy as np

from evonas.evolve.continuous.rounds import Costs, Method, Point, Points, Share, Start

News: TypeAlias = tuple[Point, float]
MOST_NEWS = 100
"""News that a run keeps which does not read them; the oldest go."""


@final
class Run:
    """One run of a method: the points of its present round, and what is known of them.

    A coroutine cannot be copied. What was sent to it can: a copy lives through it again.

    Args:
        method: Begins it.
        point: Where.
        seed: Root of its randomness.
        circumstances: More of its :class:`Start`: number, island, workers, spread.

    Attributes:
        points: ``(k, n_dims)``, those of the present round; none once it is over.
        costs: ``(k,)`` what they cost; NaN where that is not known, or not fit to compete.
        excess: ``(k,)`` how bad those are that cannot compete; NaN where that is not known.
        is_over: Whether there will be no further round.
        is_blind: Whether it was ever told penalties before anything was known that can compete.
    """

    def __init__(self, method: Method, point: Point, seed: int, **circumstances: Any) -> None:
        self._origin = (method, point, seed, circumstances)
        self._start = Start(point.copy(), np.random.default_rng(seed), **circumstances)
        self._sent = array("d")  # all costs, round after round
        self._heard: list[tuple[int, int | News]] = []  # after so many costs: workers, or news
        self._rounds = method(self._start)
        self.is_over = self.is_blind = False
        self._begin(None)

    def _begin(self, costs: Costs | None) -> None:
        try:
            points = next(self._rounds) if costs is None else self._rounds.send(costs)
        except (StopIteration, np.linalg.LinAlgError):
            points = None
        if points is None or not len(points) or not np.isfinite(points).all():
            self.end()  # where numbers break down a run has come to its end, too
        else:
            self._show(np.clip(points, 0.0, 1.0))

    def _show(self, points: Points) -> None:
        self.points = points
        self.costs, self.excess = np.full(len(points), np.nan), np.full(len(points), np.nan)
        self._n_taken = self._n_told = 0

    @property
    def shares(self) -> dict[str, Share]:
        """What each of its methods spent and earned, if it consists of several."""
        return self._start.shares

    @property
    def waits(self) -> bool:
        """Whether all points of the round are handed out, or there will be none any more."""
        return self._n_taken == len(self.points)

    @property
    def is_told(self) -> bool:
        """Whether all of the round is known, so that it can :meth:`go_on`."""
        return not self.is_over and self._n_told == len(self.points)

    def take(self) -> tuple[int, Point]:
        """Return the next point of the round, and its place there."""
        place = self._n_taken
        self._n_taken += 1
        return place, self.points[place]

    def tell(self, place: int, cost: float | None, excess: float) -> None:
        """Take in what a point of the round costs, or how bad it is if it cannot compete."""
        self.costs[place], self.excess[place] = math.nan if cost is None else cost, excess
        self._n_told += 1

    def go_on(self, costs: Costs) -> None:
        """Begin the next round with what all points of this one cost."""
        self._sent.extend(costs.tolist())
        self._begin(costs)

    def hear(self, point: Point, cost: float) -> None:
        """Let the method know of a point from elsewhere."""
        self._note((point, cost))

    def employ(self, workers: int) -> None:
        """Let the method know how many evaluations ran at once so far."""
        if workers != self._start.workers:
            self._note(workers)

    def _note(self, heard: int | News) -> None:
        self._heard.append((len(self._sent), heard))
        if isinstance(heard, int):
            self._start.workers = heard
        else:
            self._start.news.append(heard)
            del self._start.news[:-MOST_NEWS]

    def end(self) -> None:
        """Give it up."""
        self.is_over = True
        self._show(np.empty((0, 0)))
        self._rounds.close()

    def __deepcopy__(self, memo: dict[int, Any]) -> Run:
        """Return a run that lived through the same."""
        method, point, seed, circumstances = self._origin
        twin = Run(method, point, seed, **circumstances)
        heard, costs = deque(self._heard), np.array(self._sent)
        while not twin.is_over:
            n_sent, n = len(twin._sent), len(twin.points)
            while heard and heard[0][0] == n_sent:
                twin._note(heard.popleft()[1])
            if n_sent + n > len(costs):
                break
            twin.go_on(costs[n_sent : n_sent + n])
        if self.is_over:
            twin.end()
        twin.is_blind = self.is_blind
        twin.costs, twin.excess = self.costs.copy(), self.excess.copy()
        twin._n_taken, twin._n_told = self._n_taken, self._n_told
        return twin
