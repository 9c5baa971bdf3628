"""Genes and genomes: an architecture as a flat vector of numbers, some of them switched off."""

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from evonas.errors import SpaceError, complaint


class Conditional(Protocol):
    """Something that counts only while the gene ``parent`` holds a value in a range; -1 is always."""

    @property
    def parent(self) -> int:
        """Index of the deciding gene."""

    @property
    def at_least(self) -> float:
        """The smallest value of the parent with which it counts."""

    @property
    def at_most(self) -> float:
        """The largest value of the parent with which it counts."""


def applies(
    part: Conditional,
    values: Sequence[float] | NDArray[np.float64],
    active: Sequence[bool] | NDArray[np.bool_],
) -> bool:
    """Return whether ``part`` counts in a genome of which its parent is already known.

    Args:
        part: A gene, or anything else with a condition.
        values: Gene values, known at least up to the parent.
        active: Which of these genes are active.
    """
    parent = part.parent
    return parent < 0 or bool(active[parent] and part.at_least <= values[parent] <= part.at_most)


@dataclass(frozen=True, slots=True)
class Gene:
    """One number of a genome: what it may be, and when it counts.

    Attributes:
        path: Where its decision stands in the tree: ``blocks[2].conv.kernel``, ``blocks.length``.
        kind: ``choice`` is an unordered index 0 to n - 1; ``int`` and ``real`` are ordered.
        low: The smallest value.
        high: The largest value, always greater than ``low``.
        log: Whether the decision is even on a logarithmic scale.
        parent: Index of the gene that decides whether this one is active; -1 if it always is.
        at_least: Active only while the parent is active and not below this value.
        at_most: Active only while the parent is active and not above this value.
    """

    path: str
    kind: Literal["choice", "int", "real"]
    low: float
    high: float
    log: bool = False
    parent: int = -1
    at_least: float = 0.0
    at_most: float = 0.0

    def sample(self, rng: np.random.Generator) -> float:
        """Return a random value: uniform, or log-uniform where ``log`` is set."""
        return self.quantile(rng.random())

    def quantile(self, fraction: float) -> float:
        """Return the value below which ``fraction`` of all samples fall.

        Args:
            fraction: A number from 0 to 1.
        """
        # An integer stands for the interval of width one around it, so that the ends are not rarer.
        half = 0.0 if self.kind == "real" else 0.5
        low, high = self.low - half, self.high + half
        if self.log:
            return self.drawn(math.exp(math.log(low) * (1.0 - fraction) + math.log(high) * fraction))
        return self.drawn(low * (1.0 - fraction) + high * fraction)

    def drawn(self, value: float) -> float:
        """Return the allowed value nearest to a random one, of 12 digits.

        Machines differ in the last bit of an exponential or a logarithm; equal seeds shall not.
        """
        return self.nearest(float(f"{value:.12g}") if self.kind == "real" else value)

    def nearest(self, value: float) -> float:
        """Return the allowed value nearest to ``value``: clipped, and rounded unless the gene is real.

        Raises:
            SpaceError: If ``value`` is not a number.
        """
        if math.isnan(value):
            raise self._refusal(value)
        clipped = min(max(value, self.low), self.high)
        return clipped if self.kind == "real" else float(round(clipped))

    def checked(self, value: float) -> float:
        """Return ``value`` unchanged.

        Raises:
            SpaceError: If it is out of bounds, or not an integer where one is needed.
        """
        if self.low <= value <= self.high and (self.kind == "real" or value == int(value)):
            return value
        raise self._refusal(value)

    def _refusal(self, value: float) -> SpaceError:
        number = "a number" if self.kind == "real" else "an integer"
        rule = f"{number} from {self.low:.17g} to {self.high:.17g}"
        return SpaceError(complaint(f"gene '{self.path}'", rule, value, "correct it, or use its own space"))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Genome:
    """An immutable point of a space; equal to another one if and only if its architecture is.

    Attributes:
        values: ``(n_genes,)`` float64, read-only; inactive genes hold 0.0.
        active: ``(n_genes,)`` bool, read-only.
        key: 32 hexadecimal characters that name the values, the same on every machine.
    """

    values: NDArray[np.float64]
    active: NDArray[np.bool_]
    key: str = field(init=False)

    def __post_init__(self) -> None:
        """Copy and freeze the arrays, silence inactive genes and compute the key."""
        active = np.array(self.active, dtype=np.bool_)
        # Adding 0.0 turns -0.0 into 0.0: equal numbers must have equal bytes for the key.
        values = np.where(active, self.values, 0.0).astype(np.float64, copy=False) + 0.0
        values.setflags(write=False)
        active.setflags(write=False)
        digest = hashlib.blake2b(values.astype("<f8", copy=False).tobytes(), digest_size=16)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "active", active)
        object.__setattr__(self, "key", digest.hexdigest())

    @property
    def packed(self) -> NDArray[np.float64]:
        """The active values only, in order: ``(n_active,)`` float64; see ``Space.unpack``."""
        return self.values[self.active]

    def __eq__(self, other: object) -> bool:
        """Return whether both hold the same values."""
        return self.key == other.key if isinstance(other, Genome) else NotImplemented

    def __hash__(self) -> int:
        """Return a hash of the key."""
        return hash(self.key)

    def __repr__(self) -> str:
        """Return the start of the key and the counts of genes."""
        return f"<Genome {self.key[:8]}: {int(self.active.sum())} of {self.values.size} genes active>"


def grow(genes: Sequence[Gene], value_of: Callable[[int, Gene], float]) -> Genome:
    """Return the genome that arises when every gene found active is given its value in turn.

    Args:
        genes: The genes of a space, parents before children.
        value_of: Called in order with the index and the gene, for active genes only.
    """
    values = [0.0] * len(genes)
    active = [False] * len(genes)
    for index, gene in enumerate(genes):
        if applies(gene, values, active):
            active[index] = True
            values[index] = value_of(index, gene)
    return Genome(np.array(values, dtype=np.float64), np.array(active, dtype=np.bool_))
