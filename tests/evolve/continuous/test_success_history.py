"""L-SHADE: its population, its memory, its trials."""

import numpy as np
import pytest
from evolve.continuous.driving import begun, sphere

from evonas.evolve.continuous.success_history import FEWEST, MEMORY, _others, _Settings, lshade


def test_the_population_shrinks_to_four_and_the_next_run_is_twice_as_long():
    run, _ = begun(lambda start: lshade(start, evaluations=400), 3)
    sizes, points = [], next(run)
    for _ in range(120):
        sizes.append(len(points))
        points = run.send(sphere(points))
    restart = next(place for place in range(1, len(sizes)) if sizes[place] > sizes[place - 1])
    first = sizes[:restart]
    assert first[0] == 40  # a tenth of the evaluations, fewer than 18 a dimension
    assert first == sorted(first, reverse=True)
    assert min(first) <= 2 * FEWEST
    assert sum(first) >= 400
    assert sizes[restart] == 54


def test_memory_holds_lehmer_means_weighted_by_gains():
    settings = _Settings()
    settings.learn(np.array([0.2, 0.8]), np.array([0.0, 1.0]), np.array([3.0, 1.0]))
    assert settings._scales[0] == pytest.approx((0.75 * 0.04 + 0.25 * 0.64) / (0.75 * 0.2 + 0.25 * 0.8))
    assert settings._rates[0] == pytest.approx(1.0)
    assert settings._scales[1] == 0.5


def test_a_rate_of_zero_stays():
    settings = _Settings()
    for _ in range(MEMORY):
        settings.learn(np.array([0.5]), np.array([0.0]), np.array([1.0]))
    assert np.isnan(settings._rates).all()
    assert not settings.drawn(50, np.random.default_rng(0))[1].any()


def test_scales_are_positive_and_at_most_one():
    scales, rates = _Settings().drawn(1000, np.random.default_rng(0))
    assert (scales > 0).all()
    assert scales.max() == 1
    assert 0 <= rates.min() <= rates.max() <= 1


def test_nobody_differs_from_itself():
    rng = np.random.default_rng(0)
    ones = _others(4, 4, rng)
    others = _others(4, 6, rng, ones)
    assert (ones != np.arange(4)).all()
    assert (others != np.arange(4)).all()
    assert (others != ones).all()
