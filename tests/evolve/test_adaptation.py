"""Rates that learn: Thierens 2005."""

import numpy as np
import pytest

from evonas.evolve.adaptation import LEAST, AdaptivePursuit


def test_one_reward_by_hand():
    pursuit = AdaptivePursuit(2)
    pursuit.reward(0, 0.0)  # its estimate falls from 1 to 0.9: the other is pursued
    assert pursuit.rates == pytest.approx([0.5 + 0.1 * (0.1 - 0.5), 0.5 + 0.1 * (0.9 - 0.5)])


@pytest.mark.parametrize("n", [1, 2, 5, 20])
def test_rates_add_up_and_the_least_stays(n, rng):
    pursuit = AdaptivePursuit(n)
    for _ in range(500):
        pursuit.reward(pursuit.choose(rng), float(rng.random()))
    assert sum(pursuit.rates) == pytest.approx(1)
    assert min(pursuit.rates) >= min(LEAST, 1 / n) - 1e-9


def test_it_finds_what_pays_and_notices_when_that_changes(rng):
    pursuit = AdaptivePursuit(3)
    for paying in (2, 0):
        for _ in range(400):
            operator = pursuit.choose(rng)
            pursuit.reward(operator, float(operator == paying))
        assert pursuit.rates[paying] == pytest.approx(0.8, abs=0.01)


def test_operators_are_chosen_as_often_as_their_rates_say(rng):
    pursuit = AdaptivePursuit(3)
    pursuit.rates = [0.2, 0.5, 0.3]
    counts = np.bincount([pursuit.choose(rng) for _ in range(6_000)], minlength=3)
    expected = np.array([0.2, 0.5, 0.3]) * 6_000
    assert np.sum((counts - expected) ** 2 / expected) < 13.82  # 99.9 % quantile, 2 degrees of freedom
