"""A search: what is searched, how it is judged, by which method, and for how long."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evonas import seeds
from evonas.errors import SearchError, complaint
from evonas.evaluate.evaluator import Evaluate, takes_context
from evonas.evolve.objectives import Objectives
from evonas.evolve.strategies.regularized_evolution import RegularizedEvolution
from evonas.evolve.strategy import Strategy
from evonas.manage.budget import Budget
from evonas.manage.ledger import checked_lag
from evonas.space.space import Space

if TYPE_CHECKING:
    from evonas.results import Result


@dataclass(frozen=True)
class Changes:
    """What a command line changes of a search; None keeps what the search says."""

    evaluations: int | None = None
    seed: int | None = None
    deterministic: int | None = None


@dataclass(frozen=True, kw_only=True)
class Search:
    """Binds a space, an evaluator and a method; :meth:`run` searches.

    Args:
        space: What may be built.
        evaluate: ``evaluate(architecture)`` or ``evaluate(architecture, context)``; returns a number, or
            numbers by name. Numbers that are no objectives are kept as metrics.
        objectives: ``"max"`` or ``"min"`` by name; the first is the most important one.
        strategy: The method; ``"auto"`` is regularized evolution at its defaults.
        budget: When to stop; a number is that many evaluations.
        seed: Root of all randomness; equal seeds propose and evaluate alike.
        deterministic: None runs free. A number makes the result the same for any number of workers:
            candidate n is proposed knowing exactly the outcomes up to n minus this; so many run at once.
        retrain: ``retrain(architecture, context)`` builds and trains the best architecture for export and
            returns an ``evonas.export.trained.Trained``; None exports the architecture alone.

    Raises:
        SearchError: Something cannot be used; the message says which and what to write.
    """

    space: Space
    evaluate: Evaluate
    objectives: Mapping[str, str]
    budget: Budget | int
    strategy: Strategy | str = "auto"
    seed: int = 0
    deterministic: int | None = None
    retrain: Callable[..., Any] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.space, Space):
            raise SearchError(
                complaint("space", "an evonas.Space", self.space, "write space=evonas.Space({...})")
            )
        takes_context(self.evaluate)
        Objectives(self.objectives)
        self._method()
        self.limits()
        seeds.checked_seed(self.seed)
        checked_lag(self.deterministic)
        if self.retrain is not None and not callable(self.retrain):
            remedy = "write def retrain(architecture, context), or leave it out"
            raise SearchError(complaint("retrain", "a function", self.retrain, remedy))

    def limits(self) -> Budget:
        """Return the budget, a bare number taken as evaluations."""
        if isinstance(self.budget, Budget):
            return self.budget
        if isinstance(self.budget, int) and not isinstance(self.budget, bool):
            return Budget(evaluations=self.budget)
        raise SearchError(
            complaint("budget", "a Budget", self.budget, "write budget=evonas.Budget(evaluations=500)")
        )

    def method(self) -> Strategy:
        """Return the strategy, new and at work on the space."""
        return self._method().on(self.space, Objectives(self.objectives), self.seed)

    def changed(self, changes: Changes) -> Search:
        """Return this search with a command line's changes."""
        wanted = {name: value for name, value in asdict(changes).items() if value is not None}
        if "evaluations" in wanted:
            wanted["budget"] = replace(self.limits(), evaluations=wanted.pop("evaluations"))
        return replace(self, **wanted)

    def identity(self) -> dict[str, Any]:
        """Return what makes two searches the same: a run may be continued only by the same one."""
        return {
            "space": self.space.fingerprint,
            "objectives": dict(self.objectives),
            "strategy": repr(self._method()),
            "seed": self.seed,
            "deterministic": self.deterministic,
        }

    def run(
        self, *, workers: int = 1, folder: str | Path | None = None, time_limit: float | None = None
    ) -> Result:
        """Search until the budget is spent, export the best, and return the result.

        Under ``mpirun`` every rank calls this: rank 0 manages and returns; the others evaluate, and their
        processes end with the search, so that what follows in the script happens once.

        Args:
            workers: Processes on this machine that evaluate; 1 evaluates in this one. Ignored under MPI.
            folder: Where the run is kept; the same search goes on there. None makes ``runs/<file>-<n>``.
            time_limit: Seconds after which nothing more is handed out; the run can be resumed.

        Raises:
            RunError: The folder holds another search, or is in use, or workers cannot find the search.
            JournalError: The folder's journal is damaged.
            TransportError: Workers cannot be started.
        """
        from evonas.session import Options, run
        from evonas.source import Source

        place = Path(folder) if folder is not None else None
        return run(
            lambda: self, Source.of(self), Options(workers=workers, folder=place, time_limit=time_limit)
        )

    def _method(self) -> Strategy:
        if isinstance(self.strategy, Strategy):
            return self.strategy
        if self.strategy == "auto":
            return RegularizedEvolution()
        remedy = 'write strategy=evonas.RegularizedEvolution(), or "auto"'
        raise SearchError(complaint("strategy", 'a Strategy or "auto"', self.strategy, remedy))
