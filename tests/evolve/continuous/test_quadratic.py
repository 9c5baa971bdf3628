"""The model of lq-CMA-ES: what it learns from how many points, and what it says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.evolve.continuous.quadratic import QuadraticModel


def data(n, n_dims, function, seed=0):
    points = np.random.default_rng(seed).random((n, n_dims))
    return points, function(points)


def bowl(points):
    """Return a quadratic function of mixed coordinates with its minimum at 0.3."""
    steps = points - 0.3
    return 1e3 * (steps**2 @ np.arange(1, points.shape[1] + 1)) + 500 * steps[:, 0] * steps[:, -1] + 7


@given(st.integers(2, 6), st.integers(0, 1000))
def test_a_quadratic_function_is_learnt_exactly_from_points_enough(n_dims, seed):
    model = QuadraticModel(n_dims, 0)
    points, costs = data(2 * (n_dims * (n_dims + 3) // 2 + 1), n_dims, bowl, seed)
    for at in range(0, len(points), 3):  # as they come, a few at a time
        model.learn(points[at : at + 3], costs[at : at + 3])
    others, expected = data(20, n_dims, bowl, seed + 1)
    assert model.predicted(others) == pytest.approx(expected, rel=1e-6, abs=1e-6)
    assert model.lowest() == pytest.approx(np.full(n_dims, 0.3), abs=1e-5)
    assert model.agreement(15) == pytest.approx(1.0)


def test_a_few_points_give_a_linear_model_which_points_to_a_corner():
    model = QuadraticModel(3, 0)
    model.learn(*data(5, 3, lambda points: 5 - points @ [1, -2, 3]))
    assert model.lowest().tolist() == [1, 0, 1]
    assert model.predicted(np.zeros((1, 3))) == pytest.approx([5])


def test_of_many_dimensions_no_products_are_learnt():
    model = QuadraticModel(30, 0)
    model.learn(*data(130, 30, lambda points: ((points - 0.4) ** 2).sum(1)))
    assert model.lowest() == pytest.approx(np.full(30, 0.4), abs=1e-6)
    assert len(model) == 2 * 61


def test_the_oldest_are_forgotten():
    model = QuadraticModel(2, 0)
    for _ in range(10):
        model.learn(*data(5, 2, bowl))
    assert len(model) == 12
    assert len(QuadraticModel(2, 0)) == 0


def test_agreement_is_a_rank_correlation():
    model = QuadraticModel(2, 40)
    model.learn(*data(30, 2, bowl))
    assert model.agreement(2) == 0.0
    latest, costs = data(10, 2, bowl, seed=3)
    model.learn(latest, -costs)  # of which a quadratic model makes nothing
    assert model.agreement(10) < 0.9
