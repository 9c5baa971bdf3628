"""Mutation and crossover as what they are: distributions over genomes of the space."""

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.evolve.variation import borrowed_random, first_feasible, mate, mutate, step
from evonas.space.decisions import Choice, Int
from evonas.space.genome import Gene, applies
from evonas.space.space import Space

GENES = {
    "choice": Gene("g", "choice", 0, 6),
    "int": Gene("g", "int", -3, 9),
    "log int": Gene("g", "int", 1, 1000, log=True),
    "real": Gene("g", "real", -2.0, 5.0),
    "log real": Gene("g", "real", 1e-6, 10.0, log=True),
}
every_gene = pytest.mark.parametrize("gene", GENES.values(), ids=GENES)
every_number = pytest.mark.parametrize("kind", [kind for kind in GENES if kind != "choice"])


def valid(space, genome):
    return space.genome(genome.values) == genome and space.feasible(genome)


def test_a_mutant_differs_in_one_gene_and_in_what_that_wakes_or_puts_to_sleep(space, rng):
    for _ in range(300):
        genome = space.sample(rng)
        mutant = mutate(space, genome, rng)
        assert valid(space, mutant)
        both = genome.active & mutant.active
        assert np.sum(genome.values[both] != mutant.values[both]) == 1


def test_every_active_gene_is_equally_likely_to_change(rng):
    space = Space([Choice(["a", "b", "c"])] * 5)
    genome = space.sample(rng)
    changed = [np.flatnonzero(mutate(space, genome, rng).values != genome.values) for _ in range(2_000)]
    counts = np.bincount(np.concatenate(changed), minlength=5)
    assert np.sum((counts - 400) ** 2 / 400) < 18.47  # 99.9 % quantile, 4 degrees of freedom


def test_without_anything_to_decide_the_mutant_is_the_parent(rng):
    space = Space({"fixed": 3})
    genome = space.sample(rng)
    assert mutate(space, genome, rng) == mate(space, genome, genome, rng) == genome


def test_a_child_inherits_what_its_parents_know(space, rng):
    for _ in range(300):
        one, other = space.sample(rng), space.sample(rng)
        child = mate(space, one, other, rng)
        assert valid(space, child)
        known = child.active & (one.active | other.active)
        left = np.where(one.active, one.values, other.values)
        right = np.where(other.active, other.values, one.values)
        assert np.all((child.values == left) | (child.values == right) | ~known)


def test_a_child_of_equal_parents_is_their_like(space, rng):
    genome = space.sample(rng)
    assert mate(space, genome, genome, rng) == genome


def test_a_child_takes_each_gene_from_either_parent_equally_often(rng):
    space = Space([Int(0, 1)] * 4)
    children = [mate(space, space.genome([0] * 4), space.genome([1] * 4), rng).values for _ in range(1_000)]
    assert np.all(np.abs(np.mean(children, axis=0) - 0.5) < 0.06)


@every_gene
@given(st.floats(0, 1), st.integers(0, 2**32))
def test_a_step_gives_another_allowed_value(gene, fraction, seed):
    value = gene.quantile(fraction)
    stepped = step(gene, value, np.random.default_rng(seed))
    assert gene.checked(stepped) != value


@pytest.mark.parametrize("value", [0, 3, 6])
def test_every_other_option_is_equally_likely(value, rng):
    steps = [int(step(GENES["choice"], value, rng)) for _ in range(6_000)]
    counts = np.delete(np.bincount(steps, minlength=7), value)
    assert np.sum((counts - 1_000) ** 2 / 1_000) < 20.52  # 99.9 % quantile, 5 degrees of freedom


@every_number
def test_steps_are_small_and_large_up_and_down(kind, rng):
    gene = GENES[kind]
    scale = math.log if gene.log else float
    middle = gene.quantile(0.5)
    steps = np.array([scale(step(gene, middle, rng)) - scale(middle) for _ in range(2_000)])
    shares = np.abs(steps) / (scale(gene.high) - scale(gene.low))
    assert 0.45 < np.mean(steps > 0) < 0.55
    assert np.mean(shares < 0.1) > 0.4
    assert np.mean(shares > 0.2) > 0.05


@pytest.mark.parametrize("kind", ["real", "log real"])
def test_steps_are_reflected_and_do_not_pile_up_at_the_bounds(kind, rng):
    gene = GENES[kind]
    for bound in (gene.low, gene.high):
        assert not {step(gene, bound, rng) for _ in range(500)} & {gene.low, gene.high}


def test_constraints_hold_even_where_no_variation_satisfies_them(rng):
    space = Space([Int(1, 9), Int(1, 9)], where=lambda pair: pair[0] == pair[1])
    genome = space.sample(rng)
    assert space.feasible(mutate(space, genome, rng))
    assert space.feasible(first_feasible(space, lambda: space.genome([1, 2]), rng))


def test_deap_draws_from_our_generator_and_nobody_notices():
    def drawn(seed):
        with borrowed_random(np.random.default_rng(seed)):
            return random.random(), np.random.rand()  # noqa: NPY002

    first = drawn(1)
    before = random.getstate()
    np.random.seed(3)  # noqa: NPY002
    assert first == drawn(1) != drawn(2)
    with pytest.raises(KeyError), borrowed_random(np.random.default_rng(0)):
        raise KeyError
    assert random.getstate() == before


def test_genes_that_wake_up_are_sampled_and_known_ones_kept(rng):
    space = Space(Choice({"off": {}, "on": {"width": Int(1, 50)}}))
    widths = {space.decode(mutate(space, space.genome([0, 0]), rng))["width"] for _ in range(100)}
    assert len(widths) > 20
    assert not applies(space.genes[1], [0.0], [True])
