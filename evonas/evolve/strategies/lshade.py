"""Success-history based adaptive differential evolution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, final

from evonas.evolve.continuous.rounds import Rounds, Start
from evonas.evolve.continuous.strategy import ContinuousStrategy
from evonas.evolve.continuous.success_history import lshade
from evonas.evolve.strategy import whole
from evonas.space.space import Space


@final
class LSHADE(ContinuousStrategy):
    """L-SHADE (Tanabe and Fukunaga 2014): differential evolution that repeats what succeeded.

    The population shrinks linearly until a run has spent its evaluations; the next run has twice as many. If
    one run shall have all of a budget, tell it how many they are.

    Args:
        space: What is searched; None leaves the strategy as settings for a ``Search``.
        evaluations: Of the first run; None takes 1,000 for each dimension.
        objectives: Directions by name; ``{"loss": "min"}`` if left out.
        seed: Root of all randomness.

    Raises:
        SearchError: A setting is out of range.
    """

    settings: ClassVar[tuple[str, ...]] = ("evaluations",)

    def __init__(
        self,
        space: Space | None = None,
        *,
        evaluations: int | None = None,
        objectives: Mapping[str, str] | None = None,
        seed: int = 0,
    ) -> None:
        self.evaluations = None if evaluations is None else whole("LSHADE: evaluations", evaluations, 50)
        super().__init__(space, objectives=objectives, seed=seed)

    def rounds(self, start: Start) -> Rounds:
        """Begin a run."""
        return lshade(start, evaluations=self.evaluations)
