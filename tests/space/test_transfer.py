"""Architectures move between spaces by the names of their decisions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_trees import trees

from evonas import Choice, Int, Permutation, Real, Repeat, Space
from evonas.errors import SpaceError
from evonas.space.transfer import transferred

RNG = np.random.default_rng(0)
BLOCK = {"conv": {"kernel": Choice([3, 5]), "width": Int(8, 64)}, "pool": {}}
SPACE = Space(
    {"stem": Choice([8, 16]), "blocks": Repeat(Choice(BLOCK), 1, 3), "order": Permutation(["norm", "act"])}
)
ARCHITECTURE = {
    "stem": 16,
    "blocks": [{"type": "conv", "kernel": 5, "width": 20}, {"type": "pool"}],
    "order": ["act", "norm"],
}


@given(trees(), st.integers(0, 2**32))
def test_an_architecture_of_the_space_itself_comes_whole(tree, seed):
    space, rng = Space(tree), np.random.default_rng(seed)
    genome = space.sample(rng)
    if space.n_genes:
        assert transferred(space, space.decode(genome), rng) == (genome, (), ())


def test_shared_decisions_are_kept_and_the_others_drawn_and_told():
    block = {"conv": {"kernel": Choice([3, 5, 7]), "groups": Int(1, 4)}, "pool": {"kind": Choice([1, 2])}}
    wider = Space({"blocks": Repeat(Choice(block), 1, 5), "stem": Choice([16, 32]), "rate": Real(0, 1)})
    genome, sampled, unfit = transferred(wider, ARCHITECTURE, RNG)
    found = wider.decode(genome)
    assert found["stem"] == 16
    assert [part["type"] for part in found["blocks"]] == ["conv", "pool"]
    assert found["blocks"][0]["kernel"] == 5
    assert sampled == ("blocks[0].conv.groups", "blocks[1].pool.kind", "rate")
    assert unfit == (
        "blocks[0].width: the space has no such decision",
        "order: the space has no such decision",
    )


@pytest.mark.parametrize(
    "name, node, said",
    [
        ("stem", Choice([8, 32]), "stem: expected one of [8, 32], got 16; give a value of the space"),
        ("stem", Int(1, 9), "stem: expected an int from 1 to 9, got 16; give a value of the space"),
        ("stem", 8, "stem: expected 8, got 16; this part of the space is fixed"),
        ("blocks", Int(1, 9), "blocks: expected an int from 1 to 9, got [{'type': 'conv', "),
        ("order", Permutation(["norm", "act", "drop"]), "order: expected a list of all 3 options"),
    ],
)
def test_a_value_that_does_not_fit_is_left_out_by_name(name, node, said):
    other = Space({**SPACE.tree.fields, name: node})
    genome, sampled, (sentence,) = transferred(other, ARCHITECTURE, RNG)
    assert sentence.startswith(said)
    assert sampled == (() if node == 8 else (name,))
    assert all(other.decode(genome)[key] == ARCHITECTURE[key] for key in ARCHITECTURE if key != name)


@pytest.mark.parametrize("node", [16, Choice([32, 16]), Int(1, 64, log=True), Real(0, 100)])
def test_a_value_moves_between_decisions_of_different_kinds(node):
    other = Space({**SPACE.tree.fields, "stem": node})
    genome, *rest = transferred(other, ARCHITECTURE, RNG)
    assert other.decode(genome) == ARCHITECTURE
    assert rest == [(), ()]


def test_a_longer_list_is_cut_and_a_shorter_one_filled():
    for least, most, kept in ((1, 1, 1), (3, 4, 3)):
        other = Space({"blocks": Repeat(Choice(BLOCK), least, most)})
        genome, _, unfit = transferred(other, {"blocks": ARCHITECTURE["blocks"]}, RNG)
        assert len(other.decode(genome)["blocks"]) == kept
        assert other.decode(genome)["blocks"][0] == ARCHITECTURE["blocks"][0]
        assert unfit[0].startswith(f"blocks: expected a list of {least} to {most} items")


def test_what_is_drawn_satisfies_where():
    other = Space({"stem": Choice([8, 16]), "width": Int(1, 100)}, where=lambda a: a["width"] < 10)
    for _ in range(20):
        genome = transferred(other, {"stem": 16}, RNG).genome
        assert other.decode(genome)["stem"] == 16
        assert other.decode(genome)["width"] < 10


def test_an_architecture_that_where_refuses_is_refused():
    def small(a):
        return a["stem"] < 10

    with pytest.raises(SpaceError, match=r"expected one that satisfies where= \(small"):
        transferred(Space({"stem": Choice([8, 16])}, where=small), {"stem": 16}, RNG)


@pytest.mark.parametrize("stranger", [{}, {"depth": 3}, [1, 2], "text", None])
def test_an_architecture_without_anything_in_common_is_refused(stranger):
    with pytest.raises(SpaceError, match="architecture: expected decisions of this space, got"):
        transferred(SPACE, stranger, RNG)
