"""Quadratic models in trust regions, from the centre and from random points."""

from __future__ import annotations

from typing import final

from evonas.evolve.continuous.rounds import Rounds, Start
from evonas.evolve.continuous.strategy import ContinuousStrategy
from evonas.evolve.continuous.trust_region import bobyqa


@final
class TrustRegion(ContinuousStrategy):
    """BOBYQA (Powell 2009): a quadratic model of recent points, minimized within a trust region.

    It needs few evaluations and endures some noise. Runs begin in the centre and at random points.
    """

    def rounds(self, start: Start) -> Rounds:
        """Begin a run."""
        return bobyqa(start)
