"""Several outputs of one architecture, each predicted by a Gaussian process of its own."""

from __future__ import annotations

from typing import final

import numpy as np
from numpy.typing import NDArray

from evonas.evolve.surrogate.gaussian_process import Array, GaussianProcess

FIRST_STEPS, FIRST_ROWS = 25, 40  # steps up the evidence at first, and outcomes that they look at at most
MOST_STEPS = 3  # at each later outcome
WORK = 2e7  # multiplications that the steps at one outcome may take; one step is always taken
LEAST_VARIANCE = 1e-8
OUTLIER = 3.0  # times as far from the median as the best: what is worse counts as that


@final
class Processes:
    """Gaussian processes that share what they know of an architecture, not what they make of it.

    Args:
        groups: The group of each feature, ``(n_features,)``.
        n_outputs: How many numbers are predicted.
    """

    def __init__(self, groups: NDArray[np.intp], n_outputs: int) -> None:
        self._processes = [GaussianProcess(groups) for _ in range(n_outputs)]
        self._turn = 0
        self._begun = False

    def learn(self, features: Array, targets: Array) -> None:
        """Adapt the hyperparameters: all of them at first, later those of one output after another.

        Args:
            features: ``(n, n_features)``.
            targets: ``(n, n_outputs)``, standardized.
        """
        n, n_features = features.shape
        turns, rows = [self._turn], slice(None)
        steps = int(np.clip(WORK / (6 * n**3 + 8 * n**2 * n_features), 1, MOST_STEPS))
        if not self._begun:
            turns, rows, steps = (
                [*range(len(self._processes))],
                slice(None, None, -(-n // FIRST_ROWS)),
                FIRST_STEPS,
            )
        for turn in turns:
            self._processes[turn].learn(features[rows], targets[rows, turn], steps)
        self._begun, self._turn = True, (self._turn + 1) % len(self._processes)

    def know(self, features: Array, targets: Array, pending: Array) -> None:
        """Take in all outcomes, and that those of ``(m, n_features)`` pending architectures will come."""
        self._posteriors = [
            process.posterior(features, column, pending)
            for process, column in zip(self._processes, targets.T, strict=True)
        ]

    def predict(self, features: Array) -> tuple[Array, Array]:
        """Return means and standard deviations of architectures, each ``(k, n_outputs)``."""
        means, variances = [], []
        for posterior in self._posteriors:
            mean, whitened = posterior.whitened(features)
            means.append(mean)
            variances.append(posterior.process.variances(features) - np.sum(whitened**2, axis=0))
        return np.stack(means, axis=1), np.sqrt(np.maximum(np.stack(variances, axis=1), LEAST_VARIANCE))


def standardized(values: Array) -> tuple[Array, NDArray[np.float64]]:
    """Return ``(n, n_outputs)`` values of mean 0 and variance 1, and where 0 went, ``(n_outputs,)``.

    What is much worse than the median is taken to be ``OUTLIER`` times as far from it as the best: by how
    much a network failed to learn says nothing about the good ones.
    """
    middle, best = np.median(values, axis=0), values.min(axis=0)
    clipped = np.minimum(values, middle + OUTLIER * np.maximum(middle - best, 1e-12))
    mean, deviation = clipped.mean(axis=0), clipped.std(axis=0)
    deviation = np.where(deviation > 0, deviation, 1.0)
    return (clipped - mean) / deviation, -mean / deviation
