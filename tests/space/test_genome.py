"""Genes as distributions, genomes as values."""

import numpy as np
import pytest

from evonas.errors import SpaceError
from evonas.space.decisions import Choice, Int, Real, Repeat
from evonas.space.genome import Gene, Genome
from evonas.space.space import Space


def chi_square(counts, shares):
    expected = np.asarray(shares) * np.sum(counts)
    return float(np.sum((np.asarray(counts) - expected) ** 2 / expected))


# 99.9 % quantiles of the chi-square distribution with n - 1 degrees of freedom, from its tables.
CRITICAL = {2: 10.83, 3: 13.82, 4: 16.27, 6: 20.52, 8: 24.32}


@pytest.mark.parametrize(
    "gene",
    [Gene("x", "choice", 0, 2), Gene("x", "int", -3, 4), Gene("x", "int", 0, 1), Gene("x", "int", 5, 8)],
)
def test_choices_and_ints_are_uniform(gene, rng):
    samples = [gene.sample(rng) for _ in range(20_000)]
    values, counts = np.unique(samples, return_counts=True)
    n = int(gene.high - gene.low) + 1
    assert values.tolist() == list(range(int(gene.low), int(gene.high) + 1))
    assert chi_square(counts, [1 / n] * n) < CRITICAL[n]


def test_log_ints_are_log_uniform_over_their_unit_intervals(rng):
    gene = Gene("x", "int", 1, 8, log=True)
    samples = [gene.sample(rng) for _ in range(20_000)]
    edges = np.log(np.arange(0.5, 9))
    shares = np.diff(edges) / (edges[-1] - edges[0])
    assert chi_square(np.unique(samples, return_counts=True)[1], shares) < CRITICAL[8]


@pytest.mark.parametrize("log", [False, True])
def test_reals_are_uniform_on_their_scale(log, rng):
    gene = Gene("x", "real", 1e-4, 1e-1, log=log)
    samples = np.array([gene.sample(rng) for _ in range(20_000)])
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


def test_genes_of_a_tree(blocks):
    assert blocks.n_genes == 27
    assert [gene.path for gene in blocks.genes[:7]] == [
        "stem",
        "blocks.length",
        "blocks[0].type",
        "blocks[0].conv.kernel",
        "blocks[0].conv.width",
        "blocks[0].pool.kind",
        "blocks[1].type",
    ]
    assert blocks.genes[6] == Gene("blocks[1].type", "choice", 0, 2, False, parent=1, at_least=2, at_most=6)
    assert blocks.genes[4] == Gene(
        "blocks[0].conv.width", "int", 8, 64, True, parent=2, at_least=0, at_most=0
    )
    assert blocks.genes[-1] == Gene("learning_rate", "real", 1e-4, 1e-1, True)


def test_paths_at_the_root_and_in_unnamed_options():
    assert [g.path for g in Space(Repeat(Int(0, 1), 1, 2)).genes] == ["length", "[0]", "[1]"]
    assert [g.path for g in Space(Choice({"a": {"b": Int(0, 1)}, "c": {}})).genes] == ["type", "a.b"]
    assert [g.path for g in Space({"x": Choice([None, {"b": Int(0, 1)}])}).genes] == ["x", "x.1.b"]


def test_genomes_are_frozen_values():
    values = np.array([1.0, -0.0, 7.0])
    genome = Genome(values, np.array([True, True, False]))
    values[0] = 5.0
    assert genome.values.tolist() == [1.0, 0.0, 0.0]
    assert genome.packed.tolist() == [1.0, 0.0]
    assert not np.signbit(genome.values).any()
    for array in (genome.values, genome.active):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    with pytest.raises(AttributeError):
        genome.key = "x"


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
        ([1, -1], r"gene '\[0\]'"),
    ],
)
def test_wrong_packed_values_are_refused(packed, said):
    with pytest.raises(SpaceError, match=said):
        Space(Repeat(Int(0, 9), 1, 3)).unpack(packed)


def test_fill_clips_rounds_and_refuses_nan(rng):
    space = Space(Repeat(Int(0, 9), 1, 3))
    known = [True, True, False, True]
    assert space.fill([1.6, 99.0, 0.0, -5.0], known, rng).values[[0, 1]].tolist() == [2.0, 9.0]
    with pytest.raises(SpaceError, match="gene 'length': expected an integer from 1 to 3, got nan"):
        space.fill([np.nan, 0, 0, 0], known, rng)


def test_decode_refuses_genomes_of_other_spaces(rng):
    one, other = Space(Repeat(Int(0, 9), 1, 3)), Space([Int(0, 9), Int(0, 9), Int(0, 9), Int(0, 9)])
    with pytest.raises(SpaceError, match="genome: expected one of this space"):
        one.decode(other.encode([1, 1, 1, 1]))
    with pytest.raises(SpaceError, match="genome: expected one of this space"):
        one.decode(Genome(np.array([3.0, 1.0, 0.0, 0.0]), np.array([True, True, False, False])))
    with pytest.raises(SpaceError, match="shape"):
        one.decode(Space(Int(0, 1)).sample(rng))
