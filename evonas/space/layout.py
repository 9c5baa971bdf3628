"""The flat plan of a space: its genes in order, and the places where a ``where=`` applies."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from evonas.space.genome import Gene, Genome, applies
from evonas.space.where import Predicate, ask, name_of


class Condition(NamedTuple):
    """When a part of the tree counts: while gene ``parent`` is active and in a range; -1 is always."""

    parent: int = -1
    at_least: float = 0.0
    at_most: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Guard:
    """One place where predicates watch over the genes ``start`` to ``stop`` - 1.

    Attributes:
        path: The path of the guarded space; empty for the outermost one.
        predicates: What its sub-architecture must satisfy.
        read: Turns the packed values of its genes into that sub-architecture.
        start: Index of its first gene.
        stop: One past the index of its last gene.
        condition: When the place is reached.
    """

    path: str
    predicates: tuple[Predicate, ...]
    read: Callable[[Iterator[float]], Any]
    start: int
    stop: int
    condition: Condition

    def refusing(self, genome: Genome) -> int | None:
        """Return the position of the first predicate that refuses ``genome``; None if all agree.

        Raises:
            SpaceError: If a predicate raises, or answers neither true nor false.
        """
        if not applies(self.condition, genome.values, genome.active):
            return None
        genes = slice(self.start, self.stop)
        architecture = self.read(iter(genome.values[genes][genome.active[genes]].tolist()))
        for position, predicate in enumerate(self.predicates):
            if not ask(predicate, architecture, partial(self.name, position)):
                return position
        return None

    def name(self, position: int) -> str:
        """Return what messages call the predicate at ``position``."""
        return name_of(self.predicates[position], position, len(self.predicates), self.path)


@dataclass(slots=True)
class Layout:
    """Genes and guards while a tree lays them out; parents come before children."""

    genes: list[Gene] = field(default_factory=list)
    guards: list[Guard] = field(default_factory=list)

    def add(self, gene: Gene) -> int:
        """Append a gene and return its index."""
        self.genes.append(gene)
        return len(self.genes) - 1
