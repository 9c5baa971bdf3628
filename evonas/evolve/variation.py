"""Mutation and crossover on genomes; every child lies in the space and satisfies its constraints."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from deap import tools

from evonas.space.genome import Gene, Genome
from evonas.space.space import Space

TRIES = 100
"""Attempts at a feasible child before a random genome takes its place."""

SMALLEST_STEP, LARGEST_STEP = 0.01, 0.3
"""Standard deviations of a step, as shares of a gene's range: drawn log-uniformly between these, so that
one setting serves coarse search at the start and fine search at the end."""


def mutate(space: Space, genome: Genome, rng: np.random.Generator) -> Genome:
    """Return a copy of ``genome`` in which one active gene, chosen uniformly, has another value.

    Genes that wake up by the change are sampled. Without an active gene the genome itself returns.
    """
    active = np.flatnonzero(genome.active)
    if not len(active):
        return genome

    def attempt() -> Genome:
        index = int(rng.choice(active))
        values = genome.values.copy()
        values[index] = step(space.genes[index], float(values[index]), rng)
        return space.fill(values, genome.active, rng)

    return first_feasible(space, attempt, rng)


def mate(space: Space, one: Genome, other: Genome, rng: np.random.Generator) -> Genome:
    """Return a child of two genomes by DEAP's uniform crossover; genes neither parent knows are sampled."""
    # A gene that sleeps in one parent takes the other's value, so that whole options are inherited.
    left = np.where(one.active, one.values, other.values)
    right = np.where(other.active, other.values, one.values)

    def attempt() -> Genome:
        with borrowed_random(rng):
            child, _ = tools.cxUniform(left.tolist(), right.tolist(), indpb=0.5)
        return space.fill(np.array(child), one.active | other.active, rng)

    return first_feasible(space, attempt, rng)


def step(gene: Gene, value: float, rng: np.random.Generator) -> float:
    """Return another value for a gene: any other option, or a step along an ordered range."""
    if gene.kind == "choice":
        other = int(rng.integers(int(gene.high)))  # one of the n - 1 other options
        return float(other + (other >= value))
    low, high, at = (math.log(x) if gene.log else x for x in (gene.low, gene.high, value))
    deviation = math.exp(rng.uniform(math.log(SMALLEST_STEP), math.log(LARGEST_STEP))) * (high - low)
    moved = _reflected(at + rng.normal(0.0, deviation), low, high)
    stepped = math.exp(moved) if gene.log else moved
    if gene.kind == "real":
        return gene.drawn(stepped)
    whole = round(stepped)
    if whole == value:
        whole += 1 if value == gene.low or (value < gene.high and rng.random() < 0.5) else -1
    return float(min(max(whole, gene.low), gene.high))


def _reflected(value: float, low: float, high: float) -> float:
    """Fold ``value`` back into ``low..high``, so that steps do not pile up at the bounds."""
    span = high - low
    offset = (value - low) % (2 * span)
    return low + min(offset, 2 * span - offset)


def first_feasible(space: Space, attempt: Callable[[], Genome], rng: np.random.Generator) -> Genome:
    """Return the first attempt that satisfies ``where=``, or a random genome after ``TRIES`` of them."""
    for _ in range(TRIES):
        child = attempt()
        if space.feasible(child):
            return child
    return space.sample(rng)


@contextmanager
def borrowed_random(rng: np.random.Generator) -> Iterator[None]:
    """Let DEAP's operators, which draw from the global generators, draw from ``rng`` instead.

    The global states of ``random`` and of numpy are put back afterwards: nobody else notices.
    """
    ours, theirs = random.getstate(), np.random.get_state()  # noqa: NPY002 - a user's operator may use it
    random.seed(int(rng.integers(2**63)))
    np.random.seed(int(rng.integers(2**32)))  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(ours)
        np.random.set_state(theirs)  # noqa: NPY002
