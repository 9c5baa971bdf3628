"""A surrogate of several fidelities: what is cheap to know of an architecture tells of what is dear."""

from __future__ import annotations

import math
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from evonas.evolve.surrogate.acquisition import SMALLEST_VARIANCE
from evonas.evolve.surrogate.gaussian_process import Array, GaussianProcess, Posterior

FIRST_STEPS, STEPS = 40, 8
"""Steps up the evidence at the first outcomes of a fidelity, and at later ones."""
WORK = 2e7
"""Multiplications that the steps may take, about; one is always taken."""
FAITH = 3.0
"""Before a fidelity is known, the one below is trusted as if so many outcomes had agreed with it wholly."""


DOUBT = 0.5
"""Then a fidelity is also taken to vary by such a share on its own."""


class Lesson(NamedTuple):
    """What a model shall know of a fidelity.

    Attributes:
        features: ``(n, n_features)`` of architectures with outcomes.
        targets: ``(n,)``, of mean 0 and variance 1.
        pending: ``(m, n_features)`` of those whose outcomes will come.
    """

    features: Array
    targets: Array
    pending: Array


class Stage(NamedTuple):
    """What is known of a fidelity: a line over what the one below predicts, and what remains.

    Attributes:
        slope: Of the line (rho); 0 at the lowest fidelity.
        height: Of the line where 0 is predicted below.
        scale: The standard deviation of what remains.
        posterior: Predicts what remains, divided by ``scale``.
    """

    slope: float
    height: float
    scale: float
    posterior: Posterior


@final
class CoKriging:
    """Recursive co-kriging (Le Gratiet and Garnier 2014, section 2): a Gaussian process for each fidelity.

    A cost is ``slope`` times the cost one fidelity lower, plus a process of its own (Kennedy and O'Hagan
    2000, equation 1). So what is bad below is expected to be bad above, also where nobody tried; and what is
    uncertain below is so above. That process knows what is predicted below as one feature more, so that the
    line may bend (Perdikaris et al. 2017, section 2.3).

    Args:
        groups: The group of each feature, ``(n_features,)``.
        n_levels: How many fidelities there are.
    """

    def __init__(self, groups: NDArray[np.intp], n_levels: int) -> None:
        above = np.append(groups, groups.max(initial=-1) + 1)
        self._processes = [GaussianProcess(above if level else groups) for level in range(n_levels)]
        self._is_taught = [False] * n_levels
        self._stages: list[Stage] = []
        self.best = 0.0

    def know(self, lessons: list[Lesson], *, learns: bool) -> None:
        """Take in all outcomes, and predict the ``best`` cost where the highest known fidelity was evaluated.

        Args:
            lessons: The fidelities from the lowest on, as far as enough is known of them; one at least.
            learns: Whether outcomes are new, so that the hyperparameters should follow them.
        """
        self._stages = []
        for level, lesson in enumerate(lessons):
            self._stages.append(self._staged(level, lesson, learns=learns))

    def _staged(self, level: int, lesson: Lesson, *, learns: bool) -> Stage:
        below, targets = self.predict(lesson.features)[0], lesson.targets
        slope, height, scale = 0.0, 0.0, 1.0
        if level:
            slope, height = line(below, targets)
            squares = float(np.sum((targets - height - slope * below) ** 2))
            scale = math.sqrt((squares + FAITH * DOUBT) / (len(targets) + FAITH))
        left = (targets - height - slope * below) / scale
        features = _told(level, lesson.features, below)
        process = self._processes[level]
        if learns or not self._is_taught[level]:
            process.learn(features, left, self._steps(level, features.shape))
            self._is_taught[level] = True
        pending = _told(level, lesson.pending, self.predict(lesson.pending)[0])
        posterior = process.posterior(features, left, pending)
        self.best = float((height + slope * below + scale * posterior.smoothed).min())
        return Stage(slope, height, scale, posterior)

    def _steps(self, level: int, shape: tuple[int, ...]) -> int:
        n, n_features = shape
        affordable = int(WORK / (6 * n**3 + 8 * n**2 * max(n_features, 1)))
        return max(1, min(affordable, STEPS if self._is_taught[level] else FIRST_STEPS))

    def predict(self, features: Array) -> tuple[Array, Array]:
        """Return means and variances at the highest known fidelity, each ``(k,)``."""
        means, variances = np.zeros(len(features)), np.zeros(len(features))
        for level, (slope, height, scale, posterior) in enumerate(self._stages):
            told = _told(level, features, means)
            own, whitened = posterior.whitened(told)
            spread = posterior.process.variances(told) - np.sum(whitened**2, axis=0)
            means = height + slope * means + scale * own
            variances = slope**2 * variances + scale**2 * np.maximum(spread, SMALLEST_VARIANCE)
        return means, variances


def _told(level: int, features: Array, below: Array) -> Array:
    """Return what the process of a level is told of architectures."""
    return np.column_stack([features, below]) if level else features


def line(below: Array, targets: Array) -> tuple[float, float]:
    """Return slope and height of the line that best tells targets by what is predicted below.

    Their correlation is shrunk towards 1, the more the fewer there are, and is not less than 0.

    Args:
        below: ``(n,)``.
        targets: ``(n,)``, of mean 0 and variance 1, or all 0.
    """
    spread = float(below.std()) or 1.0
    agreement = float(np.sum((below - below.mean()) / spread * targets))
    slope = max(agreement + FAITH, 0.0) / (len(targets) + FAITH) / spread
    return slope, float(targets.mean() - slope * below.mean())
