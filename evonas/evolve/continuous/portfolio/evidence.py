"""What the members of a portfolio share: the best so far, and what the function looks like."""

from __future__ import annotations

from typing import final

import numpy as np

from evonas.evolve.continuous.rounds import Costs, Point, Points, Share, Start


@final
class Evidence:
    """What was seen so far.

    Args:
        start: Of the run, which is told what each member spends and earns.

    Attributes:
        point: The best point.
        cost: What it costs.
        n_dims: How many coordinates a point has.
    """

    def __init__(self, start: Start) -> None:
        self.point, self.cost = start.point.copy(), np.inf
        self.n_dims = len(start.point)
        self._shares, self._news = start.shares, start.news

    def see(self, name: str, points: Points, costs: Costs) -> bool:
        """Take in a round of a member; return whether it holds the best so far."""
        share, lowest = self._shares.setdefault(name, Share()), int(np.argmin(costs))
        share.evaluations += len(costs)
        if costs[lowest] >= self.cost:
            return False
        self.point, self.cost = points[lowest].copy(), float(costs[lowest])
        share.records += 1
        return True

    def better_news(self) -> Point | None:
        """Return the best point from elsewhere, if better than all here; forget the others."""
        news = [(cost, place) for place, (_, cost) in enumerate(self._news) if cost < self.cost]
        point = self._news[min(news)[1]][0] if news else None
        self._news.clear()
        return point
