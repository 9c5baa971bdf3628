"""What holds for every space: thousands of random ones."""

import json
import zlib
from itertools import combinations

import numpy as np
import pytest
from equivalence import equivalent, identical
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from random_trees import every_genome, trees

from evonas import Cell, Choice, Int, Permutation, Real, Repeat, Space, Subset
from evonas.errors import SpaceError
from evonas.evolve.variation import mate, mutate
from evonas.space.decisions.repeat import ItemsLocus

seeds = st.integers(0, 2**32)
many = settings(max_examples=500)


def sampled(tree, seed):
    """Return a space, a random genome of it, and the generator for more."""
    space, rng = Space(tree), np.random.default_rng(seed)
    return space, space.sample(rng), rng


def belongs(space, genome):
    """Return whether a genome is just what the space makes of its values."""
    again = space.genome(genome.values)
    return (genome.numbers, genome.flags) == (again.numbers, again.flags)


def relatives(space, genome, rng):
    """Return genomes of which some are equal and many nearly so: random ones, mutants and children."""
    other = space.sample(rng)
    mutant = mutate(space, genome, rng)
    return [genome, other, mutant, mutate(space, mutant, rng), mate(space, genome, other, rng)]


@given(trees(), seeds)
@many
def test_round_trips(tree, seed):
    space, genome, _ = sampled(tree, seed)
    architecture = space.decode(genome)
    again = space.encode(architecture)
    assert again == genome
    assert identical(space.decode(again), architecture)
    assert space.unpack(genome.packed).numbers == genome.numbers
    assert genome.payload == genome.packed.astype("<f8").tobytes()
    assert space.nearest(genome.values).numbers == genome.numbers
    assert belongs(space, genome)
    assert belongs(space, again)


@given(trees(), seeds)
@many
def test_architectures_survive_json(tree, seed):
    space, genome, _ = sampled(tree, seed)
    assert space.encode(json.loads(json.dumps(space.decode(genome)))) == genome


@given(trees(), seeds)
@many
def test_genomes_keep_to_their_loci(tree, seed):
    space, genome, rng = sampled(tree, seed)
    for each in relatives(space, genome, rng):
        values, active = each.values.tolist(), each.active.tolist()
        for locus in space.loci:
            assert locus.place.condition.parent < locus.start
            awake = locus.place.condition.holds(values, active)
            assert active[locus.genes] == [awake] * locus.n_genes
            assert (locus in space.made(each)) == awake
            if awake:
                locus.checked(values[locus.genes])
            else:
                assert not any(values[locus.genes])


@given(trees())
@many
def test_loci_follow_one_another_and_their_paths_are_unique(tree):
    space = Space(tree)
    paths = [locus.path for locus in space.loci]
    assert len(set(paths)) == len(paths)
    assert [index for locus in space.loci for index in range(space.n_genes)[locus.genes]] == [
        *range(space.n_genes)
    ]


@given(trees(), seeds)
@many
def test_inactive_genes_do_not_count(tree, seed):
    space, genome, rng = sampled(tree, seed)
    noisy = np.where(genome.active, genome.values, rng.normal(scale=100.0, size=space.n_genes))
    again = space.genome(noisy)
    assert again == genome
    assert again.key == genome.key
    assert space.distance(again, genome) == 0.0
    assert (space.features([again]) == space.features([genome])).all()


@given(trees(), seeds)
@many
def test_fill_keeps_what_is_known_and_draws_the_rest(tree, seed):
    space, genome, rng = sampled(tree, seed)
    assert space.fill(genome.draft(), rng).numbers == genome.numbers
    draft, kept = genome.draft(), [locus for locus in space.made(genome) if rng.random() < 0.5]
    draft.known = [any(locus.start <= index < locus.stop for locus in kept) for index in range(space.n_genes)]
    mixed = space.fill(draft, rng)
    assert belongs(space, mixed)
    for locus in kept:
        if locus in space.made(mixed):
            assert mixed.numbers[locus.genes] == genome.numbers[locus.genes]


@given(trees(), seeds)
@many
def test_one_change_takes_the_short_way_to_what_a_walk_over_all_gives(tree, seed):
    space, genome, _ = sampled(tree, seed)
    for locus in space.made(genome):
        quick = space.varied(genome, locus, np.random.default_rng(seed))
        draft, rng = genome.draft(), np.random.default_rng(seed)
        locus.vary(draft, rng)
        whole = space.fill(draft, rng)
        assert (quick.numbers, quick.flags, quick.key) == (whole.numbers, whole.flags, whole.key)


@given(trees(), seeds)
@many
def test_many_samples_are_those_of_one_at_a_time(tree, seed):
    space, together, alone = Space(tree), np.random.default_rng(seed), np.random.default_rng(seed)
    for genome in space.samples(4, together):
        single = space.sample(alone)
        assert (genome.numbers, genome.flags) == (single.numbers, single.flags)


@given(trees(), seeds, st.sampled_from([1.0, 100.0, 1e300, np.inf]))
@many
def test_any_numbers_have_a_nearest_genome(tree, seed, scale):
    space, rng = Space(tree), np.random.default_rng(seed)
    wild = rng.normal(size=space.n_genes) * scale
    assert belongs(space, space.nearest(wild))


@given(trees(), seeds)
@many
def test_genomes_are_equal_exactly_if_their_architectures_are_equivalent(tree, seed):
    space, genome, rng = sampled(tree, seed)
    for a, b in combinations(relatives(space, genome, rng), 2):
        same = equivalent(space, space.decode(a), space.decode(b))
        assert (a == b) == (a.key == b.key) == same
        assert not same or hash(a) == hash(b)


@given(trees(), seeds)
@many
def test_distances_are_symmetric_and_zero_exactly_between_equal_genomes(tree, seed):
    space, genome, rng = sampled(tree, seed)
    for a, b in combinations(relatives(space, genome, rng), 2):
        distance = space.distance(a, b)
        assert distance == pytest.approx(space.distance(b, a), rel=1e-12)
        assert (distance == 0.0) == (a == b)
        assert 0.0 <= distance <= space.diameter * (1 + 1e-12)
    assert space.distance(genome, genome) == 0.0


@given(trees(canonical=False), seeds)
@many
def test_features_are_finite_and_those_of_equal_genomes_are_equal(tree, seed):
    space, genome, rng = sampled(tree, seed)
    genomes = relatives(space, genome, rng)
    features = space.features(genomes)
    assert features.shape == (5, space.n_features)
    assert features.dtype == np.float64
    assert np.isfinite(features).all()
    for (a, row), (b, its) in combinations(zip(genomes, features, strict=True), 2):
        assert a != b or np.allclose(row, its, rtol=1e-12, atol=1e-12)


@given(trees(canonical=False), seeds)
@many
def test_mutants_lie_in_the_space_and_differ_from_their_parent(tree, seed):
    space, genome, rng = sampled(tree, seed)
    for _ in range(5):
        mutant = mutate(space, genome, rng)
        assert belongs(space, mutant)
        assert (mutant != genome) == (space.size > 1)
        genome = mutant


@given(trees(), seeds)
@many
def test_children_lie_in_the_space_and_those_of_equal_parents_are_their_like(tree, seed):
    space, genome, rng = sampled(tree, seed)
    for other in relatives(space, genome, rng):
        assert belongs(space, mate(space, genome, other, rng))
    if not any(isinstance(locus, ItemsLocus) for locus in space.made(genome)):  # lists may be cut anywhere
        assert mate(space, genome, genome, rng).numbers == genome.numbers


@given(trees(), seeds, st.integers(1, 3))
@many
def test_all_offspring_satisfies_where(tree, seed, shift):
    def hashed(architecture):
        return zlib.crc32(repr(architecture).encode())

    _, example, _ = sampled(tree, seed)
    refused = (hashed(Space(tree).decode(example)) + shift) % 4

    def accepted(architecture):
        return hashed(architecture) % 4 != refused

    space, genome, rng = sampled([Space(tree, where=accepted)], seed)
    for each in relatives(space, genome, rng):
        assert accepted(space.decode(each)[0])
        assert space.feasible(each)


@given(trees(reals=False, canonical=False, parts=4))
@many
def test_size_counts_the_keys_and_the_classes(tree):
    space = Space(tree)
    assume(space.size <= 150)
    by_key = {genome.key: space.decode(genome) for genome in every_genome(space)}
    assert len(by_key) == space.size
    for one, other in combinations([*by_key.values()][:12], 2):
        assert not equivalent(space, one, other)


@given(trees(canonical=False))
@many
def test_expressions_evaluate_back(tree):
    space = Space(tree)
    names = (Cell, Choice, Int, Permutation, Real, Repeat, Space, Subset)
    again = Space(eval(space.tree.source(), {each.__name__: each for each in names}))
    assert again.tree.source() == space.tree.source()
    assert again.loci == space.loci
    assert again.fingerprint == space.fingerprint


@given(trees())
@many
def test_repr_is_readable(tree):
    lines = repr(Space(tree)).split("\n")
    assert lines[0].startswith("Space with ")
    assert all(line.startswith("  ") and len(line) < 120 for line in lines[1:])


@given(trees(), seeds)
@many
def test_architectures_are_fresh(tree, seed):
    space, genome, _ = sampled(tree, seed)
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
@many
def test_foreign_numbers_are_refused_by_name_or_make_a_genome(tree, numbers):
    space = Space(tree)
    for make in (space.unpack, space.genome, space.nearest):
        try:
            genome = make(numbers)
        except SpaceError:
            continue
        assert space.encode(space.decode(genome)) == genome


@given(trees(), trees(), seeds)
@many
def test_foreign_genomes_and_architectures_are_refused_by_name_or_belong(tree, other_tree, seed):
    space = Space(tree)
    other, foreign, _ = sampled(other_tree, seed)
    for use in (lambda: space.decode(foreign), lambda: space.encode(other.decode(foreign))):
        try:
            use()
        except SpaceError as error:
            assert "expected" in str(error)


def test_the_same_decision_in_two_places_is_two_decisions(rng):
    width = Int(1, 100)
    space = Space({"a": width, "b": [width, width]})
    assert [locus.path for locus in space.loci] == ["a", "b[0]", "b[1]"]
    assert space.size == 100**3
    assert len(set(space.sample(rng).values)) == 3


@pytest.mark.parametrize(
    "nothing",
    [
        {},
        [],
        3,
        None,
        "x",
        {"a": (1, 2)},
        Choice(["only"]),
        Repeat(0, 2, 2),
        Subset(["a", "b"], 2),
        Permutation([{"a": 1}]),
    ],
)
def test_a_space_may_leave_nothing_to_decide(nothing, rng):
    space = Space(nothing)
    assert (space.n_genes, space.size, space.diameter, space.n_features) == (0, 1, 0, 0)
    genome = space.sample(rng)
    assert space.encode(space.decode(genome)) == space.unpack([]) == mutate(space, genome, rng)
    assert space.features([genome, genome]).shape == (2, 0)
