"""L-SHADE: differential evolution that remembers which settings succeeded, with ever fewer individuals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evonas.evolve.continuous.convergence import Convergence
from evonas.evolve.continuous.rounds import Costs, Point, Points, Rounds, Start

EVALUATIONS = 1000
"""Evaluations of a first run, for each dimension."""
PER_DIMENSION, MOST, FEWEST = 18, 1000, 4
"""Individuals at first, for each dimension and at most; individuals at the end."""
GREEDY = 0.11
"""Share of the population that counts as the best (p)."""
ARCHIVE = 2.6
"""Individuals remembered that had to leave, as a multiple of those that live."""
MEMORY = 6
"""Settings remembered (H)."""
SPREAD = 0.1
"""How far settings are drawn from those remembered."""


def lshade(start: Start, *, evaluations: int | None = None) -> Rounds:
    """Return runs of L-SHADE (Tanabe and Fukunaga 2014), without end.

    The population shrinks linearly until a run has spent its evaluations. Each run has twice as many as the
    one before.

    Args:
        start: Where the first individual begins; the others begin at random points.
        evaluations: Of the first run; None takes 1,000 for each dimension.
    """
    horizon = evaluations or EVALUATIONS * len(start.point)
    while True:
        yield from _run(start, horizon)
        start.point = start.rng.random(len(start.point))
        horizon *= 2


def _run(start: Start, horizon: int) -> Rounds:
    rng, n_dims = start.rng, len(start.point)
    first = max(min(PER_DIMENSION * n_dims, MOST, horizon // 10), FEWEST)
    population = rng.random((first, n_dims))
    population[0] = start.point
    costs = yield population
    convergence, settings = Convergence(n_dims, first), _Settings()
    archive, spent = np.empty((0, n_dims)), first
    while spent < horizon and not convergence.reached(costs):
        scales, rates = settings.drawn(len(population), rng)
        trials = _trials(population, costs, archive, scales, rates, rng)
        trial_costs = yield trials
        spent += len(trials)
        better, gains = trial_costs < costs, costs - trial_costs
        settings.learn(scales[better], rates[better], gains[better])
        archive = np.concatenate([archive, population[better]])
        taken = trial_costs <= costs
        population = np.where(taken[:, None], trials, population)
        costs = np.minimum(costs, trial_costs)
        size = round(first + (FEWEST - first) * min(spent / horizon, 1.0))  # equation 10
        kept = np.sort(np.argsort(costs, kind="stable")[:size])
        population, costs = population[kept], costs[kept]
        archive = archive[rng.permutation(len(archive))[: int(ARCHIVE * size)]]


class _Settings:
    """Scales (F) and rates (CR) that succeeded, in a ring: algorithm 1 and equations 1 to 9."""

    def __init__(self) -> None:
        self._scales, self._rates = np.full(MEMORY, 0.5), np.full(MEMORY, 0.5)
        self._next = 0

    def drawn(self, n: int, rng: np.random.Generator) -> tuple[Point, Point]:
        """Return a scale and a rate for each of ``n`` individuals; a remembered rate of NaN is always 0."""
        slots = rng.integers(MEMORY, size=n)
        rates = np.nan_to_num(rng.normal(self._rates[slots], SPREAD)).clip(0.0, 1.0)
        scales = np.zeros(n)
        while not (drawn := scales > 0).all():
            wanted = self._scales[slots[~drawn]]
            scales[~drawn] = wanted + SPREAD * rng.standard_cauchy(len(wanted))
        return np.minimum(scales, 1.0), rates

    def learn(self, scales: Point, rates: Point, gains: Point) -> None:
        """Remember the means of what succeeded, weighted by what was gained."""
        if not len(scales):
            return
        weights = gains / gains.sum()
        none = np.isnan(self._rates[self._next]) or rates.max() == 0
        self._rates[self._next] = np.nan if none else _lehmer_mean(rates, weights)
        self._scales[self._next] = _lehmer_mean(scales, weights)
        self._next = (self._next + 1) % MEMORY


def _lehmer_mean(values: Point, weights: Point) -> float:
    return float(weights @ values**2 / (weights @ values))


def _trials(
    population: Points, costs: Costs, archive: Points, scales: Point, rates: Point, rng: np.random.Generator
) -> Points:
    """Return a trial for each individual: current-to-pbest/1/bin (Zhang and Sanderson 2009, equations 7, 9).

    What would lie outside of the cube lies half way between its side and the individual.
    """
    n, n_dims = population.shape
    pool = np.concatenate([population, archive])
    best = np.argsort(costs, kind="stable")[: max(2, round(GREEDY * n))]
    guides = population[rng.choice(best, n)]
    ones = _others(n, n, rng)
    others = _others(n, len(pool), rng, ones)
    factors = scales[:, None]
    mutants = population + factors * (guides - population) + factors * (population[ones] - pool[others])
    mutants = np.where(mutants < 0, population / 2, np.where(mutants > 1, (population + 1) / 2, mutants))
    crossed = rng.random((n, n_dims)) < rates[:, None]
    crossed[np.arange(n), rng.integers(n_dims, size=n)] = True
    return np.where(crossed, mutants, population)


def _others(
    n: int, n_pool: int, rng: np.random.Generator, besides: NDArray[np.intp] | None = None
) -> NDArray[np.intp]:
    """Return for each of the first ``n`` of a pool another place there, and not that in ``besides``."""
    own = np.arange(n)
    places = rng.integers(n_pool, size=n)
    while (wrong := (places == own) | (False if besides is None else places == besides)).any():
        places[wrong] = rng.integers(n_pool, size=int(wrong.sum()))
    return places
