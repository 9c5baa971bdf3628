"""Evaluations in a child process: one that crashes or overstays costs its outcome, not its worker."""

from __future__ import annotations

import math
import os
import platform
import select
import signal
import struct
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress

from evonas.errors import TransportError
from evonas.evolve.records import Candidate, Failure, Outcome
from evonas.ranks import wire
from evonas.ranks.local import Child
from evonas.ranks.memory import FLOATS, Memory
from evonas.ranks.vigil import LOOK, LOOKS, Standstill, stands_still
from evonas.space.genome import Genome

PATIENCE = 5.0
"""Seconds that an idle child has to end by itself when it is dismissed."""

OUT_OF_MEMORY = ("OutOfMemory", "MemoryError")
"""What exceptions are called after which a process may hold memory in pieces."""

_PLACES = tuple(str(place) for place in range(wire.MORE))


class Isolated:
    """The job of a worker whose evaluations run in a child process, kept warm and replaced when it must be.

    The worker knows nothing of the search, which only the child loads; so an objective's name is its place.

    Args:
        command: Returns the command line of a process that serves at the given file descriptor.
        timeout: The longest that an evaluation may take, in seconds; ``math.inf`` for no deadline.

    Attributes:
        objectives: The objectives of the last outcome, in the order of their values on the wire.
    """

    def __init__(self, command: Callable[[int], list[str]], timeout: float = math.inf) -> None:
        self.objectives: tuple[str, ...] = ()
        self._command, self._timeout = command, timeout
        self._child: _Servant | None = None
        self._begin()

    def introduction(self) -> wire.Introduction:
        """Return who works here, once the child has loaded the search, or why it cannot."""
        child = self._ready()
        if isinstance(child, Failure):
            self._end()
            return wire.Introduction(platform.node(), failure=child)
        return child.introduction()

    def evaluated(self, task: wire.Task) -> Outcome:
        """Return what came of a task; the deadline runs from when a child that has loaded gets it."""
        child = self._ready()
        if isinstance(child, Failure):
            self._replace()
            return Outcome(task.id, failure=child)
        began = time.perf_counter()
        try:
            outcome = self._outcome(child, task)
        except BaseException:  # an interrupt, after which nobody knows what the child does
            self._end()
            raise
        if outcome.failure is None:
            self.objectives = tuple(outcome.objectives)
        return outcome if outcome.seconds else outcome._replace(seconds=time.perf_counter() - began)

    def close(self) -> None:
        """Dismiss the child."""
        if self._child is not None and self._child.loaded:
            self._child.send(wire.STOP)
            with suppress(subprocess.TimeoutExpired):
                self._child.process.wait(PATIENCE)
        self._end()

    def _ready(self) -> _Servant | Failure:
        """Return a child that has loaded the search, or why there is none."""
        if self._child is not None and self._child.died_idle():
            self._replace()
        try:
            self._child = self._child or _Servant(self._command)
        except TransportError as error:
            return Failure(str(error))
        return self._child.introduction().failure or self._child

    def _outcome(self, child: _Servant, task: wire.Task) -> Outcome:
        child.send_task(task)
        try:
            reply = child.reply(self._timeout)
        except TimeoutError:
            self._replace()
            limit = f"timeout={self._timeout:g} s"
            return Outcome(task.id, failure=Failure(f"timed out: the evaluation ran longer than {limit}"))
        if reply is None:
            ending = child.ending()
            self._replace()
            return Outcome(task.id, failure=Failure(f"the evaluation's process {ending}"))
        _, (outcome,) = wire.unpack_outcomes(reply, _PLACES, 0, "")
        kind = outcome.failure.reason.partition(":")[0] if outcome.failure else ""
        if any(name in kind for name in OUT_OF_MEMORY):
            self._replace()  # so that all of its memory is given back
        return outcome

    def _end(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child = None

    def _replace(self) -> None:
        self._end()
        self._begin()

    def _begin(self) -> None:
        """Start a child, which loads the search while this process does something else."""
        with suppress(TransportError):  # it is tried again when a child is needed
            self._child = _Servant(self._command)


class _Servant(Child):
    """A child process that evaluates one task at a time, and whose replies one waits for."""

    def __init__(self, command: Callable[[int], list[str]]) -> None:
        super().__init__(command, alone=True)
        self.loaded = False
        self._who: wire.Introduction | None = None
        self._welcome: bytes | None = None
        self._stopped = False
        self._standstill = Standstill()

    def introduction(self) -> wire.Introduction:
        """Return what it said first, once it has."""
        if self._who is None:
            reply = self.reply(math.inf)
            if reply is None:
                failure = Failure(f"the process that loads the search {self.ending()}")
                self._who = wire.Introduction(platform.node(), failure=failure)
            else:
                self._who = wire.unpack_introduction(reply)
            self.loaded = self._who.failure is None
        return self._who

    def died_idle(self) -> bool:
        """Return whether it died since its last reply."""
        if self.loaded:
            self.messages()
        return self.loaded and self.gone

    def send_task(self, task: wire.Task) -> None:
        """Hand a task over."""
        welcome = wire.pack_welcome(task.root, task.folder)
        if self._welcome != welcome:
            self._welcome = welcome
            self.send(welcome)
        genome = Genome(struct.pack(f"<{len(task.genes)}d", *task.genes), b"\1" * len(task.genes))
        self.send(wire.pack_tasks([Candidate(task.id, genome, fidelity=task.fidelity)], _Whole()))

    def reply(self, seconds: float) -> bytes | None:
        """Return its next message; None if it ended without one.

        Raises:
            TimeoutError: None came in so many seconds, without those in which this process was suspended.
        """
        waited = 0.0
        while waited <= seconds:
            began, step = time.monotonic(), min(LOOK, seconds - waited)
            messages = self.messages() if self._wait(step) else self._looked()
            if messages:
                return messages[0]
            if self.gone:
                return None
            waited += min(time.monotonic() - began, step + LOOK)
        raise TimeoutError

    def ending(self) -> str:
        """Return how it ended."""
        self.kill()
        code = self.process.returncode
        if self._stopped:
            return f"was ended, for a signal had stopped it for {LOOKS} s"
        if code is None or code >= 0:
            return f"ended with exit code {code}"
        hint = "; if nobody sent it, the machine was out of memory" if -code == signal.SIGKILL else ""
        return f"ended by {_name(-code)}{hint}"

    def _wait(self, seconds: float) -> bool:
        """Wait for something to do with the socket; return whether there is."""
        poll = select.poll()
        poll.register(self, select.POLLIN | (select.POLLOUT if self.unsent else 0))
        events = poll.poll(math.ceil(1000 * seconds))
        if self.unsent:
            self.flush()
        return bool(events)

    def _looked(self) -> list[bytes]:
        """After a silence: kill it if it is stopped, find out if it is dead; return what it said."""
        for pid in self._standstill.look(filter(stands_still, [self.process.pid])):
            self._stopped = True
            os.killpg(pid, signal.SIGKILL)
        return self.look()


class _Whole(Memory):
    """Remembers nothing: within a machine, comparing genomes takes longer than sending them whole."""

    def form(self, payload: bytes) -> tuple[int, int, bytes]:
        return FLOATS, len(payload) // 8, payload


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # one of the real-time signals
        return f"signal {number}"
