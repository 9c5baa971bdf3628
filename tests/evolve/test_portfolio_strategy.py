"""The portfolio as a strategy: it tells who earned what."""

import numpy as np

from evonas import Outcome, Portfolio, Real, Space

BOX = Space({name: Real(-5, 5) for name in "abc"})


def minimized(strategy, function, n, in_flight=1):
    """Return the lowest of ``n`` costs."""
    costs, waiting = [], []
    for _ in range(n):
        waiting += strategy.ask()
        if len(waiting) >= in_flight:
            candidate = waiting.pop(0)
            costs.append(float(function(candidate.genome.values)))
            strategy.tell([Outcome(candidate.id, {"loss": costs[-1]})])
    return min(costs)


def bowl(values):
    return ((values - 1.234) ** 2).sum()


def test_shares_add_up_to_what_was_told():
    strategy = Portfolio(BOX, seed=0)
    assert strategy.shares == {}
    assert minimized(strategy, bowl, 500) < 1e-12
    assert sum(share.evaluations for share in strategy.shares.values()) >= 450
    assert strategy.shares["descents"].records > 0


def test_many_in_flight_need_little_more():
    assert minimized(Portfolio(BOX, seed=0), bowl, 500, in_flight=16) < 1e-8


def test_the_first_point_is_the_centre():
    assert np.array_equal(Portfolio(BOX, seed=0).ask()[0].genome.values, [0, 0, 0])
