"""Mutation and crossover on genomes; every child lies in the space and satisfies its constraints."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from evonas.space.genome import Genome
from evonas.space.locus import Gene
from evonas.space.space import Space

TRIES = 100
"""Attempts at a feasible child before a random genome takes its place."""


def mutate(space: Space, genome: Genome, rng: np.random.Generator) -> Genome:
    """Return a copy of ``genome`` in which one active decision is changed by a small step.

    Decisions are chosen in proportion to how many elementary ones they stand for: a list by its items, a
    cell by its nodes. What wakes up by the change is sampled. Without a decision the genome itself returns.
    """
    pool = space.weighted(genome)
    if not pool:
        return genome

    def attempt() -> Genome:
        return space.varied(genome, pool[int(rng.random() * len(pool))], rng)

    return first_feasible(space, attempt, rng, unlike=genome)


def mate(space: Space, one: Genome, other: Genome, rng: np.random.Generator) -> Genome:
    """Return a child of two genomes: each decision that both have made comes from either, or from both.

    What only one of them has decided is inherited from it, so that whole options are; what neither has is
    sampled.
    """
    ours, theirs = {id(locus) for locus in space.made(one)}, space.made(other)

    def attempt() -> Genome:
        child, donor = one.draft(), other.draft()
        inherited = 0
        for locus, coin in zip(theirs, rng.random(len(theirs)).tolist(), strict=True):
            start = locus.place.start
            if start < inherited:
                continue
            if id(locus) not in ours:
                child.take(donor, locus.genes, locus.genes)
            elif type(locus) is not Gene:
                inherited = locus.cross(child, donor, rng)
            elif coin < 0.5:
                child.values[start] = donor.values[start]
        return space.fill(child, rng)

    return first_feasible(space, attempt, rng)


def first_feasible(
    space: Space, attempt: Callable[[], Genome], rng: np.random.Generator, unlike: Genome | None = None
) -> Genome:
    """Return the first attempt that satisfies ``where=`` and is not ``unlike``.

    After ``TRIES`` of them a random genome takes its place.
    """
    for _ in range(TRIES):
        child = attempt()
        if child != unlike and space.feasible(child):
            return child
    return space.sample(rng)
