"""CMA-ES with a quadratic model."""

from __future__ import annotations

from typing import final

from evonas.evolve.continuous.rounds import Rounds, Start
from evonas.evolve.continuous.strategy import ContinuousStrategy
from evonas.evolve.continuous.surrogate_cma import lq_cma_es


@final
class SurrogateCMAES(ContinuousStrategy):
    """lq-CMA-ES (Hansen 2019): a linear, later quadratic model prices what it is trusted to rank.

    For up to some twenty dimensions and functions that take seconds: a proposal takes milliseconds. Runs that
    have converged are followed by others of twice the population.
    """

    def rounds(self, start: Start) -> Rounds:
        """Begin a run."""
        return lq_cma_es(start)
