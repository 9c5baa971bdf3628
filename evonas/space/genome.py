"""Genomes: an architecture as a flat vector of numbers, some of them switched off."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import compress
from struct import Struct
from typing import TypeAlias, final

import numpy as np
from numpy.typing import NDArray

Identify: TypeAlias = Callable[["Genome"], str]
_DOUBLE = Struct("<d")


@dataclass(slots=True)
class Draft:
    """A genome in the making.

    Attributes:
        values: A number for each gene of the space.
        known: 1 or True where a number is decided; the others are drawn if they turn out active.
    """

    values: list[float]
    known: list[int]

    def take(self, giver: "Draft", source: slice, target: slice) -> None:
        """Copy a stretch of genes from ``giver``, which may be this draft, to another place."""
        self.values[target], self.known[target] = giver.values[source], giver.known[source]

    def forget(self, genes: slice) -> None:
        """Have a stretch of genes drawn anew."""
        self.known[genes] = [False] * (genes.stop - genes.start)


@final
class Genome:
    """An immutable point of a space; equal to another one exactly if their architectures are equivalent.

    It is kept as bytes: small, immutable, quick to hash, and of no concern to the garbage collector.

    Args:
        data: ``n_genes`` little-endian float64; 0.0 where inactive.
        flags: A byte for each gene, 1 where active.
        identify: Returns what is the same for equivalent architectures; None where only equal ones are.
    """

    __slots__ = ("_data", "_identify", "_key", "flags")

    def __init__(self, data: bytes, flags: bytes, identify: Identify | None = None) -> None:
        self._data, self.flags = data, flags
        self._identify = identify
        self._key: str | None = None

    @property
    def numbers(self) -> tuple[float, ...]:
        """The values as plain floats, quicker to use one by one than an array."""
        return _doubles(len(self.flags)).unpack(self._data)

    @property
    def values(self) -> NDArray[np.float64]:
        """``(n_genes,)`` float64, read-only; inactive genes hold 0.0."""
        return np.frombuffer(self._data, dtype="<f8")

    @property
    def active(self) -> NDArray[np.bool_]:
        """``(n_genes,)`` bool, read-only."""
        return np.frombuffer(self.flags, dtype=np.bool_)

    @property
    def packed(self) -> NDArray[np.float64]:
        """The active values only, in order: ``(n_active,)`` float64; see ``Space.unpack``."""
        return np.array(self.answers(), dtype=np.float64)

    @property
    def payload(self) -> bytes:
        """The active values in order as little-endian float64: ``packed`` as it travels."""
        if 0 not in self.flags:
            return self._data
        answers = self.answers()
        return _doubles(len(answers)).pack(*answers)

    @property
    def key(self) -> str:
        """32 hexadecimal characters, the same for equivalent architectures and on every machine."""
        if self._key is None:
            identity = self._identify(self).encode() if self._identify else self._data
            self._key = hashlib.blake2b(identity, digest_size=16).hexdigest()
        return self._key

    def __len__(self) -> int:
        """Return how many genes there are."""
        return len(self.flags)

    def answers(self, genes: slice = slice(None)) -> list[float]:
        """Return the active values among ``genes``, in order."""
        return list(compress(self.numbers[genes], self.flags[genes]))

    def at(self, gene: int) -> float:
        """Return the value of one gene: ``numbers[gene]``, but quicker."""
        value: float = _DOUBLE.unpack_from(self._data, 8 * gene)[0]
        return value

    def changed(self, gene: int, value: float, identify: Identify | None) -> "Genome":
        """Return a copy in which one active gene has another value; ``identify`` is for the copy."""
        start = 8 * gene
        data = self._data[:start] + _DOUBLE.pack(value) + self._data[start + 8 :]
        return Genome(data, self.flags, identify)

    def draft(self) -> Draft:
        """Return a copy to change: its active genes are known."""
        return Draft([*self.numbers], [*self.flags])

    def __eq__(self, other: object) -> bool:
        """Return whether both stand for equivalent architectures."""
        if not isinstance(other, Genome):
            return NotImplemented
        if self._data == other._data:
            return True
        return self._identify is not None and self.key == other.key

    def __reduce__(self) -> tuple[object, ...]:
        """Travel without the space: the key comes along instead of what computes it."""
        return _arrived, (self._data, self.flags, self._identify is not None, self.key)

    def __hash__(self) -> int:
        """Return a hash of the key."""
        return hash(self.key)

    def __repr__(self) -> str:
        """Return the start of the key and the counts of genes."""
        return f"<Genome {self.key[:8]}: {sum(self.flags)} of {len(self)} genes active>"


@cache
def _doubles(n: int) -> Struct:
    return Struct(f"<{n}d")


def _arrived(data: bytes, flags: bytes, merges: bool, key: str) -> Genome:
    genome = Genome(data, flags, repr if merges else None)  # never asked, for the key is there
    genome._key = key
    return genome
