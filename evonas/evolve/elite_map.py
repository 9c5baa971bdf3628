"""A map of elites: the best individual for each combination of features."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from evonas.errors import SearchError, complaint
from evonas.evolve.records import Individual
from evonas.evolve.strategy import whole
from evonas.space.scale import along
from evonas.space.space import Space

Place: TypeAlias = tuple[int, ...]
"""A cell of a map: the bin of each descriptor, from 0."""


@dataclass(frozen=True)
class Descriptor:
    """A feature by which a map tells architectures apart, and its bins.

    >>> parameters = Descriptor(1e4, 1e6, 4, log=True)
    >>> [parameters.bin(value) for value in (1e4, 5e4, 9.9e5, 1e6, 1e9)]
    [0, 1, 3, 3, 3]

    Args:
        low: Where the first bin begins; what lies below it counts to it.
        high: Where the last bin ends; what lies above it counts to it.
        bins: How many bins there are.
        log: Whether bins are equally wide on a logarithmic scale.
        of: Computes the feature of an architecture; None takes the objective or the metric of its name.

    Raises:
        SearchError: A setting cannot be used.
    """

    low: float
    high: float
    bins: int = 10
    log: bool = field(default=False, kw_only=True)
    of: Callable[[Any], float] | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        bounds = (self.low, self.high)
        numbers = all(isinstance(bound, int | float) and math.isfinite(bound) for bound in bounds)
        if not numbers or self.low >= self.high or (self.log and self.low <= 0):
            rule = "finite bounds 0 < low < high" if self.log else "finite bounds low < high"
            raise SearchError(complaint("Descriptor", rule, bounds, "write for example Descriptor(1, 9, 8)"))
        whole("Descriptor: bins", self.bins, 1)
        if self.of is not None and not callable(self.of):
            remedy = "write of=lambda architecture: ..."
            raise SearchError(complaint("Descriptor: of", "a function", self.of, remedy))

    def bin(self, value: float) -> int:
        """Return the bin of a value, in 0..bins-1."""
        inside = min(max(value, self.low), self.high)
        return min(int(along(inside, self.low, self.high, self.log) * self.bins), self.bins - 1)

    def __repr__(self) -> str:
        """Show a function by its name: equal settings look equal in every process."""
        shown = f"{self.low!r}, {self.high!r}, {self.bins}{', log=True' if self.log else ''}"
        name = getattr(self.of, "__qualname__", type(self.of).__qualname__)
        return f"Descriptor({shown})" if self.of is None else f"Descriptor({shown}, of={name})"


class EliteMap:
    """The best individual of each cell, by its costs in their order; the older one among equals.

    Args:
        descriptors: The axes, by name.
        space: Whose architectures are mapped.
    """

    # pyribs' GridArchive keeps fixed-length arrays of numbers in batches and brings numba, pandas and
    # scikit-learn along; of it we would use what these few lines do.

    def __init__(self, descriptors: Mapping[str, Descriptor], space: Space) -> None:
        self.descriptors, self._space = descriptors, space
        self.elites: dict[Place, Individual] = {}
        self._places: list[Place] = []  # filled cells, the first filled first

    @property
    def size(self) -> int:
        """How many cells there are."""
        return math.prod(descriptor.bins for descriptor in self.descriptors.values())

    @property
    def individuals(self) -> list[Individual]:
        """The elites, in the order of their cells."""
        return [self.elites[place] for place in sorted(self.elites)]

    @property
    def coverage(self) -> float:
        """The share of the cells that are filled, 0..1."""
        return len(self.elites) / self.size

    def qd_score(self, worst: float) -> float:
        """Return how much better than ``worst`` all elites are together (Pugh et al. 2016, section 4.2).

        Args:
            worst: The first cost that is worth nothing: the largest that is possible, so that no elite
                takes anything away.
        """
        return math.fsum(worst - elite.costs[0] for elite in self.elites.values() if elite.is_feasible)

    def features(self, individual: Individual) -> dict[str, float] | None:
        """Return the descriptors of an individual; None if one is missing or not a number."""
        values = {**individual.outcome.metrics, **individual.outcome.objectives}
        computed = [name for name, descriptor in self.descriptors.items() if descriptor.of is not None]
        architecture = self._space.decode(individual.genome) if computed else None
        for name in computed:
            values[name] = float(self.descriptors[name].of(architecture))  # type: ignore[misc]
        found = {name: values.get(name, math.nan) for name in self.descriptors}
        return None if any(map(math.isnan, found.values())) else found

    def place(self, individual: Individual) -> Place | None:
        """Return an individual's cell; None if it has none."""
        found = self.features(individual)
        if found is None:
            return None
        return tuple(axis.bin(found[name]) for name, axis in self.descriptors.items())

    def add(self, individual: Individual) -> bool:
        """Let an individual live in its cell if nobody better does; return whether it does."""
        place = self.place(individual)
        if place is None:
            return False
        elite = self.elites.get(place)
        if elite is None:
            self._places.append(place)
        elif (elite.costs, elite.id) <= (individual.costs, individual.id):
            return False
        self.elites[place] = individual
        return True

    def drawn(self, rng: np.random.Generator) -> Individual:
        """Return one of the elites, each as likely as any other."""
        return self.elites[self._places[int(rng.random() * len(self._places))]]
