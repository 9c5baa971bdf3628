"""CatCMA with margin, for real numbers, whole numbers and options at once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import ClassVar, final

from evonas.evolve.continuous.mixed import Axis, cat_cma
from evonas.evolve.continuous.rounds import Rounds, Start
from evonas.evolve.continuous.strategy import ContinuousStrategy
from evonas.evolve.strategy import whole
from evonas.space.cells.locus import WiringLocus
from evonas.space.decisions.permutation import OrderLocus
from evonas.space.decisions.repeat import ItemsLocus
from evonas.space.locus import Gene, Locus
from evonas.space.space import Space

MOST_LEVELS = 100
"""Whole numbers of a range up to which each has a level of its own; more are taken for real."""


@final
class CatCMA(ContinuousStrategy):
    """CatCMA with margin (Hamano et al. 2025): a normal distribution of numbers, with chances of options.

    The margin is a least chance of every other value, so that whole numbers and options do not get stuck. A
    run that has converged is followed by one of twice the population.

    Args:
        space: What is searched; None leaves the strategy as settings for a ``Search``.
        population: Points in a generation; None takes what the dimensions need, or as many as run at once.
        objectives: Directions by name; ``{"loss": "min"}`` if left out.
        seed: Root of all randomness.

    Raises:
        SearchError: A setting is out of range.
    """

    settings: ClassVar[tuple[str, ...]] = ("population",)

    def __init__(
        self,
        space: Space | None = None,
        *,
        population: int | None = None,
        objectives: Mapping[str, str] | None = None,
        seed: int = 0,
    ) -> None:
        self.population = None if population is None else whole("CatCMA: population", population, 4)
        super().__init__(space, objectives=objectives, seed=seed)

    def start(self) -> None:
        """Begin nowhere."""
        super().start()
        self._axes = [axis for locus in self.space.loci for axis in axes_of(locus)]

    def rounds(self, start: Start) -> Rounds:
        """Begin a run."""
        return cat_cma(start, self._axes, population=self.population)


def axes_of(locus: Locus) -> Iterator[Axis]:
    """Yield what the axes of a locus stand for in the unit cube: see ``UnitCube``.

    >>> from evonas.space.decisions.numbers import Int
    >>> [axis.levels for axis in axes_of(Space({"width": Int(1, 4)}).loci[0])]
    [(0.125, 0.375, 0.625, 0.875)]
    """
    if isinstance(locus, ItemsLocus):
        yield from axes_of(locus.length) if locus.length else ()
    elif isinstance(locus, Gene):
        yield _axis_of(locus)
    else:
        is_key = isinstance(locus, OrderLocus) or (
            isinstance(locus, WiringLocus) and locus.rules.on == "nodes"
        )
        for _ in range(locus.n_genes):
            yield Axis() if is_key else Axis((0.25, 0.75), is_ordered=False)


def _axis_of(gene: Gene) -> Axis:
    count = int(gene.high - gene.low) + 1
    if gene.kind == "real" or (gene.kind == "int" and count > MOST_LEVELS):
        return Axis()
    low, high = gene.low - 0.5, gene.high + 0.5  # a whole number stands for the interval around it
    values = [gene.low + step for step in range(count)]
    if gene.log:
        low, high, values = math.log(low), math.log(high), [math.log(value) for value in values]
    levels = tuple((value - low) / (high - low) for value in values)
    return Axis(levels, is_ordered=gene.kind == "int" and count > 2)
