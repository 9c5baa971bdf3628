"""Hyperband: successive halving that hedges against cheap evaluations that mislead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

from evonas.evolve.brackets import BracketSearch
from evonas.evolve.rungs import hyperband_sizes


@final
class Hyperband(BracketSearch):
    """Hyperband (Li et al. 2018), its brackets asynchronous ones that run side by side (Li et al. 2020).

    Each bracket is a successive halving that begins one rung higher than the one before, with fewer
    configurations; the last one evaluates all of its own at the highest fidelity. BOHB (Falkner et al. 2018)
    is this with a ``proposer`` that has a model. Its settings are told above.
    """

    def shares(self) -> Sequence[float]:
        """Return Hyperband's numbers of configurations."""
        return hyperband_sizes(len(self.fidelities), self.eta)
