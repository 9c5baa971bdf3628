"""(1+1)-CMA-ES from the centre and from random points."""

from __future__ import annotations

from typing import final

from evonas.evolve.continuous.one_plus_one import one_plus_one_cma_es
from evonas.evolve.continuous.rounds import Rounds, Start
from evonas.evolve.continuous.strategy import ContinuousStrategy


@final
class OnePlusOneCMAES(ContinuousStrategy):
    """The elitist (1+lambda)-CMA-ES (Igel, Hansen and Roth 2007), with as many offspring as run at once.

    Quicker than CMA-ES where there is one minimum, and easily caught where there are several.
    """

    def rounds(self, start: Start) -> Rounds:
        """Begin a run."""
        return one_plus_one_cma_es(start)
