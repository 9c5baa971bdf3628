"""Genomes as points of the unit cube, where differences are vectors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from evonas.space.cells.locus import WiringLocus
from evonas.space.decisions.permutation import OrderLocus
from evonas.space.decisions.repeat import ItemsLocus
from evonas.space.genome import Genome
from evonas.space.locus import Gene, Locus
from evonas.space.scale import shortened_all
from evonas.space.space import Space

Point: TypeAlias = NDArray[np.float64]
"""``(n_genes,)`` shares in 0..1 of the ranges of all genes, those of sleeping ones included."""


def reflected(point: Point) -> Point:
    """Return a point outside of the cube folded back into it."""
    inside = point % 2.0
    return np.where(inside > 1.0, 2.0 - inside, inside)


@final
class UnitCube:
    """Takes the genomes of a space to points and back.

    A choice takes equal parts of its axis and a number its (logarithmic) range, as in DEHB (Awad et al.
    2021, section 3.1). The options of a permutation are sorted by their shares (random keys: Bean 1994),
    members of a subset and edges of a cell have half of their axis.

    Args:
        space: Whose genomes.
        exact: Whether real numbers on linear axes keep all their digits, for methods that take differences;
            else they have 12, as all that is drawn.
    """

    def __init__(self, space: Space, *, exact: bool = False) -> None:
        self._space, self._exact = space, exact
        ends = [end for locus in space.loci for end in _ends(locus)]
        low, high, log = (np.array(column) for column in zip(*ends, strict=True)) if ends else _NOTHING
        self._log = np.asarray(log, dtype=np.bool_)
        self._low = np.where(self._log, np.log(np.where(self._log, low, 1.0)), low)
        self._width = np.where(self._log, np.log(np.where(self._log, high, 1.0)), high) - self._low
        self._bends = bool(self._log.any())
        self._box = (np.asarray(low), np.asarray(high)) if space.is_box else None

    def genome(self, point: Point) -> Genome:
        """Return the genome nearest to ``point``; ``where=`` is not looked at.

        Raises:
            SpaceError: A share is not a number.
        """
        values = self._low + self._width * point
        if self._bends:
            values[self._log] = np.exp(values[self._log])
        if self._bends or not self._exact:
            # Machines differ in the last bits of an exponential; equal seeds shall not.
            short = shortened_all(values)
            values = np.where(self._log, short, values) if self._exact else short
        if self._box is None or np.isnan(values).any():
            return self._space.nearest(values)
        low, high = self._box  # of many genes one by one takes a hundred times as long
        data: bytes = (np.minimum(np.maximum(values, low), high) + 0.0).astype("<f8").tobytes()
        return Genome(data, b"\1" * len(values))

    def point(self, genome: Genome, rng: np.random.Generator) -> Point:
        """Return a point at which ``genome`` lies; the shares of sleeping genes are random."""
        values, logs = genome.values.copy(), self._log & genome.active
        values[logs] = np.log(values[logs])
        return np.where(genome.active, (values - self._low) / self._width, rng.random(len(values)))


_NOTHING = np.empty((3, 0))


def _ends(locus: Locus) -> Iterator[tuple[float, float, bool]]:
    """Yield for each gene of a locus where its axis begins and ends, and whether it is logarithmic."""
    if isinstance(locus, ItemsLocus):
        yield from _ends(locus.length) if locus.length else ()
    elif isinstance(locus, Gene):
        half = 0.0 if locus.kind == "real" else 0.5  # an integer stands for the interval around it
        yield locus.low - half, locus.high + half, locus.log
    elif isinstance(locus, WiringLocus) and locus.rules.on == "nodes":
        for target in range(locus.n_genes):  # sets of vertices, as bits
            yield 0.0, float((1 << (locus.rules.sources + target)) - 1), False
    else:
        most = locus.n_genes - 1.0 if isinstance(locus, OrderLocus) else 1.0
        for _ in range(locus.n_genes):
            yield 0.0, most, False
