"""A run of a coroutine: what it hears, and copies that lived through the same."""

import copy

import numpy as np
import pytest

from evonas.evolve.continuous.run import MOST_NEWS, Run


def attentive(start):
    """Yield points that depend on all that a run can hear of."""
    while True:
        heard = sum(cost for _, cost in start.news)
        start.news.clear()
        costs = yield start.rng.random((2, 2)) * (1 + heard % 1) / (1 + start.workers)
        start.point = start.point + costs.sum()


def forgetful(start):
    while True:
        yield np.full((1, 2), len(start.news) / 1000)


def advanced(run, n, rng):
    for _ in range(n):
        while not run.waits:
            place, point = run.take()
            run.tell(place, float(point.sum() + rng.random()), np.nan)
        run.go_on(run.costs)


@pytest.mark.parametrize("n", [0, 1, 5])
def test_a_copy_lived_through_the_same(n):
    run, rng = Run(attentive, np.full(2, 0.5), 7), np.random.default_rng(0)
    for workers in range(1, n + 1):
        advanced(run, 1, rng)
        run.employ(workers)
        run.hear(np.zeros(2), rng.random())
    run.take()
    twin = copy.deepcopy(run)
    assert (twin.points == run.points).all() and twin.take()[0] == run.take()[0] == 1
    for one in (run, twin):
        one.tell(0, 1.0, np.nan)
        one.tell(1, 2.0, np.nan)
        one.go_on(one.costs)
        advanced(one, 3, np.random.default_rng(1))
    assert (twin.points == run.points).all()


def test_a_copy_of_one_that_is_over_is_over():
    run = Run(attentive, np.full(2, 0.5), 7)
    run.end()
    assert copy.deepcopy(run).is_over and run.waits


def test_news_that_nobody_reads_are_forgotten():
    run = Run(forgetful, np.full(2, 0.5), 7)
    for _ in range(2 * MOST_NEWS):
        run.hear(np.zeros(2), 1.0)
    advanced(run, 1, np.random.default_rng(0))
    assert run.points[0, 0] == MOST_NEWS / 1000


def test_points_outside_are_clipped():
    run = Run(lambda start: iter_of([[-1.0, 2.0]]), np.full(2, 0.5), 7)
    assert run.points.tolist() == [[0.0, 1.0]]


def iter_of(points):
    yield np.array(points)
