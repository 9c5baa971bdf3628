"""What was evaluated so far, as a model can use it: bounded in number, one cost each, outliers tamed."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import final

import numpy as np

from evonas.evolve.surrogate.gaussian_process import Array

AUGMENTATION = 0.05  # the weight of the sum beside the maximum (Knowles 2006, equation 2)


@final
class Evidence:
    """Remembers features and costs, and chooses what a model learns from.

    Args:
        most: How many evaluations a model learns from at a time.
        n_objectives: How many costs each has.
    """

    def __init__(self, most: int, n_objectives: int) -> None:
        self._most, self._nothing = most, (math.nan,) * n_objectives
        self._features: list[Array] = []
        self._costs: list[tuple[float, ...]] = []

    def __len__(self) -> int:
        return len(self._costs)

    def add(self, features: Array, costs: tuple[float, ...] | None) -> None:
        """Take in an evaluation: ``(n_features,)`` and its costs, None if it failed."""
        self._features.append(features)
        self._costs.append(self._nothing if costs is None else costs)

    def chosen(self, rng: np.random.Generator) -> tuple[Array, Array]:
        """Return features ``(n, n_features)`` and targets ``(n,)`` of at most so many evaluations.

        If there are more, half of them are the best ever, the others the latest: what is good, and what is
        around the place where the search is. Of several objectives each call weighs them anew.
        """
        costs = np.array(self._costs)
        worst = np.nanmax(np.vstack([costs, np.where(np.isnan(costs).all(axis=0), 0.0, -np.inf)]), axis=0)
        costs = np.where(np.isnan(costs), worst, costs)  # a failure is as bad as the worst
        cost = costs[:, 0]
        if costs.shape[1] > 1:
            cost = scalarized(costs, rng.dirichlet(np.ones(costs.shape[1])))
        places = np.arange(len(cost))
        if len(places) > self._most:
            best = np.argsort(cost, kind="stable")[: self._most // 2]
            latest = np.setdiff1d(places, best)[-(self._most - len(best)) :]
            places = np.sort(np.concatenate([best, latest]))
        return np.array([self._features[place] for place in places]), targets(cost[places])


def targets(costs: Array) -> Array:
    """Return ``(n,)`` costs warped and standardized: of mean 0 and variance 1.

    The better half keeps its distances. The worse half is only ranked: how bad a failure is says nothing
    about where the best is, and would drown what does (the half-rank warping of Vizier: Song et al. 2024,
    arXiv:2408.11527, section 4.2).
    """
    if np.ptp(costs) == 0:
        return np.zeros(len(costs))
    middle = np.median(costs)
    good = costs <= middle
    spread = np.sqrt(np.mean((costs[good] - middle) ** 2)) or 1.0
    warped = np.where(good, (costs - middle) / spread, normal_scores(costs))
    standard: Array = (warped - warped.mean()) / warped.std()
    return standard


def normal_scores(costs: Array) -> Array:
    """Return for each of ``(n,)`` costs the normal quantile of its rank; equal costs have equal scores.

    >>> normal_scores(np.array([5.0, 1.0, 1.0, 70.0])).round(3)
    array([ 0.319, -0.674, -0.674,  1.15 ])
    """
    _, places, counts = np.unique(costs, return_inverse=True, return_counts=True)
    shares = (np.cumsum(counts) - counts / 2) / len(costs)
    scores: Array = np.array([NormalDist().inv_cdf(share) for share in shares.tolist()])[places]
    return scores


def scalarized(costs: Array, weights: Array) -> Array:
    """Return one cost for several: the augmented Tchebycheff norm of their ranks (Knowles 2006, equation 2).

    Args:
        costs: ``(n, n_objectives)``.
        weights: ``(n_objectives,)``, none negative, of sum 1.
    """
    ranks = np.column_stack([np.unique(column, return_inverse=True)[1] for column in costs.T])
    shares = weights * ranks / np.maximum(ranks.max(axis=0), 1)
    cost: Array = shares.max(axis=1) + AUGMENTATION * shares.sum(axis=1)
    return cost
