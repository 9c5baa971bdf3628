"""CMA-ES with restarts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, final, get_args

from evonas.errors import SearchError, complaint
from evonas.evolve.continuous.cma_es import STEP, Covariance, Restarts, restarted_cma_es
from evonas.evolve.continuous.rounds import Rounds, Start
from evonas.evolve.continuous.strategy import ContinuousStrategy
from evonas.evolve.strategy import share, whole
from evonas.space.space import Space


@final
class CMAES(ContinuousStrategy):
    """CMA-ES (Hansen 2016), begun again where it has converged.

    It endures noise, many minima and any scale. A generation has at least as many points as run at once.

    Args:
        space: What is searched; None leaves the strategy as settings for a ``Search``.
        restarts: ``bipop``: ever larger populations take turns with small ones (Hansen 2009); ``ipop``:
            each is twice as large as the one before (Auger and Hansen 2005); ``none``: all are alike.
        covariance: ``full``: all shapes are learnt, ``separable``: those along the axes (Ros and Hansen
            2008),
            ``low-rank``: those of the axes and a few directions (VkD-CMA-ES: Akimoto and Hansen 2016). None
            takes ``full`` in up to 100 dimensions, else ``low-rank``.
        population: Points in a generation of the first run (lambda); None takes 4 + 3 ln n, or as many as run
            at once.
        step: Standard deviation at first, in shares of all ranges.
        objectives: Directions by name; ``{"loss": "min"}`` if left out.
        seed: Root of all randomness.

    Raises:
        SearchError: A setting is out of range.
    """

    settings: ClassVar[tuple[str, ...]] = ("restarts", "covariance", "population", "step")

    def __init__(
        self,
        space: Space | None = None,
        *,
        restarts: Restarts = "bipop",
        covariance: Covariance | None = None,
        population: int | None = None,
        step: float = STEP,
        objectives: Mapping[str, str] | None = None,
        seed: int = 0,
    ) -> None:
        self.restarts: Restarts = _one_of("CMAES: restarts", restarts, get_args(Restarts))
        self.covariance: Covariance | None = _one_of(
            "CMAES: covariance", covariance, (None, *get_args(Covariance))
        )
        self.population = None if population is None else whole("CMAES: population", population, 4)
        self.step = share("CMAES: step", step)
        if not self.step:
            raise SearchError(complaint("CMAES: step", "more than 0", step, "write step=0.2"))
        super().__init__(space, objectives=objectives, seed=seed)

    def rounds(self, start: Start) -> Rounds:
        """Begin runs, one after another."""
        return restarted_cma_es(
            start,
            restarts=self.restarts,
            step=self.step,
            population=self.population,
            covariance=self.covariance,
        )


def _one_of(what: str, value: Any, names: tuple[Any, ...]) -> Any:
    if value not in names:
        raise SearchError(complaint(what, f"one of {names}", value, "correct the setting"))
    return value
