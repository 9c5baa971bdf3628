"""A budget is split over islands so that it is spent exactly, whoever asks and whenever."""

from hypothesis import given
from hypothesis import strategies as st

from evonas.runs.islands import quotas

counts = st.lists(st.integers(0, 40), min_size=1, max_size=12)


@given(st.integers(1, 300), st.integers(1, 12))
def test_a_fresh_budget_is_shared_evenly(evaluations, n):
    shares = quotas(evaluations, [0] * n, 0)
    assert sum(shares) == evaluations
    assert max(shares) - min(shares) <= 1
    assert shares == sorted(shares, reverse=True)


@given(st.integers(0, 300), counts, st.integers(0, 60))
def test_what_is_begun_stays_begun_and_the_rest_is_shared(evaluations, begun, spent):
    shares = quotas(evaluations, begun, spent)
    assert all(share >= done for share, done in zip(shares, begun, strict=True))
    assert sum(shares) == max(evaluations - spent, sum(begun))
    growing = [share for share, done in zip(shares, begun, strict=True) if share > done]
    assert max(growing, default=0) - min(growing, default=0) <= 1


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
