"""The narrow waist between a search and the processes that it runs on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from evonas.ranks.layout import Layout


@dataclass
class Traffic:
    """What a transport carried, counted where it is handed over."""

    n_messages: int = 0
    n_bytes: int = 0

    def count(self, message: bytes) -> None:
        """Count one message, sent or received."""
        self.n_messages += 1
        self.n_bytes += len(message)


class Transport(Protocol):
    """A host's side: carries short messages to and from its workers and the other hosts.

    It never blocks in :meth:`send`, sleeps while it waits, and reports the dead instead of waiting for them.

    Attributes:
        name: What kind it is, for people.
        replaces: Whether a new worker is started for one that had introduced itself and died.
        helps_itself: Whether the host's own process steps in once all workers are gone.
        evaluates_here: Whether evaluations run in the host's own process.
        rank: The rank of this host, from which it hears nothing unless it evaluates itself.
        traffic: What it carried.
    """

    name: str
    helps_itself: bool
    replaces: bool
    evaluates_here: bool
    rank: int
    traffic: Traffic

    @property
    def workers(self) -> Sequence[int]:
        """Those who are expected to introduce themselves to this host."""

    @property
    def layout(self) -> Layout:
        """Who is what, as far as deaths are known by now."""

    def send(self, rank: int, message: bytes) -> None:
        """Send a message; to the dead it is dropped."""

    def receive(self, seconds: float) -> list[tuple[int, bytes]]:
        """Return what arrived as ``(rank, message)``: at once if there is some, else within ``seconds``."""

    def lost(self) -> list[int]:
        """Return the workers, or ranks, that died since the last call."""

    def help_yourself(self) -> None:
        """Evaluate in this process, too, from now on, if there is nobody else; see ``helps_itself``."""

    def close(self, patience: float) -> None:
        """Release everything; dismissed workers have ``patience`` seconds to end by themselves."""


class Link(Protocol):
    """A worker's side: its line to the manager."""

    def send(self, message: bytes) -> None:
        """Send a message to the manager."""

    def receive(self) -> bytes | None:
        """Wait asleep for a message; None once the manager is gone."""
