"""Genes as distributions, genomes as values."""

import copy
import pickle
import struct

import numpy as np
import pytest

from evonas import Cell, Choice, Int, Permutation, Real, Repeat, Space, Subset
from evonas.errors import SpaceError
from evonas.space.genome import Draft, Genome
from evonas.space.locus import Condition, Gene, Place

X = Place("x")


def chi_square(counts, shares):
    expected = np.asarray(shares) * np.sum(counts)
    return float(np.sum((np.asarray(counts) - expected) ** 2 / expected))


# 99.9 % quantiles of the chi-square distribution with n - 1 degrees of freedom, from its tables.
CRITICAL = {2: 10.83, 3: 13.82, 4: 16.27, 6: 20.52, 8: 24.32}


@pytest.mark.parametrize(
    "gene",
    [Gene(X, "choice", 0, 2), Gene(X, "int", -3, 4), Gene(X, "int", 0, 1), Gene(X, "int", 5, 8)],
)
def test_choices_and_ints_are_uniform(gene, rng):
    samples = [gene.quantile(rng.random()) for _ in range(20_000)]
    values, counts = np.unique(samples, return_counts=True)
    n = int(gene.high - gene.low) + 1
    assert values.tolist() == list(range(int(gene.low), int(gene.high) + 1))
    assert chi_square(counts, [1 / n] * n) < CRITICAL[n]


def test_log_ints_are_log_uniform_over_their_unit_intervals(rng):
    gene = Gene(X, "int", 1, 8, log=True)
    samples = [gene.quantile(rng.random()) for _ in range(20_000)]
    edges = np.log(np.arange(0.5, 9))
    shares = np.diff(edges) / (edges[-1] - edges[0])
    assert chi_square(np.unique(samples, return_counts=True)[1], shares) < CRITICAL[8]


@pytest.mark.parametrize("log", [False, True])
def test_reals_are_uniform_on_their_scale(log, rng):
    gene = Gene(X, "real", 1e-4, 1e-1, log=log)
    samples = np.array([gene.quantile(rng.random()) for _ in range(20_000)])
    scale = np.log if log else np.asarray
    low, high = scale(gene.low), scale(gene.high)
    counts, _ = np.histogram((scale(samples) - low) / (high - low), bins=6, range=(0, 1))
    assert chi_square(counts, [1 / 6] * 6) < CRITICAL[6]
    assert samples.min() >= gene.low
    assert samples.max() <= gene.high


def test_options_and_lengths_are_equally_likely_whatever_they_hold(rng):
    space = Space(Repeat(Choice([0, Choice([1, 2, 3, 4, 5])]), 1, 3))
    architectures = [space.decode(space.sample(rng)) for _ in range(6_000)]
    lengths = np.unique([len(a) for a in architectures], return_counts=True)[1]
    zeros = sum(a[0] == 0 for a in architectures)
    assert chi_square(lengths, [1 / 3] * 3) < CRITICAL[3]
    assert chi_square([zeros, 6_000 - zeros], [0.5, 0.5]) < CRITICAL[2]


@pytest.mark.parametrize("low, high", [(-1.7e308, 1.7e308), (0.0, 5e-324), (1.0, 1.0 + 2**-52)])
def test_extreme_reals_stay_within_bounds(low, high, rng):
    space = Space(Real(low, high))
    assert all(low <= space.decode(space.sample(rng)) <= high for _ in range(100))


def test_extreme_ints_are_exact(rng):
    space = Space(Int(-(2**53), 2**53))
    for value in (-(2**53), 2**53, 2**53 - 1, space.decode(space.sample(rng))):
        assert space.decode(space.encode(value)) == value


def test_loci_of_a_tree(blocks):
    assert blocks.n_genes == 27
    assert [locus.path for locus in blocks.loci[:7]] == [
        "stem",
        "blocks.length",
        "blocks[0].type",
        "blocks[0].conv.kernel",
        "blocks[0].conv.width",
        "blocks[0].pool.kind",
        "blocks[1].type",
    ]
    second, width, rate = blocks.loci[6], blocks.loci[4], blocks.loci[-1]
    assert second == Gene(Place("blocks[1].type", 6, 6, Condition(1, 2.0, 6.0)), "choice", 0.0, 2.0)
    assert width == Gene(Place("blocks[0].conv.width", 4, 4, Condition(2, 0, 0)), "int", 8.0, 64.0, True)
    assert rate == Gene(Place("learning_rate", 26, 26), "real", 1e-4, 1e-1, True)


def test_a_condition_holds_while_its_parent_is_awake_and_in_range():
    condition = Condition(1, 2.0, 3.0)
    assert condition.holds([0.0, 2.0], [True, True])
    assert condition.holds([0.0, 3.0], [False, True])
    assert not condition.holds([0.0, 4.0], [True, True])
    assert not condition.holds([0.0, 1.0], [True, True])
    assert not condition.holds([0.0, 2.0], [True, False])
    assert Condition().holds([], [])


def test_paths_at_the_root_and_in_unnamed_options():
    def paths(tree):
        return [locus.path for locus in Space(tree).loci]

    assert paths(Repeat(Int(0, 1), 1, 2)) == ["length", "[0]", "[1]"]
    assert paths(Choice({"a": {"b": Int(0, 1)}, "c": {}})) == ["type", "a.b"]
    assert paths({"x": Choice([None, {"b": Int(0, 1)}])}) == ["x", "x.1.b"]
    assert paths({"x": Subset({"a": {"b": Int(0, 1)}, "c": {}})}) == ["x", "x.a.b"]
    assert paths(Permutation([Int(0, 1), "c"])) == ["", "0"]
    assert paths({"x": Cell(Choice({"a": {"b": Int(0, 1)}, "c": {}}), 1, 1)}) == [
        "x",
        "x[0].type",
        "x[0].a.b",
    ]


def test_genomes_are_frozen_values():
    values = np.array([2.0, 4.0, 7.0, 5.0])
    genome = Space(Repeat(Int(0, 9), 1, 3)).genome(values)
    values[0] = 1.0
    assert genome.values.tolist() == [*genome.numbers] == [2.0, 4.0, 7.0, 0.0]
    assert genome.active.tolist() == [*genome.flags] == [True, True, True, False]
    assert genome.packed.tolist() == genome.answers() == [2.0, 4.0, 7.0]
    assert genome.payload == genome.packed.tobytes()
    assert genome.answers(slice(1, 4)) == [4.0, 7.0]
    for array in (genome.values, genome.active):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    for name in ("key", "length"):
        with pytest.raises(AttributeError):
            setattr(genome, name, "x")
    genome.draft().values[0] = 3.0
    assert genome.numbers[0] == 2.0


@pytest.mark.parametrize(
    "space",
    [
        Space(Repeat(Int(0, 9), 1, 3)),
        Space(Cell(Choice(["a", "b"]), 3, 4)),
        Space([Int(0, 9)] * 3, canonical=lambda numbers: max(numbers) - min(numbers)),
    ],
    ids=["plain", "cell", "canonical"],
)
def test_genomes_travel(space, rng):
    for genome in space.samples(20, rng):
        for again in (pickle.loads(pickle.dumps(genome)), copy.copy(genome), copy.deepcopy(genome)):
            assert (again.numbers, again.flags, again.key) == (genome.numbers, genome.flags, genome.key)
            assert again == genome == again
            assert hash(again) == hash(genome)
            assert space.decode(again) == space.decode(genome)
            for other in space.samples(5, rng):
                assert (again == other) == (other == again) == (genome == other)


@pytest.mark.parametrize("beside", [0, Cell("conv", 0, 1)], ids=["alone", "beside a cell"])
def test_minus_zero_is_zero(beside):
    space = Space([Real(-1, 1), beside])
    zero = space.nearest([0.0] * space.n_genes)
    numbers = [-0.0, *zero.numbers[1:]]
    for other in (space.nearest(numbers), space.genome(numbers), space.unpack(numbers)):
        assert other == zero
        assert other.key == zero.key
        assert space.encode(space.decode(other)).key == zero.key


def test_inactive_genes_do_not_count():
    space = Space(Repeat(Int(0, 9), 1, 3))
    short, same, longer = (
        space.genome([1, 4, 5, 6]),
        space.genome([1, 4, 99, np.nan]),
        space.genome([2, 4, 0, 0]),
    )
    assert short == same
    assert len({short, same, longer}) == 2
    assert short != short.key
    assert repr(short) == f"<Genome {short.key[:8]}: 2 of 4 genes active>"


def test_the_key_is_the_same_for_ever():
    # Keys name cached evaluations and journal entries. If this fails, old runs no longer match: change the
    # key only on purpose, then paste the new value here and raise the journal's version.
    space = Space(Repeat(Int(0, 9), 1, 3))
    assert space.encode([4, 2]).key == "9dbb581733054c56fe534aea61cc3043"


@pytest.mark.parametrize(
    "values, said",
    [
        ([1, 2, 3], r"genome: expected an array of shape \(4,\), one value a gene, got \(3,\)"),
        ([[1, 2, 3, 4]], r"got \(1, 4\)"),
        ([4, 0, 0, 0], r"gene 'length': expected an integer from 1 to 3, got 4"),
        ([2, 0, 0.5, 0], r"gene '\[1\]': expected an integer from 0 to 9, got 0.5"),
        ([2, 0, np.nan, 0], r"gene '\[1\]': expected an integer from 0 to 9, got nan"),
        ([1, np.inf, 0, 0], r"gene '\[0\]': expected an integer from 0 to 9, got inf"),
    ],
)
def test_wrong_values_are_refused_by_path(values, said):
    with pytest.raises(SpaceError, match=said):
        Space(Repeat(Int(0, 9), 1, 3)).genome(values)


@pytest.mark.parametrize(
    "packed, said",
    [
        ([2, 1], r"packed genome: expected a value for gene '\[1\]' too, got \[2.0, 1.0\]"),
        ([2, 1, 1, 1], r"packed genome: expected 3 values"),
        ([1, -1], r"gene '\[0\]': expected an integer from 0 to 9, got -1"),
        ([1, 0.5], r"gene '\[0\]': expected an integer from 0 to 9, got 0.5"),
        ([1, np.nan], r"gene '\[0\]': expected an integer from 0 to 9, got nan"),
    ],
)
def test_wrong_packed_values_are_refused(packed, said):
    with pytest.raises(SpaceError, match=said):
        Space(Repeat(Int(0, 9), 1, 3)).unpack(packed)


def test_the_nearest_genome_is_clipped_rounded_and_refuses_what_is_no_number():
    space = Space(Repeat(Int(0, 9), 1, 3))
    assert space.nearest([1.6, 99.0, 4.4, np.nan]).values.tolist() == [2.0, 9.0, 4.0, 0.0]
    assert space.nearest([-np.inf, -5.0, 0.0, 0.0]).values.tolist() == [1.0, 0.0, 0.0, 0.0]
    with pytest.raises(SpaceError, match="gene 'length': expected a number, got nan"):
        space.nearest([np.nan, 0, 0, 0])
    with pytest.raises(SpaceError, match=r"expected an array of shape \(4,\)"):
        space.nearest([1.0])


def test_a_draft_is_completed_at_random(rng):
    space = Space(Repeat(Int(0, 9), 1, 3))
    drafts = [Draft([2.0, 7.0, 0.0, 5.0], [True, True, False, True]) for _ in range(100)]
    filled = np.array([space.fill(draft, rng).values for draft in drafts])
    assert (filled[:, [0, 1, 3]] == [2.0, 7.0, 0.0]).all()
    assert {*filled[:, 2]} == {*range(10)}


def test_a_draft_takes_and_forgets():
    draft, giver = Draft([1.0, 2.0, 3.0], [True] * 3), Draft([7.0, 8.0, 9.0], [True, False, True])
    draft.take(giver, slice(1, 3), slice(0, 2))
    assert draft == Draft([8.0, 9.0, 3.0], [False, True, True])
    draft.forget(slice(1, 3))
    assert draft == Draft([8.0, 9.0, 3.0], [False, False, False])


def test_every_gene_is_drawn_within_its_bounds_even_if_it_may_sleep(rng):
    space = Space(Repeat(Int(3, 9), 1, 3))
    rows = np.array([space.draw(rng) for _ in range(200)])
    assert (rows.min(axis=0) == [1, 3, 3, 3]).all()
    assert (rows.max(axis=0) == [3, 9, 9, 9]).all()


@pytest.mark.parametrize(
    "foreign",
    [
        Space([Int(0, 9)] * 4).encode([1, 1, 1, 1]),
        Genome(struct.pack("<4d", 3.0, 1.0, 0.0, 0.0), bytes([1, 1, 0, 0])),
        Space([Int(0, 9)] * 4).encode([0, 9, 9, 9]),
    ],
)
def test_decode_refuses_genomes_of_other_spaces(foreign):
    space = Space(Repeat(Int(0, 9), 1, 3))
    for use in (
        space.decode,
        lambda genome: space.features([genome]),
        lambda genome: space.distance(genome, genome),
    ):
        with pytest.raises(SpaceError, match="genome: expected one of this space"):
            use(foreign)


def test_genomes_of_another_length_are_refused(rng):
    space, short = Space(Repeat(Int(0, 9), 1, 3)), Space(Int(0, 1)).sample(rng)
    with pytest.raises(SpaceError, match="genome: expected 4 genes, got 1; was it made for another space"):
        space.decode(short)


def smaller(architecture):
    return architecture["n"] < 8


def test_spaces_travel(rng):
    inner = Space({"n": Int(0, 9), "rate": Real(1e-3, 1, log=True)}, where=smaller)
    for space in (inner, Space({"parts": Repeat(inner, 1, 2), "cell": Cell(Choice(["a", "b"]), 1, 3)})):
        again = pickle.loads(pickle.dumps(space))
        assert again.fingerprint == space.fingerprint and repr(again) == repr(space)
        for genome in space.samples(10, rng):
            assert again.encode(space.decode(genome)) == genome


def test_boxes_are_spaces_of_nothing_but_real_numbers():
    boxes = [Space([Real(0, 1)]), Space({"a": [Real(0, 1), 3], "b": Real(1, 2, log=True)}), Space(5)]
    assert all(space.is_box for space in boxes)
    others = [Int(0, 1), Choice([Real(0, 1), Real(2, 3)]), Repeat(Real(0, 1), 1, 2)]
    assert not any(Space(tree).is_box for tree in others)
    assert not Space([Real(0, 1)] * 2, canonical=sorted).is_box
