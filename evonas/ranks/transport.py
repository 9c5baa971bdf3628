"""The narrow waist between a search and the processes that it runs on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

MANAGER = 0
"""The rank of the manager; workers have the ranks above."""


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
    """A manager's side: carries short messages to and from its workers, ranks 1..workers.

    It never blocks in :meth:`send`, sleeps while it waits, and reports a dead worker instead of waiting.
    """

    name: str
    workers: int
    traffic: Traffic

    def send(self, worker: int, message: bytes) -> None:
        """Send a message to a worker; to a dead one it is dropped."""

    def receive(self, seconds: float) -> list[tuple[int, bytes]]:
        """Return what arrived as ``(worker, message)``: at once if there is some, else within ``seconds``."""

    def lost(self) -> list[int]:
        """Return the workers that died since the last call."""

    def close(self, patience: float) -> None:
        """Release everything; dismissed workers have ``patience`` seconds to end by themselves."""


class Link(Protocol):
    """A worker's side: its line to the manager."""

    def send(self, message: bytes) -> None:
        """Send a message to the manager."""

    def receive(self) -> bytes | None:
        """Wait asleep for a message; None once the manager is gone."""
