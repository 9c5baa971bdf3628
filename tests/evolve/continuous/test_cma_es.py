"""CMA-ES: populations, restarts, shapes."""

import numpy as np
import pytest
from evolve.continuous.driving import begun, ellipsoid, evaluations, median_evaluations, sphere

from evonas.evolve.continuous.cma_es import cma_es, default_population, restarted_cma_es


def generations(method, function, n_dims, n, **settings):
    """Return the sizes of the first ``n`` generations."""
    run, _ = begun(method, n_dims, **settings)
    sizes, points = [], next(run)
    while len(sizes) < n:
        sizes.append(len(points))
        points = run.send(function(points))
    return sizes


def runs_of(sizes):
    """Return the population of each run: it changes from run to run."""
    return [size for place, size in enumerate(sizes) if place == 0 or sizes[place - 1] != size]


def test_populations_are_those_of_the_tutorial():
    assert [default_population(n_dims) for n_dims in (1, 2, 10, 100)] == [4, 6, 10, 17]


def test_ipop_doubles_the_population():
    sizes = generations(lambda start: restarted_cma_es(start, restarts="ipop"), sphere, 2, 220)
    assert runs_of(sizes)[:2] == [6, 12]


def test_bipop_takes_turns_and_spends_alike():
    sizes = generations(restarted_cma_es, sphere, 2, 700)
    runs = runs_of(sizes)
    assert runs[:2] == [6, 12]
    large = {6 * 2**k for k in range(1, 9)}
    assert set(runs) - large - {6}  # small runs have sizes in between
    assert max(runs) >= 24


def test_workers_enlarge_a_population_once_they_are_known():
    run, start = begun(cma_es, 4)
    assert len(points := next(run)) == 8
    start.workers = 30
    assert len(points := run.send(sphere(points))) == 30
    start.workers = 40
    assert len(run.send(sphere(points))) == 30
    run, start = begun(lambda start: cma_es(start, population=8), 4, workers=30)
    assert len(next(run)) == 8


def test_it_takes_as_long_as_the_library_alone():
    from cmaes import CMA

    def alone(seed):
        search, n = CMA(mean=np.full(5, 0.5), sigma=0.2, seed=seed), 0
        while True:
            points = np.array([search.ask() for _ in range(search.population_size)])
            costs = ellipsoid(points)
            if costs.min() <= 1e-8:
                return n + int(np.argmax(costs <= 1e-8)) + 1
            n += len(points)
            search.tell(list(zip(points, costs, strict=True)))

    ours = median_evaluations(cma_es, ellipsoid, 5)
    assert ours == pytest.approx(np.median([alone(seed) for seed in range(3)]), rel=0.4)


@pytest.mark.parametrize("covariance", ["separable", "low-rank"])
def test_axes_are_learnt_sooner_than_all_shapes(covariance):
    assert evaluations(lambda start: cma_es(start, covariance=covariance), ellipsoid, 20, 1e-6) < 9000


def test_thousands_of_dimensions_take_a_step():
    assert generations(cma_es, sphere, 2000, 3) == [default_population(2000)] * 3
