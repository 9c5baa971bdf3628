"""Choosing parents and survivors, for one objective and for several."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from operator import attrgetter

import numpy as np
from deap import base, tools

from evonas.evolve.archive import Archive, dominates
from evonas.evolve.records import Individual

_RANK = attrgetter("costs", "candidate.id")
"""What orders individuals by their costs, the older first among equals."""


class GeneList(list[float]):
    """An individual as DEAP's operators want it: a list of genes with a ``fitness``.

    Args:
        genes: All genes, ``n_genes`` floats.
        individual: Whom they belong to; None for an offspring that nobody evaluated yet.
    """

    def __init__(self, genes: Sequence[float], individual: Individual | None = None) -> None:
        super().__init__(genes)
        self.individual = individual
        costs = individual.costs if individual else ()
        self.fitness = _fitness_of(len(costs) or 1)(costs)


@cache
def _fitness_of(n_objectives: int) -> type[base.Fitness]:
    """Return DEAP's fitness for so many objectives, all to be minimized, as our costs are."""
    return type("Costs", (base.Fitness,), {"weights": (-1.0,) * n_objectives})


def tournament(population: Sequence[Individual], size: int, rng: np.random.Generator) -> Individual:
    """Return the best of ``size`` individuals drawn without replacement.

    With several objectives it is a random one of those that no other contestant dominates.
    """
    contestants = [population[index] for index in drawn(len(population), size, rng)]
    if len(contestants[0].costs) == 1:
        return min(contestants, key=_RANK)
    front = Archive(contestants).front
    return front[int(rng.random() * len(front))]


def drawn(n: int, size: int, rng: np.random.Generator) -> set[int]:
    """Return ``size`` different indices below ``n``, or all of them if they are fewer.

    Floyd's algorithm (Bentley and Floyd 1987, algorithm F2) takes one random number for each of them.
    """
    chosen: set[int] = set()
    for last, fraction in enumerate(rng.random(min(size, n)).tolist(), max(n - size, 0)):
        index = int(fraction * (last + 1))
        chosen.add(last if index in chosen else index)
    return chosen


def duel(population: Sequence[Individual], rng: np.random.Generator) -> Individual:
    """Return the winner of a binary tournament: the first drawn, if the second does not dominate it."""
    one, other = (population[int(fraction * len(population))] for fraction in rng.random(2).tolist())
    return other if dominates(other.costs, one.costs) else one


def survivors(population: Sequence[Individual], n: int) -> list[Individual]:
    """Return the best ``n`` individuals with distinct genomes, best first.

    One objective: by cost, the older first among equals. Several: NSGA-II (Deb et al. 2002), non-dominated
    fronts and crowding, by DEAP's fast sorting.
    """
    distinct = list({individual.genome.key: individual for individual in reversed(population)}.values())
    distinct.sort(key=_RANK)
    if not distinct or len(distinct[0].costs) == 1:
        return distinct[:n]
    chosen = tools.selNSGA2([GeneList((), individual) for individual in distinct], n, nd="log")
    return [member.individual for member in chosen]
