"""Exponential natural evolution strategies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, final

from evonas.evolve.continuous.natural_evolution import xnes
from evonas.evolve.continuous.rounds import Rounds, Start
from evonas.evolve.continuous.strategy import ContinuousStrategy
from evonas.evolve.strategy import whole
from evonas.space.space import Space


@final
class XNES(ContinuousStrategy):
    """Exponential natural evolution strategies (Glasmachers et al. 2010).

    A normal distribution of any shape follows its natural gradient; for some tens of dimensions.

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
        self.population = None if population is None else whole("XNES: population", population, 4)
        super().__init__(space, objectives=objectives, seed=seed)

    def rounds(self, start: Start) -> Rounds:
        """Begin a run."""
        return xnes(start, population=self.population)
