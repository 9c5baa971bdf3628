"""Decides what happens next: a function of events, without clock, I/O or threads."""

from __future__ import annotations

from collections import deque

from evonas.evolve.records import Candidate, CandidateId, Failure, Outcome
from evonas.manage.events import (
    Command,
    Dispatch,
    Evaluated,
    Event,
    Record,
    Stop,
    TimeIsUp,
    WorkerLost,
    WorkerReady,
    WorkerUnfit,
)
from evonas.manage.ledger import Ledger

MOST_FAILURES = 10
"""Failures without one success, beside those that run at once, after which a session is given up."""

MOST_DEATHS = 2
"""Workers that may die of one candidate before it counts as a failure."""


class Manager:
    """Keeps every worker busy from a ledger, until the ledger or the clock says stop.

    Args:
        ledger: The book of the search; after a replay its open candidates are handed out again first.
        workers: How many workers there are to come.
    """

    def __init__(self, ledger: Ledger, workers: int) -> None:
        self.ledger = ledger
        self.running: dict[int, Candidate] = {}  # by worker
        self.unfit: dict[int, Failure] = {}  # workers that could not load the search
        self.lost: set[int] = set()
        self.stopped: Stop | None = None
        self._workers = workers
        self._idle: deque[int] = deque()
        unrecorded = {born.candidate.id for born in ledger.unrecorded}
        self._queue = deque(c for c in ledger.open.values() if c.id not in unrecorded)
        self._deaths: dict[CandidateId, int] = {}
        self._time_is_up: TimeIsUp | None = None

    def handle(self, event: Event) -> list[Command]:
        """Return what is to be done about ``event``, in order; after a ``Stop`` nothing more is."""
        # What a worker says after it was held lost is ignored: its candidate is another's by now, and it
        # would be handed one that nobody takes back, because it is reported lost only once.
        if self.stopped or getattr(event, "worker", None) in self.lost:
            return []
        commands: list[Command] = []
        match event:
            case WorkerReady(worker):
                self._idle.append(worker)
            case WorkerUnfit(worker, failure):
                self.unfit[worker] = failure
            case WorkerLost(worker):
                commands += self._bury(worker)
            case Evaluated(worker, outcome):
                del self.running[worker]
                self._idle.append(worker)
                commands.append(Record(self.ledger.arrive(outcome)))
            case TimeIsUp(reason):
                self._time_is_up, self.ledger.closed = event, reason
        if self._time_is_up:
            self.ledger.advance()  # nobody is born any more, but what came back is learnt
        return commands + self._next()

    def _bury(self, worker: int) -> list[Command]:
        self.lost.add(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        candidate = self.running.pop(worker, None)
        if candidate is None:
            return []
        deaths = self._deaths[candidate.id] = self._deaths.get(candidate.id, 0) + 1
        if deaths < MOST_DEATHS:
            self._queue.appendleft(candidate)
            return []
        failure = Failure(f"{deaths} workers died while evaluating it")
        return [Record(self.ledger.arrive(Outcome(candidate.id, failure=failure, worker=worker)))]

    def _next(self) -> list[Command]:
        """Bear what the idle workers need, hand it out, and stop when there is nothing to wait for."""
        commands: list[Command] = []
        ending = self._ending()
        if ending is None:
            self.ledger.advance(len(self._idle) - len(self._queue))
            commands += self._births()
            commands += self._handouts()
            if self.running or self._queue or self.ledger.stopping() is None:
                return commands
            ending = Stop(self.ledger.stopping() or "")
        if not self.running:
            self.stopped = ending
            commands.append(ending)
        return commands

    def _ending(self) -> Stop | None:
        """Return why no more is handed out, whatever the budget says; running evaluations may finish."""
        early = len(self.ledger.early_failures)
        if self._time_is_up:
            return Stop(self._time_is_up.reason, self._time_is_up.ending)
        if early >= MOST_FAILURES + (self.ledger.lag or self._workers):
            return Stop(f"the first {early} evaluations of this session all failed", "given up")
        if len(self.lost | self.unfit.keys()) >= self._workers:
            return Stop("no worker is left", "given up")
        return None

    def _births(self) -> list[Command]:
        births = self.ledger.take_records()
        self._queue.extend(born.candidate for born in births if born.same_as is None)
        return [Record(born) for born in births]

    def _handouts(self) -> list[Command]:
        commands: list[Command] = []
        while self._queue and self._idle:
            worker, candidate = self._idle.popleft(), self._queue.popleft()
            self.running[worker] = candidate
            commands.append(Dispatch(worker, candidate))
        return commands
