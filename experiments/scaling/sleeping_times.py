"""The evaluation times that real runs sleep and the model draws from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

HOW_MANY = 10_000


def durations(mean: float, spread: float, stragglers: float = 0.0) -> NDArray[np.float64]:
    """Return log-normal evaluation times in seconds, ``(10000,)``, the same in every process.

    Args:
        mean: Their mean.
        spread: Of their logarithms; 0 makes all equal.
        stragglers: The share of those that last five times as long.
    """
    rng = np.random.default_rng(0)
    straggles = rng.random(HOW_MANY) < stragglers
    found: NDArray[np.float64] = np.exp(rng.normal(0.0, spread, HOW_MANY)) * np.where(straggles, 5.0, 1.0)
    found *= mean / found.mean()
    return found
