"""CMA-ES: a normal distribution that learns the shape of the function, and its restarts."""

from __future__ import annotations

import math
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, Literal, Protocol, TypeAlias, final

import numpy as np

from evonas.evolve.continuous.convergence import Convergence
from evonas.evolve.continuous.rounds import Costs, Points, Rounds, Start
from evonas.evolve.unit_cube import reflected

Covariance: TypeAlias = Literal["full", "separable", "low-rank"]
"""Which shapes are learnt: all, those along the axes, or the axes and as many directions as it takes."""
Restarts: TypeAlias = Literal["none", "ipop", "bipop"]
"""What follows a run: another like it, larger populations, or larger and smaller ones in turns."""

STEP = 0.2
"""Standard deviation at first, in sides of the cube."""
MOST_FULL = 100
"""Dimensions up to which all shapes are learnt, unless something is said: a step costs their square."""
MOST_SMALL = 40
"""Dimensions up to which the package cmaes is quicker than pycma."""
LARGEST_SEED = 2**31
QUIET = {"verbose": -9, "verb_log": 0, "signals_filename": "", "seed": math.nan}
LASTING = {
    "tolfun": 0,
    "tolfunhist": 0,
    "tolstagnation": math.inf,
    "tolflatfitness": math.inf,
    "maxiter": math.inf,
}
"""Options of pycma that leave costs to :class:`Convergence`."""


def default_population(n_dims: int) -> int:
    """Return how many points a generation has (Hansen 2016, equation 48)."""
    return 4 + int(3 * math.log(n_dims))


def cma_es(
    start: Start,
    *,
    step: float = STEP,
    population: int | None = None,
    covariance: Covariance | None = None,
) -> Rounds:
    """Return one run of CMA-ES (Hansen 2016), until it has converged or stagnates.

    Points outside of the cube are folded back into it.

    Args:
        start: Where to begin.
        step: Standard deviation at first, in sides of the cube.
        population: Points in a generation (lambda); None takes what the dimensions need, or as many as are
            evaluated at once. That may be known only after the first generation, which is then drawn anew.
        covariance: Which shapes are learnt; None learns all, in more than 100 dimensions ``low-rank``.
    """
    origin, n_dims = start.point, len(start.point)
    kind = covariance or ("full" if n_dims <= MOST_FULL else "low-rank")
    size = population or max(default_population(n_dims), start.room)
    while True:
        search, convergence = _distribution(start, step, size, kind), Convergence(n_dims, size)
        while not search.has_converged():
            steps = search.sample()
            costs = yield reflected(origin + steps)
            if population is None and start.room > size:
                break
            if convergence.reached(costs):
                return
            search.learn(steps, costs / convergence.scale)
        else:
            return
        population = size = start.room


def restarted_cma_es(
    start: Start,
    *,
    restarts: Restarts = "bipop",
    step: float = STEP,
    population: int | None = None,
    covariance: Covariance | None = None,
) -> Rounds:
    """Return runs of CMA-ES one after another, without end.

    With ``ipop`` each has twice the population of the one before (Auger and Hansen 2005). With ``bipop`` such
    runs take turns with small ones of smaller steps, so that both get as many evaluations (Hansen 2009,
    section 3).

    Args:
        start: Where to begin; later runs begin at random points.
        restarts: How the population changes.
        step: Standard deviation at first, in sides of the cube.
        population: Points in a generation of the first run; see :func:`cma_es`.
        covariance: Which shapes are learnt; see :func:`cma_es`.
    """
    rng, n_dims = start.rng, len(start.point)
    yield from cma_es(start, step=start.step(step), population=population, covariance=covariance)
    doublings = spent_on_large = spent_on_small = latest = 0
    while True:
        start.point = rng.random(n_dims)
        least = population or max(default_population(n_dims), start.room)
        if restarts == "bipop" and spent_on_small < spent_on_large:
            size = int(least * (0.5 * 2**doublings) ** (rng.random() ** 2))
            run = cma_es(start, step=step * 10 ** (-2 * rng.random()), population=size, covariance=covariance)
            spent_on_small += yield from _counted(run, latest // 2)
        else:
            doublings += restarts != "none"
            run = cma_es(start, step=step, population=least * 2**doublings, covariance=covariance)
            latest = yield from _counted(run)
            spent_on_large += latest


def _counted(run: Rounds, most: float = math.inf) -> Generator[Points, Costs, int]:
    """Let a run go on until it ends or has spent ``most`` evaluations; return how many it has."""
    spent, points = 0, next(run, None)
    while points is not None and spent < most:
        costs = yield points
        spent += len(points)
        try:
            points = run.send(costs)
        except StopIteration:
            break
    run.close()
    return spent


class _Distribution(Protocol):
    """A normal distribution of steps from the origin, which moves to where costs are low."""

    def sample(self) -> Points:
        """Return a generation."""

    def learn(self, steps: Points, costs: Costs) -> None:
        """Take in what the generation costs."""

    def has_converged(self) -> bool:
        """Return whether it is too narrow or too long to tell its points apart."""


def _distribution(start: Start, step: float, size: int, kind: Covariance) -> _Distribution:
    n_dims = len(start.point)
    if n_dims == 1 or (kind == "full" and n_dims <= MOST_SMALL):
        return _Small(n_dims, step, size, start.rng)
    return _Large(n_dims, step, size, kind, start.rng)


@final
class _Small:
    """All shapes of few dimensions, by the package cmaes."""

    def __init__(self, n_dims: int, step: float, size: int, rng: np.random.Generator) -> None:
        from cmaes import CMA

        seed = int(rng.integers(LARGEST_SEED))
        self._cma = CMA(mean=np.zeros(n_dims), sigma=step, population_size=size, seed=seed)
        self.has_converged = self._cma.should_stop

    def sample(self) -> Points:
        return np.array([self._cma.ask() for _ in range(self._cma.population_size)])

    def learn(self, steps: Points, costs: Costs) -> None:
        self._cma.tell(list(zip(steps, costs.tolist(), strict=True)))


@final
class _Large:
    """Shapes of many dimensions, by pycma."""

    def __init__(
        self, n_dims: int, step: float, size: int, kind: Covariance, rng: np.random.Generator
    ) -> None:
        self._cma = pycma(n_dims, step, size, kind, rng)

    def sample(self) -> Points:
        with silence():
            return np.array(self._cma.ask())

    def learn(self, steps: Points, costs: Costs) -> None:
        with silence():
            self._cma.tell(list(steps), costs.tolist())

    def has_converged(self) -> bool:
        with silence():
            return bool(self._cma.stop())


def pycma(n_dims: int, step: float, size: int, kind: Covariance, rng: np.random.Generator) -> Any:
    """Return a ``cma.CMAEvolutionStrategy`` around 0 that is silent, leaves no files and draws from ``rng``.

    It does not look at costs to see whether it has converged. ``low-rank`` is VkD-CMA-ES (Akimoto and Hansen
    2016).
    """
    import cma
    from cma.restricted_gaussian_sampler import GaussVkDSampler

    def normal(*shape: int) -> Points:
        return rng.standard_normal(shape)

    options = {**QUIET, **LASTING, "randn": normal, "popsize": size, "CMA_diagonal": kind == "separable"}
    if kind == "low-rank":
        options |= GaussVkDSampler.extend_cma_options({"CMA_sampler_options": {"randn": normal}})
    with silence():
        search = cma.CMAEvolutionStrategy(np.zeros(n_dims), step, options)
    search.adapt_sigma.check_consistency = lambda _: None  # it draws from the global generator
    return search


@contextmanager
def silence() -> Iterator[None]:
    """Let a library not warn of what is no concern of the user: singular matrices, long steps."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield
