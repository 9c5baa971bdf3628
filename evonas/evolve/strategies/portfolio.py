"""Several methods in turns, by what they find: the choice where nothing is known of the function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from evonas.evolve.continuous.portfolio.portfolio import portfolio
from evonas.evolve.continuous.rounds import Rounds, Share, Start
from evonas.evolve.continuous.strategy import ContinuousStrategy


@final
class Portfolio(ContinuousStrategy):
    """Descents, CMA-ES with restarts and searches along coordinates, which take turns by what they find.

    A descent comes first. Where it sees no slope, because of noise or plateaus, CMA-ES does the work; where
    the cost is a sum over coordinates these are searched one by one. After that all have their turns, and who
    finds something better goes on. See ``evonas/evolve/continuous/portfolio``.
    """

    def rounds(self, start: Start) -> Rounds:
        """Begin all of it at a point."""
        return portfolio(start)

    @property
    def shares(self) -> Mapping[str, Share]:
        """What each member spent and earned so far, by its name."""
        total: dict[str, Share] = {}
        for run in self._runs:
            for name, share in run.shares.items():
                in_all = total.setdefault(name, Share())
                in_all.evaluations += share.evaluations
                in_all.records += share.records
        return total
