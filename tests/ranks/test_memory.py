"""Both ends of a line remember the same genomes, so that a difference is enough."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.ranks.memory import CHANGES, FLOATS, KEPT, SMALL, Memory

small = st.lists(st.integers(0, 255).map(float), max_size=600)
floats = st.lists(st.floats(allow_nan=False), max_size=60)
genomes = st.one_of(small, floats).map(lambda values: np.array(values, dtype=np.float64))


def sent(genes, ours, theirs):
    """Return what arrives, in which form, and how many bytes of a message it took."""
    form, n, body = ours.form(genes.astype("<f8").tobytes())
    arrived, end = theirs.genes(form, n, b"before" + body + b"after", len(b"before"))
    assert end == len(b"before" + body)
    return arrived, form, len(body)


def assert_same(arrived, genes):
    assert np.array(arrived, "<f8").tobytes() == genes.astype("<f8").tobytes(), "to the last bit"


@given(genomes)
def test_a_genome_arrives_as_it_was_sent(genes):
    arrived, form, size = sent(genes, Memory(), Memory())
    assert_same(arrived, genes)
    assert form in (FLOATS, SMALL)
    assert size == (len(genes) if form == SMALL else 8 * len(genes))


@st.composite
def families(draw):
    """A sequence of genomes that descend from each other, or do not."""
    family = [draw(genomes)]
    for _ in range(draw(st.integers(1, 12))):
        genes = draw(st.sampled_from(family)).copy()
        if draw(st.booleans()) and len(genes):
            genes[draw(st.integers(0, len(genes) - 1))] = draw(st.sampled_from([0.0, -0.0, 3.0, 0.5, 256.0]))
        elif draw(st.booleans()):
            genes = draw(genomes)
        family.append(genes)
    return family


@given(families())
def test_both_ends_stay_alike_whatever_was_sent_before(family):
    ours, theirs = Memory(), Memory()
    for genes in family:
        assert_same(sent(genes, ours, theirs)[0], genes)


@pytest.mark.parametrize("scale", [1.0, 0.37], ids=["small", "floats"])
def test_a_child_of_ten_thousand_genes_takes_less_than_200_bytes(scale, rng):
    ours, theirs = Memory(), Memory()
    parents = [scale * rng.integers(0, 200, 10_000).astype(float) for _ in range(KEPT)]
    for genes in parents:
        sent(genes, ours, theirs)
    for parent in parents[2:]:
        child = parent.copy()
        child[rng.choice(10_000, 12, replace=False)] += scale
        arrived, form, size = sent(child, ours, theirs)
        assert_same(arrived, child)
        assert (form, size) == (CHANGES, 1 + 12 * 12)


def test_what_was_sent_before_does_not_follow_what_its_receiver_does_with_it(rng):
    ours, theirs = Memory(), Memory()
    genes = rng.random(100)
    sent(genes, ours, theirs)
    arrived, form, _ = sent(genes, ours, theirs)
    assert form == CHANGES
    assert not np.shares_memory(arrived, sent(genes, ours, theirs)[0])


def test_a_short_genome_is_not_worth_a_comparison():
    ours = Memory()
    payload = np.arange(20.0).tobytes()
    assert [ours.form(payload)[0] for _ in range(2)] == [SMALL, SMALL]


def test_numbers_that_are_not_small_end_the_short_form_for_good():
    ours, theirs = Memory(), Memory()
    forms = [sent(np.array(values), ours, theirs)[1] for values in ([7.0], [7.5], [7.0])]
    assert forms == [SMALL, FLOATS, FLOATS]


def test_a_change_of_half_the_genes_is_sent_whole(rng):
    ours, theirs = Memory(), Memory()
    genes = rng.random(1000)
    sent(genes, ours, theirs)
    other = genes.copy()
    other[::2] += 1
    assert sent(other, ours, theirs)[1:] == (CHANGES, 1 + 12 * 500)
    other = other + 1
    other[:300] -= 1
    assert sent(other, ours, theirs)[1:] == (FLOATS, 8 * 1000)
    assert struct.calcsize("<Id") == 12
