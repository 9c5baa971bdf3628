"""What a model is told of what was evaluated."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.evolve.records import INFEASIBLE
from evonas.evolve.surrogate.evidence import Evidence, scalarized, targets

COST = st.integers(-1000, 1000).map(float)
COSTS = st.lists(COST, min_size=1, max_size=40).map(np.array)
BAD = st.sampled_from([INFEASIBLE, 2 * INFEASIBLE, math.inf])


def told(costs, most=100, n_objectives=1):
    evidence = Evidence(most, n_objectives)
    for number, cost in enumerate(costs):
        evidence.add(np.array([float(number)]), cost)
    return evidence.chosen(np.random.default_rng(0))


@given(st.lists(COST | BAD, min_size=1, max_size=40).map(np.array))
def test_targets_are_standard_and_keep_the_order(costs):
    warped = targets(costs)
    ordered, places = np.unique(costs, return_index=True)
    assert len(ordered) == 1 or np.all(np.diff(warped[places]) > 0)
    assert warped.mean() == pytest.approx(0, abs=1e-9)
    assert warped.std() == pytest.approx(1.0 if len(ordered) > 1 else 0.0)


@given(st.lists(COST, min_size=3, max_size=20).map(np.array), st.integers(0, 40))
def test_however_many_fail_the_better_half_of_the_others_keeps_its_distances(costs, n_failed):
    good = np.sort(costs)[: (len(costs) + 1) // 2]
    warped = np.sort(targets(np.append(costs, np.full(n_failed, math.inf))))[: len(good)]
    assert np.diff(warped) * np.ptp(good) == pytest.approx(np.diff(good) * np.ptp(warped), abs=1e-6)


def test_how_bad_the_worst_is_does_not_matter():
    one, other = ([1.0, 2.0, 3.0, 4.0, 5.0, worst] for worst in (6.0, 6e9))
    assert targets(np.array(one)) == pytest.approx(targets(np.array(other)))


def test_the_better_half_keeps_its_distances():
    warped = targets(np.array([0.0, 1.0, 4.0, 9.0, 9.5, 99.0, 100.0]))
    gaps = np.diff(warped[:4])
    assert gaps[1:] / gaps[0] == pytest.approx([3, 5])


def test_a_model_learns_from_the_best_and_the_latest():
    costs = [(float(cost),) for cost in [0, 9, 1, 9, 9, 9, 9, 9, 9, 9]]
    features, _ = told(costs, most=4)
    assert features[:, 0].tolist() == [0, 2, 8, 9]


def test_a_failure_is_worse_than_anything():
    _, told_of = told([(1.0,), None, (5.0,), None])
    assert told_of[0] < told_of[2] < told_of[1] == told_of[3]
    _, several = told([(1.0, 7.0), None, (5.0, 6.0)], n_objectives=2)
    assert several.argmax() == 1
    assert told([None, None])[1].tolist() == [0, 0]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=20), st.floats(0, 1))
def test_what_is_better_everywhere_is_better_by_any_weights(pairs, weight):
    costs = np.array(pairs, dtype=float)
    single = scalarized(costs, np.array([weight, 1 - weight]))
    for one in range(len(pairs)):
        for other in range(len(pairs)):
            if np.all(costs[one] <= costs[other]):
                assert single[one] <= single[other] + 1e-12


def test_all_weight_on_one_objective_orders_by_it():
    costs = np.array([[3.0, 0.0], [1.0, 9.0], [2.0, 5.0]])
    assert np.argsort(scalarized(costs, np.array([1.0, 0.0]))).tolist() == [1, 2, 0]
