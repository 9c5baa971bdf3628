"""Choosing parents and survivors, for one objective and for several."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import accumulate
from operator import attrgetter, mul

import numpy as np
from deap import base

from evonas.evolve.archive import Archive, dominates
from evonas.evolve.pareto import crowded_order
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


class AgingPopulation:
    """A population that the oldest leave, and where parents are found by tournament.

    Args:
        most: How many live at a time.
        individuals: Who lives at first, oldest first.
    """

    def __init__(self, most: int, individuals: Iterable[Individual] = ()) -> None:
        self._most, self._arrivals = most, 0
        self._by_age: deque[Individual] = deque()
        # By the first cost, the older first among equals, who is told by how many arrived before.
        self._by_worth: list[tuple[float, int, Individual]] = []
        for individual in individuals:
            self.add(individual)

    def __len__(self) -> int:
        return len(self._by_age)

    def __iter__(self) -> Iterator[Individual]:
        return iter(self._by_age)

    def add(self, individual: Individual) -> None:
        """Let the youngest in, and the oldest go if there are too many."""
        self._by_age.append(individual)
        insort(self._by_worth, (individual.costs[0], self._arrivals, individual))
        self._arrivals += 1
        if len(self._by_age) > self._most:
            first, oldest = self._arrivals - len(self._by_age), self._by_age.popleft()
            del self._by_worth[bisect_left(self._by_worth, (oldest.costs[0], first, oldest))]

    def tournament(self, size: int, rng: np.random.Generator) -> Individual:
        """Return the best of ``size`` individuals drawn without replacement, as :func:`tournament` does."""
        if len(self._by_age[0].costs) > 1:
            return tournament(self._by_age, size, rng)
        place = bisect_right(_chances(len(self._by_age), size), rng.random())
        return self._by_worth[place][2]


def tournament(population: Sequence[Individual], size: int, rng: np.random.Generator) -> Individual:
    """Return the best of ``size`` individuals drawn without replacement.

    With several objectives it is a random one of those that no other contestant dominates.
    """
    contestants = [population[index] for index in drawn(len(population), size, rng)]
    if len(contestants[0].costs) == 1:
        return min(contestants, key=_RANK)
    front = Archive(contestants).front
    return front[int(rng.random() * len(front))]


@lru_cache(maxsize=8)
def _chances(n: int, size: int) -> list[float]:
    """Return the chances that one of the best 1, 2, ... of ``n`` is among ``size`` drawn without replacement.

    The best r are all missed with probability C(n - r, size) / C(n, size).
    """
    missed = accumulate(((n - size - better) / (n - better) for better in range(n - size)), mul)
    return [1.0 - chance for chance in missed]


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
    fronts and crowding.
    """
    distinct = list({individual.genome.key: individual for individual in reversed(population)}.values())
    distinct.sort(key=_RANK)
    if not distinct or len(distinct[0].costs) == 1:
        return distinct[:n]
    order = crowded_order(np.array([individual.costs for individual in distinct]))
    return [distinct[place] for place in order[:n].tolist()]
