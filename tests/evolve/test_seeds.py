"""Every candidate's own randomness depends on its name alone."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.errors import SearchError
from evonas.seeds import LARGEST_SEED, Purpose, Streams, checked_seed, evaluation_seed, generator

roots = st.integers(0, LARGEST_SEED)
names = st.tuples(roots, st.integers(0, 1000), st.integers(0, 10**6))


@given(names)
def test_the_same_name_gives_the_same_numbers_whatever_was_drawn_before(name):
    first = generator(*name).random(4)
    generator(*name).random(100)
    assert (generator(*name).random(4) == first).all()
    assert evaluation_seed(*name) == evaluation_seed(*name)


@given(names, names)
def test_other_names_give_other_numbers(one, other):
    if one != other:
        assert (generator(*one).random(4) != generator(*other).random(4)).all()


@given(names)
def test_other_purposes_give_other_numbers(name):
    draws = [generator(*name, purpose).random(4) for purpose in Purpose]
    assert len(np.unique(draws)) == 4 * len(Purpose)


@given(names, st.lists(st.integers(0, 100), max_size=5))
def test_a_stream_begins_anew_whatever_was_drawn_from_others(name, before):
    seed, island, n = name
    streams = Streams(seed, island)
    for other in before:
        streams.at(other).integers(9, size=other, dtype=np.uint32)  # an odd count leaves half a number over
    expected, fresh = generator(*name), streams.at(n)
    assert (fresh.integers(9, size=3, dtype=np.uint32) == expected.integers(9, size=3, dtype=np.uint32)).all()
    assert (fresh.standard_normal(9) == expected.standard_normal(9)).all()


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda streams: pickle.loads(pickle.dumps(streams))]
)
def test_copies_have_the_same_streams(copied):
    streams = Streams(3, 1, Purpose.MIGRATION)
    other = copied(streams)
    other.at(2).random(5)
    assert streams.at(7).random() == other.at(7).random() == generator(3, 1, 7, Purpose.MIGRATION).random()


def test_neighbouring_streams_are_uniform_and_have_nothing_to_do_with_each_other():
    streams = Streams(0, 0)
    draws = np.array([streams.at(n).random(3) for n in range(4_000)])  # (stream, draw)
    counts = np.array([np.histogram(column, bins=20, range=(0, 1))[0] for column in draws.T])
    assert np.all(np.sum((counts - 200) ** 2 / 200, axis=1) < 43.82)  # 99.9 % quantile, 19 deg. of freedom
    assert np.all(np.abs(np.corrcoef(draws[:-1].T, draws[1:].T) - np.eye(6)) < 0.06)


@given(names)
def test_evaluation_seeds_suit_every_library(name):
    assert 0 <= evaluation_seed(*name) < 2**31


def test_evaluation_seeds_are_distinct_and_even():
    seeds = np.array([evaluation_seed(0, island, birth) for island in range(4) for birth in range(500)])
    assert len(set(seeds)) == len(seeds)
    assert 0.47 < np.mean(seeds) / 2**31 < 0.53


@given(roots)
def test_root_seeds_are_taken_as_they_are(seed):
    assert checked_seed(seed) == seed
    assert checked_seed(np.uint64(seed)) == seed


@pytest.mark.parametrize("seed", [-1, 2**63, 1.0, True, None, "0"])
def test_other_root_seeds_are_refused(seed):
    with pytest.raises(
        SearchError, match=r"seed: expected a whole number in 0..2\*\*63-1, got .*; give for ex"
    ):
        checked_seed(seed)
