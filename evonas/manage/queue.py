"""What an island has to be evaluated, and nobody evaluates yet or any more."""

from __future__ import annotations

from collections import deque

from evonas.evolve.records import Candidate
from evonas.manage.events import Record
from evonas.manage.ledger import Ledger


class Queue:
    """What an island's ledger has born and nobody evaluates.

    Args:
        ledger: The island's book.
        taken_over: Whether the one who managed the island just died: its workers may still report what it
            handed out, which is handed out again only when all of them have turned to this manager, or when
            there is nothing else to do.
    """

    def __init__(self, ledger: Ledger, *, taken_over: bool = False) -> None:
        self.ledger = ledger
        unrecorded = {born.candidate.id for born in ledger.unrecorded}
        again = [candidate for name, candidate in ledger.open.items() if name not in unrecorded]
        self.waiting: deque[Candidate] = deque(() if taken_over else again)
        self.orphans: deque[Candidate] = deque(again if taken_over else ())

    @property
    def is_exhausted(self) -> bool:
        """Whether nothing will ever be handed out from here, unless a worker dies."""
        return not (self.waiting or self.orphans) and self.ledger.stopping() is not None

    def supply(self, n: int, records: list[Record]) -> list[Candidate]:
        """Return at most ``n`` candidates to evaluate; births are added to ``records``."""
        if n > len(self.waiting):
            self.ledger.advance(n - len(self.waiting))
            for born in self.ledger.take_records():
                records.append(Record(self.ledger.island, born))
                if born.same_as is None:
                    self.waiting.append(born.candidate)
        found = [self.waiting.popleft() for _ in range(min(n, len(self.waiting)))]
        found += [self.orphans.popleft() for _ in range(min(n - len(found), len(self.orphans)))]
        return found

    def remove(self, candidate: Candidate) -> None:
        """Hand a candidate out no more: its outcome came unexpectedly."""
        for waiting in (self.waiting, self.orphans):
            if candidate in waiting:
                waiting.remove(candidate)

    def take_orphans(self) -> None:
        """Let no orphan wait for its former worker any more."""
        self.waiting.extendleft(reversed(self.orphans))
        self.orphans.clear()
