"""What a busy process does not see: its parent died, a neighbour stands still, its time is up."""

from __future__ import annotations

import ctypes
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple, NoReturn

LOOK = 1.0
"""Seconds between two looks."""

LOOKS = 5
"""Looks in a row at which a process stands still before it is given up."""

GAP = 2.0
"""Seconds between two looks after which the watcher cannot have been running itself."""

RESPITE = 16
"""Seconds that a process has to end itself after its parent's death; see ``follow_parent_in_native_code``."""


class Life(NamedTuple):
    """How a process is, and when it began, in ticks since the machine did: no two with one id share that."""

    state: str
    began: int


def life(pid: int) -> Life | None:
    """Return how a process is; None if there is none, or if this system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None
    return Life(fields[0].decode(), int(fields[19]))


def stands_still(pid: int) -> bool:
    """Return whether a signal stopped a process; one that is looked at in a debugger does not count."""
    found = life(pid)
    return found is not None and found.state == "T"


class Standstill:
    """Tells which processes do not go on, from looks at them.

    One that is stopped for a moment, or together with the watcher when a whole job is suspended, is none.

    Args:
        clock: Tells the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._looked = clock, clock()
        self._times: dict[int, int] = {}

    def look(self, stopped: Iterable[int]) -> list[int]:
        """Take note of who is stopped now; return those that are to be given up.

        Args:
            stopped: Their ids; not asked for when the last look was just now.
        """
        now = self._clock()
        if now - self._looked < 0.9 * LOOK:
            return []
        before = {} if now - self._looked > GAP else self._times
        self._looked = now
        self._times = {pid: before.get(pid, 0) + 1 for pid in stopped}
        return [pid for pid, times in self._times.items() if times >= LOOKS]


class Vigil:
    """One thread of a process that looks around once a second; it never calls MPI.

    Args:
        clock: Tells the time in seconds.
        read: Returns how a process is.
        kill: Sends a process a signal.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        read: Callable[[int], Life | None] = life,
        kill: Callable[[int, int], None] = os.kill,
    ) -> None:
        self._clock, self._read, self._kill = clock, read, kill
        self._standstill = Standstill(clock)
        self._parent: int | None = None
        self._others: dict[int, Life] = {}
        self._later: set[int] = set()
        self._closing: tuple[float, Callable[[], object]] | None = None
        self._changed = threading.Event()

    def start(self) -> None:
        """Begin to look."""
        threading.Thread(target=self._keep, name="vigil", daemon=True).start()

    def follow_parent(self) -> None:
        """End this process, and what it started, soon after the one that started it ended.

        Otherwise a killed ``mpirun`` or manager leaves workers behind that hold cores for hours.
        """
        self._parent = os.getppid()

    def watch(self, ring: Sequence[int]) -> None:
        """Kill a stopped neighbour: alive to all, it would keep those who wait for it waiting for good.

        A suspended job is safe, for its watchers stand still as well.

        Args:
            ring: The processes of the job on this machine in an order common to them, this one included;
                each watches the next one, and those beyond as long as they are dead or stopped.
        """
        here = ring.index(os.getpid())
        others = {pid: self._read(pid) for pid in (*ring[here + 1 :], *ring[:here])}
        self._others = {pid: found for pid, found in others.items() if found is not None}
        self._later = {*ring[here + 1 :]}

    def see_off(self, *, to_the_last: bool = True, pause: float = 0.02) -> None:
        """Before leaving: wait while another one stands still, until it is ended.

        Args:
            to_the_last: As the last one of the ring that lives, stay until all others are gone: whoever is
                stopped then has a watcher, unless it is the very last one.
            pause: Seconds between two looks.
        """
        while True:
            living = {pid: state for pid in self._others if (state := self._state(pid)) is not None}
            is_last = living and not (self._later & living.keys())
            if "T" not in living.values() and not (to_the_last and is_last):
                return
            self._end_standing()
            time.sleep(pause)

    def close_at(self, moment: float, end: Callable[[], object] | None = None) -> None:
        """Call ``end`` at a moment of the clock; without one, leave in the one way that MPI notices."""
        self._closing = (moment, end or partial(os._exit, 0))
        self._changed.set()

    def look(self) -> None:
        """Look once, and do what is to be done."""
        if self._parent is not None and os.getppid() != self._parent:
            _end()
        self._end_standing()
        if self._closing is not None and self._clock() >= self._closing[0]:
            _, end = self._closing
            self._closing = None
            end()

    def _keep(self) -> None:
        while True:
            closing = self._closing
            pause = LOOK if closing is None else min(LOOK, max(0.0, closing[0] - self._clock()))
            self._changed.wait(pause)
            self._changed.clear()
            self.look()

    def _end_standing(self) -> None:
        for pid in self._standstill.look(self._stopped()):
            with suppress(ProcessLookupError, PermissionError):
                self._kill(pid, signal.SIGKILL)

    def _stopped(self) -> Iterator[int]:
        for pid in self._others:
            state = self._state(pid)
            if state is None:
                continue
            if state != "T":
                return
            yield pid

    def _state(self, pid: int) -> str | None:
        """Return the state of one of the others; None if it died: its id may be a stranger's by now."""
        now = self._read(pid)
        dead = now is None or now.began != self._others[pid].began or now.state in "ZX"
        return None if now is None or dead else now.state


def _end() -> NoReturn:
    if os.getpgrp() == os.getpid():  # a rank, or an isolated evaluation: others in its group are its own
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def follow_parent_in_native_code(respite: int = RESPITE) -> None:
    """End this process some time after its parent, even while native code keeps the vigil's thread waiting.

    Linux sends a signal when the parent dies. Its handler must be native as well: it is ``alarm`` itself,
    which is called with the number of the signal, and so rings as many seconds later. That leaves a vigil
    the time to end what this process started. The thread that started this process must live on.

    Args:
        respite: The signal, and the seconds: 16 is one that nothing else sends.
    """
    libc = ctypes.CDLL(None)
    with suppress(AttributeError):  # no Linux
        tell_of_death = partial(libc.prctl, 1)
        libc.signal(respite, ctypes.cast(libc.alarm, ctypes.c_void_p))
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        tell_of_death(respite)


def deaths_are_noticed() -> None:
    """Let this MPI worker end in a way that the other ranks hear of, wherever an evaluation ends it.

    They hear of a rank that is killed or leaves with code 0, but wait for good for one that leaves with
    another. So Python's and the C library's ways out all become 0; children that it forks keep their codes.
    """
    worker, leave = os.getpid(), os._exit

    def noticed(status: int) -> NoReturn:
        leave(0 if os.getpid() == worker else status)

    os._exit = noticed
    libc = ctypes.CDLL(None)
    with suppress(AttributeError):
        at_exit, nothing = libc.__cxa_atexit, ctypes.c_void_p(0)
        for last_act in (libc._exit, libc.fflush):  # called in reverse order, with 0
            at_exit(ctypes.cast(last_act, ctypes.c_void_p), nothing, nothing)
