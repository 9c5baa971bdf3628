"""Sums over coordinates: recognized by a few points, and searched one by one."""

import numpy as np
import pytest
from evolve.continuous.driving import driven, ellipsoid, evaluations, rosenbrock, sphere

from evonas.evolve.continuous.descent import Place
from evonas.evolve.continuous.portfolio.coordinates import Line, coordinate_search, is_additive


def rastrigin(points):
    z = 10 * (points - 0.567)
    return (z**2 + 10 - 10 * np.cos(2 * np.pi * z)).sum(axis=1)


def skew(points):
    """Return a sum whose bends differ a hundredfold on both sides of the minimum."""
    z = points - 0.567
    return np.where(z > 0, 100 * z**2, z**2).sum(axis=1)


def rotated(points):
    turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(points.shape[1],) * 2))
    return ellipsoid(np.clip((points - 0.5) @ turn + 0.5, 0, 1))


def judged(function, n_dims, seed):
    """Return what the test says at a random point."""
    rng = np.random.default_rng(seed)
    point = rng.random(n_dims)
    test = is_additive(Place(point, float(function(point[None])[0])), rng)
    asked = next(test)
    while True:
        try:
            asked = test.send(function(asked))
        except StopIteration as end:
            return end.value


@pytest.mark.parametrize("function", [sphere, ellipsoid, rastrigin, skew])
@pytest.mark.parametrize("n_dims", [1, 2, 3, 10, 40])
def test_sums_are_recognized(function, n_dims):
    assert all(judged(function, n_dims, seed) for seed in range(10))


@pytest.mark.parametrize("function", [rotated, rosenbrock, lambda points: np.sqrt(sphere(points))])
@pytest.mark.parametrize("n_dims", [2, 3, 10])
def test_others_are_recognized(function, n_dims):
    assert sum(judged(function, n_dims, seed) for seed in range(20)) <= 1


def test_noise_is_no_sum():
    rng = np.random.default_rng(0)
    assert not judged(lambda points: sphere(points) * rng.normal(1, 1e-3, len(points)), 5, 0)


def searched(start):
    cost = yield start.point[None]
    yield from coordinate_search(Place(start.point, float(cost[0])))


@pytest.mark.parametrize("n_dims", [2, 5, 10])
def test_rastrigin_takes_less_than_a_hundred_points_a_dimension(n_dims):
    assert evaluations(searched, rastrigin, n_dims, most=120 * n_dims) < 120 * n_dims


def test_skew_basins_are_searched_to_the_bottom():
    assert evaluations(searched, skew, 5, most=1000) < 1000


def test_later_sweeps_see_more():
    points, _ = driven(searched, rastrigin, 2, 1000)
    lines = [np.unique(points[points[:, 1 - axis] == points[-1, 1 - axis], axis]) for axis in (0, 1)]
    assert max(map(len, lines)) > 150


def test_only_one_coordinate_moves_at_a_time():
    points, costs = driven(searched, rastrigin, 3, 300)
    moved = points != 0.5
    assert (moved[: np.argmax(moved[:, 1])] == [1, 0, 0])[1:].all()
    assert costs.min() < 20


def test_it_ends_when_there_is_nothing_left_to_see(monkeypatch):
    monkeypatch.setattr("evonas.evolve.continuous.portfolio.coordinates.NARROWEST", 0.1)
    points, _ = driven(searched, lambda points: np.zeros(len(points)), 2, 10_000)
    assert len(points) < 1000


def test_a_line_bisects_where_it_is_easiest_to_beat_the_best():
    line = Line(0.5, 0.0)
    line.search(10).send(None)
    line._add(np.array([0.0, 1.0]), np.array([100.0, 1.0]))
    assert line._easiest().tolist() == [0.75]
