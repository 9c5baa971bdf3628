"""Watches a driver: shows people how the run goes, and writes down what came of an island."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evonas.evolve.continuous.strategy import ContinuousStrategy
from evonas.evolve.records import Failure, Individual
from evonas.evolve.strategies.relay import Relay
from evonas.manage.events import (
    Account,
    ElitesArrived,
    Evaluated,
    Event,
    Stop,
    TimeIsUp,
    WorkerLost,
    WorkerReady,
    WorkerUnfit,
)
from evonas.manage.journal import elite_line
from evonas.manage.ledger import Ledger
from evonas.manage.manager import Manager
from evonas.ranks.council import Council, Pulse, together
from evonas.report.progress import Progress, Status

MOST_NOTICES = 3
"""Failures that are shown one by one; later ones are only counted."""


class Watcher:
    """Turns events into notices, how the hosts stand into a status, and islands into reports.

    Args:
        progress: Where to show them.
        total: The budget of evaluations, if there is one.
        seconds: The budget of seconds, if there is one.
        finished: Evaluations on islands that are no more.
    """

    def __init__(
        self, progress: Progress, *, total: int | None, seconds: float | None, finished: int
    ) -> None:
        self._progress, self._total, self._seconds, self._retired = progress, total, seconds, finished
        self._n_begun = 0  # evaluations finished before this session
        self._began: float | None = None
        self._worked_before = 0.0
        self._notices = 0

    def happened(self, event: Event) -> None:
        """Notice what people should know at once."""
        match event:
            case Evaluated(worker, outcome) if outcome.failure:
                where = f"worker {worker} on {outcome.host}"
                self._failed(f"evaluation {outcome.id} failed on {where}", outcome.failure)
            case WorkerUnfit(worker, failure):
                self._failed(f"worker {worker} could not load the search", failure)
            case WorkerLost(worker, replaced):
                more = ", and a new worker is started" if replaced else ""
                self._progress.notice(f"worker {worker} died; its candidate goes to another{more}")
            case TimeIsUp(reason, _, at_once):
                rest = "what runs is given back" if at_once else "running evaluations may finish"
                self._progress.notice(f"{reason}: no more is handed out, {rest}")
            case WorkerReady() | Evaluated() | ElitesArrived():
                pass

    def adopted(self, ledger: Ledger, *, taken_over: bool) -> None:
        """Notice an island that is managed here from now on."""
        done = ledger.counts.finished
        if taken_over:
            self._progress.notice(
                f"the manager of island {ledger.island} died; going on with {done:,} evaluations"
            )

    def pulse(self, manager: Manager) -> Pulse:
        """Return how the islands of this host stand."""
        counts = [ledger.counts for ledger in manager.ledgers]
        good = [ledger.archive.best for ledger in manager.ledgers if ledger.archive.best]
        best = min(good, key=lambda one: one.costs[0], default=None)
        return Pulse(
            sum(count.finished for count in counts),
            sum(count.failed for count in counts),
            sum(count.duplicates for count in counts),
            manager.n_running,
            len(manager.running),
            sum(count.seconds for count in counts),
            described(best),
            best.costs[0] if best else None,
            manager.is_exhausted,
        )

    def show(self, council: Council, elapsed: float) -> None:
        """Show how the run stands, as far as the hosts have told."""
        whole = together({host: council.pulses[host] for host in council.hosts if host in council.pulses})
        if self._began is None:
            self._began, self._n_begun, self._worked_before = elapsed, whole.finished, whole.seconds
        session = max(elapsed - self._began, 1e-9)
        rate = (whole.finished - self._n_begun) / session
        done = whole.finished + self._retired
        lefts = [self._seconds - elapsed] if self._seconds else []
        if self._total and rate > 0:
            lefts.append((self._total - done) / rate)
        status = Status(
            done=done,
            total=self._total,
            best=whole.best,
            rate=max(rate, 0.0),
            left=max(min(lefts), 0) if lefts else None,
            failed=whole.failed,
            duplicates=whole.duplicates,
            busy=min(max(whole.seconds - self._worked_before, 0.0) / session / max(whole.workers, 1), 1.0),
            running=whole.running,
        )
        self._progress.show(status)

    def report(self, ledger: Ledger, stop: Stop, account: Account) -> Any:
        """Return what is to be known of an island at its end, fit for JSON."""
        counts = ledger.counts
        return {
            "reason": stop.reason,
            "ending": stop.ending,
            "evaluations": counts.finished,
            "failed": counts.failed,
            "duplicates": counts.duplicates,
            "seconds": counts.seconds,
            "best": described(ledger.archive.best),
            "digest": ledger.digest,
            "shares": shares_of(ledger),
            "front": [elite_line(one) for one in ledger.archive.front],
            "account": dict(account.figures),
        }

    def _failed(self, what: str, failure: Failure) -> None:
        self._notices += 1
        if self._notices > MOST_NOTICES:
            return
        trace = f"\n{failure.traceback.rstrip()}" if self._notices == 1 and failure.traceback else ""
        more = "; further failures are only counted" if self._notices == MOST_NOTICES else ""
        self._progress.notice(f"{what}: {failure.reason}{more}{trace}")


def shares_of(ledger: Ledger) -> dict[str, list[int]]:
    """Return what each method of a portfolio or a relay spent and earned: evaluations and records by name."""
    strategy = ledger.strategy
    if not isinstance(strategy, ContinuousStrategy | Relay):
        return {}
    return {name: [share.evaluations, share.records] for name, share in strategy.shares.items()}


def summed(shares: Iterable[Mapping[str, Sequence[int]]]) -> dict[str, list[int]]:
    """Return what the methods of several islands spent and earned together."""
    total: dict[str, list[int]] = {}
    for island in shares:
        for name, (evaluations, records) in island.items():
            spent, earned = total.get(name, (0, 0))
            total[name] = [spent + evaluations, earned + records]
    return total


def described(individual: Individual | None) -> str:
    """Return an individual's objectives and metrics as text, and if it is infeasible; nothing for nobody."""
    if individual is None:
        return ""
    values: Mapping[str, float] = {**individual.outcome.objectives, **individual.outcome.metrics}
    told = ", ".join(f"{name} {value:,.6g}" for name, value in values.items())
    return told if individual.is_feasible else f"violates constraints: {told}"
