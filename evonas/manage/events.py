"""What a manager is told, and what it wants done about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from evonas.evolve.records import Candidate, CandidateId, Failure, Individual, Outcome

Ending = Literal["complete", "paused", "given up"]


@dataclass(frozen=True, slots=True)
class Elites:
    """The best of one island on their way to another; copies, nobody leaves.

    Attributes:
        source: The island that they come from.
        target: The island that they go to.
        epoch: How many sendings that island had had the chance to make before; from 0.
        members: Who is sent; nobody only if the target would wait for word (``deterministic=``).
    """

    source: int
    target: int
    epoch: int
    members: tuple[Individual, ...]


# Events: what happened.


@dataclass(frozen=True, slots=True)
class WorkerReady:
    """A worker has loaded the search and waits for candidates."""

    worker: int


@dataclass(frozen=True, slots=True)
class WorkerUnfit:
    """A worker could not load the search; it takes no candidates."""

    worker: int
    failure: Failure


@dataclass(frozen=True, slots=True)
class WorkerLost:
    """A worker is gone; what it was evaluating goes to another.

    Attributes:
        worker: Who.
        replaced: Whether a new one was started in its place.
    """

    worker: int
    replaced: bool = False


class Evaluated(NamedTuple):
    """A worker has finished a candidate."""

    worker: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class ElitesArrived:
    """Another island sent its elites."""

    elites: Elites


@dataclass(frozen=True, slots=True)
class TimeIsUp:
    """Nothing more shall be handed out.

    Attributes:
        reason: Why, for people.
        ending: ``"complete"`` if the budget is spent, ``"paused"`` if only this session's time is.
        at_once: Give back what is running, too; else it may finish and count.
    """

    reason: str
    ending: Ending = "paused"
    at_once: bool = False


Event = WorkerReady | WorkerUnfit | WorkerLost | Evaluated | ElitesArrived | TimeIsUp

# Commands: what shall be done. Records come before anything that depends on them, and must be on disk first.


class Born(NamedTuple):
    """A strategy proposed a candidate; ``same_as`` names an older one with the same genome, if any."""

    candidate: Candidate
    same_as: CandidateId | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """What an island's part of a session cost: messages, bytes, shares of time, by name."""

    figures: Mapping[str, float]


Entry = Born | Outcome | Elites | Account
"""What a journal keeps."""


class Record(NamedTuple):
    """Append an entry to an island's journal."""

    island: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Send candidates to a worker, to be evaluated in this order."""

    worker: int
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Release:
    """There is no more work for this worker here; others may have some."""

    worker: int


@dataclass(frozen=True, slots=True)
class Send:
    """Send elites to their island."""

    elites: Elites


@dataclass(frozen=True, slots=True)
class Stop:
    """The session is over.

    Attributes:
        reason: Why, for people.
        ending: ``"complete"``: the budget is spent; ``"paused"``: a later session can go on;
            ``"given up"``: something must be mended before one should.
    """

    reason: str
    ending: Ending = "complete"


Command = Record | Dispatch | Release | Send | Stop
