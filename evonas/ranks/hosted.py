"""What a driver is given: the terms of the search, its islands, and who watches."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Protocol

from evonas.manage.events import Account, Event, Stop, TimeIsUp
from evonas.manage.journal import Journal
from evonas.manage.ledger import Ledger
from evonas.manage.manager import Manager, Tally
from evonas.ranks.council import Council, Pulse
from evonas.ranks.transport import Traffic
from evonas.space.space import Space


@dataclass(frozen=True)
class Terms:
    """What a host and its workers must agree on.

    Attributes:
        space: What is searched; a worker that loaded another one is refused.
        objectives: All that is declared, in the order of their values on the wire.
        seed: The root seed.
        folder: Where the run is kept; nothing if nowhere.
    """

    space: Space
    objectives: tuple[str, ...]
    seed: int
    folder: str = ""


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

    @property
    def n_here(self) -> int:
        """Evaluations finished since then."""
        return self.ledger.counts.finished - self.finished


@dataclass
class Shares:
    """What a host did with its time, in seconds.

    Attributes:
        began: When it began, on the monotonic clock.
        asleep: Waiting for messages.
        worked: Its workers evaluated.
        waited: Its workers did not.
    """

    began: float = field(default_factory=time.monotonic)
    asleep: float = 0.0
    worked: float = 0.0
    waited: float = 0.0

    @property
    def session(self) -> float:
        """Wall time since then."""
        return time.monotonic() - self.began

    def account(self, island: Island, islands: Collection[Island], traffic: Traffic, tally: Tally) -> Account:
        """Return an island's part of what this host did; those of one host share by their evaluations.

        Args:
            island: Whose part it is.
            islands: All islands of the host; the first one answers for what cannot be shared.
            traffic: What the host sent and received.
            tally: What its manager did.
        """
        part = island.n_here / max(sum(other.n_here for other in islands), 1)
        is_first, exchange = next(iter(islands)) is island, island.ledger.exchange
        figures = {
            "evaluations": island.n_here,
            "messages": round(part * traffic.n_messages),
            "bytes": round(part * traffic.n_bytes),
            "manager_busy": 1 - min(self.asleep / max(self.session, 1e-9), 1.0),
            "worker_busy": self.worked / max(self.worked + self.waited, 1e-9),
            "worked_seconds": part * self.worked,
            "waiting_seconds": part * self.waited,
            "deaths": tally.deaths if is_first else 0,
            "retried": tally.retried if is_first else 0,
            "late": tally.late if is_first else 0,
            "takeovers": int(island.taken_over),
            "migrations_sent": exchange.n_sent,
            "migrations_received": exchange.n_received,
        }
        return Account(figures)
