"""Operators whose rates learn which of them pays."""

from __future__ import annotations

from typing import final

import numpy as np

LEAST = 0.1
"""Share of the trials that every operator keeps (P min), to notice when it begins to pay."""

LEARNING = 0.1
"""How far one reward moves the estimate of an operator (alpha)."""

PURSUIT = 0.1
"""How far one reward moves the rates towards the best operator (beta)."""


@final
class AdaptivePursuit:
    """Chooses among operators, more and more the one that pays best (Thierens 2005, section 3).

    It knows only what it is told: outcomes may come late or never.

    Args:
        n: How many operators there are, at least 1.
    """

    def __init__(self, n: int) -> None:
        self._least = min(LEAST, 1 / n)
        self.rates = [1 / n] * n
        self._values = [1.0] * n  # all are promising until they are known

    def choose(self, rng: np.random.Generator) -> int:
        """Return an operator, each as often as its rate says."""
        share = rng.random()
        for operator, rate in enumerate(self.rates):
            share -= rate
            if share < 0:
                return operator
        return len(self.rates) - 1

    def reward(self, operator: int, earned: float) -> None:
        """Learn what one application earned, in 0..1."""
        self._values[operator] += LEARNING * (earned - self._values[operator])
        best = self._values.index(max(self._values))
        most = 1 - (len(self.rates) - 1) * self._least
        for other, rate in enumerate(self.rates):
            aim = most if other == best else self._least
            self.rates[other] = rate + PURSUIT * (aim - rate)
