"""What cheap scores of some architectures say of others that nobody scored."""

from __future__ import annotations

from typing import final

import numpy as np

from evonas.evolve.surrogate.gaussian_process import Array

RIDGE = 0.3
"""How strongly coefficients are held near 0."""
MOST = 500
"""Scored architectures that are learnt from: the time grows with their cube."""


@final
class PredictedScores:
    """Scores as linear functions of features, by ridge regression (Hoerl and Kennard 1970).

    Args:
        features: ``(n, n_features)`` of architectures that are scored.
        ranks: ``(n, n_scores)`` of each score among all, in 0..1, so that scales do not matter.
    """

    def __init__(self, features: Array, ranks: Array) -> None:
        rows = _with_constant(features[:MOST])
        inner = rows @ rows.T + RIDGE * np.eye(len(rows))
        self._coefficients = rows.T @ np.linalg.solve(inner, ranks[:MOST] - 0.5)

    def __call__(self, features: Array) -> Array:
        """Return ranks less 1/2, ``(n, n_scores)``."""
        predicted: Array = _with_constant(features) @ self._coefficients
        return predicted


def _with_constant(features: Array) -> Array:
    return np.hstack([features, np.ones((len(features), 1))])
