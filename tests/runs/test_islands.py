"""How islands share a budget, however far each of them is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas import (
    CMAES,
    EHVI,
    MOCMAES,
    CatCMA,
    Choice,
    Int,
    Permutation,
    Portfolio,
    RandomSearch,
    Real,
    Relay,
    Space,
    SurrogateAssistedEvolution,
)
from evonas.errors import SearchError
from evonas.evolve.objectives import Objectives
from evonas.runs.islands import Island, each, method, optimizer, quotas

# How many each island has begun, and how many of these are unfinished.
islands = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 5)), min_size=1, max_size=8)


def parts(pairs: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [n for n, _ in pairs], [max(n - unfinished, 0) for n, unfinished in pairs]


@given(st.integers(1, 200), islands, st.integers(0, 100))
def test_the_shares_are_the_budget_unless_more_is_finished(evaluations, pairs, spent):
    begun, finished = parts(pairs)
    shares = quotas(evaluations, begun, finished, spent)
    assert all(share >= done for share, done in zip(shares, finished, strict=True))
    assert sum(shares) + spent == max(evaluations, sum(finished) + spent)
    more = [share for share, before in zip(shares, begun, strict=True) if share > before]
    assert max(more, default=0) - min(more, default=0) <= 1


@given(st.integers(1, 200), islands, st.integers(0, 100), st.data())
def test_whoever_asks_later_is_told_the_same(evaluations, pairs, spent, data):
    begun, finished = parts(pairs)
    shares = quotas(evaluations, begun, finished, spent)
    later = [data.draw(st.integers(n, max(n, share))) for n, share in zip(begun, shares, strict=True)]
    most = [min(share, n) for share, n in zip(shares, later, strict=True)]
    done = [data.draw(st.integers(n, limit)) for n, limit in zip(finished, most, strict=True)]
    assert quotas(evaluations, later, done, spent) == shares


@pytest.mark.parametrize(
    "evaluations, begun, finished, spent, shares",
    [
        (10, [0], [0], 0, [10]),
        (10, [0, 0, 0], [0, 0, 0], 0, [4, 3, 3]),
        (2, [0, 0, 0], [0, 0, 0], 0, [1, 1, 0]),
        (10, [10, 0], [9, 0], 0, [10, 0]),
        (10, [0, 0], [0, 0], 8, [1, 1]),
        (10, [4, 0], [4, 0], 10, [4, 0]),
        (10, [4, 0], [3, 0], 10, [3, 0]),  # one that was begun is given up
    ],
)
def test_the_shares_of_small_budgets(evaluations, begun, finished, spent, shares):
    assert quotas(evaluations, begun, finished, spent) == shares


@pytest.mark.parametrize("islands, n", [(3, 3), ([RandomSearch(), Island()], 2)])
def test_islands_are_a_number_or_a_list(islands, n):
    assert [type(one) for one in each(islands)] == [Island] * n


@pytest.mark.parametrize("islands", [0, -1, True, 1.5, [], "ring", [3], None])
def test_nothing_else_is(islands):
    with pytest.raises(SearchError, match=r"; write islands=4|; write strategy="):
        each(islands)


def test_auto_is_a_method():
    assert isinstance(method("auto"), SurrogateAssistedEvolution)


BOX = Space([Real(0, 1)] * 2)
MIXED = Space({"kind": Choice({"a": {"n": Int(1, 5)}, "b": {}}), "x": Real(0, 1)})
STRUCTURED = Space({"order": Permutation([1, 2, 3]), "x": Real(0, 1)})
ONE = Objectives({"fun": "min"})
TWO = Objectives({"one": "min", "other": "max"})
LIMITED = Objectives({"fun": "min"}, {"load": "<= 1"})


@pytest.mark.parametrize(
    "space, aims, chosen",
    [
        (BOX, ONE, Portfolio()),
        (BOX, LIMITED, Relay(first=EHVI(), then=CMAES(), after=100)),
        (Space([Real(0, 1)] * 20), LIMITED, Relay(first=EHVI(), then=CMAES(), after=500)),
        (BOX, TWO, Relay(first=EHVI(), then=MOCMAES(), after=500)),
        (MIXED, ONE, Relay(first=SurrogateAssistedEvolution(), then=CatCMA(), after=150)),
        (MIXED, LIMITED, Relay(first=EHVI(), then=CatCMA(), after=150)),
        (Space({"nothing": "to decide"}), LIMITED, Relay(first=EHVI(), then=CMAES(), after=1)),
        (MIXED, TWO, EHVI()),
        (STRUCTURED, ONE, SurrogateAssistedEvolution()),
    ],
)
def test_minimize_chooses_by_space_and_aims(space, aims, chosen):
    assert repr(optimizer("auto", space, aims)) == repr(chosen)


def test_minimize_takes_a_given_method_as_it_is():
    given_one = RandomSearch()
    assert optimizer(given_one, BOX, TWO) is given_one
    with pytest.raises(SearchError, match=r"method: expected .* got 'cma'; write method=evonas.CMAES"):
        optimizer("cma", BOX, ONE)


@pytest.mark.parametrize(
    "settings, said",
    [
        ({"strategy": "cma"}, "got 'cma'"),
        ({"objectives": {}}, "got {}"),
        ({"fidelity": "deep"}, "Island: fidelity: expected a number, got 'deep'"),
        ({"fidelity": True}, "got True"),
    ],
)
def test_an_island_that_cannot_be_is_refused(settings, said):
    with pytest.raises(SearchError, match=said):
        Island(**settings)
