"""The one I/O loop of a manager: messages to events, commands to journal and messages."""

from __future__ import annotations

import time
from typing import Protocol

from evonas import seeds
from evonas.evolve.records import Failure
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
from evonas.manage.journal import Journal
from evonas.manage.manager import Manager
from evonas.ranks import wire
from evonas.ranks.transport import Transport

LONGEST_WAIT = 0.25
"""Seconds without a message after which the loop looks at the clock and the display."""


class Observer(Protocol):
    """Somebody who watches a search, to show it to people."""

    def happened(self, event: Event) -> None:
        """See an event before the manager handles it."""

    def round(self, manager: Manager, elapsed: float) -> None:
        """See how it stands after a round, ``elapsed`` seconds into the run."""


class Driver:
    """Runs a manager on a transport until it stops.

    Args:
        manager: Decides.
        transport: Reaches the workers.
        journal: Keeps what happened, before anything that follows from it is sent.
        fingerprint: That of the space; a worker that loaded another one is refused.
        seed: The root seed.
        elapsed: Wall time of the run in its earlier sessions, in seconds.
        alarms: When to say that time is up, in seconds of ``elapsed``; in any order.
        observer: Is shown how it goes.
    """

    def __init__(
        self,
        manager: Manager,
        transport: Transport,
        journal: Journal,
        *,
        fingerprint: str,
        seed: int,
        elapsed: float,
        alarms: list[tuple[float, TimeIsUp]],
        observer: Observer,
    ) -> None:
        self._manager, self._transport, self._journal = manager, transport, journal
        self._fingerprint, self._seed, self._observer = fingerprint, seed, observer
        self._began = time.monotonic() - elapsed
        self._alarms = sorted(alarms, key=lambda alarm: alarm[0])
        self._hosts: dict[int, str] = {}
        self._names = tuple(manager.ledger.objectives)

    @property
    def elapsed(self) -> float:
        """Wall time of the run, all sessions together, in seconds."""
        return time.monotonic() - self._began

    def run(self) -> Stop:
        """Drive until the manager stops; return why it did."""
        while self._manager.stopped is None:
            messages = self._transport.receive(self._patience())
            events = [self._event(worker, message) for worker, message in messages]
            events += [WorkerLost(worker) for worker in self._transport.lost()]
            while self._alarms and self._alarms[0][0] <= self.elapsed:
                events.append(self._alarms.pop(0)[1])
            for event in events:
                self._observer.happened(event)
                self._obey(self._manager.handle(event))
            self._observer.round(self._manager, self.elapsed)
        return self._manager.stopped

    def _patience(self) -> float:
        left = self._alarms[0][0] - self.elapsed if self._alarms else LONGEST_WAIT
        return min(max(left, 0.0), LONGEST_WAIT)

    def _event(self, worker: int, message: bytes) -> Event:
        if wire.kind(message) == wire.OUTCOME:
            outcome = wire.unpack_outcome(message, self._names, worker, self._hosts[worker])
            return Evaluated(worker, outcome)
        if wire.kind(message) == wire.UNFIT:
            return WorkerUnfit(worker, wire.unpack_unfit(message))
        self._hosts[worker], fingerprint = wire.unpack_ready(message)
        if fingerprint != self._fingerprint:
            reason = f"worker {worker} on {self._hosts[worker]} loaded another search space: {fingerprint}"
            return WorkerUnfit(
                worker, Failure(f"{reason}, not {self._fingerprint}; use the same file everywhere")
            )
        return WorkerReady(worker)

    def _obey(self, commands: list[Command]) -> None:
        for command in commands:
            if isinstance(command, Record):
                self._journal.append(command.entry, self.elapsed)
        self._journal.flush()
        for command in commands:
            if isinstance(command, Dispatch):
                seed = seeds.evaluation_seed(self._seed, *command.candidate.id)
                self._transport.send(command.worker, wire.pack_task(command.candidate, seed))
