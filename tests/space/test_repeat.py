"""Lists: items are inserted, deleted, duplicated and exchanged whole, and lists are cut and joined."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas import Cell, Choice, Int, Permutation, Repeat, Space, Subset
from evonas.evolve.variation import mate

LAYER = Choice(
    {
        "conv": {"kernel": Int(0, 999), "flags": Subset(["a", "b"]), "order": Permutation(["x", "y", "z"])},
        "cell": {"graph": Cell(Choice(["p", "q"]), 0, 2), "inner": Repeat(Int(0, 999), 0, 2)},
    }
)


def moved(space, genome, rng):
    """Return the architecture after a move of whole items."""
    items = next(locus for locus in space.loci if locus.path.endswith("length"))
    return space.decode(space.varied(genome, items, rng))


def move(before, after):
    """Return what was done to a list of different items: the move and where."""
    if len(after) > len(before):
        at = next(at for at in range(len(after)) if after[:at] + after[at + 1 :] == before)
        twin = (at > 0 and after[at] == after[at - 1]) or (at + 1 < len(after) and after[at] == after[at + 1])
        return "duplicate" if twin else "insert", at
    if len(after) < len(before):
        return "delete", next(at for at in range(len(before)) if before[:at] + before[at + 1 :] == after)
    a, b = (at for at in range(len(before)) if before[at] != after[at])
    assert (before[a], before[b]) == (after[b], after[a])
    return "swap", (a, b)


def test_all_moves_are_equally_likely_wherever_they_apply(rng):
    space = Space(Repeat(Int(0, 10**9), 2, 6))
    before = [10, 20, 30, 40]
    moves = [move(before, moved(space, space.encode(before), rng)) for _ in range(4_000)]
    counts = Counter(name for name, _ in moves)
    assert counts.keys() == {"insert", "duplicate", "delete", "swap"}
    assert (
        sum((count - 1_000) ** 2 / 1_000 for count in counts.values()) < 16.27
    )  # 99.9 %, 3 degrees of freedom
    for name, places in (("insert", 5), ("duplicate", 4), ("delete", 4), ("swap", 6)):
        where = Counter(at for each, at in moves if each == name)
        share = counts[name] / places
        assert len(where) == places
        assert sum((count - share) ** 2 / share for count in where.values()) < 20.52  # 99.9 %, 5 degrees


@pytest.mark.parametrize(
    "before, possible",
    [
        ([1, 2], {"insert", "duplicate", "swap"}),
        ([1, 2, 3, 4], {"delete", "swap"}),
        ([1, 2, 3], {"insert", "duplicate", "delete", "swap"}),
    ],
)
def test_moves_keep_to_the_bounds(before, possible, rng):
    space = Space(Repeat(Int(0, 10**9), 2, 4))
    assert {move(before, moved(space, space.encode(before), rng))[0] for _ in range(100)} == possible


def test_an_empty_list_can_only_grow_and_a_full_one_of_one_only_shrink(rng):
    space = Space(Repeat(Int(0, 9), 0, 1))
    assert {len(moved(space, space.encode([]), rng)) for _ in range(20)} == {1}
    assert {len(moved(space, space.encode([3]), rng)) for _ in range(20)} == {0}


def test_a_list_of_fixed_length_is_only_put_in_another_order(rng):
    space = Space(Repeat(Int(0, 10**9), 3, 3))
    assert {move([1, 2, 3], moved(space, space.encode([1, 2, 3]), rng)) for _ in range(100)} == {
        ("swap", (0, 1)),
        ("swap", (0, 2)),
        ("swap", (1, 2)),
    }


def test_items_that_decide_nothing_are_counted_only(rng):
    space = Space(Repeat("block", 1, 10**6))
    assert space.n_genes == 1
    assert {len(moved(space, space.encode(["block"] * 5), rng)) for _ in range(50)} == {4, 6}


@given(st.integers(0, 2**32))
def test_whole_items_move_with_all_that_they_decide(seed):
    space, rng = Space({"layers": Repeat(LAYER, 1, 5)}), np.random.default_rng(seed)
    genome = space.sample(rng)
    before = [str(layer) for layer in space.decode(genome)["layers"]]
    after = [str(layer) for layer in moved(space, genome, rng)["layers"]]
    kept = Counter(before) & Counter(after)
    assert kept.total() >= min(len(before), len(after))


@given(st.integers(0, 2**32))
def test_a_child_is_mixed_place_by_place_or_cut_and_joined(seed):
    space, rng = Space(Repeat(Int(0, 999), 2, 6)), np.random.default_rng(seed)
    one, other = space.sample(rng), space.sample(rng)
    a, b, child = (space.decode(genome) for genome in (one, other, mate(space, one, other, rng)))
    mixed = len(child) in (len(a), len(b)) and all(
        item in [items[at] for items in (a, b) if at < len(items)] for at, item in enumerate(child)
    )
    heads = range(len(child) + 1)
    joined = any(child[:cut] == a[:cut] and child[cut:] == b[len(b) - len(child) + cut :] for cut in heads)
    assert mixed or joined


def test_both_ways_of_crossover_occur(rng):
    space = Space(Repeat(Int(0, 999), 0, 8))
    one, other = space.encode([0, 1, 2, 3]), space.encode([10, 11, 12, 13])
    children = [space.decode(mate(space, one, other, rng)) for _ in range(2_000)]
    assert {len(child) for child in children} == {*range(9)}
    assert [0, 1, 2, 3, 10, 11, 12, 13] in children
    assert [0, 11, 2, 13] in children
    assert 0.4 < np.mean([all(item % 10 == at for at, item in enumerate(child)) for child in children]) < 0.75


def numbers(layers):
    """Return all kernels and inner numbers of some layers."""
    return {number for layer in layers for number in [layer.get("kernel"), *layer.get("inner", [])]}


@given(st.integers(0, 2**32))
def test_nothing_in_a_child_is_drawn_anew(seed):
    space, rng = Space(Repeat(LAYER, 1, 5)), np.random.default_rng(seed)
    one, other = space.sample(rng), space.sample(rng)
    a, b, child = (space.decode(genome) for genome in (one, other, mate(space, one, other, rng)))
    assert numbers(child) - {None} <= numbers(a + b)


def test_lengths_are_equally_likely(rng):
    space = Space(Repeat(LAYER, 1, 4))
    counts = Counter(len(space.decode(space.sample(rng))) for _ in range(2_000))
    assert sum((counts[n] - 500) ** 2 / 500 for n in range(1, 5)) < 16.27  # 99.9 %, 3 degrees of freedom
