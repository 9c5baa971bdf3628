"""Every candidate's own randomness depends on its name alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.errors import SearchError
from evonas.seeds import LARGEST_SEED, Purpose, checked_seed, evaluation_seed, generator

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
def test_an_evaluation_draws_from_another_stream_than_its_proposal(name):
    same_stream = np.random.SeedSequence(name[0], spawn_key=(*name[1:], Purpose.PROPOSAL))
    assert evaluation_seed(*name) != int(same_stream.generate_state(1)[0]) >> 1


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
