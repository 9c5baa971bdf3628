"""What the best have in common: how often each value of each gene is seen among them, and elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from evonas.space.decisions.repeat import ItemsLocus
from evonas.space.genome import Genome
from evonas.space.locus import Gene, Locus
from evonas.space.space import Space

BINS = 8
"""Parts of the range of a number; within a part numbers are not told apart."""

MOST_VALUES = 32
"""Values of other genes that are told apart; of more, some share their counts."""

Values: TypeAlias = NDArray[np.intp]
"""``(n_genes,)``: which of its values each gene has, from 0."""


@final
class GeneStatistics:
    """Judges changes of genes by those who have been evaluated with them before.

    A value of a gene is an arm of a bandit, which pays the more the better the rank of who is evaluated with
    it. What it pays is drawn from its posterior, Beta(1 + paid, 1 + seen - paid), by Thompson sampling, as
    in operator selection for MOEA/D (Sun and Li 2020, arXiv:2004.10874).

    Args:
        space: Whose genomes.
    """

    def __init__(self, space: Space) -> None:
        scales = [scale for locus in space.loci for scale in _scales(locus)]
        low, step, most, log = (np.array(column) for column in zip(*scales, strict=True)) if scales else _NONE
        self._low, self._step, self._log = low, step, log.astype(np.bool_)
        self._most = most.astype(np.intp)
        self._seen = np.zeros((space.n_genes, int(most.max(initial=0)) + 1))  # the last value is sleeping
        self._paid = np.zeros(self._seen.shape)

    def values(self, genomes: Sequence[Genome]) -> Values:
        """Return the values of all genes, ``(n, n_genes)``."""
        numbers = np.array([genome.values for genome in genomes])
        active = np.array([genome.active for genome in genomes])
        logs = self._log & active
        numbers[logs] = np.log(numbers[logs])
        places = ((numbers - self._low) / self._step).astype(np.intp)
        return np.where(active, places % self._most, self._seen.shape[1] - 1)

    def see(self, values: Values) -> None:
        """Count one who was evaluated."""
        self._seen[np.arange(len(values)), values] += 1

    def reward(self, best: Sequence[Values], of: int) -> None:
        """Pay the values that the best have, the first most, and take back what was paid before.

        Args:
            best: Those who are known to be the best, in this order; the others earn nothing.
            of: How many were seen. The best one pays 1, and who is at rank r of them 1 - r / of.
        """
        width = self._seen.shape[1]
        places = np.array(best, dtype=np.intp).reshape(len(best), -1) + width * np.arange(len(self._seen))
        pay = np.maximum(1.0 - np.arange(len(best)) / max(of, 1), 0.0)
        pays = np.repeat(pay, len(self._seen))
        paid = np.bincount(places.ravel(), pays, self._seen.size).astype(np.float64)
        self._paid = paid.reshape(self._seen.shape)

    def gains(self, parent: Genome, children: Sequence[Genome], rng: np.random.Generator) -> list[float]:
        """Return for each child how much better its values are than its parent's, as they are drawn now.

        It is the sum over the genes that differ of the logarithm of the ratio of what they pay.
        """
        before, *after = self.values([parent, *children])
        changes = np.array(after)
        genes = np.flatnonzero((changes != before).any(axis=0))
        paid = self._paid[genes]
        chances = np.log(rng.beta(1.0 + paid, 1.0 + np.maximum(self._seen[genes] - paid, 0.0)))
        rows = np.arange(len(genes))
        gained = chances[rows, changes[:, genes]] - chances[rows, before[genes]]
        gains: list[float] = gained.sum(axis=1).tolist()
        return gains


_NONE = np.empty((4, 0))


def _scales(locus: Locus) -> Iterator[tuple[float, float, int, bool]]:
    """Yield for each gene of a locus its first number, width and count of its values, and if by logarithm."""
    if isinstance(locus, ItemsLocus):
        yield from _scales(locus.length) if locus.length else ()
    elif not isinstance(locus, Gene):
        yield from [(0.0, 1.0, MOST_VALUES, False)] * locus.n_genes
    elif locus.kind == "choice" or (locus.kind == "int" and locus.high - locus.low < BINS):
        yield locus.low, 1.0, min(int(locus.high - locus.low) + 1, MOST_VALUES), False
    else:
        low, high = (math.log(locus.low), math.log(locus.high)) if locus.log else (locus.low, locus.high)
        yield low, (high / BINS - low / BINS) * (1 + 1e-9), BINS, locus.log  # the highest is in the last part
