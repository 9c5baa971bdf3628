"""What ``minimize`` returns, and what it shows meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from evonas.errors import SearchError
from evonas.evolve.records import Individual
from evonas.manage.manager import Manager
from evonas.report.progress import Progress, Status
from evonas.runs.inline import Ended, figures_of
from evonas.runs.plan import Plan
from evonas.runs.results import Solution
from evonas.runs.watcher import described

PAUSE = 0.25
"""Seconds between two looks at how it goes."""


@dataclass(frozen=True, eq=False)
class Point:
    """A point that was evaluated.

    Attributes:
        x: The vector, or the architecture of a space.
        values: What the function returned for it, by name: objectives, constrained numbers and others.
    """

    x: Any
    values: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Minimum:
    """What :func:`minimize` found.

    Attributes:
        x: The best point: a vector ``(n,)``, or an architecture of the space.
        fun: What the function returned there, the first objective if there are several. Of a noisy function
            this is the luckiest of all values: evaluate ``x`` again, several times, to know what it is worth.
        evaluations: How many were made, the failed ones included.
        reason: Why it stopped.
        success: Whether the budget was spent or the target reached; else there is a folder to go on with.
        is_feasible: Whether the best keeps all constraints; if it does not, nothing did.
        values: All that the function returned at ``x``, by name.
        front: With several objectives all points that no other dominates, best first by the first objective.
        failed: Evaluations that raised, or returned no finite number.
        seconds: Wall time.
        shares: By method what it spent and earned, where it is more than one: evaluations, and how
            often it found something better than all before.
        history: ``(evaluations, fun)`` whenever there was a better one, for a curve; only of a search in this
            process alone.
        folder: Where the run is kept; None if nothing was left behind.
    """

    x: Any
    fun: float
    evaluations: int
    reason: str
    success: bool
    is_feasible: bool
    values: Mapping[str, float]
    front: Sequence[Point]
    failed: int
    seconds: float
    shares: Mapping[str, Sequence[int]] = field(default_factory=dict)
    history: Sequence[tuple[int, float]] = field(default=(), repr=False)
    folder: Path | None = None

    def __repr__(self) -> str:
        """Return the figures one a line."""
        told = {
            "fun": f"{self.fun:.10g}",
            "x": np.array2string(np.asarray(self.x), precision=6, threshold=8, max_line_width=999),
        }
        if not isinstance(self.x, np.ndarray):
            told["x"] = repr(self.x)
        told["evaluations"] = f"{self.evaluations:,}, {self.failed:,} of them failed"
        told["reason"] = self.reason
        if not self.is_feasible:
            told["feasible"] = "no: nothing keeps all constraints"
        if len(self.values) > 1:
            told["values"] = ", ".join(f"{name} {value:.6g}" for name, value in self.values.items())
        if len(self.front) > 1:
            told["front"] = f"{len(self.front):,} points that no other dominates"
        if self.shares:
            told["methods"] = ", ".join(f"{name} {spent:,}" for name, (spent, _) in self.shares.items())
        if self.folder:
            told["folder"] = str(self.folder)
        return "\n".join(f"{name:>11}: {text}" for name, text in told.items())


class Reader:
    """Puts what a search found into the user's terms.

    Args:
        plan: What is searched.
        is_box: Whether the user gave bounds instead of a space.
    """

    def __init__(self, plan: Plan, *, is_box: bool) -> None:
        self._plan, self._is_box = plan, is_box
        self._name = next(iter(plan.objectives))
        self.history: list[tuple[int, float]] = []

    def note(self, best: Individual, manager: Manager) -> None:
        """Add a better point to the history."""
        evaluations = sum(ledger.counts.finished for ledger in manager.ledgers)
        self.history.append((evaluations, best.outcome.objectives[self._name]))

    def so_far(self, best: Individual, manager: Manager) -> Minimum:
        """Return what is known in the middle of a search."""
        solution, seconds = Solution.of(best, self._plan.space), float("nan")
        return self.minimum(Ended([solution], "it goes on", "paused", figures_of(manager, seconds)))

    def minimum(self, ended: Ended, folder: Path | None = None) -> Minimum:
        """Return what was found.

        Raises:
            SearchError: Nothing.
        """
        if not ended.front:
            raise SearchError(f"minimize: no evaluation succeeded: {ended.reason}")
        best, figures = ended.front[0], ended.figures
        return Minimum(
            self._x(best),
            best.objectives[self._name],
            figures["evaluations"],
            ended.reason,
            ended.ending == "complete",
            best.is_feasible,
            {**best.objectives, **best.metrics},
            [Point(self._x(one), {**one.objectives, **one.metrics}) for one in ended.front],
            figures["failed"],
            figures["seconds"],
            figures.get("shares", {}),
            tuple(self.history),
            folder,
        )

    def _x(self, solution: Solution) -> Any:
        return np.array(solution.architecture) if self._is_box else solution.architecture


class Spectator:
    """Watches a search in this process: notes better points, calls the callback, shows how it goes.

    Args:
        reader: Keeps the history.
        callback: Hears of each better point; None if nobody does.
        progress: Where to show how it goes; None shows nothing.
        total: The budget of evaluations, if there is one.
    """

    def __init__(
        self,
        reader: Reader,
        callback: Callable[[Minimum], object] | None,
        progress: Progress | None,
        total: int | None,
    ) -> None:
        self._reader, self._callback = reader, callback
        self._progress, self._total = progress, total
        self._best: tuple[float, ...] = ()
        self._began = self._looked = time.monotonic()

    def __call__(self, manager: Manager) -> bool:
        """Look at a search after an evaluation; return whether the callback lets it go on."""
        found = [one for ledger in manager.ledgers if (one := ledger.archive.best)]
        best = min(found, key=lambda one: one.costs, default=None)
        if self._progress and time.monotonic() - self._looked > PAUSE:
            self._looked = time.monotonic()
            self._progress.show(self._status(manager, best))
        if best is None or not best.is_feasible or (self._best and best.costs >= self._best):
            return True
        self._best = best.costs
        self._reader.note(best, manager)
        if self._callback is None:
            return True
        try:
            self._callback(self._reader.so_far(best, manager))
        except StopIteration:
            return False
        return True

    def _status(self, manager: Manager, best: Individual | None) -> Status:
        figures, seconds = figures_of(manager, 0.0), max(self._looked - self._began, 1e-9)
        done = figures["evaluations"]
        return Status(
            done=done,
            total=self._total,
            best=described(best),
            rate=done / seconds,
            left=(self._total - done) * seconds / max(done, 1) if self._total else None,
            failed=figures["failed"],
            duplicates=sum(ledger.counts.duplicates for ledger in manager.ledgers),
            busy=sum(ledger.counts.seconds for ledger in manager.ledgers) / seconds,
            running=manager.n_running,
        )
