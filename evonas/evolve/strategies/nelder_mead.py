"""The simplex method from the centre and from random points."""

from __future__ import annotations

from typing import final

from evonas.evolve.continuous.nelder_mead import nelder_mead
from evonas.evolve.continuous.rounds import Rounds, Start
from evonas.evolve.continuous.strategy import ContinuousStrategy


@final
class NelderMead(ContinuousStrategy):
    """The simplex method (Nelder and Mead 1965), begun again where it stood still, then at random points.

    For a few dimensions: above ten it is slow. Coefficients are those of Gao and Han (2012).
    """

    def rounds(self, start: Start) -> Rounds:
        """Begin a descent."""
        return nelder_mead(start)
