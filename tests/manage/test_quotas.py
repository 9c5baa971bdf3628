"""Whoever asks for its share of a budget, whenever: together they spend it exactly."""

from hypothesis import given
from hypothesis import strategies as st

from evonas.runs.islands import quotas

counts = st.lists(st.integers(0, 40), min_size=1, max_size=12)


@given(st.integers(1, 300), counts, st.integers(0, 60), st.data())
def test_whoever_asks_later_is_told_the_same(evaluations, begun, spent, data):
    shares = quotas(evaluations, begun, spent)
    later = [
        data.draw(st.integers(done, share), label="begun meanwhile")
        for done, share in zip(begun, shares, strict=True)
    ]
    assert quotas(evaluations, later, spent) == shares


@given(counts, st.integers(1, 12))
def test_islands_that_are_no_more_take_what_they_spent_with_them(begun, n):
    evaluations = sum(begun) + 20
    kept, gone = begun[:n], begun[n:]
    assert sum(quotas(evaluations, kept, sum(gone))) + sum(gone) == evaluations
