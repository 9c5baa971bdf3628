"""What a manager is told, and what it wants done about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evonas.evolve.records import Candidate, CandidateId, Failure, Outcome

Ending = Literal["complete", "paused", "given up"]

# Events: what happened.


@dataclass(frozen=True, slots=True)
class WorkerReady:
    """A worker has loaded the search and waits for its first candidate."""

    worker: int


@dataclass(frozen=True, slots=True)
class WorkerUnfit:
    """A worker could not load the search; it takes no candidates."""

    worker: int
    failure: Failure


@dataclass(frozen=True, slots=True)
class WorkerLost:
    """A worker is gone; what it was evaluating goes to another."""

    worker: int


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A worker has finished its candidate and is free again."""

    worker: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class TimeIsUp:
    """Nothing more shall be handed out; running evaluations may finish and count.

    Attributes:
        reason: Why, for people.
        ending: ``"complete"`` if the budget's seconds are spent, ``"paused"`` if only this session's time is.
    """

    reason: str
    ending: Ending = "paused"


Event = WorkerReady | WorkerUnfit | WorkerLost | Evaluated | TimeIsUp

# Commands: what shall be done. Records come before anything that depends on them, and must be on disk first.


@dataclass(frozen=True, slots=True)
class Born:
    """A strategy proposed a candidate; ``same_as`` names an older one with the same genome, if any."""

    candidate: Candidate
    same_as: CandidateId | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """Append an entry to the journal."""

    entry: Born | Outcome


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Send a candidate to a free worker."""

    worker: int
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Stop:
    """The session is over: dismiss the workers.

    Attributes:
        reason: Why, for people.
        ending: ``"complete"``: the budget is spent; ``"paused"``: a later session can go on;
            ``"given up"``: something must be mended before one should.
    """

    reason: str
    ending: Ending = "complete"


Command = Record | Dispatch | Stop
