"""Descents with slopes by finite differences: quick where that can work, over at once where it cannot."""

import numpy as np
import pytest
from evolve.continuous.driving import driven, ellipsoid, evaluations, rosenbrock, sphere

from evonas.evolve.continuous.descent import descent
from evonas.evolve.continuous.rounds import Start


def test_a_sphere_takes_three_slopes_and_their_lines():
    n_dims = 10
    assert evaluations(descent, sphere, n_dims) <= 3 * n_dims + 10


@pytest.mark.parametrize("function", [ellipsoid, rosenbrock])
@pytest.mark.parametrize("n_dims", [2, 5, 10])
def test_narrow_valleys_are_followed_to_the_bottom(function, n_dims):
    assert evaluations(descent, function, n_dims) < 40 * n_dims * (n_dims + 2)


def test_a_slope_without_bend_is_walked_to_the_corner():
    way = np.array([3.0, -1.0, 0.5, -20.0])
    points, costs = driven(descent, lambda points: points @ way, 4, 1000)
    assert points[np.argmin(costs)].tolist() == [0, 1, 0, 1]
    assert np.argmin(costs) < 10  # the centre, a slope, a step, the corner


def test_a_minimum_on_the_edge_is_found_there():
    points, costs = driven(descent, lambda points: ((points - [1.3, 0.2]) ** 2).sum(axis=1), 2, 1000)
    assert points[np.argmin(costs)] == pytest.approx([1, 0.2], abs=1e-6)


def test_noise_has_no_slope():
    rng = np.random.default_rng(0)
    points, _ = driven(descent, lambda points: sphere(points) * rng.normal(1, 1e-3, len(points)), 5, 1000)
    assert len(points) == 7


def test_a_plateau_has_no_slope():
    points, _ = driven(descent, lambda points: np.floor(points * 3).sum(axis=1), 5, 1000)
    assert len(points) == 7


def test_rounding_calls_for_central_differences():
    offset = 1e3  # forward differences see slopes to some 1e-5 only
    assert evaluations(descent, lambda points: ellipsoid(points) + offset, 5, target=offset + 1e-9) < 5000


def test_huge_and_failing_costs_leave_numbers():
    def cliff(points):
        return np.where(points[:, 0] > 0.55, 1e100, sphere(points))

    points, costs = driven(descent, cliff, 5, 2000)
    assert np.isfinite(points).all()
    assert costs.min() < 1.0


def test_it_gives_up_when_it_is_told_to():
    heard = []

    def give_up(here, promised):
        heard.append((here.cost, promised))
        return len(heard) == 2

    driven(lambda start: descent(start, give_up), sphere, 5, 1000)
    assert len(heard) == 2
    assert heard[0][0] > heard[1][0]


def rounds(function, n_dims, workers, target=1e-8):
    """Return how many rounds of new points it takes; what was asked before costs nothing."""
    start = Start(np.full(n_dims, 0.5), np.random.default_rng(0), workers=workers)
    run, seen, n = descent(start), set(), 0
    asked = next(run)
    while function(asked).min() > target:
        new = {point.tobytes() for point in asked} - seen
        n += -(-len(new) // workers)
        seen |= new
        asked = run.send(function(asked))
    return n


def test_workers_save_rounds():
    one, few = (rounds(rosenbrock, 4, workers) for workers in (1, 8))
    assert 2 * few < one
