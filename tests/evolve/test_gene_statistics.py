"""What the best have in common."""

import numpy as np
import pytest

from evonas import Choice, Int, Permutation, Real, Repeat, Space
from evonas.evolve.gene_statistics import BINS, GeneStatistics

TWO = Space({"a": Choice(["x", "y"]), "b": Choice(["x", "y", "z"])})


def learnt(space, architectures):
    """Return statistics of architectures, best first."""
    statistics = GeneStatistics(space)
    values = statistics.values([space.encode(each) for each in architectures])
    for each in values:
        statistics.see(each)
    statistics.reward(list(values), len(values))
    return statistics


def test_values_of_every_gene_are_small_numbers_and_sleep_is_one_of_them():
    space = Space([Choice(["x", "y", "z"]), Int(0, 3), Real(1, 256, log=True), Repeat(Real(0, 8), 1, 2)])
    statistics = GeneStatistics(space)
    low, high = ["x", 0, 1.0, [0.0]], ["z", 3, 256.0, [3.5, 8.0]]
    values = statistics.values([space.encode(low), space.encode(high)]).tolist()
    assert values == [[0, 0, 0, 0, 0, BINS], [2, 3, BINS - 1, 1, 3, BINS - 1]]


def test_what_the_best_have_promises_more(rng):
    # Of four, y came first and second and earned 1 + 0.75, x earned 0.5 + 0.25 in as many.
    statistics = learnt(TWO, [{"a": "y", "b": b} for b in "xz"] + [{"a": "x", "b": b} for b in "xz"])
    parent, child = (TWO.encode({"a": a, "b": "x"}) for a in "xy")
    gains = [statistics.gains(parent, [child], rng)[0] for _ in range(4_000)]
    one, other = rng.beta(2.75, 1.25, 400_000), rng.beta(1.75, 2.25, 400_000)
    assert np.mean(gains) == pytest.approx(np.mean(np.log(one) - np.log(other)), abs=0.06)


def test_changes_add_up_and_what_does_not_change_is_nothing(rng):
    statistics = learnt(TWO, [{"a": "x", "b": "x"}] * 400 + [{"a": "y", "b": "y"}] * 400)
    same, one, both = (TWO.encode({"a": a, "b": b}) for a, b in ("xx", "yx", "yy"))
    gains = statistics.gains(same, [same, one, both], rng)
    assert gains[0] == 0.0
    assert gains[2] < gains[1] < 0.0


def test_earlier_rewards_are_taken_back(rng):
    statistics = learnt(TWO, [{"a": "x", "b": "x"}] * 300 + [{"a": "y", "b": "x"}] * 300)
    values = statistics.values([TWO.encode({"a": "y", "b": "x"})])[0]
    statistics.reward([values] * 300, 600)
    one, other = (TWO.encode({"a": a, "b": "x"}) for a in "xy")
    assert statistics.gains(one, [other], rng)[0] > 0


def test_permutations_and_spaces_without_genes_work(rng):
    orders = Space(Permutation([1, 2, 3]))
    statistics = learnt(orders, [[1, 2, 3], [3, 2, 1]])
    assert len(statistics.gains(orders.encode([1, 2, 3]), [orders.encode([2, 1, 3])], rng)) == 1
    nothing = Space({})
    assert learnt(nothing, [{}]).gains(nothing.encode({}), [nothing.encode({})], rng) == [0.0]
