"""A worker's life: load the search, introduce yourself, then receive, evaluate, send, until dismissed."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from evonas import seeds
from evonas.evolve.objectives import Objectives
from evonas.evolve.records import Failure, Outcome
from evonas.ranks import wire
from evonas.ranks.memory import Memory
from evonas.ranks.transport import Link
from evonas.space.space import Space

LONGEST_SILENCE = 4e-3
"""Seconds of evaluations after which finished ones are reported, though more are at hand."""


class Job(Protocol):
    """What a worker can do."""

    @property
    def objectives(self) -> tuple[str, ...]:
        """Names in the order of their values on the wire."""

    def introduction(self) -> wire.Introduction:
        """Return who works here."""

    def evaluated(self, task: wire.Task) -> Outcome:
        """Return what came of a task; never raises, whatever goes wrong."""


@dataclass(frozen=True)
class Evaluation:
    """The job of evaluating in this process.

    Attributes:
        space: Turns genes into architectures.
        names: The objectives.
        evaluate: Evaluates an architecture for a task with a seed; never raises.
    """

    space: Space
    names: Objectives
    evaluate: Callable[[Any, wire.Task, int], Outcome]

    @property
    def objectives(self) -> tuple[str, ...]:
        """Names in the order of their values on the wire."""
        return tuple(self.names)

    def introduction(self) -> wire.Introduction:
        """Return who works here."""
        return wire.Introduction(platform.node(), self.space.fingerprint)

    def evaluated(self, task: wire.Task) -> Outcome:
        """Return what came of a task."""
        architecture = self.space.read(iter(task.genes))  # the manager's space made them
        return self.evaluate(architecture, task, seeds.evaluation_seed(task.root, *task.id))


@dataclass(frozen=True)
class Unfit:
    """The job of a worker that could not load the search: to say so, and wait.

    Attributes:
        failure: Why.
    """

    failure: Failure
    objectives: tuple[str, ...] = ()

    def introduction(self) -> wire.Introduction:
        """Return who works here, and why it cannot."""
        return wire.Introduction(platform.node(), failure=self.failure)

    def evaluated(self, task: wire.Task) -> Outcome:
        """Return the same failure; no manager asks for it."""
        return Outcome(task.id, failure=self.failure)


class Desk:
    """Where a manager's messages become replies.

    Args:
        job: What is done here.
    """

    def __init__(self, job: Job) -> None:
        self.dismissed = False
        self._job = job
        self._memory, self._welcome = Memory(), (0, "")
        self._reported = time.perf_counter()

    def introduction(self) -> bytes:
        """Return the first message to a manager."""
        return wire.pack_introduction(self._job.introduction())

    def replies(self, message: bytes) -> Iterator[bytes]:
        """Do what a message says; yield what to answer as soon as there is enough of it."""
        match wire.kind(message):
            case wire.WELCOME:
                self._memory, self._welcome = Memory(), wire.unpack_welcome(message)
                self._reported = time.perf_counter()
            case wire.TASKS:
                yield from self._evaluated(wire.unpack_tasks(message, self._memory, *self._welcome))
            case wire.STOP:
                self.dismissed = True
                yield wire.BYE

    def _evaluated(self, tasks: list[wire.Task]) -> Iterator[bytes]:
        outcomes: list[Outcome] = []
        began = time.perf_counter()
        for task in tasks:
            outcomes.append(self._job.evaluated(task))
            if time.perf_counter() - began > LONGEST_SILENCE:
                yield self._report(outcomes)
                outcomes, began = [], time.perf_counter()
        if outcomes:
            yield self._report(outcomes)

    def _report(self, outcomes: list[Outcome]) -> bytes:
        now = time.perf_counter()
        waited = now - self._reported - sum(outcome.seconds for outcome in outcomes)
        self._reported = now
        return wire.pack_outcomes(outcomes, self._job.objectives, max(waited, 0.0))


def serve(link: Link, load: Callable[[], Job]) -> bool:
    """Work for the manager at the other end of ``link`` until it says stop or is gone; return which.

    Args:
        link: The line to the manager.
        load: Loads the search in this process.
    """
    desk = Desk(load())
    link.send(desk.introduction())
    while not desk.dismissed and (message := link.receive()) is not None:
        for reply in desk.replies(message):
            link.send(reply)
    return desk.dismissed
