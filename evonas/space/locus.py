"""Loci: where the decisions of a space sit in its genomes, and how each of them varies."""

# ruff: noqa: D102 - overrides inherit their docstrings from Locus.

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from evonas.errors import SpaceError, complaint
from evonas.space.genome import Draft
from evonas.space.scale import along, at, shortened, shortened_all

SMALLEST_STEP, LARGEST_STEP = 0.01, 0.3
"""Standard deviations of a step, as shares of a gene's range: drawn log-uniformly between these, so that
one setting serves coarse search at the start and fine search at the end."""
_STEPS = LARGEST_STEP / SMALLEST_STEP


class Condition(NamedTuple):
    """When a part of the tree counts: while gene ``parent`` is active and in a range; -1 is always."""

    parent: int = -1
    at_least: float = 0.0
    at_most: float = 0.0

    def holds(self, values: Sequence[float], active: Sequence[int]) -> bool:
        """Return whether the part counts in a genome with these genes, known at least up to the parent."""
        parent = self.parent
        return parent < 0 or (bool(active[parent]) and self.at_least <= values[parent] <= self.at_most)


class Place(NamedTuple):
    """Where a decision is.

    Attributes:
        path: Its place in the tree: ``blocks[2].conv.kernel``, ``blocks.length``.
        start: Index of its first gene.
        draw: Index of the first random number that it is drawn with.
        condition: When it counts.
    """

    path: str
    start: int = 0
    draw: int = 0
    condition: Condition = Condition()


@dataclass(frozen=True, slots=True)
class Locus(ABC):
    """One decision: some genes in a row that are drawn, checked and varied together, all active or none."""

    place: Place

    @property
    def path(self) -> str:
        """Where the decision stands in the tree."""
        return self.place.path

    @property
    def start(self) -> int:
        """Index of its first gene."""
        return self.place.start

    @property
    @abstractmethod
    def n_genes(self) -> int:
        """How many genes it has."""

    @property
    def stop(self) -> int:
        """One past the index of its last gene."""
        return self.start + self.n_genes

    @property
    def genes(self) -> slice:
        """Where its genes are."""
        return slice(self.start, self.stop)

    @property
    def countable(self) -> bool:
        """Whether the number of its values is known exactly."""
        return True

    @property
    def reach(self) -> int:
        """One past the index of the last gene that ``vary`` may change."""
        return self.stop

    @property
    def n_draws(self) -> int:
        """How many uniform numbers a random value takes."""
        return self.n_genes

    @property
    def draws(self) -> slice:
        """Which random numbers it is drawn with."""
        return slice(self.place.draw, self.place.draw + self.n_draws)

    @abstractmethod
    def drawn(self, fractions: Sequence[float]) -> Sequence[float]:
        """Return random values made of ``n_draws`` numbers, uniform in 0..1."""

    @abstractmethod
    def nearest(self, values: Sequence[float]) -> Sequence[float]:
        """Return the allowed values nearest to any ``n_genes`` numbers.

        Raises:
            SpaceError: If one is not a number.
        """

    @abstractmethod
    def checked(self, values: Sequence[float]) -> Sequence[float]:
        """Return ``n_genes`` values that are allowed.

        Raises:
            SpaceError: If they are not allowed.
        """

    def weight(self, values: Sequence[float]) -> int:
        """Return how many elementary decisions it stands for in a genome with these ``values``.

        Mutation chooses loci in proportion.
        """
        return 1

    @abstractmethod
    def vary(self, draft: Draft, rng: np.random.Generator) -> None:
        """Change the decision in ``draft`` by one small step."""

    def cross(self, draft: Draft, other: Draft, rng: np.random.Generator) -> int:
        """Let ``draft`` inherit from ``other`` too, both of which have decided here.

        Returns:
            The index of the gene up to which everything is inherited now.
        """
        if rng.random() < 0.5:
            draft.take(other, self.genes, self.genes)
        return self.stop

    def _refusal(self, rule: str, values: object) -> SpaceError:
        return SpaceError(complaint(f"gene '{self.path}'", rule, values, "correct it, or use its own space"))


@final
@dataclass(frozen=True, slots=True)
class Gene(Locus):
    """A decision for one number.

    Attributes:
        kind: ``choice`` is an unordered index 0 to n - 1; ``int`` and ``real`` are ordered.
        low: The smallest value.
        high: The largest value, always greater than ``low``.
        log: Whether the decision is even on a logarithmic scale.
    """

    kind: Literal["choice", "int", "real"]
    low: float
    high: float
    log: bool = False
    _from: float = field(init=False, repr=False)  # the ends of what is drawn evenly
    _to: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # An integer stands for the interval of width one around it, so that the ends are not rarer.
        half = 0.0 if self.kind == "real" else 0.5
        ends = self.low - half, self.high + half
        for name, end in zip(("_from", "_to"), map(math.log, ends) if self.log else ends, strict=True):
            object.__setattr__(self, name, end)

    @property
    def n_genes(self) -> int:
        return 1

    def drawn(self, fractions: Sequence[float]) -> Sequence[float]:
        return (self.quantile(fractions[0]),)

    def quantile(self, fraction: float) -> float:
        """Return the value below which ``fraction`` of all samples fall: uniform, or log-uniform."""
        value = self._from * (1.0 - fraction) + self._to * fraction
        return self._rounded(math.exp(value) if self.log else value)

    def quantiles(self, fractions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what ``quantile`` makes of each of ``(n,)`` fractions."""
        values = self._from * (1.0 - fractions) + self._to * fractions
        if self.log and self.kind == "real":
            values = np.array([math.exp(value) for value in values.tolist()])  # numpy's has other last bits
        elif self.log:
            values = np.exp(values)
        values = shortened_all(values) if self.kind == "real" else np.rint(values)
        return np.minimum(np.maximum(values, self.low), self.high)

    def _rounded(self, value: float) -> float:
        """Return the allowed value nearest to a random one, of 12 digits."""
        return self._clipped(shortened(value) if self.kind == "real" else value)

    def _clipped(self, value: float) -> float:
        if value <= self.low:
            return self.low
        if value >= self.high:
            return self.high
        return value + 0.0 if self.kind == "real" else float(round(value))

    def nearest(self, values: Sequence[float]) -> Sequence[float]:
        if math.isnan(values[0]):
            raise self._refusal("a number", values[0])
        return (self._clipped(values[0]),)

    def checked(self, values: Sequence[float]) -> Sequence[float]:
        value = values[0]
        if self.allows(value):
            return (value + 0.0,)
        number = "a number" if self.kind == "real" else "an integer"
        raise self._refusal(f"{number} from {self.low:.17g} to {self.high:.17g}", value)

    def allows(self, value: float) -> bool:
        """Return whether the decision can be ``value``."""
        return self.low <= value <= self.high and (self.kind == "real" or value == int(value))

    def vary(self, draft: Draft, rng: np.random.Generator) -> None:
        start = self.place.start
        draft.values[start] = self.stepped(draft.values[start], rng)

    def stepped(self, value: float, rng: np.random.Generator) -> float:
        """Return another value: any other option, or a step along an ordered range."""
        if self.kind == "choice":
            other = float(int(rng.random() * self.high))  # one of the n - 1 other options
            return other if other < value else other + 1.0
        deviation = SMALLEST_STEP * _STEPS ** rng.random()
        position = along(value, self.low, self.high, self.log) + deviation * rng.standard_normal()
        stepped = self._rounded(at(_reflected(position), self.low, self.high, self.log))
        if stepped == value and self.kind == "int":
            up = value == self.low or (value < self.high and rng.random() < 0.5)
            return value + 1.0 if up else value - 1.0
        return stepped


def _reflected(position: float) -> float:
    """Fold a position back into 0..1, so that steps do not pile up at the bounds."""
    offset = position % 2.0
    return offset if offset <= 1.0 else 2.0 - offset
