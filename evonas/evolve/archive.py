"""The best ever seen: one individual, or the Pareto front of several objectives."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from operator import attrgetter, le

import numpy as np

from evonas.evolve.pareto import crowding
from evonas.evolve.records import Individual

_RANK = attrgetter("costs", "candidate.id")


def dominates(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Return whether costs ``one`` are nowhere worse than ``other`` and somewhere better."""
    return one != other and all(map(le, one, other))


class Archive:
    """Every individual that no other dominates; with one objective, the best.

    Adding is commutative and idempotent: the order in which outcomes arrive changes nothing. Among equal
    costs of one objective, and among equal genomes, the oldest stays. Where ``most`` is given and reached, it
    is the most crowded who leaves (Deb et al. 2002, section III-B), so that the ends of the front stay; then
    order matters.

    Args:
        individuals: Who is added at first.
        most: How many there may be; None is any number.
    """

    def __init__(self, individuals: Iterable[Individual] = (), *, most: int | None = None) -> None:
        self._most = most
        self._front: list[Individual] = []
        for individual in individuals:
            self.add(individual)

    def add(self, individual: Individual) -> bool:
        """Take ``individual`` in if nothing here beats it; return whether it was taken."""
        place = bisect_right(self._front, _RANK(individual), key=_RANK)
        # Sorted by costs, then by age, only those before it can beat it, and only those behind be beaten.
        if any(_beats(member, individual) for member in reversed(self._front[:place])):
            return False
        behind = [member for member in self._front[place:] if not _beats(individual, member)]
        self._front[place:] = [individual, *behind]
        if self._most is None or len(self._front) <= self._most:
            return True
        return self._front.pop(self._most_crowded()) is not individual

    def _most_crowded(self) -> int:
        """Return the place of who has the nearest neighbours, the last among equals."""
        distances = crowding(np.array([member.costs for member in self._front]))
        return len(distances) - 1 - int(np.argmin(distances[::-1]))

    @property
    def best(self) -> Individual | None:
        """The best by the first objective, or None while the archive is empty."""
        return self._front[0] if self._front else None

    @property
    def front(self) -> tuple[Individual, ...]:
        """All members, best first by the first objective."""
        return tuple(self._front)


def _beats(one: Individual, other: Individual) -> bool:
    if len(one.costs) == 1:
        return one.costs < other.costs or (one.costs == other.costs and one.id <= other.id)
    if one.costs == other.costs:
        return one.genome.key == other.genome.key and one.id <= other.id
    return dominates(one.costs, other.costs)
