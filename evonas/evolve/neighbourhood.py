"""The neighbours of a genome: all that differ from it in one decision."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from evonas.space.genome import Genome
from evonas.space.locus import Gene
from evonas.space.space import Space

DRAWS = 8
"""Neighbours that are drawn for each elementary decision whose neighbours are not counted out."""


class Move(NamedTuple):
    """A way to a neighbour.

    Attributes:
        decision: Which of the decisions that the genome has made changes, from 0.
        value: What its gene becomes; None is a random small step.
    """

    decision: int
    value: float | None


def shuffled_moves(space: Space, genome: Genome, rng: np.random.Generator) -> list[Move]:
    """Return the ways to all neighbours of ``genome``, in random order.

    A choice moves to each other option, and so does an integer of few values. The many neighbours of other
    numbers, of orders, lists and cells are ``DRAWS`` random small steps for each elementary decision in them.
    """
    found: list[Move] = []
    numbers = genome.numbers
    for decision, locus in enumerate(space.made(genome)):
        if isinstance(locus, Gene) and _few(locus):
            values = map(float, range(int(locus.low), int(locus.high) + 1))
            found += [Move(decision, value) for value in values if value != numbers[locus.start]]
        else:
            found += [Move(decision, None)] * (DRAWS * locus.weight(numbers))
    return [found[place] for place in rng.permutation(len(found)).tolist()]


def moved(space: Space, genome: Genome, move: Move, rng: np.random.Generator) -> Genome:
    """Return the neighbour to which ``move`` leads; what wakes up is sampled, ``where=`` is not looked at."""
    locus = space.made(genome)[move.decision]
    if move.value is None:
        return space.varied(genome, locus, rng)
    draft = genome.draft()
    draft.values[locus.start] = move.value
    return space.fill(draft, rng)


def _few(gene: Gene) -> bool:
    return gene.kind == "choice" or (gene.kind == "int" and gene.high - gene.low <= DRAWS)
