"""Rungs of rising fidelity: who is promoted, and when."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas import Int, Space
from evonas.errors import SearchError
from evonas.evolve.archive import dominates
from evonas.evolve.records import Candidate, CandidateId, Individual, Outcome
from evonas.evolve.rungs import Ladder, Rung, checked_eta, checked_fidelities, hyperband_sizes

SPACE = Space(Int(0, 9999))
costs_of_two = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=40)


def someone(birth, *costs):
    name = CandidateId(0, birth)
    return Individual(Candidate(name, SPACE.encode(birth)), Outcome(name), tuple(map(float, costs)))


def rung_of(*costs, failed=0):
    rung = Rung(1.0)
    for birth, cost in enumerate(costs):
        rung.add(someone(birth, *(cost if isinstance(cost, tuple) else (cost,))))
    rung.n_failed = failed
    return rung


def promoted(rung, eta=3):
    found = []
    while (one := rung.promoted(eta)) is not None:
        found.append(one.id.birth)
    return found


def test_one_of_three_goes_on_the_best_first():
    assert promoted(rung_of(5, 3, 9, 1, 8, 7)) == [3, 1]
    assert promoted(rung_of(5, 3)) == []


def test_who_comes_late_and_is_better_goes_on_although_its_place_was_given_away():
    rung = rung_of(5, 3, 9)
    assert promoted(rung) == [1]
    rung.add(someone(3, 2.0))  # now the best of four, of whom one may go on
    assert promoted(rung) == [3]
    rung.add(someone(4, 1.5))
    assert promoted(rung) == [4]
    rung.add(someone(5, 9.0))  # of six two may go on, and both have
    assert promoted(rung) == []


def test_failures_count_as_members_that_all_others_beat():
    assert promoted(rung_of(5, 3, failed=1)) == [1]
    assert promoted(rung_of(5, failed=5)) == [0]
    assert promoted(rung_of(failed=9)) == []


def test_the_first_told_goes_first_among_equals():
    assert promoted(rung_of(1, 1, 1, 1, 1, 1)) == [0, 1]


@given(costs_of_two, st.integers(0, 3))
def test_of_several_objectives_those_go_first_that_fewest_dominate(costs, failed):
    def dominators(birth):
        return sum(dominates(other, costs[birth]) for other in costs), birth

    best = sorted(range(len(costs)), key=dominators)
    assert promoted(rung_of(*costs, failed=failed)) == best[: (len(costs) + failed) // 3]


@given(st.permutations(range(30)))
def test_the_best_third_goes_on_and_maybe_others_that_were_among_it_once(order):
    rung, found = Rung(1.0), []
    for birth, cost in enumerate(order):
        rung.add(someone(birth, cost))
        found += [order[place] for place in promoted(rung)]
    assert len(found) == len(set(found)) >= 10
    assert set(range(10)) <= set(found)


def test_a_ladder_promotes_from_its_highest_rung_first():
    ladder = Ladder((1, 3, 9), eta=2)
    for birth, cost in enumerate([4.0, 2.0, 8.0, 6.0]):
        ladder.rungs[1].add(someone(birth, cost))
    ladder.rungs[3].add(someone(4, 1.0))
    assert ladder.promotion()[1] == 3
    ladder.rungs[3].add(someone(5, 2.0))
    one, fidelity = ladder.promotion()
    assert (one.id.birth, fidelity) == (4, 9)
    assert ladder.promotion()[0].id.birth == 0
    assert ladder.promotion() is None
    assert ladder.promotion(eta=1)[0].id.birth == 5  # whoever waits


def test_the_sizes_are_those_of_algorithm_1():
    assert hyperband_sizes(5, 3) == [81, 34, 15, 8, 5]  # R = 81
    assert hyperband_sizes(2, 2.5) == [3, 2]


def test_numbers_of_many_members_stay_right():
    rng = np.random.default_rng(0)
    costs = rng.permutation(1000).tolist()
    assert promoted(rung_of(*costs), eta=10) == np.argsort(costs)[:100].tolist()


@pytest.mark.parametrize(
    "value", [None, 3, "12", (1,), (3, 1), (1, 1), (1, float("inf")), (1, "2"), (False, True)]
)
def test_what_is_no_rising_row_of_numbers_is_refused(value):
    with pytest.raises(SearchError, match=r"fidelities: expected two or more .* rising order, got .*; write"):
        checked_fidelities("fidelities", value)


@pytest.mark.parametrize("value", [1, 0, -3, float("inf"), float("nan"), "3", None, True])
def test_an_eta_that_promotes_everybody_or_nobody_is_refused(value):
    with pytest.raises(SearchError, match=r"eta: expected a number above 1, got .*; write eta=3"):
        checked_eta("eta", value)
