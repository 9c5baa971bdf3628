"""A plan: what is searched, how it is judged, by which method, and for how long."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from evonas import seeds
from evonas.errors import SearchError, complaint
from evonas.evaluate.evaluator import Evaluate, takes_context
from evonas.evolve.objectives import Objectives
from evonas.evolve.strategy import Strategy, whole
from evonas.manage.budget import Budget
from evonas.manage.exchange import Exchange
from evonas.manage.ledger import Ledger, checked_lag
from evonas.manage.migration import Migration
from evonas.manage.topology import neighbours
from evonas.runs import islands as archipelago
from evonas.runs.islands import Island
from evonas.runs.warm_start import WarmStart, warm_start
from evonas.space.space import Space

Self = TypeVar("Self", bound="Plan")


@dataclass(frozen=True)
class Changes:
    """What a command line changes of a plan; None keeps what the plan says."""

    evaluations: int | None = None
    seed: int | None = None
    deterministic: int | None = None
    islands: int | None = None


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
    constraints: Mapping[str, str] = field(default_factory=dict)
    strategy: Strategy | str = "auto"
    start: WarmStart | str | Path | Sequence[Any] | None = None
    seed: int = 0
    deterministic: int | None = None
    islands: int | Sequence[Island | Strategy] = 1
    migration: Migration = field(default_factory=Migration)
    timeout: float | None = None
    retries: int = 0
    retrain: Callable[..., Any] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.space, Space):
            raise SearchError(
                complaint("space", "an evonas.Space", self.space, "write space=evonas.Space({...})")
            )
        takes_context(self.evaluate)
        self.goals  # noqa: B018 - what cannot be used is told here
        archipelago.method(self.strategy)
        self.limits()
        self._begun_with()
        seeds.checked_seed(self.seed)
        checked_lag(self.deterministic)
        self._check_islands()
        self._check_patience()
        if self.retrain is not None:
            takes_context(self.retrain, "retrain")

    def _check_islands(self) -> None:
        if not isinstance(self.migration, Migration):
            remedy = "write migration=evonas.Migration(every=50)"
            raise SearchError(complaint("migration", "a Migration", self.migration, remedy))
        for island in archipelago.each(self.islands):
            strategy = self.method(island)
            if island.fidelity is not None and strategy.full_fidelity is not None:
                rule = f"none, for {type(strategy).__name__} chooses it"
                raise SearchError(complaint("Island: fidelity", rule, island.fidelity, "leave it out"))
            for name, direction in (island.objectives or {}).items():
                if self.objectives.get(name) != direction:
                    rule = f"some of the search's objectives {dict(self.objectives)}"
                    raise SearchError(
                        complaint(
                            "Island: objectives", rule, dict(island.objectives or {}), "declare all there"
                        )
                    )
        neighbours(self.migration.topology, self.n_islands, self.seed)

    def _check_patience(self) -> None:
        limit = self.timeout
        if limit is not None and (
            isinstance(limit, bool) or not isinstance(limit, int | float) or not limit > 0
        ):
            remedy = "write timeout=600, or timeout=math.inf to isolate without a deadline"
            raise SearchError(complaint("timeout", "a positive number of seconds", limit, remedy))
        whole("retries", self.retries, 0)

    @property
    def goals(self) -> Objectives:
        """All that is declared: objectives and constraints."""
        return Objectives(self.objectives, self.constraints)

    @property
    def n_islands(self) -> int:
        """How many islands there are."""
        return self.islands if isinstance(self.islands, int) else len(self.islands)

    @property
    def full_fidelity(self) -> float | None:
        """What a full evaluation is called: the highest fidelity of all islands, None if one has none."""
        named = [
            self.method(one).full_fidelity if one.fidelity is None else one.fidelity
            for one in archipelago.each(self.islands)
        ]
        known = [fidelity for fidelity in named if fidelity is not None]
        return max(known) if len(known) == len(named) else None

    def method(self, island: Island) -> Strategy:
        """Return the strategy of an island."""
        return archipelago.method(island.strategy or self.strategy, self._aims(island))

    def _aims(self, island: Island) -> Objectives:
        return Objectives(island.objectives or self.objectives, self.constraints)

    def limits(self) -> Budget:
        """Return the budget, a bare number taken as evaluations."""
        if isinstance(self.budget, Budget):
            return self.budget
        if isinstance(self.budget, int) and not isinstance(self.budget, bool):
            return Budget(evaluations=self.budget)
        rule, remedy = "a whole number of evaluations, or a Budget", "write budget=500"
        raise SearchError(complaint("budget", rule, self.budget, remedy))

    def ledger(self, island: int, quota: int | None) -> Ledger:
        """Return the book of an island, still empty.

        Args:
            island: Its number.
            quota: How many evaluations it may begin; None leaves that open.
        """
        settings = self._island(island)
        exchange = Exchange(
            island,
            self.migration,
            neighbours(self.migration.topology, self.n_islands, self.seed),
            self.seed,
            in_step=self.deterministic is not None,
        )
        return Ledger(
            self.method(settings).on(self.space, self._aims(settings), self.seed, island),
            self.goals,
            self.limits(),
            exchange,
            quota=quota,
            lag=self.deterministic,
            fidelity=settings.fidelity,
        )

    def changed(self: Self, changes: Changes) -> Self:
        """Return this plan with a command line's changes."""
        wanted = {name: value for name, value in asdict(changes).items() if value is not None}
        if "evaluations" in wanted:
            wanted["budget"] = replace(self.limits(), evaluations=wanted.pop("evaluations"))
        if "islands" in wanted and not isinstance(self.islands, int):
            wanted["islands"] = [self.islands[n % len(self.islands)] for n in range(wanted["islands"])]
        return replace(self, **wanted)

    def identity(self, island: int = 0) -> dict[str, Any]:
        """Return what makes two searches the same on an island: only the same one may continue a run."""
        settings = self._island(island)
        return {
            "island": island,
            "space": self.space.fingerprint,
            "objectives": dict(self.objectives),
            "constraints": dict(self.constraints) or None,
            "aims": list(settings.objectives or self.objectives),
            "fidelity": settings.fidelity,
            "strategy": repr(self.method(settings)),
            "seed": self.seed,
            "deterministic": self.deterministic,
            "migration": repr(self.migration),
            "start": self._begun_with(),
        }

    def _begun_with(self) -> str | None:
        start = warm_start(self.start)
        return start.identity(self.space) if start else None

    def _island(self, island: int) -> Island:
        return archipelago.each(self.islands)[island]
