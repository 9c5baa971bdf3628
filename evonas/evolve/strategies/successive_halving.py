"""Successive halving, asynchronously: the best of each rung are evaluated more thoroughly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

from evonas.evolve.brackets import BracketSearch


@final
class SuccessiveHalving(BracketSearch):
    """Asynchronous successive halving, ASHA (Li et al. 2020, algorithm 2); its settings are told above.

    With a method for ``proposer`` that learns, what begins is no longer drawn at random, as in the paper, but
    descends from what was good on the lowest rung.
    """

    def shares(self) -> Sequence[float]:
        """Return one bracket: everything begins at the lowest fidelity."""
        return (1,)
