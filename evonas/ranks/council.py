"""What the hosts of a run tell each other beside elites: how it goes, who has work, that it is over."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from evonas.ranks import wire
from evonas.ranks.transport import Transport

PULSE = 2.0
"""Seconds between two words of a host on how it goes; more if there are many hosts."""

GLANCE = 0.1
"""Seconds between two looks of the lead at its own islands."""

HOSTS_A_PULSE = 50
"""Hosts a second that the lead listens to at most."""


@dataclass(frozen=True)
class Pulse:
    """How the islands of a host stand, all together.

    Attributes:
        finished: Evaluations finished.
        failed: Those without objectives.
        duplicates: Candidates answered from memory.
        running: Evaluations that run now.
        workers: Who evaluates.
        seconds: Durations of the finished evaluations, summed.
        best: The best objectives, as text.
        cost: The first objective of the best, signed so that lower is better; None if there is none.
        exhausted: Whether the host has no use for further workers.
    """

    finished: int = 0
    failed: int = 0
    duplicates: int = 0
    running: int = 0
    workers: int = 0
    seconds: float = 0.0
    best: str = ""
    cost: float | None = None
    exhausted: bool = False


def together(pulses: Mapping[int, Pulse]) -> Pulse:
    """Return how a whole run stands."""
    every = list(pulses.values())
    good = [pulse for pulse in every if pulse.cost is not None]
    best = min(good, key=lambda pulse: pulse.cost or 0.0) if good else Pulse()
    return Pulse(
        sum(pulse.finished for pulse in every),
        sum(pulse.failed for pulse in every),
        sum(pulse.duplicates for pulse in every),
        sum(pulse.running for pulse in every),
        sum(pulse.workers for pulse in every),
        sum(pulse.seconds for pulse in every),
        best.best,
        best.cost,
        all(pulse.exhausted for pulse in every),
    )


class Council:
    """One host's part in it: tells the lead, or is the lead.

    Args:
        transport: Reaches the other hosts.
    """

    def __init__(self, transport: Transport) -> None:
        self.pulses: dict[int, Pulse] = {}  # by host
        self.reports: dict[int, Any] = {}  # by island; what the islands say at their end
        self.dismissed = False
        self.departed: list[int] = []  # workers that were sent to other hosts
        self._transport = transport
        self._parked: deque[int] = deque()  # workers for whom no host has work
        self._next_pulse, self._exhausted = 0.0, False
        self._told: tuple[int, tuple[int, ...]] | None = None

    @property
    def leads(self) -> bool:
        """Whether this host speaks for all."""
        return self._transport.layout.lead == self._transport.rank

    @property
    def hosts(self) -> tuple[int, ...]:
        """The hosts that live."""
        return self._transport.layout.hosts

    @property
    def others(self) -> list[int]:
        """The other hosts."""
        return [host for host in self.hosts if host != self._transport.rank]

    @property
    def is_complete(self) -> bool:
        """Whether every island has reported."""
        return len(self.reports) == self._transport.layout.islands

    def read(self, host: int, message: bytes) -> str | None:
        """Take in a host's word; return why everybody shall stop, if that is what it says."""
        match wire.kind(message):
            case wire.PULSE:
                self.pulses[host] = Pulse(**wire.unpack_told(message))
                self._share_out()
            case wire.REPORT:
                for island, report in wire.unpack_told(message).items():
                    self.reports[int(island)] = report
            case wire.HALT:
                return str(wire.unpack_told(message))
            case wire.STOP:
                self.dismissed = True
        return None

    def beat(self, exhausted: bool, pulse: Callable[[], Pulse]) -> bool:
        """Note how it goes, and tell the lead, if it is time; return whether it was.

        Args:
            exhausted: Whether this host has no use for further workers; the lead hears of a change at once.
            pulse: Returns how the islands of this host stand.
        """
        now = time.monotonic()
        if now < self._next_pulse and exhausted == self._exhausted:
            return False
        self._exhausted = exhausted
        mine = self.pulses[self._transport.rank] = pulse()
        if self.leads:
            self._next_pulse = now + GLANCE
        else:
            self._next_pulse = now + max(PULSE, len(self._transport.layout.hosts) / HOSTS_A_PULSE)
            self._transport.send(self._transport.layout.lead, wire.pack_told(wire.PULSE, asdict(mine)))
        return True

    def awaits(self, islands: Iterable[int]) -> bool:
        """Return whether the one who leads now has yet to hear from these islands."""
        return self._told != (self._transport.layout.lead, tuple(islands))

    def report(self, reports: Mapping[int, Any]) -> None:
        """Hand in what the islands of this host say at their end."""
        self._told = (self._transport.layout.lead, tuple(reports))
        if self.leads:
            self.reports.update(reports)
        else:
            self._transport.send(self._transport.layout.lead, wire.pack_told(wire.REPORT, dict(reports)))

    def halt(self, reason: str) -> None:
        """Let all other hosts stop."""
        for host in self.others:
            self._transport.send(host, wire.pack_told(wire.HALT, reason))

    def lend(self, worker: int) -> None:
        """Find somebody else who has work for a worker, now or later; see ``departed``."""
        if not self.others or worker == self._transport.rank:
            return
        if self.leads:
            self._parked.append(worker)
            self._share_out()
        else:
            self._leave(worker, self._transport.layout.lead)

    def place_unfit(self, rank: int) -> None:
        """Dismiss a rank that cannot load the search, so that somebody else does what it should."""
        if self._transport.layout.size > 1:
            self._transport.send(rank, wire.STOP)

    def keep(self) -> None:
        """Lend nobody of those who wait: there is work here again."""
        self._parked.clear()

    def _share_out(self) -> None:
        """As the lead: send waiting workers to the hosts that have work, in turn."""
        needy = [h for h in self.others if h in self.pulses and not self.pulses[h].exhausted]
        needy.sort(key=lambda host: self.pulses[host].workers)
        for host in needy * len(self._parked):
            if not self._parked:
                break
            self._leave(self._parked.popleft(), host)

    def _leave(self, worker: int, host: int) -> None:
        self._transport.send(worker, wire.pack_go(host))
        self.departed.append(worker)
