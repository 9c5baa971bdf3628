"""A discrete-event model of a search: managers, workers, messages, and the cores that they may share.

A manager works in rounds: it takes all messages that are there, and sends the answers once it is done with
all. A rank with nothing to do sleeps, and looks for messages after pauses
that double. A worker holds as many candidates, and an island sends elites as often, as evonas's own ``Pace``
and ``Interval`` say. Elites go along a ring. An island that is done lends its workers to the next one.

Each rank has a core of its own unless ``cores`` says how many all of them share: then whatever is computed
queues for a core, first come first served, and so do the looks of sleeping ranks. Evaluations take no core:
they sleep, or run on something else. Not in the model: file systems, the width of networks, what an MPI
library does with 100,000 connections, deaths, and the words of hosts to the lead (50 a second at most).

The events are kept in a ``heapq``. simpy was tried beside it at 100,000 workers: with one request and two
timeouts an evaluation, and nothing else, it went through 21,000 evaluations a second, the bare ``heapq`` with
five events an evaluation through 75,000.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from assumptions import LONGEST_PAUSE, SHORTEST_PAUSE, Figures, Looks, ServiceTimes, Setup
from numpy.typing import NDArray

from evonas.manage.migration import Interval
from evonas.manage.pace import Pace

LONGEST_SILENCE = 4e-3  # as in evonas/ranks/worker.py


def simulate(setup: Setup, times: ServiceTimes, rng: np.random.Generator) -> Figures:
    """Return how a search would go."""
    return _Simulation(setup, times, rng).run()


@dataclass(eq=False, slots=True, kw_only=True)
class _Rank:
    """A manager or a worker: messages that lie there, and since when it sleeps, if it does."""

    wakes: Callable[[Any], None]
    inbox: deque[Any] = field(default_factory=deque)
    asleep: float | None = None


@dataclass(eq=False, slots=True, kw_only=True)
class _Manager(_Rank):
    """``owes`` are seconds of service that sending elites took; ``successor`` is an index."""

    successor: int
    slower: float
    left: int
    known: int
    expected: int
    interval: Interval
    pace: Pace = field(default_factory=Pace)
    learnt: int = 0
    improved: bool = False
    owes: float = 0.0

    def depth(self) -> int:
        return self.pace.depth(self.known + self.learnt, self.left, self.expected)


@dataclass(eq=False, slots=True, kw_only=True)
class _Worker(_Rank):
    """``held`` are candidates as the manager counts them, ``unpacked`` those of the message in work."""

    manager: _Manager
    held: int = 0
    unpacked: int = 0


_Report = tuple[_Worker | None, int, float]
"""A message to a manager: outcomes and the seconds that they took.

One without outcomes introduces its worker, one without a worker brings elites.
"""


@dataclass
class _Totals:
    """Sums from the start to some moment; ``begun`` sums when those that run now began."""

    now: float = 0.0
    learnt: int = 0
    running: int = 0
    begun: float = 0.0
    ended: float = 0.0
    served: float = 0.0
    messages: int = 0
    elites: int = 0

    @property
    def evaluated(self) -> float:
        """Seconds that workers evaluated so far."""
        return self.ended + self.running * self.now - self.begun


class _Simulation:
    def __init__(self, setup: Setup, times: ServiceTimes, rng: np.random.Generator) -> None:
        self._setup, self._times, self._rng = setup, times, rng
        self._events: list[tuple[float, int, Callable[[Any], None], Any]] = []
        self._order = 0  # of events at the same moment
        self._cores = [0.0] * (setup.cores or 0)  # when each is free again
        self._looks = Looks(times.oversleep)
        self._durations = _drawn(setup.durations, rng)
        self._totals, self._lent = _Totals(), 0
        self._managers = [self._manager(index) for index in range(setup.islands)]
        self._elites = times.message + setup.elites * times.outcome  # to send some, or to take some in

    def run(self) -> Figures:
        """Simulate to the end of the window, or of the budget."""
        self._begin()
        setup, totals, events = self._setup, self._totals, self._events
        marks = [math.ceil(share * setup.evaluations) for share in setup.window]
        passed: list[_Totals] = []
        while totals.learnt < (setup.evaluations if setup.whole else marks[1]):
            totals.now, _, happens, to = heapq.heappop(events)
            happens(to)
            while len(passed) < 2 and totals.learnt >= marks[len(passed)]:
                passed.append(_Totals(**vars(totals)))
        return self._figures(*passed)

    def _manager(self, index: int) -> _Manager:
        setup = self._setup
        parts = setup.islands
        return _Manager(
            wakes=self._serve,
            successor=(index + 1) % parts,
            slower=setup.slower if index < parts // 2 else 1.0,
            left=_share(setup.evaluations, parts, index),
            known=_share(setup.known, parts, index),
            expected=_share(setup.workers, parts, index),
            interval=Interval(setup.every, True),
        )

    def _begin(self) -> None:
        """Let all workers introduce themselves within one longest pause."""
        for manager in self._managers:
            self._falls_asleep(manager)
            for _ in range(manager.expected):
                worker = _Worker(wakes=self._work, manager=manager)
                self._sends(manager, (worker, 0, 0.0), self._rng.random() * LONGEST_PAUSE)
                self._falls_asleep(worker)

    def _at(self, moment: float, happens: Callable[[Any], None], to: Any) -> None:
        self._order += 1
        heapq.heappush(self._events, (moment, self._order, happens, to))

    def _computed(self, seconds: float) -> float:
        """Return when something that takes a core from now on is done."""
        if not self._cores:
            return self._totals.now + seconds
        done = max(self._totals.now, self._cores[0]) + seconds
        heapq.heapreplace(self._cores, done)
        return done

    # Sleeping, and messages

    def _falls_asleep(self, rank: _Rank) -> None:
        rank.asleep = self._totals.now
        if self._cores:  # each look takes a core, so each is an event
            self._at(self._computed(self._times.look), self._peeks, (rank, SHORTEST_PAUSE))

    def _peeks(self, rank_and_pause: tuple[_Rank, float]) -> None:
        rank, pause = rank_and_pause
        if rank.inbox:
            rank.asleep = None
            rank.wakes(rank)
        else:
            awake = self._totals.now + pause + self._times.oversleep
            self._at(awake, self._looked, (rank, min(2 * pause, LONGEST_PAUSE)))

    def _looked(self, rank_and_pause: tuple[_Rank, float]) -> None:
        self._at(self._computed(self._times.look), self._peeks, rank_and_pause)

    def _sends(self, to: _Rank, message: Any, later: float = 0.0) -> None:
        self._totals.messages += 1
        self._at(self._totals.now + self._times.latency + later, self._arrives, (to, message))

    def _arrives(self, rank_and_message: tuple[_Rank, Any]) -> None:
        rank, message = rank_and_message
        rank.inbox.append(message)
        if rank.asleep is not None and not self._cores:
            self._at(self._looks.seen(rank.asleep, self._totals.now), rank.wakes, rank)
            rank.asleep = None

    # Workers: a message to one is how many candidates it brings

    def _work(self, worker: _Worker) -> None:
        """Evaluate until there is enough to report."""
        cost = 0.0
        if not worker.unpacked:
            worker.unpacked, cost = worker.inbox.popleft(), self._times.worker_message
        seconds, count = 0.0, 0
        while worker.unpacked and seconds <= LONGEST_SILENCE:
            seconds += next(self._durations) * worker.manager.slower
            worker.unpacked -= 1
            count += 1
        begun = self._computed(cost + count * self._times.worker_task)
        self._totals.running += 1
        self._totals.begun += begun
        self._at(begun + seconds, self._reports, (worker, count, seconds))

    def _reports(self, report: _Report) -> None:
        worker, _, seconds = report
        assert worker is not None
        totals = self._totals
        totals.running -= 1
        totals.begun -= totals.now - seconds
        totals.ended += seconds
        self._sends(worker.manager, report)
        if worker.unpacked or worker.inbox:
            self._work(worker)
        else:
            self._falls_asleep(worker)

    # Managers: a message to one is a report

    def _serve(self, manager: _Manager) -> None:
        """Begin a round with what is there."""
        times, messages = self._times, manager.inbox
        manager.inbox = deque()
        cost, manager.owes = times.round + manager.owes, 0.0
        for worker, count, _ in messages:
            cost += times.message + count * times.outcome if worker else self._elites
        self._totals.served += cost
        self._at(self._computed(cost), self._served, (manager, messages))

    def _served(self, manager_and_messages: tuple[_Manager, deque[_Report]]) -> None:
        manager, messages = manager_and_messages
        for worker, count, seconds in messages:
            if worker:
                worker.held -= count
                self._learn(manager, count, seconds)
        for worker, _, _ in messages:
            if worker:
                self._answer(manager, worker)
        if manager.inbox:
            self._serve(manager)
        else:
            self._falls_asleep(manager)

    def _learn(self, manager: _Manager, count: int, seconds: float) -> None:
        self._totals.learnt += count
        for _ in range(count):
            manager.pace.saw(seconds / count)
            manager.learnt += 1
            if manager.learnt % self._setup.every == 0 and self._setup.islands > 1:
                self._migrate(manager)

    def _answer(self, manager: _Manager, worker: _Worker) -> None:
        """Fill up what a worker holds; lend one for which there is nothing."""
        depth = self._setup.depth or manager.depth()
        if worker.held <= depth // 2:
            given = min(depth - worker.held, manager.left)
            if given:
                manager.left -= given
                worker.held += given
                self._sends(worker, given)
        if not worker.held and self._setup.lends:
            self._lend(worker)

    def _lend(self, worker: _Worker) -> None:
        """Send a worker to the next island that has work left, if there is one."""
        other = self._managers[worker.manager.successor]
        while other is not worker.manager and not other.left:
            other = self._managers[other.successor]
        if other is not worker.manager:
            worker.manager.expected -= 1
            other.expected += 1
            worker.manager, self._lent = other, self._lent + 1
            self._sends(other, (worker, 0, 0.0))

    def _migrate(self, manager: _Manager) -> None:
        """Send elites to the next island, if they are due and one is new.

        Whether one is better is drawn: of n outcomes of equally good draws the best is among the last m with
        probability m / n, the law of records.
        """
        manager.improved |= self._rng.random() < self._setup.every / (manager.known + manager.learnt)
        if manager.interval.due(manager.learnt, manager.improved) and manager.improved:
            manager.improved = False
            manager.owes += self._elites
            self._totals.elites += 1
            self._sends(self._managers[manager.successor], (None, 0, 0.0))

    def _figures(self, begin: _Totals, end: _Totals) -> Figures:
        setup, times, totals = self._setup, self._times, self._totals
        seconds, learnt = end.now - begin.now, end.learnt - begin.learnt
        managers = seconds * setup.islands
        elites = end.elites - begin.elites
        messages = end.messages - begin.messages + elites  # those leave one manager and enter another
        size = messages * times.message_bytes + (learnt + 2 * elites * setup.elites) * times.outcome_bytes
        return Figures(
            evaluations_per_second=learnt / seconds,
            worker_busy=(end.evaluated - begin.evaluated) / seconds / setup.workers,
            manager_busy=(end.served - begin.served) / managers,
            messages_per_second=messages / managers,
            bytes_per_second=size / managers,
            elites_per_second=elites / managers,
            whole_seconds=totals.now if setup.whole else math.nan,
            whole_busy=totals.evaluated / totals.now / setup.workers if setup.whole else math.nan,
            lent=self._lent,
        )


def _share(whole: int, parts: int, index: int) -> int:
    return whole // parts + (index < whole % parts)


def _drawn(durations: NDArray[np.float64], rng: np.random.Generator) -> Iterator[float]:
    while True:
        yield from rng.choice(durations, 4096).tolist()
