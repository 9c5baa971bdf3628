"""The volume that is dominated, what is left of it, and what predictions promise."""

import moocore
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evonas.evolve.hypervolume import Promise, contributions, log_probability, open_boxes

REFERENCE = 4.0
fronts = st.integers(1, 4).flatmap(
    lambda m: st.tuples(
        arrays(float, st.tuples(st.integers(0, 8), st.just(m)), elements=st.integers(0, 5).map(float)),
        arrays(float, m, elements=st.floats(0, 5)),
    )
)


def gained(costs, point, reference):
    """What moocore says that a point adds."""
    alone = moocore.hypervolume(costs, ref=reference) if len(costs) else 0.0
    return moocore.hypervolume(np.vstack([costs, point]), ref=reference) - alone


@given(fronts)
def test_boxes_hold_exactly_what_a_point_adds(case):
    costs, point = case
    reference = np.full(costs.shape[1], REFERENCE)
    lows, highs = open_boxes(costs, reference)
    sides = np.maximum(highs - np.maximum(lows, point), 0)
    assert sides.prod(axis=1).sum() == pytest.approx(gained(costs, point, reference), abs=1e-9)


@given(fronts)
def test_boxes_do_not_overlap(case):
    costs, point = case
    lows, highs = open_boxes(costs, np.full(costs.shape[1], REFERENCE))
    assert ((lows < point) & (point < highs)).all(axis=1).sum() <= 1


def test_who_stands_alone_contributes_most():
    """Three steps of a staircase below (4, 4): each owns the corner that the others leave."""
    costs = np.array([[0.0, 3.0], [1.0, 1.0], [3.0, 0.0]])
    assert contributions(costs, np.array([4.0, 4.0])).tolist() == [1.0, 4.0, 1.0]


@pytest.mark.parametrize("n_objectives, n", [(1, 3), (2, 0), (2, 12), (3, 12), (4, 6)])
def test_the_promise_is_the_mean_of_what_outcomes_would_add(rng, n_objectives, n):
    front, reference = rng.random((n, n_objectives)), np.full(n_objectives, 1.1)
    means, deviations = rng.random((3, n_objectives)), rng.uniform(0.05, 0.3, (3, n_objectives))
    promised = np.exp(Promise(front, reference).log_improvement(means, deviations))
    for mean, deviation, promise in zip(means, deviations, promised, strict=True):
        outcomes = rng.normal(mean, deviation, (2000, n_objectives))
        gains = np.array([gained(front, outcome, reference) for outcome in outcomes])
        tolerance = 4 * gains.std() / np.sqrt(len(gains)) + 3e-4  # rare gains are not met
        assert abs(gains.mean() - promise) < tolerance


def test_with_one_objective_it_is_expected_improvement():
    """(best - mean) Phi(0) + deviation phi(0) with best = mean."""
    promise = Promise(np.array([[1.0], [2.0]]), np.array([3.0]))
    improvement = promise.log_improvement(np.array([[1.0]]), np.array([[0.5]]))
    assert np.exp(improvement) == pytest.approx(0.5 / np.sqrt(2 * np.pi))


def test_what_cannot_be_hoped_for_is_still_a_number():
    promise = Promise(np.array([[0.0, 0.0]]), np.array([1.0, 1.0]))
    assert np.isfinite(promise.log_improvement(np.array([[9.0, 9.0]]), np.array([[1e-6, 1e-6]]))).all()


def test_the_probability_to_keep_all_bounds_is_a_product():
    logs = log_probability(np.array([0.0, 1.0]), np.array([[0.0, 1.0], [-50.0, -50.0]]), np.ones((2, 2)))
    assert logs == pytest.approx([np.log(0.25), 0.0])
    assert log_probability(np.empty(0), np.empty((3, 0)), np.empty((3, 0))).tolist() == [0.0, 0.0, 0.0]
