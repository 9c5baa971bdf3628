"""Quasi-Newton descents from the centre and from random points."""

from __future__ import annotations

from typing import final

from evonas.evolve.continuous.quasi_newton import slsqp
from evonas.evolve.continuous.rounds import Rounds, Start
from evonas.evolve.continuous.strategy import ContinuousStrategy


@final
class QuasiNewton(ContinuousStrategy):
    """Descents by sequential least-squares programming (Kraft 1988), from the centre and random points."""

    def rounds(self, start: Start) -> Rounds:
        """Begin a descent."""
        return slsqp(start)
