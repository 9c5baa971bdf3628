"""The one I/O loop of a host: messages to events, commands to journals and messages."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from evonas.evolve.records import Failure
from evonas.manage.events import (
    Account,
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
from evonas.manage.journal import Journal
from evonas.manage.ledger import Ledger
from evonas.manage.manager import Manager
from evonas.ranks import wire
from evonas.ranks.council import Council, Pulse
from evonas.ranks.memory import Memory
from evonas.ranks.transport import Transport
from evonas.space.space import Space

LONGEST_WAIT = 0.25
"""Seconds without a message after which the loop looks at the clock and the display."""


class Observer(Protocol):
    """Somebody who watches a search, to show it to people and to report what came of it."""

    def happened(self, event: Event) -> None:
        """See an event before the manager handles it."""

    def adopted(self, ledger: Ledger, *, taken_over: bool) -> None:
        """See an island that is managed here from now on."""

    def pulse(self, manager: Manager) -> Pulse:
        """Return how the islands of this host stand."""

    def show(self, council: Council, elapsed: float) -> None:
        """Show how the run stands, ``elapsed`` seconds into it."""

    def report(self, ledger: Ledger, stop: Stop, account: Account) -> Any:
        """Return what is to be known of an island at its end, fit for JSON."""


class Clock(Protocol):
    """Somebody who knows when a session must be over."""

    def saw(self, seconds: float) -> None:
        """Take in the duration of an evaluation."""

    def news(self, elapsed: float) -> list[TimeIsUp]:
        """Return what time it is for, each once, ``elapsed`` seconds into the run."""


@dataclass
class Island:
    """An island as its host keeps it.

    Attributes:
        ledger: Its book.
        journal: Its book on disk.
        seconds: Wall time of the run when its journal was last written.
        taken_over: Whether its former host died.
        finished: Evaluations finished when this host took it.
    """

    ledger: Ledger
    journal: Journal
    seconds: float
    taken_over: bool = False
    finished: int = field(init=False)

    def __post_init__(self) -> None:
        self.finished = self.ledger.counts.finished


@dataclass
class Shares:
    """What a host did with its time, in seconds.

    Attributes:
        asleep: Waiting for messages.
        worked: Its workers evaluated.
        waited: Its workers did not.
    """

    asleep: float = 0.0
    worked: float = 0.0
    waited: float = 0.0


class Driver:
    """Runs a manager on a transport until the run is over, or this host is dismissed.

    Args:
        manager: Decides.
        transport: Reaches the workers and the other hosts.
        open_island: Returns an island that this host shall manage.
        space: What is searched; a worker that loaded another one is refused.
        objectives: All that is declared.
        seed: The root seed.
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
        space: Space,
        objectives: tuple[str, ...],
        seed: int,
        clock: Clock,
        observer: Observer,
        promoted: bool = False,
    ) -> None:
        self.council = Council(transport)
        self._manager, self._transport = manager, transport
        self._open_island, self._islands = open_island, dict[int, Island]()
        self._space, self._names, self._seed = space, objectives, seed
        self._clock, self._observer = clock, observer
        self._promoted = promoted
        self._began = time.monotonic()
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
        return time.monotonic() - self._began

    def run(self) -> None:
        """Drive until every island has reported to this host, or the lead dismisses it."""
        try:
            self._adopt()
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
        self._events += [WorkerLost(worker) for worker in own]
        self._adopt()
        for island in self._islands.values():
            self._ask_for_elites(island.ledger)

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
                self._events.append(ElitesArrived(wire.unpack_elites(message, self._names, self._space)))
            case wire.WANT:
                self._wants.append(wire.unpack_want(message))
            case wire.BYE:
                pass
            case _:
                reason = self.council.read(rank, message)
                if reason:
                    self._events.append(TimeIsUp(reason, "complete"))

    def _read_outcomes(self, worker: int, message: bytes) -> None:
        if worker not in self._hosts and worker != self._transport.rank:
            return  # it was sent to another host in the meantime, and tells that one, too
        machine = self._hosts.get(worker, "")
        waited, outcomes = wire.unpack_outcomes(message, self._names, worker, machine)
        self._shares.waited += waited
        for outcome in outcomes:
            self._shares.worked += outcome.seconds
            self._clock.saw(outcome.seconds)
            self._events.append(Evaluated(worker, outcome))

    def _meet(self, worker: int, message: bytes) -> None:
        who = wire.unpack_introduction(message)
        failure = who.failure
        if failure is None and who.fingerprint != self._space.fingerprint:
            reason = f"worker {worker} on {who.host} loaded another search space: {who.fingerprint}"
            failure = Failure(f"{reason}, not {self._space.fingerprint}; use the same file everywhere")
        if failure is not None:
            self.council.place_unfit(worker)
            self._events.append(WorkerUnfit(worker, failure))
            return
        self._hosts[worker], self._memories[worker] = who.host, Memory()
        self._transport.send(worker, wire.pack_welcome(self._seed))
        self._events.append(WorkerReady(worker))

    def _obey(self, commands: list[Command]) -> None:
        now, journals = self.elapsed, set[Journal]()
        for command in commands:
            if isinstance(command, Record):
                journal = self._islands[command.island].journal
                journal.append(command.entry, now)
                journals.add(journal)
        for journal in journals:
            journal.flush()
        for command in commands:
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
            self._to_host_of(elites.target, wire.pack_elites(elites, self._names))

    def _to_host_of(self, island: int, message: bytes) -> None:
        host = self._transport.layout.host_of(island)
        if host == self._transport.rank:
            self._read(host, message)
        else:
            self._transport.send(host, message)

    def _confer(self) -> None:
        """Tell the other hosts what they must know, and answer what they asked for."""
        for worker in self.council.departed:
            self._manager.release(worker)
            self._hosts.pop(worker, None)
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
            account = self._account(island)
            island.journal.append(account, self.elapsed)
            island.journal.flush()
            reports[number] = self._observer.report(island.ledger, stop, account)
        return reports

    def _account(self, island: Island) -> Account:
        """Return an island's part of what this host did; those of one host share by their evaluations."""
        here = {number: isle.ledger.counts.finished - isle.finished for number, isle in self._islands.items()}
        mine = here[island.ledger.island]
        part = mine / max(sum(here.values()), 1)
        traffic, shares, exchange = self._transport.traffic, self._shares, island.ledger.exchange
        first, tally = next(iter(self._islands)) == island.ledger.island, self._manager.tally
        figures = {
            "evaluations": mine,
            "messages": round(part * traffic.n_messages),
            "bytes": round(part * traffic.n_bytes),
            "manager_busy": 1 - min(shares.asleep / max(self.session_seconds, 1e-9), 1.0),
            "worker_busy": shares.worked / max(shares.worked + shares.waited, 1e-9),
            "worked_seconds": part * shares.worked,
            "waiting_seconds": part * shares.waited,
            "deaths": tally.deaths if first else 0,
            "retried": tally.retried if first else 0,
            "takeovers": int(island.taken_over),
            "migrations_sent": exchange.n_sent,
            "migrations_received": exchange.n_received,
        }
        return Account(figures)
