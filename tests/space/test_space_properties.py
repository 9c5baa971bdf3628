"""What holds for every space."""

import json

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from random_trees import every_genome, trees

from evonas.errors import SpaceError
from evonas.space.decisions import Choice, Int, Real, Repeat
from evonas.space.genome import applies
from evonas.space.space import Space

seeds = st.integers(0, 2**32)


def identical(one, other):
    """Equality that also tells 1 from True and 1.0, and a list from a tuple."""
    return one == other and repr(one) == repr(other)


@given(trees(), seeds)
def test_round_trips(tree, seed):
    space = Space(tree)
    genome = space.sample(np.random.default_rng(seed))
    architecture = space.decode(genome)
    assert space.encode(architecture) == genome
    assert identical(space.decode(space.encode(architecture)), architecture)
    assert space.unpack(genome.packed) == genome
    assert space.genome(genome.values) == genome


@given(trees(), seeds)
def test_architectures_survive_json(tree, seed):
    space = Space(tree)
    genome = space.sample(np.random.default_rng(seed))
    assert space.encode(json.loads(json.dumps(space.decode(genome)))) == genome


@given(trees(), seeds)
def test_sampled_genomes_keep_to_their_genes(tree, seed):
    space = Space(tree)
    genome = space.sample(np.random.default_rng(seed))
    values, active = genome.values.tolist(), genome.active.tolist()
    for index, gene in enumerate(space.genes):
        assert gene.low < gene.high
        assert gene.parent < index
        assert active[index] == applies(gene, values, active)
        assert gene.checked(values[index]) == values[index] if active[index] else values[index] == 0.0


@given(trees(), seeds)
def test_paths_are_unique(tree, seed):
    paths = [gene.path for gene in Space(tree).genes]
    assert len(set(paths)) == len(paths)


@given(trees(), seeds)
def test_fill_keeps_what_is_known_and_completes_the_rest(tree, seed):
    space, rng = Space(tree), np.random.default_rng(seed)
    genome, other = space.sample(rng), space.sample(rng)
    assert space.fill(genome.values, np.ones(space.n_genes, bool), rng) == genome
    known = rng.random(space.n_genes) < 0.5
    mixed = space.fill(np.where(known, genome.values, other.values), known, rng)
    assert space.genome(mixed.values) == mixed
    kept = known & mixed.active & genome.active
    assert (mixed.values[kept] == genome.values[kept]).all()


@given(trees(), seeds)
def test_fill_takes_any_numbers(tree, seed):
    space, rng = Space(tree), np.random.default_rng(seed)
    wild = rng.normal(scale=100.0, size=space.n_genes)
    filled = space.fill(wild, np.ones(space.n_genes, bool), rng)
    assert space.genome(filled.values) == filled


@given(trees(), seeds, seeds)
def test_genomes_are_equal_if_and_only_if_their_architectures_are(tree, one, other):
    space = Space(tree)
    a, b = (space.sample(np.random.default_rng(seed)) for seed in (one, other))
    assert (a == b) == identical(space.decode(a), space.decode(b))
    assert (a.key == b.key) == (a == b)


@given(trees(with_reals=False))
def test_size_counts_the_architectures(tree):
    space = Space(tree)
    assume(space.size <= 300)
    genomes = list(every_genome(space))
    architectures = {repr(space.decode(genome)) for genome in genomes}
    assert len(set(genomes)) == len(genomes) == len(architectures) == space.size


@given(trees())
def test_expressions_evaluate_back(tree):
    space = Space(tree)
    names = {"Choice": Choice, "Int": Int, "Real": Real, "Repeat": Repeat, "Space": Space}
    again = Space(eval(space.tree.source(), names))
    assert again.tree.source() == space.tree.source()
    assert again.genes == space.genes
    assert again.fingerprint == space.fingerprint


@given(trees())
def test_repr_is_readable(tree):
    lines = repr(Space(tree)).split("\n")
    assert lines[0].startswith("Space with ")
    assert all(line.startswith("  ") and len(line) < 120 for line in lines[1:])


@given(trees(), seeds)
def test_architectures_are_fresh(tree, seed):
    space = Space(tree)
    genome = space.sample(np.random.default_rng(seed))
    first = repr(space.decode(genome))
    spoil(space.decode(genome))
    assert repr(space.decode(genome)) == first


def spoil(architecture):
    if isinstance(architecture, dict):
        parts = list(architecture.values())
        architecture["spoiled"] = True
    elif isinstance(architecture, list | tuple):
        parts = list(architecture)
        if isinstance(architecture, list):
            architecture.append("spoiled")
    else:
        return
    for part in parts:
        spoil(part)


@given(trees(), st.lists(st.floats(), max_size=12))
def test_foreign_numbers_are_refused_by_name_or_make_a_genome(tree, numbers):
    space = Space(tree)
    for make in (space.unpack, space.genome):
        try:
            genome = make(numbers)
        except SpaceError:
            continue
        assert space.encode(space.decode(genome)) == genome


@given(trees(), trees(), seeds)
def test_foreign_genomes_and_architectures_are_refused_by_name_or_belong(tree, other_tree, seed):
    space, other = Space(tree), Space(other_tree)
    foreign = other.sample(np.random.default_rng(seed))
    for use in (lambda: space.decode(foreign), lambda: space.encode(other.decode(foreign))):
        try:
            use()
        except SpaceError as error:
            assert "expected" in str(error)


def test_the_same_decision_in_two_places_is_two_decisions(rng):
    width = Int(1, 100)
    space = Space({"a": width, "b": [width, width]})
    assert [gene.path for gene in space.genes] == ["a", "b[0]", "b[1]"]
    assert space.size == 100**3
    assert len(set(space.sample(rng).values)) == 3


@pytest.mark.parametrize("nothing", [{}, [], 3, None, "x", {"a": (1, 2)}, Choice(["only"]), Repeat(0, 2, 2)])
def test_a_space_may_leave_nothing_to_decide(nothing, rng):
    space = Space(nothing)
    assert (space.n_genes, space.size) == (0, 1)
    assert space.encode(space.decode(space.sample(rng))) == space.unpack([])
