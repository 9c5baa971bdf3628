"""How islands share a budget, however far each of them is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas import RandomSearch, RegularizedEvolution
from evonas.errors import SearchError
from evonas.runs.islands import Island, each, method, quotas

begun = st.lists(st.integers(0, 60), min_size=1, max_size=8)


@given(st.integers(1, 200), begun, st.integers(0, 100))
def test_the_shares_are_the_budget_unless_more_was_begun(evaluations, begun, spent):
    shares = quotas(evaluations, begun, spent)
    assert all(share >= before for share, before in zip(shares, begun, strict=True))
    assert sum(shares) + spent == max(evaluations, sum(begun) + spent)
    more = [share for share, before in zip(shares, begun, strict=True) if share > before]
    assert max(more, default=0) - min(more, default=0) <= 1


@given(st.integers(1, 200), st.integers(1, 8), st.data())
def test_whoever_asks_later_is_told_the_same(evaluations, n_islands, data):
    first = quotas(evaluations, [0] * n_islands, 0)
    begun = [data.draw(st.integers(0, share)) for share in first]
    assert quotas(evaluations, begun, 0) == first


@pytest.mark.parametrize(
    "evaluations, begun, spent, shares",
    [
        (10, [0], 0, [10]),
        (10, [0, 0, 0], 0, [4, 3, 3]),
        (2, [0, 0, 0], 0, [1, 1, 0]),
        (10, [10, 0], 0, [10, 0]),
        (10, [0, 0], 8, [1, 1]),
        (10, [4, 0], 10, [4, 0]),
    ],
)
def test_the_shares_of_small_budgets(evaluations, begun, spent, shares):
    assert quotas(evaluations, begun, spent) == shares


@pytest.mark.parametrize("islands, n", [(3, 3), ([RandomSearch(), Island()], 2)])
def test_islands_are_a_number_or_a_list(islands, n):
    assert [type(one) for one in each(islands)] == [Island] * n


@pytest.mark.parametrize("islands", [0, -1, True, 1.5, [], "ring", [3], None])
def test_nothing_else_is(islands):
    with pytest.raises(SearchError, match=r"; write islands=4|; write strategy="):
        each(islands)


def test_auto_is_a_method():
    assert isinstance(method("auto"), RegularizedEvolution)


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
