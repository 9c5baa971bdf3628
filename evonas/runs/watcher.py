"""Watches a driver and shows people how the search goes."""

from __future__ import annotations

from dataclasses import dataclass

from evonas.evolve.records import Failure, Individual
from evonas.manage.events import Evaluated, Event, TimeIsUp, WorkerLost, WorkerReady, WorkerUnfit
from evonas.manage.ledger import Ledger
from evonas.manage.manager import Manager
from evonas.report.progress import Progress, Status

MOST_NOTICES = 3
"""Failures that are shown one by one; later ones are only counted."""


@dataclass(frozen=True)
class Baseline:
    """Where a run stood when this session began.

    Attributes:
        elapsed: Wall time of the earlier sessions, in seconds.
        finished: Evaluations finished in them.
        worked: Seconds that workers evaluated in them.
    """

    elapsed: float
    finished: int
    worked: float

    @staticmethod
    def of(ledger: Ledger, elapsed: float) -> Baseline:
        """Return how a replayed ledger stands."""
        return Baseline(elapsed, ledger.counts.finished, ledger.counts.seconds)


class Watcher:
    """Turns events into notices, and a manager's state into a status.

    Args:
        progress: Where to show them.
        workers: How many workers there are.
        baseline: Where the run stood when the session began.
    """

    def __init__(self, progress: Progress, workers: int, baseline: Baseline) -> None:
        self._progress, self._workers, self._baseline = progress, workers, baseline
        self._notices = 0

    def happened(self, event: Event) -> None:
        """Notice what people should know at once."""
        match event:
            case Evaluated(worker, outcome) if outcome.failure:
                where = f"worker {worker} on {outcome.host}"
                self._failed(f"evaluation {outcome.id} failed on {where}", outcome.failure)
            case WorkerUnfit(worker, failure):
                self._failed(f"worker {worker} could not load the search", failure)
            case WorkerLost(worker):
                self._progress.notice(f"worker {worker} died; its candidate goes to another")
            case TimeIsUp(reason):
                self._progress.notice(f"{reason}: no more is handed out, running evaluations may finish")
            case WorkerReady() | Evaluated():
                pass

    def round(self, manager: Manager, elapsed: float) -> None:
        """Show how the search stands."""
        counts, budget = manager.ledger.counts, manager.ledger.budget
        session = max(elapsed - self._baseline.elapsed, 1e-9)
        rate = (counts.finished - self._baseline.finished) / session
        lefts = [budget.seconds - elapsed] if budget.seconds else []
        if budget.evaluations and rate:
            lefts.append((budget.evaluations - counts.finished) / rate)
        status = Status(
            done=counts.finished,
            total=budget.evaluations,
            best=described(manager.ledger.archive.best),
            rate=rate,
            left=max(min(lefts), 0) if lefts else None,
            failed=counts.failed,
            duplicates=counts.duplicates,
            busy=min((counts.seconds - self._baseline.worked) / session / self._workers, 1.0),
            running=len(manager.running),
        )
        self._progress.show(status)

    def _failed(self, what: str, failure: Failure) -> None:
        self._notices += 1
        if self._notices > MOST_NOTICES:
            return
        trace = f"\n{failure.traceback.rstrip()}" if self._notices == 1 and failure.traceback else ""
        more = "; further failures are only counted" if self._notices == MOST_NOTICES else ""
        self._progress.notice(f"{what}: {failure.reason}{more}{trace}")


def described(individual: Individual | None) -> str:
    """Return an individual's objectives and metrics as text; nothing for nobody."""
    if individual is None:
        return ""
    values = {**individual.outcome.objectives, **individual.outcome.metrics}
    return ", ".join(f"{name} {value:,.6g}" for name, value in values.items())
