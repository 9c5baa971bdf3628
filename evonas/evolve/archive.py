"""The best ever seen: one individual, or the Pareto front of several objectives."""

from __future__ import annotations

from collections.abc import Iterable
from operator import le

from evonas.evolve.records import Individual


def dominates(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Return whether costs ``one`` are nowhere worse than ``other`` and somewhere better."""
    return one != other and all(map(le, one, other))


class Archive:
    """Every individual that no other dominates; with one objective, the best.

    Adding is commutative and idempotent: the order in which outcomes arrive changes nothing. Among equal
    costs of one objective, and among equal genomes, the oldest stays.
    """

    def __init__(self, individuals: Iterable[Individual] = ()) -> None:
        self._front: list[Individual] = []
        for individual in individuals:
            self.add(individual)

    def add(self, individual: Individual) -> bool:
        """Take ``individual`` in if nothing here beats it; return whether it was taken."""
        for member in self._front:
            if _beats(member, individual):
                return False
        self._front = [member for member in self._front if not _beats(individual, member)]
        self._front.append(individual)
        self._front.sort(key=lambda member: (member.costs, member.id))
        return True

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
