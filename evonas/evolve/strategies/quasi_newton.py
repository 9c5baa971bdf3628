"""Quasi-Newton descents from the centre and from random points."""

from __future__ import annotations

from typing import final

from evonas.evolve.continuous.quasi_newton import l_bfgs_b, slsqp
from evonas.evolve.continuous.rounds import Rounds, Start
from evonas.evolve.continuous.strategy import ContinuousStrategy

MOST = 100
"""Dimensions up to which the time that SLSQP takes does not count."""


@final
class QuasiNewton(ContinuousStrategy):
    """Descents from the centre and random points, by finite differences evaluated side by side.

    They are those of sequential least-squares programming (Kraft 1988), in more than 100 dimensions of
    L-BFGS-B (Byrd et al. 1995). Nothing is quicker on smooth functions; noise leads them astray.
    """

    def rounds(self, start: Start) -> Rounds:
        """Begin a descent."""
        return slsqp(start) if len(start.point) <= MOST else l_bfgs_b(start)
