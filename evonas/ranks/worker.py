"""A worker's life: load the search, introduce yourself, then receive, evaluate, send, until dismissed."""

from __future__ import annotations

import os
import platform
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from evonas.evolve.objectives import Objectives
from evonas.evolve.records import Failure, Outcome
from evonas.ranks import wire
from evonas.ranks.transport import Link
from evonas.space.space import Space


@dataclass(frozen=True)
class Job:
    """What a worker needs of a search.

    Attributes:
        space: Turns genes into architectures.
        objectives: Their names give the order of values on the wire.
        evaluate: Evaluates an architecture for a task; never raises, whatever goes wrong.
    """

    space: Space
    objectives: Objectives
    evaluate: Callable[[Any, wire.Task], Outcome]

    def introduction(self) -> bytes:
        """Return the first message to the manager."""
        return wire.pack_ready(platform.node(), self.space.fingerprint)

    def answer(self, message: bytes) -> bytes | None:
        """Return the reply to a message of the manager; None to a dismissal."""
        if wire.kind(message) == wire.STOP:
            return None
        task = wire.unpack_task(message)
        architecture = self.space.decode(self.space.unpack(task.genes))
        return wire.pack_outcome(self.evaluate(architecture, task), tuple(self.objectives))


def serve(link: Link, load: Callable[[], Job | Failure]) -> None:
    """Work for the manager at the other end of ``link`` until it says stop or is gone.

    Args:
        link: The line to the manager.
        load: Loads the search in this process; a failure is reported, and the worker then only waits.
    """
    job = load()
    if isinstance(job, Failure):
        link.send(wire.pack_unfit(job))
        link.receive()  # whatever it is, it can only be a dismissal
        return
    link.send(job.introduction())
    while (message := link.receive()) is not None and (reply := job.answer(message)) is not None:
        link.send(reply)


def die_with_parent(seconds: float = 1.0) -> None:
    """End this process soon after the one that started it died, even in the middle of an evaluation.

    Otherwise a killed ``mpirun`` or manager leaves workers behind that hold cores for hours.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(seconds)
        os._exit(1)

    threading.Thread(target=watch, name="die-with-parent", daemon=True).start()
