"""Separable natural evolution strategies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, final

from evonas.evolve.continuous.natural_evolution import snes
from evonas.evolve.continuous.rounds import Rounds, Start
from evonas.evolve.continuous.strategy import ContinuousStrategy
from evonas.evolve.strategy import whole
from evonas.space.space import Space


@final
class SNES(ContinuousStrategy):
    """Separable natural evolution strategies (Schaul et al. 2011).

    A normal distribution along the axes follows its natural gradient; for thousands of dimensions.

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
        self.population = None if population is None else whole("SNES: population", population, 4)
        super().__init__(space, objectives=objectives, seed=seed)

    def rounds(self, start: Start) -> Rounds:
        """Begin a run."""
        return snes(start, population=self.population)
