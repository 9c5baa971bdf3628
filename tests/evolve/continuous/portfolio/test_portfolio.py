"""The portfolio does what the function at hand calls for."""

import numpy as np
import pytest
from evolve.continuous.driving import begun, driven, ellipsoid, evaluations, sphere
from evolve.continuous.portfolio.test_coordinates import rastrigin, rotated

from evonas.evolve.continuous.cma_es import cma_es
from evonas.evolve.continuous.descent import descent
from evonas.evolve.continuous.portfolio.portfolio import portfolio
from evonas.evolve.continuous.rounds import Start


def spent(function, n_dims, n, **settings):
    """Return what members spent in a run of about ``n`` evaluations."""
    run, start = begun(portfolio, n_dims, **settings)
    asked = next(run)
    while sum(share.evaluations for share in start.shares.values()) < n:
        asked = run.send(function(asked))
    return {name: share.evaluations for name, share in start.shares.items()}


@pytest.mark.parametrize("function", [sphere, ellipsoid])
def test_a_descent_comes_first(function):
    assert evaluations(portfolio, function, 5, most=1000) == evaluations(descent, function, 5) < 1000


def test_sums_are_searched_along_coordinates():
    assert evaluations(portfolio, rastrigin, 5, most=1500) < 1500
    assert "coordinates" not in spent(rotated, 5, 2000)


def test_all_get_turns():
    shares = spent(rastrigin, 3, 3000)
    assert set(shares) == {"descents", "CMA-ES", "models", "coordinates"}
    assert min(shares.values()) > 400


def test_noise_is_for_models_and_cma_es():
    rng = np.random.default_rng(0)
    shares = spent(lambda points: rastrigin(points) * rng.normal(1, 1e-3, len(points)), 5, 4000)
    assert shares["descents"] < 50
    assert min(shares["models"], shares["CMA-ES"]) > 500


def test_models_save_evaluations_under_noise():
    rng = np.random.default_rng(0)

    def noisy(points):
        return ellipsoid(points) * rng.normal(1, 1e-3, len(points))

    assert 3 * evaluations(portfolio, noisy, 5) < evaluations(cma_es, noisy, 5)


def test_a_flat_centre_is_no_reason_to_stop_descending():
    def crater(points):
        return np.maximum(sphere(points), 5.0) - np.maximum(10 - 1000 * ((points - 0.1) ** 2).sum(axis=1), 0)

    assert spent(crater, 2, 1000)["descents"] > 100


def test_every_other_run_and_island_begins_with_cma_es():
    firsts = []
    for number, island in ((0, 0), (1, 0), (0, 1), (1, 1)):
        start = Start(np.full(3, 0.5), np.random.default_rng(0), number=number, island=island)
        firsts.append(len(next(portfolio(start))))
    assert firsts[0] == firsts[3] == 1
    assert firsts[1] == firsts[2] > 1


def test_what_comes_from_elsewhere_is_where_a_descent_begins():
    run, start = begun(portfolio, 2)
    hidden, seen = np.array([0.123, 0.456]), []
    asked = next(run)
    for number in range(500):
        if number == 100:
            start.news.append((hidden, -1.0))
        seen.append(asked)
        asked = run.send(np.abs(np.sin(40 * asked)).sum(axis=1))
    assert any((points == hidden).all() for points in seen)


def test_equal_seeds_propose_equal_points():
    once, twice = (driven(portfolio, rastrigin, 4, 2000, seed=3)[0] for _ in range(2))
    assert (once == twice).all()


@pytest.mark.parametrize(
    "function",
    [
        lambda points: np.zeros(len(points)),
        lambda points: np.floor(5 * points).sum(axis=1),
        lambda points: np.where(points[:, 0] > 0.3, 1e300, points.sum(axis=1)),
        lambda points: -(points**2).sum(axis=1),
    ],
)
@pytest.mark.parametrize("n_dims", [1, 2, 7])
def test_it_goes_on_whatever_costs_are(function, n_dims):
    points, costs = driven(portfolio, function, n_dims, 2000)
    assert len(points) >= 2000
    assert np.isfinite(points).all() and points.min() >= 0 and points.max() <= 1
    assert costs.min() < costs[0] or np.ptp(costs) == 0


def test_of_ten_thousand_dimensions_no_slopes_are_taken():
    run, _ = begun(portfolio, 10_000)
    assert len(next(run)) < 100
