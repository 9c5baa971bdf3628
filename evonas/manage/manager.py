"""Decides what happens next: a function of events, without clock, I/O or threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evonas.evolve.records import Candidate, CandidateId, Failure, Outcome
from evonas.manage.events import (
    Command,
    Dispatch,
    ElitesArrived,
    Evaluated,
    Event,
    Record,
    Release,
    Send,
    Stop,
    TimeIsUp,
    WorkerLost,
    WorkerReady,
    WorkerUnfit,
)
from evonas.manage.ledger import Ledger
from evonas.manage.pace import Pace
from evonas.manage.queue import Queue

MOST_FAILURES = 10
"""Failures without one success, beside those that run at once, after which a session is given up."""

MOST_DEATHS = 2
"""Workers that may die of one candidate before it counts as a failure."""


@dataclass
class Tally:
    """What a manager did in its session.

    Attributes:
        deaths: Workers that died.
        retried: Failed evaluations that were tried again.
        late: Outcomes that came too late: another worker was faster.
    """

    deaths: int = 0
    retried: int = 0
    late: int = 0


class Manager:
    """Keeps workers busy from the ledgers of one or more islands, until these or the clock say stop.

    Args:
        workers: How many workers are to come.
        retries: How often a failed evaluation is tried again.
        helps_itself: Whether somebody steps in once all workers are gone.
    """

    def __init__(self, workers: int, retries: int = 0, *, helps_itself: bool = False) -> None:
        self.expected, self.helps_itself = workers, helps_itself
        self.halted: str | None = None  # why all islands shall end, in the middle of their budgets
        self._n_released = 0
        self.running: dict[int, dict[CandidateId, Candidate]] = {}  # by worker, in the order of evaluation
        self.unfit: dict[int, Failure] = {}  # workers that could not load the search
        self.lost: set[int] = set()
        self.stopped: Stop | None = None
        self.tally = Tally()
        self.ledgers: list[Ledger] = []  # the books of the islands that are managed here
        self._queues: dict[int, Queue] = {}
        self._retries, self._failures = retries, dict[CandidateId, int]()
        self._deaths: dict[CandidateId, int] = {}
        self._announced: set[int] = set()
        self._hungry: dict[int, None] = {}  # workers that may want more, in the order in which they spoke
        self._time_is_up: TimeIsUp | None = None
        self._pace = Pace()

    @property
    def is_deserted(self) -> bool:
        """Whether nobody evaluates here, nor is still to come."""
        return not self.running and len(self._announced | self.lost) >= self.expected

    @property
    def is_exhausted(self) -> bool:
        """Whether nothing will be handed out here, unless a worker dies."""
        return all(queue.is_exhausted for queue in self._queues.values())

    @property
    def n_running(self) -> int:
        """How many candidates are at the workers."""
        return sum(map(len, self.running.values()))

    def adopt(self, ledger: Ledger, *, taken_over: bool = False) -> None:
        """Manage an island from now on; its open candidates are handed out again.

        Args:
            ledger: Its book, perhaps after a replay.
            taken_over: Whether the one who managed it just died.
        """
        self._queues[ledger.island] = Queue(ledger, taken_over=taken_over)
        self.ledgers = [queue.ledger for queue in self._queues.values()]
        self.stopped = None
        self._hungry.update((worker, None) for worker, held in self.running.items() if not held)
        if self._time_is_up:
            ledger.closed = self._time_is_up.reason

    def release(self, worker: int) -> None:
        """Forget a worker: it turns to another manager."""
        self._requeue(self.running.pop(worker, {}))
        self._hungry.pop(worker, None)
        self._announced.discard(worker)
        self.expected -= 1
        self._n_released += 1

    def handle(self, events: Sequence[Event]) -> list[Command]:
        """Return what is to be done about ``events``, in order; after a ``Stop`` nothing is handed out."""
        commands: list[Command] = []
        for event in events:
            # What a worker says after it was held lost is ignored: its candidates are others' by now.
            if getattr(event, "worker", None) not in self.lost:
                commands += self._take(event)
        return commands + self._next()

    def _take(self, event: Event) -> list[Command]:
        match event:
            case Evaluated(worker, outcome):
                return self._judge(worker, outcome)
            case WorkerReady(worker):
                self._announce(worker)
                self._requeue(self.running.pop(worker, {}))
                self.running[worker] = {}
                self._hungry[worker] = None
            case WorkerUnfit(worker, failure):
                self._announce(worker)
                self.unfit[worker] = failure
            case WorkerLost(worker, replaced):
                self.expected += replaced
                return self._bury(worker)
            case ElitesArrived(elites):
                queue = self._queues.get(elites.target)
                if queue and queue.ledger.welcome(elites):
                    return [Record(elites.target, elites)]
            case TimeIsUp(reason):
                self._time_is_up = event
                for ledger in self.ledgers:
                    ledger.closed = reason
        return []

    def _announce(self, worker: int) -> None:
        """Note who works here; beside those that were expected, others may be sent here."""
        self._announced.add(worker)
        self.expected = max(self.expected, len(self._announced | self.lost))
        self._free_orphans()

    def _free_orphans(self) -> None:
        if len(self._announced | self.lost) >= self.expected:
            for queue in self._queues.values():
                queue.take_orphans()

    def _judge(self, worker: int, outcome: Outcome) -> list[Command]:
        name = outcome.id
        self.running.get(worker, {}).pop(name, None)
        self._hungry[worker] = None
        self._pace.saw(outcome.seconds)
        queue = self._queues.get(name.island)
        candidate = queue.ledger.open.get(name) if queue else None
        if queue is None or candidate is None:
            self.tally.late += 1
            return []
        if outcome.failure and self._failures.get(name, 0) < self._retries:
            self._failures[name] = self._failures.get(name, 0) + 1
            self.tally.retried += 1
            queue.remove(candidate)  # an orphan may wait there already
            queue.waiting.append(candidate)
            return []
        return [self._arrive(queue, candidate, outcome)]

    def _arrive(self, queue: Queue, candidate: Candidate, outcome: Outcome) -> Record:
        queue.remove(candidate)
        return Record(outcome.id.island, queue.ledger.arrive(outcome))

    def _bury(self, worker: int) -> list[Command]:
        self.lost.add(worker)
        self._hungry.pop(worker, None)
        self.tally.deaths += 1
        held = self.running.pop(worker, {})
        blamed = next(iter(held.values()), None)  # it worked on the first one; the others only waited there
        records = self._blame(worker, blamed) if blamed else []
        self._free_orphans()
        self._requeue(held)
        return records

    def _blame(self, worker: int, candidate: Candidate) -> list[Command]:
        deaths = self._deaths[candidate.id] = self._deaths.get(candidate.id, 0) + 1
        queue = self._queues[candidate.id.island]
        if deaths < MOST_DEATHS or candidate.id not in queue.ledger.open:
            return []
        failure = Failure(f"{deaths} workers died while evaluating it")
        return [self._arrive(queue, candidate, Outcome(candidate.id, failure=failure, worker=worker))]

    def _requeue(self, held: Mapping[CandidateId, Candidate]) -> None:
        """Let what a worker held be the next to be handed out, in the same order."""
        for name, candidate in reversed(list(held.items())):
            queue = self._queues[name.island]
            if name in queue.ledger.open:
                queue.waiting.appendleft(candidate)
        self._hungry.update((worker, None) for worker, others in self.running.items() if held and not others)

    def _next(self) -> list[Command]:
        """Bear what the workers need, hand it out, and stop when there is nothing to wait for."""
        commands: list[Command] = []
        ending = self._ending()
        if ending is None or self._time_is_up:
            for ledger in self.ledgers:
                ledger.advance()  # when time is up nobody is born, but what came back is learnt
        if ending is None:
            self._stop_at_target()
            commands += self._handed_out()
            ending = self._done()
        for ledger in self.ledgers:
            commands += [Send(elites) for elites in ledger.exchange.outbox]
            ledger.exchange.outbox.clear()
        at_once = self._time_is_up is not None and self._time_is_up.at_once
        if ending and not self.stopped and (at_once or not any(self.running.values())):
            self.stopped = ending
            commands.append(ending)
        return commands

    def _ending(self) -> Stop | None:
        """Return why no more is handed out, whatever the budget says; running evaluations may finish."""
        if self._time_is_up:
            return Stop(self._time_is_up.reason, self._time_is_up.ending)
        if self.stopped and self.stopped.ending == "given up":
            return self.stopped
        early = [len(ledger.early_failures) for ledger in self.ledgers if not ledger.has_succeeded]
        if len(early) == len(self.ledgers) and sum(early) >= MOST_FAILURES + self._at_once:
            first = next(one for ledger in self.ledgers for one in ledger.early_failures).failure
            reason = f"the first {sum(early)} evaluations of this session all failed"
            return Stop(f"{reason}: {first.reason}" if first else reason, "given up")
        if self.is_deserted and not (self.helps_itself and (self.lost or self._n_released or not self.unfit)):
            why = [f": {failure.reason}" for failure in self.unfit.values()]
            return Stop("".join(["no worker is left", *why[:1]]), "given up")
        return None

    @property
    def _at_once(self) -> int:
        """How many evaluations run at a time at most while nothing is known."""
        return sum(ledger.lag or 0 for ledger in self.ledgers) or self.expected

    def _stop_at_target(self) -> None:
        """Let no island go on once one has what is wanted; in step each finds its own end."""
        for ledger in self.ledgers:
            if not ledger.lag and (reached := ledger.target_reached()):
                self.halted = reached
        if self.halted:
            for ledger in self.ledgers:
                ledger.closed = ledger.closed or self.halted

    def _done(self) -> Stop | None:
        """Return why the budgets of all islands are spent, or None while one is not."""
        done = [ledger for ledger in self.ledgers if ledger.is_done]
        for ledger in done:
            ledger.exchange.farewell()
        if len(done) < len(self._queues):
            return None
        reasons = dict.fromkeys(ledger.stopping() or "" for ledger in done)
        return Stop("; ".join(reasons))

    def _handed_out(self) -> list[Command]:
        if not self._hungry:
            return []
        depth = self._depth()
        slots = {
            worker: depth - len(self.running[worker])
            for worker in self._hungry
            if worker in self.running and len(self.running[worker]) <= depth // 2
        }
        records: list[Record] = []
        supply = deque(self._supply(sum(slots.values()), records)) if slots else deque[Candidate]()
        share = -(-len(supply) // max(len(slots), 1))
        dispatches: list[Dispatch] = []
        for worker, slot in slots.items():
            given = tuple(supply.popleft() for _ in range(min(slot, share, len(supply))))
            if given:
                self.running[worker].update((candidate.id, candidate) for candidate in given)
                dispatches.append(Dispatch(worker, given))
                self._hungry.pop(worker)
        for candidate in reversed(supply):
            self._queues[candidate.id.island].waiting.appendleft(candidate)
        return [*records, *dispatches, *self._released()]

    def _depth(self) -> int:
        if not all(ledger.strategy.looks_ahead for ledger in self.ledgers):
            return 1
        finished = sum(ledger.counts.finished for ledger in self.ledgers)
        left = sum(ledger.left for ledger in self.ledgers)
        return self._pace.depth(finished, left, len(self.running))

    def _supply(self, n: int, records: list[Record]) -> list[Candidate]:
        """Return at most ``n`` candidates, in fair shares of the islands, the one farthest back first."""
        queues = sorted(self._queues.values(), key=lambda queue: queue.ledger.share_done)
        found: list[Candidate] = []
        for left, queue in zip(range(len(queues), 0, -1), queues, strict=True):
            found += queue.supply(-(-(n - len(found)) // left), records)
        for queue in queues:
            if len(found) < n:
                found += queue.supply(n - len(found), records)
        return found

    def _released(self) -> list[Release]:
        """Return the workers for whom there will be nothing more to do here, once each."""
        if not self.is_exhausted:
            return []
        idle = [worker for worker in self._hungry if not self.running.get(worker, True)]
        for worker in idle:
            self._hungry.pop(worker)
        return [Release(worker) for worker in idle]
