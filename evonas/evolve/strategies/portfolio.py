"""Several methods in turns, by what they find: the choice where nothing is known of the function."""

from __future__ import annotations

from typing import final

from evonas.evolve.continuous.portfolio.portfolio import portfolio
from evonas.evolve.continuous.rounds import Rounds, Start
from evonas.evolve.continuous.strategy import ContinuousStrategy


@final
class Portfolio(ContinuousStrategy):
    """Descents, CMA-ES with restarts or on models, searches along coordinates: turns by what they find.

    A descent comes first. Where it sees no slope, because of noise or plateaus, CMA-ES does the work, on
    quadratic models and without; where the cost is a sum over coordinates these are searched one by one.
    After that all have their turns, and who finds something better goes on; see
    ``evonas/evolve/continuous/portfolio``.
    """

    def rounds(self, start: Start) -> Rounds:
        """Begin all of it at a point."""
        return portfolio(start)
