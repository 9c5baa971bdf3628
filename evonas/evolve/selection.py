"""Choosing parents and survivors, for one objective and for several."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from deap import base, tools

from evonas.evolve.archive import Archive
from evonas.evolve.records import Individual


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
    drawn = rng.choice(len(population), size=min(size, len(population)), replace=False)
    front = Archive(population[int(index)] for index in drawn).front
    return front[int(rng.integers(len(front)))]


def survivors(population: Sequence[Individual], n: int) -> list[Individual]:
    """Return the best ``n`` individuals with distinct genomes, best first.

    One objective: by cost, the older first among equals. Several: NSGA-II (Deb et al. 2002), non-dominated
    fronts and crowding, by DEAP's fast sorting.
    """
    distinct = list({individual.genome.key: individual for individual in reversed(population)}.values())
    distinct.sort(key=lambda individual: (individual.costs, individual.id))
    if not distinct or len(distinct[0].costs) == 1:
        return distinct[:n]
    chosen = tools.selNSGA2([GeneList((), individual) for individual in distinct], n, nd="log")
    return [member.individual for member in chosen]


def select_by_tournament(pool: list[GeneList], k: int) -> list[GeneList]:
    """Return ``k`` parents by DEAP's binary tournament: on fitness, or on dominance of several objectives.

    Draws from the global ``random``: call it within ``borrowed_random``.
    """
    if len(pool[0].fitness.values) == 1:
        return list(tools.selTournament(pool, k, tournsize=2))
    pairs = [tools.selRandom(pool, 2) for _ in range(k)]
    return [other if other.fitness.dominates(one.fitness) else one for one, other in pairs]
