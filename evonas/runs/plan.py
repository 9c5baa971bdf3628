"""A plan: what is searched, how it is judged, by which method, and for how long."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

from evonas import seeds
from evonas.errors import SearchError, complaint
from evonas.evaluate.evaluator import Evaluate, takes_context
from evonas.evolve.objectives import Objectives
from evonas.evolve.strategies.regularized_evolution import RegularizedEvolution
from evonas.evolve.strategy import Strategy
from evonas.manage.budget import Budget
from evonas.manage.ledger import checked_lag
from evonas.space.space import Space

Self = TypeVar("Self", bound="Plan")


@dataclass(frozen=True)
class Changes:
    """What a command line changes of a plan; None keeps what the plan says."""

    evaluations: int | None = None
    seed: int | None = None
    deterministic: int | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Binds a space, an evaluator and a method: all of a search but the running of it.

    Its fields are told at ``evonas.Search``.

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
        if self.retrain is not None:
            takes_context(self.retrain, "retrain")

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

    def changed(self: Self, changes: Changes) -> Self:
        """Return this plan with a command line's changes."""
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

    def _method(self) -> Strategy:
        if isinstance(self.strategy, Strategy):
            return self.strategy
        if self.strategy == "auto":
            return RegularizedEvolution()
        remedy = 'write strategy=evonas.RegularizedEvolution(), or "auto"'
        raise SearchError(complaint("strategy", 'a Strategy or "auto"', self.strategy, remedy))
