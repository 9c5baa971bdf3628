"""Fronts and crowding, by hand and against DEAP."""

import numpy as np
import pytest
from deap import base, tools
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evonas.evolve.archive import dominates
from evonas.evolve.pareto import crowded_order, crowding, ranks, scaled

tied = arrays(float, st.tuples(st.integers(0, 12), st.integers(1, 3)), elements=st.integers(0, 3).map(float))


@given(tied)
def test_a_rank_is_one_more_than_the_highest_of_those_who_dominate(costs):
    found, rows = ranks(costs), [tuple(row) for row in costs.tolist()]
    for place, row in enumerate(rows):
        above = [found[other] for other, better in enumerate(rows) if dominates(better, row)]
        assert found[place] == 1 + max(above, default=-1)


def test_crowding_is_the_mean_of_the_gaps_between_neighbours():
    front = np.array([[0.0, 10.0], [1.0, 6.0], [2.0, 5.0], [4.0, 0.0]])
    inner = [((2 - 0) / 4 + (10 - 5) / 10) / 2, ((4 - 1) / 4 + (6 - 0) / 10) / 2]
    assert crowding(front).tolist() == pytest.approx([np.inf, *inner, np.inf])


def test_each_front_is_crowded_by_its_own_members():
    fronts, costs = np.array([1, 0, 0, 1, 0]), np.array([[9, 1], [0, 2], [1, 1], [1, 9], [2, 0]]) * 1.0
    assert crowding(costs, fronts).tolist() == [np.inf, np.inf, 1.0, np.inf, np.inf]


@given(tied)
def test_a_better_front_comes_first_and_nobody_is_lost(costs):
    order = crowded_order(costs)
    assert sorted(order.tolist()) == list(range(len(costs)))
    assert (np.diff(ranks(costs)[order]) >= 0).all()


@pytest.mark.parametrize("n_objectives", [2, 3])
def test_the_first_in_order_are_those_that_deap_selects(rng, n_objectives):
    """Costs all differ here, and are sorted: who stays among equals is a matter of taste."""
    kind = type("Costs", (base.Fitness,), {"weights": (-1.0,) * n_objectives})
    for n in (3, 10, 25, 39):
        costs = np.array(sorted(rng.random((40, n_objectives)).tolist()))
        crowd = []
        for place, row in enumerate(costs.tolist()):
            crowd.append(type("One", (list,), {})([place]))
            crowd[-1].fitness = kind(row)
        expected = {one[0] for one in tools.selNSGA2(crowd, n, nd="log")}
        assert set(crowded_order(costs)[:n].tolist()) == expected


def test_scaling_leaves_what_has_no_width():
    costs = np.array([[1.0, 5.0], [3.0, 5.0], [2.0, 5.0]])
    assert scaled(costs).tolist() == [[0.0, 0.0], [1.0, 0.0], [0.5, 0.0]]
