"""What was evaluated so far, as a model can use it: bounded in number, one cost each, outliers tamed."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import final

import numpy as np

from evonas.evolve.records import INFEASIBLE
from evonas.evolve.surrogate.gaussian_process import Array

AUGMENTATION = 0.05  # the weight of the sum beside the maximum (Knowles 2006, equation 2)


@final
class Evidence:
    """Remembers features and costs, and chooses what a model learns from.

    Args:
        most: How many evaluations a model learns from at a time.
        n_objectives: How many costs each has.

    Attributes:
        features: Of all evaluations, ``(n_features,)`` each.
    """

    def __init__(self, most: int, n_objectives: int) -> None:
        self._most, self._nothing = most, (math.nan,) * n_objectives
        self.features: list[Array] = []
        self._costs: list[tuple[float, ...]] = []

    def __len__(self) -> int:
        return len(self._costs)

    def add(self, features: Array, costs: tuple[float, ...] | None) -> None:
        """Take in an evaluation: ``(n_features,)`` and its costs, None if it failed."""
        self.features.append(features)
        self._costs.append(self._nothing if costs is None else costs)

    def chosen(self, rng: np.random.Generator) -> tuple[Array, Array]:
        """Return features ``(n, n_features)`` and targets ``(n,)`` of at most so many evaluations.

        If there are more, half of them are the best ever, the others the latest: what is good, and what is
        around the place where the search is. Of several objectives each call weighs them anew.
        """
        costs = np.array(self._costs)
        cost = costs[:, 0]
        if costs.shape[1] > 1:
            cost = scalarized(costs, rng.dirichlet(np.ones(costs.shape[1])))
        cost = np.where(np.isnan(costs[:, 0]), math.inf, cost)
        places = np.arange(len(cost))
        if len(places) > self._most:
            best = np.argsort(cost, kind="stable")[: self._most // 2]
            latest = np.setdiff1d(places, best)[-(self._most - len(best)) :]
            places = np.sort(np.concatenate([best, latest]))
        return np.array([self.features[place] for place in places]), targets(cost[places])


def targets(costs: Array) -> Array:
    """Return ``(n,)`` costs warped and standardized: of mean 0 and variance 1.

    The better half of those that count keeps its distances. The others are only ranked, the infeasible and
    the failed, whose costs are infinite, behind the worse half: how bad a failure is says nothing about where
    the best is, and would drown what does (the half-rank warping of Vizier: Song et al. 2024,
    arXiv:2408.11527, section 4.2).
    """
    if costs.min() == costs.max():
        return np.zeros(len(costs))
    middle = np.median(costs[costs < (INFEASIBLE if costs.min() < INFEASIBLE else math.inf)])
    good = costs <= middle
    warped = np.zeros(len(costs))
    spread = np.sqrt(np.mean((costs[good] - middle) ** 2)) or 1.0
    warped[good] = (costs[good] - middle) / spread
    warped[~good] = half_normal_scores(costs[~good])
    standard: Array = (warped - warped.mean()) / warped.std()
    return standard


def half_normal_scores(costs: Array) -> Array:
    """Return for each of ``(n,)`` costs the half-normal quantile of its rank; equal costs have equal scores.

    >>> half_normal_scores(np.array([5.0, 1.0, 1.0, 70.0])).round(3)
    array([0.887, 0.319, 0.319, 1.534])
    """
    _, places, counts = np.unique(costs, return_inverse=True, return_counts=True)
    shares = (np.cumsum(counts) - counts / 2) / len(costs)
    scores: Array = np.array([NormalDist().inv_cdf((1 + share) / 2) for share in shares.tolist()])[places]
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
