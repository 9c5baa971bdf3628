"""Which of many candidates to evaluate next, while others are still being evaluated."""

from __future__ import annotations

import math
from typing import final

import numpy as np

from evonas.evolve.surrogate.gaussian_process import Array, Posterior

SMALLEST_VARIANCE = 1e-10
SMALLEST_Z = -30.0  # so many deviations from the best, floating point has no improvement left
LEAST_TOLD = 1e-12  # by an outcome, as far as floating point sees it
DIGITS = 6
"""Decimals of a log improvement: candidates that differ by less are equal, whatever a machine's last bits."""
_complement = np.frompyfunc(math.erfc, 1, 1)


def log_improvement(means: Array, variances: Array, best: float) -> Array:
    """Return the log of the expected improvement on ``best`` (Jones et al. 1998, equation 15), ``(n,)``.

    >>> log_improvement(np.array([0.0, 1.0]), np.array([1.0, 1.0]), best=0.0).round(3)
    array([-0.919, -2.485])
    """
    deviations = np.sqrt(variances)
    z = np.maximum((best - means) / deviations, SMALLEST_Z)
    share = 0.5 * np.asarray(_complement(-z / math.sqrt(2)), dtype=np.float64)
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    gain: Array = deviations * np.maximum(z * share + density, 1e-300)
    return np.log(gain)


def farthest(features: Array, known: Array) -> int:
    """Return which of ``(n, n_features)`` is the farthest from the nearest of ``(m, n_features)``."""
    squares = np.sum(features**2, axis=1)[:, None] + np.sum(known**2, axis=1) - 2 * features @ known.T
    return int(np.argmax(np.round(squares.min(axis=1, initial=math.inf), DIGITS)))


@final
class Ranking:
    """Candidates ranked by augmented expected improvement, from which the best is taken one after another.

    An improvement counts by what an outcome would tell beyond its noise (Huang et al. 2006): where outcomes
    are noisy, one more beside many promises little, however good they are.

    Those that are taken are believed to be worth what is predicted (the kriging believer of Ginsbourger et
    al. 2010, algorithm 1): that changes no prediction, but how sure the others are, so that a batch spreads.

    Args:
        posterior: What is known.
        features: ``(n, n_features)`` of the candidates.
    """

    def __init__(self, posterior: Posterior, features: Array) -> None:
        self._process, self._features = posterior.process, features
        self._means, self._whitened = posterior.whitened(features)
        self._variances = self._process.variances(features) - np.sum(self._whitened**2, axis=0)
        self._best = float(posterior.smoothed.min())
        self._left = np.ones(len(features), dtype=np.bool_)
        self._taken: list[Array] = []  # whitened covariances with those that were taken

    @property
    def share_left(self) -> float:
        """How much of it is not taken yet."""
        return float(self._left.mean()) if len(self._left) else 0.0

    @property
    def scores(self) -> Array:
        """Log augmented expected improvements, ``(n,)``; minus infinity for those that were taken."""
        variances, noise = np.maximum(self._variances, SMALLEST_VARIANCE), self._process.noise
        told = 1 - np.sqrt(noise / (variances + noise))
        gains = log_improvement(self._means, variances, self._best) + np.log(np.maximum(told, LEAST_TOLD))
        return np.where(self._left, np.round(gains, DIGITS), -math.inf)

    def best_first(self) -> list[int]:
        """Return the indices of all candidates, those that were taken last."""
        order: list[int] = np.argsort(-self.scores, kind="stable").tolist()
        return order

    def take(self) -> int:
        """Return the index of the best candidate that is left, and believe in it."""
        chosen = int(np.argmax(self.scores))
        covariances = self._process.covariance(self._features, self._features[[chosen]])[:, 0]
        covariances -= self._whitened[:, chosen] @ self._whitened
        if self._taken:
            rows = np.array(self._taken)
            covariances -= rows[:, chosen] @ rows
        spread = max(float(self._variances[chosen]), SMALLEST_VARIANCE) + self._process.noise
        row = covariances / math.sqrt(spread)
        self._taken.append(row)
        self._variances = self._variances - row**2
        self._left[chosen] = False
        return chosen
