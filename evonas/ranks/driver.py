"""The one I/O loop of a host: messages to events, commands to journals and messages."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from evonas.evolve.records import Failure
from evonas.manage.events import (
    Command,
    Dispatch,
    Elites,
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
from evonas.manage.manager import Manager
from evonas.ranks import wire
from evonas.ranks.council import Council
from evonas.ranks.garbage import survivors_spared
from evonas.ranks.hosted import Clock, Island, Observer, Shares, Terms
from evonas.ranks.memory import Memory
from evonas.ranks.transport import Transport

LONGEST_WAIT = 0.25
"""Seconds without a message after which the loop looks at the clock and the display."""


class Driver:
    """Runs a manager on a transport until the run is over, or this host is dismissed.

    Args:
        manager: Decides.
        transport: Reaches the workers and the other hosts.
        open_island: Returns an island that this host shall manage.
        terms: What this host and its workers must agree on.
        clock: Knows when it must be over.
        observer: Is shown how it goes.
        promoted: Whether the islands' former host just died.
    """

    def __init__(
        self,
        manager: Manager,
        transport: Transport,
        open_island: Callable[[int], Island],
        *,
        terms: Terms,
        clock: Clock,
        observer: Observer,
        promoted: bool = False,
    ) -> None:
        self.council = Council(transport)
        self._manager, self._transport = manager, transport
        self._open_island, self._islands = open_island, dict[int, Island]()
        self._terms = terms
        self._clock, self._observer = clock, observer
        self._promoted = promoted
        self._base = 0.0  # wall time of the run before this session
        self._hosts: dict[int, str] = {}  # names of machines by worker
        self._memories: dict[int, Memory] = {}
        self._wants: list[tuple[int, int, int]] = []  # asked for before the island was here
        self._events: list[Event] = []
        self._shares = Shares()
        self._halted: str | None = None
        self._n_rounds = 0

    @property
    def elapsed(self) -> float:
        """Wall time of the run, all sessions together, in seconds."""
        return self._base + self.session_seconds

    @property
    def session_seconds(self) -> float:
        """Wall time of this host's part of the session."""
        return self._shares.session

    def run(self) -> None:
        """Drive until every island has reported to this host, or the lead dismisses it."""
        try:
            self._adopt()
            with survivors_spared(lambda: not self._transport.evaluates_here):
                while not (self.council.dismissed or (self.council.leads and self.council.is_complete)):
                    self._round()
            if self.council.leads:
                self.council.pulses[self._transport.rank] = self._observer.pulse(self._manager)
                self._observer.show(self.council, self.elapsed)
        finally:
            for island in self._islands.values():
                island.journal.close()

    def _round(self) -> None:
        self._n_rounds += 1
        before = time.monotonic()
        messages = self._transport.receive(0.0 if self._events else LONGEST_WAIT)
        self._shares.asleep += time.monotonic() - before
        for rank, message in messages:
            self._read(rank, message)
        self._hear_of_deaths()
        self._events += self._clock.news(self.elapsed)
        events, self._events = self._events, []
        for event in events:
            self._observer.happened(event)
        self._obey(self._manager.handle(events))
        self._confer()

    def _hear_of_deaths(self) -> None:
        lost = self._transport.lost()
        if not lost:
            return
        own = [worker for worker in lost if worker in self._hosts or worker in self._transport.workers]
        for worker in own:
            self._events.append(WorkerLost(worker, self._transport.replaces and worker in self._hosts))
        hosts = {*self._transport.layout.hosts} - {self._transport.rank}
        for worker in self._hosts.keys() & hosts:  # it manages from now on
            self._forget(worker)
        self._adopt()
        for island in self._islands.values():
            self._ask_for_elites(island.ledger)

    def _forget(self, worker: int) -> None:
        """Count no more on a worker that lives, but not for this host."""
        self._manager.release(worker)
        self._hosts.pop(worker, None)

    def _adopt(self) -> None:
        """Take the islands that the layout gives to this host."""
        for number in self._transport.layout.islands_of(self._transport.rank):
            if number not in self._islands:
                island = self._islands[number] = self._open_island(number)
                self._base = max(self._base, island.seconds)
                island.taken_over = self._promoted or self._n_rounds > 0
                self._manager.adopt(island.ledger, taken_over=island.taken_over)
                self._observer.adopted(island.ledger, taken_over=island.taken_over)
                self.council.keep()
                self._ask_for_elites(island.ledger)

    def _ask_for_elites(self, ledger: Ledger) -> None:
        """In step: ask the neighbours for what they may have sent to a host that is no more."""
        if ledger.exchange.in_step:
            for source in ledger.exchange.sources:
                want = wire.pack_want(source, ledger.island, ledger.exchange.wanted(source))
                self._to_host_of(source, want)

    def _read(self, rank: int, message: bytes) -> None:
        match wire.kind(message):
            case wire.OUTCOMES:
                self._read_outcomes(rank, message)
            case wire.READY | wire.UNFIT:
                self._meet(rank, message)
            case wire.ELITES:
                self._events.append(
                    ElitesArrived(wire.unpack_elites(message, self._terms.objectives, self._terms.space))
                )
            case wire.WANT:
                self._wants.append(wire.unpack_want(message))
            case wire.BYE:
                pass
            case _:
                reason = self.council.read(rank, message)
                if reason:
                    self._events.append(TimeIsUp(reason, "complete"))

    def _read_outcomes(self, worker: int, message: bytes) -> None:
        machine = self._hosts.get(worker, "")  # unknown if it works for another host by now
        waited, outcomes = wire.unpack_outcomes(message, self._terms.objectives, worker, machine)
        self._shares.waited += waited
        for outcome in outcomes:
            self._shares.worked += outcome.seconds
            self._clock.saw(outcome.seconds)
            self._events.append(Evaluated(worker, outcome))

    def _meet(self, worker: int, message: bytes) -> None:
        who = wire.unpack_introduction(message)
        failure = who.failure
        if failure is None and who.fingerprint != self._terms.space.fingerprint:
            reason = f"worker {worker} on {who.host} loaded another search space: {who.fingerprint}"
            failure = Failure(f"{reason}, not {self._terms.space.fingerprint}; use the same file everywhere")
        if failure is not None:
            self.council.place_unfit(worker)
            self._events.append(WorkerUnfit(worker, failure))
            return
        self._hosts[worker], self._memories[worker] = who.host, Memory()
        self._transport.send(worker, wire.pack_welcome(self._terms.seed, self._terms.folder))
        self._events.append(WorkerReady(worker))

    def _obey(self, commands: list[Command]) -> None:
        now, written, others = self.elapsed, set[int](), list[Command]()
        for command in commands:
            if isinstance(command, Record):
                self._islands[command.island].journal.append(command.entry, now)
                written.add(command.island)
            else:
                others.append(command)
        for island in written:
            self._islands[island].journal.flush()
        for command in others:
            match command:
                case Dispatch(worker, candidates):
                    tasks = wire.pack_tasks(candidates, self._memories[worker])
                    self._transport.send(worker, tasks)
                case Send(elites):
                    self._send(elites)
                case Release(worker):
                    self.council.lend(worker)

    def _send(self, elites: Elites) -> None:
        if elites.target in self._islands:
            self._events.append(ElitesArrived(elites))
        else:
            self._to_host_of(elites.target, wire.pack_elites(elites, self._terms.objectives))

    def _to_host_of(self, island: int, message: bytes) -> None:
        host = self._transport.layout.host_of(island)
        if host == self._transport.rank:
            self._read(host, message)
        else:
            self._transport.send(host, message)

    def _confer(self) -> None:
        """Tell the other hosts what they must know, and answer what they asked for."""
        for worker in self.council.departed:
            self._forget(worker)
        self.council.departed.clear()
        wants, self._wants = self._wants, []
        for source, target, epoch in wants:
            if source in self._islands:
                for elites in self._islands[source].ledger.exchange.sent_since(target, epoch):
                    self._send(elites)
            else:
                self._wants.append((source, target, epoch))
        if self._manager.halted and self._halted is None:
            self._halted = self._manager.halted
            self.council.halt(self._halted)
        if self._manager.helps_itself and self._manager.is_deserted and not self._manager.stopped:
            self._transport.help_yourself()
        exhausted = self._manager.is_exhausted
        if self.council.beat(exhausted, lambda: self._observer.pulse(self._manager)) and self.council.leads:
            self._observer.show(self.council, self.elapsed)
        if self._manager.stopped and self.council.awaits(self._islands):
            self.council.report(self._reports(self._manager.stopped))

    def _reports(self, stop: Stop) -> dict[int, Any]:
        """Return what the islands say at their end; their journals get their accounts."""
        reports = {}
        for number, island in self._islands.items():
            account = self._shares.account(
                island, self._islands.values(), self._transport.traffic, self._manager.tally
            )
            island.journal.append(account, self.elapsed)
            island.journal.flush()
            reports[number] = self._observer.report(island.ledger, stop, account)
        return reports
