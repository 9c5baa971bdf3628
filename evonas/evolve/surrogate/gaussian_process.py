"""A Gaussian process over features whose hyperparameters follow the evidence, a few steps at a time."""

from __future__ import annotations

import math
from typing import NamedTuple, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]

SCALE, AMPLITUDE, TREND, NOISE, N_SHARED = range(5)
"""Where the logarithms of the shared hyperparameters stand; those of groups and of features follow them."""
PRIOR_MEANS = np.log([1.0, 1.0, 0.1, 0.01])
PRIOR_DEVIATIONS = np.array([1.0, 0.7, 1.0, 1.5])
WEIGHT_DEVIATION = 1.0
"""Standard deviation of the log weight of a group, and of a feature in its group."""
JITTER = 1e-6  # as a share of the variance
LEARNING_RATE, DECAYS = 0.1, (0.9, 0.99)
DIGITS = 9
"""Decimals of a hyperparameter: what the last bits of a machine's linear algebra say is forgotten at once."""


@final
class GaussianProcess:
    """Predicts a cost from features, and how sure it is (Rasmussen and Williams 2006, chapters 2 and 5).

    The kernel is a Matern-3/2 plus a linear one, over features that are weighted alike in both: what single
    decisions are worth adds up, and what they do together is learnt as well. A weight is that of all, times
    that of its group, times the feature's own. Weights, amplitudes and noise have log-normal priors; they
    climb the evidence by the steps that :meth:`learn` is given, from where they stood before, so that they
    need few.

    Args:
        groups: The group of each feature, ``(n_features,)``, from 0: what may matter or not together.
    """

    def __init__(self, groups: NDArray[np.intp]) -> None:
        self._groups, self._n_groups = groups, int(groups.max(initial=-1)) + 1
        n_weights = self._n_groups + len(groups)
        self._means = np.concatenate([PRIOR_MEANS, np.zeros(n_weights)])
        self._deviations = np.concatenate([PRIOR_DEVIATIONS, np.full(n_weights, WEIGHT_DEVIATION)])
        self.logs = self._means.copy()
        self._momentum, self._square, self._steps = np.zeros_like(self.logs), np.zeros_like(self.logs), 0

    @property
    def weights(self) -> Array:
        """The weight of each feature's squared differences, ``(n_features,)``."""
        first = N_SHARED + self._n_groups
        return np.exp(self.logs[SCALE] + self.logs[N_SHARED:first][self._groups] + self.logs[first:])  # type: ignore[no-any-return]

    @property
    def noise(self) -> float:
        """The variance of an outcome that its features cannot tell."""
        return math.exp(self.logs[NOISE])

    def learn(self, features: Array, targets: Array, steps: int) -> None:
        """Climb the log evidence plus the log prior by ``steps`` of Adam (Kingma and Ba 2015, algorithm 1).

        Args:
            features: ``(n, n_features)``.
            targets: ``(n,)``, of mean 0 and variance 1.
            steps: How many, each O(n^3 + n^2 n_features).
        """
        for _ in range(steps):
            slope = self._slope(features, targets) - (self.logs - self._means) / self._deviations**2
            self._steps += 1
            self._momentum += (1 - DECAYS[0]) * (slope - self._momentum)
            self._square += (1 - DECAYS[1]) * (slope**2 - self._square)
            momentum = self._momentum / (1 - DECAYS[0] ** self._steps)
            square = self._square / (1 - DECAYS[1] ** self._steps)
            self.logs = np.round(self.logs + LEARNING_RATE * momentum / (np.sqrt(square) + 1e-8), DIGITS)

    def _slope(self, features: Array, targets: Array) -> Array:
        """Return the gradient of the log evidence by all ``logs`` (Rasmussen and Williams, equation 5.9)."""
        matern, falling, linear = self._parts(features, features)
        amplitude, trend = np.exp(self.logs[[AMPLITUDE, TREND]])
        inverse = np.linalg.inv(self._noisy(amplitude * matern + trend * linear))
        solved = inverse @ targets
        by_covariance = 0.5 * (np.outer(solved, solved) - inverse)
        by_distance, by_product = amplitude * by_covariance * falling, trend * by_covariance
        by_weight = 2 * by_distance.sum(axis=1) @ features**2
        by_weight += np.sum((by_product - 2 * by_distance) @ features * features, axis=0)
        by_weight *= self.weights
        shared = [
            by_weight.sum(),
            amplitude * np.sum(by_covariance * matern),
            trend * np.sum(by_covariance * linear),
            self.noise * np.trace(by_covariance),
        ]
        by_group = np.bincount(self._groups, by_weight, self._n_groups)
        return np.concatenate([shared, by_group, by_weight])

    def _parts(self, one: Array, other: Array) -> tuple[Array, Array, Array]:
        """Return Matern kernel, its derivative by squared distance, and linear kernel, ``(n, m)`` each."""
        weighted = one * self.weights
        linear = weighted @ other.T
        squares = np.sum(weighted * one, axis=1)[:, None] + (other**2 @ self.weights)[None, :] - 2 * linear
        root = np.sqrt(3 * np.maximum(squares, 0.0))
        decay = np.exp(-root)
        return (1 + root) * decay, -1.5 * decay, linear

    def _noisy(self, covariance: Array) -> Array:
        """Return covariances with noise, and a little more, for floating point's sake."""
        extra = self.noise + JITTER * float(np.mean(np.diag(covariance)))
        return covariance + extra * np.eye(len(covariance))

    def covariance(self, one: Array, other: Array) -> Array:
        """Return the prior covariances of architectures ``(n, n_features)`` and ``(m, n_features)``."""
        matern, _, linear = self._parts(one, other)
        amplitude, trend = np.exp(self.logs[[AMPLITUDE, TREND]])
        return amplitude * matern + trend * linear  # type: ignore[no-any-return]

    def variances(self, features: Array) -> Array:
        """Return the prior variances of architectures, ``(n,)``."""
        amplitude, trend = np.exp(self.logs[[AMPLITUDE, TREND]])
        return amplitude + trend * (features**2 @ self.weights)  # type: ignore[no-any-return]

    def posterior(self, features: Array, targets: Array, pending: Array) -> Posterior:
        """Return what is known once these are evaluated.

        Args:
            features: ``(n, n_features)`` of architectures with outcomes.
            targets: ``(n,)``.
            pending: ``(m, n_features)`` of architectures whose outcomes will come: they are believed to be
                what is predicted, so that they change no prediction but how sure it is.
        """
        everybody = np.concatenate([features, pending])
        covariance = self._noisy(self.covariance(everybody, everybody))
        whitening = np.linalg.inv(np.linalg.cholesky(covariance))
        known = whitening[: len(targets), : len(targets)]
        solved = known.T @ (known @ targets)
        return Posterior(self, everybody, whitening, solved, targets - self.noise * solved)


class Posterior(NamedTuple):
    """A Gaussian process that has seen outcomes.

    Attributes:
        process: The process and its hyperparameters.
        features: ``(n + m, n_features)``: those with outcomes, then those that are pending.
        whitening: ``(n + m, n + m)``, the inverse of the Cholesky factor of their covariances.
        solved: ``(n,)``, the covariances' inverse times the targets.
        smoothed: ``(n,)``, the predictions for those with outcomes.
    """

    process: GaussianProcess
    features: Array
    whitening: Array
    solved: Array
    smoothed: Array

    def whitened(self, features: Array) -> tuple[Array, Array]:
        """Return predicted means ``(k,)`` and whitened covariances with all that is known ``(n + m, k)``."""
        covariances = self.process.covariance(self.features, features)
        return self.solved @ covariances[: len(self.solved)], self.whitening @ covariances
