"""Workers on this machine without MPI: this very process, or processes at the end of a socket each."""

from __future__ import annotations

import os
import select
import signal
import socket
import struct
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector

from evonas.errors import TransportError
from evonas.ranks import wire
from evonas.ranks.devices import share_out
from evonas.ranks.launch import SIZE_VARIABLES
from evonas.ranks.layout import Layout
from evonas.ranks.transport import Traffic
from evonas.ranks.vigil import LOOK, Standstill, stands_still
from evonas.ranks.worker import Desk, Job

CHUNK = 1 << 16
"""Bytes that are read at once."""

LAST_WAIT = 5.0
"""Seconds that a killed process has to be gone; one that hangs in a driver may never be."""

_LENGTH = struct.Struct("<I")


class Inline:
    """One worker that is the manager's own process: it evaluates while the manager waits.

    Args:
        job: What it does.
        islands: How many islands the manager hosts.
    """

    name = "inline"
    helps_itself = False
    replaces = False
    evaluates_here = True
    rank = 0
    workers = (1,)

    def __init__(self, job: Job, islands: int = 1) -> None:
        self.traffic = Traffic()
        self.layout = Layout(1, islands)
        self._job, self._desk = job, Desk(job)
        self._inbox: deque[bytes] = deque()
        self._replies: Iterator[bytes] = iter([self._desk.introduction()])

    def send(self, rank: int, message: bytes) -> None:
        """Keep the message; it is answered when the manager next waits."""
        self._inbox.append(message)

    def receive(self, seconds: float) -> list[tuple[int, bytes]]:
        """Evaluate what was sent until there is a reply, and return that."""
        while (reply := next(self._replies, None)) is None and self._inbox:
            self._replies = self._desk.replies(self._inbox.popleft())
        if reply is None:
            time.sleep(seconds)
            return []
        return [(1, reply)]

    def lost(self) -> list[int]:
        """Return nobody: the worker dies with the manager."""
        return []

    def help_yourself(self) -> None:
        """Do nothing: it does already."""

    def close(self, patience: float) -> None:
        """Release what the job holds."""
        if hasattr(self._job, "close"):
            self._job.close()


class Child:
    """A process at the other end of a socket; sending to it and reading from it never waits.

    Args:
        command: Returns the command line of a process that inherits the given file descriptor, its socket.
        alone: Whether it leads a session of its own: deaf to Ctrl-C, and killed with all that it started.
        more: Environment variables that it gets beside ours.

    Attributes:
        process: The process.
        gone: Whether it ended and all that it ever sent is read.
        unsent: What its socket did not take yet.

    Raises:
        TransportError: It cannot be started.
    """

    def __init__(
        self, command: Callable[[int], list[str]], *, alone: bool = False, more: Mapping[str, str] = {}
    ) -> None:
        ours = {name: value for name, value in os.environ.items() if not _makes_ranks(name)}
        self.gone = False
        self.unsent = bytearray()
        self._incoming, self._alone = bytearray(), alone
        self._socket, theirs = socket.socketpair()
        self._socket.setblocking(False)
        with theirs:
            try:
                self.process = subprocess.Popen(
                    command(theirs.fileno()),
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    start_new_session=alone,
                    env={**ours, **more},
                )
            except OSError as error:
                self._socket.close()
                raise TransportError(f"a worker cannot be started: {error}; try fewer workers") from error

    def fileno(self) -> int:
        """Return the descriptor of the socket, for whom it is to wake."""
        return self._socket.fileno()

    def send(self, message: bytes) -> None:
        """Send a message, or begin to; to the dead it is dropped."""
        frame = _framed(message)
        if self.unsent:
            self.unsent += frame
        else:
            self.unsent += frame[self._sent(frame) :]

    def flush(self) -> None:
        """Send more of what is unsent."""
        del self.unsent[: self._sent(self.unsent)]

    def messages(self) -> list[bytes]:
        """Return all that has arrived."""
        try:
            while len(data := self._socket.recv(CHUNK)) == CHUNK:
                self._incoming += data
            self._incoming += data
            self.gone = self.gone or not data
        except BlockingIOError:
            pass
        except OSError:
            self.gone = True
        return _cut(self._incoming)

    def look(self) -> list[bytes]:
        """Return what arrived; find a death that the socket does not tell, as a grandchild keeps it open."""
        dead = self.process.poll() is not None
        messages = self.messages()
        self.gone = self.gone or dead
        return messages

    def kill(self) -> None:
        """End it at once, wait no more than a moment for that, and release the socket."""
        with suppress(ProcessLookupError, PermissionError):
            if self._alone:
                os.killpg(self.process.pid, signal.SIGKILL)
            else:
                self.process.kill()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(LAST_WAIT)
        self._socket.close()

    def _sent(self, data: bytes | bytearray) -> int:
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0
        except OSError:  # it died; what it said before is still to be read
            return len(data)


class LocalProcesses:
    """Workers as processes of this machine.

    Args:
        workers: How many.
        command: Returns the command line of a worker that inherits the given file descriptor, its socket.
        islands: How many islands the manager hosts.

    Raises:
        TransportError: A process cannot be started.
    """

    name = "local"
    helps_itself = False
    replaces = True
    evaluates_here = False
    rank = 0

    def __init__(self, workers: int, command: Callable[[int], list[str]], islands: int = 1) -> None:
        self.workers = list(range(1, workers + 1))
        self._n_places = workers
        self.traffic = Traffic()
        self.layout = Layout(1, islands)
        self._children: dict[int, Child] = {}
        self._lost: list[int] = []
        self._selector = DefaultSelector()
        self._standstill = Standstill()
        self._looked = time.monotonic()
        self._command, self._closing = command, False
        self._spoke: set[int] = set()
        self._places: dict[int, int] = {}  # on this machine; who replaces another takes over its place
        try:
            for worker in self.workers:
                self._start(worker, worker - 1)
        except TransportError:
            self.close(0)
            raise

    def _start(self, worker: int, place: int) -> None:
        gpus = share_out(place, self._n_places, os.environ)
        self._children[worker], self._places[worker] = Child(self._command, more=gpus), place
        self._selector.register(self._children[worker], EVENT_READ, worker)

    @property
    def processes(self) -> list[int]:
        """The ids of the processes that are not known to be dead."""
        return [child.process.pid for child in self._children.values() if not child.gone]

    def send(self, rank: int, message: bytes) -> None:
        """Send a message to a worker; to a dead one it is dropped."""
        self.traffic.count(message)
        child = self._children[rank]
        if not child.gone:
            waiting = bool(child.unsent)
            child.send(message)
            if child.unsent and not waiting:
                self._selector.modify(child, EVENT_READ | EVENT_WRITE, rank)

    def receive(self, seconds: float) -> list[tuple[int, bytes]]:
        """Return what arrived, after ``seconds`` at the latest, or when a worker died."""
        until = time.monotonic() + seconds
        while True:
            left = until - time.monotonic()
            messages = self._arrived(min(max(left, 0.0), LOOK)) + self._seen()
            if messages or self._lost or left <= 0:
                return messages

    def lost(self) -> list[int]:
        """Return the workers that died since the last call."""
        lost, self._lost = self._lost, []
        return lost

    def help_yourself(self) -> None:
        """Do nothing: see ``helps_itself``."""

    def close(self, patience: float) -> None:
        """Dismiss the workers, wait ``patience`` seconds for them to end, then kill those that did not."""
        self._closing = True
        for worker in self._children:
            self.send(worker, wire.STOP)
        until = time.monotonic() + patience
        while any(not child.gone for child in self._children.values()) and time.monotonic() < until:
            self.receive(min(LOOK, until - time.monotonic()))
        for child in self._children.values():
            if child.gone:
                with suppress(subprocess.TimeoutExpired):
                    child.process.wait(max(0.0, until - time.monotonic()))
            if child.process.poll() is None:
                child.process.kill()  # all of them first: they end side by side
        for child in self._children.values():
            child.kill()
        self._selector.close()

    def _arrived(self, seconds: float) -> list[tuple[int, bytes]]:
        messages = []
        for key, events in self._selector.select(seconds):
            child = self._children[key.data]
            if events & EVENT_WRITE:
                child.flush()
                if not child.unsent:
                    self._selector.modify(child, EVENT_READ, key.data)
            if events & EVENT_READ:
                messages += self._taken(key.data, child.messages())
        return messages

    def _seen(self) -> list[tuple[int, bytes]]:
        """Once in a while, kill who was stopped and bury whose socket does not tell."""
        if time.monotonic() - self._looked < LOOK:
            return []
        self._looked = time.monotonic()
        messages = []
        for pid in self._standstill.look(filter(stands_still, self.processes)):
            os.kill(pid, signal.SIGKILL)
        for worker, child in list(self._children.items()):
            if not child.gone:
                messages += self._taken(worker, child.look())
        return messages

    def _replace(self, worker: int) -> None:
        """Start a new worker in the place of a dead one; one that cannot be started is lost at once."""
        new = self.workers[-1] + 1
        self.workers.append(new)
        try:
            self._start(new, self._places[worker])
        except TransportError:
            self._lost.append(new)

    def _taken(self, worker: int, messages: Iterable[bytes]) -> list[tuple[int, bytes]]:
        for message in messages:
            self.traffic.count(message)
            self._spoke.add(worker)
        if self._children[worker].gone:
            self._selector.unregister(self._children[worker])
            self._lost.append(worker)
            if worker in self._spoke and not self._closing:
                self._replace(worker)
        return [(worker, message) for message in messages]


class SocketLink:
    """A worker process's line to its manager.

    Args:
        descriptor: The inherited file descriptor of the socket.
    """

    def __init__(self, descriptor: int) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the manager's; it ends its workers
        self._socket = socket.socket(fileno=descriptor)
        # A child of an evaluation must not keep the line open.
        self._socket.set_inheritable(False)
        os.register_at_fork(after_in_child=self._socket.close)
        self._readable = select.poll()
        self._readable.register(descriptor, select.POLLIN)
        self._stream, self._messages = bytearray(), deque[bytes]()

    def send(self, message: bytes) -> None:
        """Send a message to the manager; a manager that is gone is noticed at the next receive."""
        with suppress(OSError):
            self._socket.sendall(_framed(message))

    def receive(self, seconds: float | None = None) -> bytes | None:
        """Wait asleep for a message, and return it; None once the manager is gone.

        Args:
            seconds: How long to wait for its beginning; b"" is returned when none came. None is for good.
        """
        while not self._messages:
            if seconds is not None and not self._readable.poll(1000 * seconds):
                return b""
            try:
                data = self._socket.recv(CHUNK)
            except OSError:
                return None
            if not data:
                return None
            self._stream += data
            self._messages.extend(_cut(self._stream))
        return self._messages.popleft()


def _framed(message: bytes) -> bytes:
    return _LENGTH.pack(len(message)) + message


def _cut(stream: bytearray) -> list[bytes]:
    """Take the whole messages from the beginning of a stream."""
    messages, at = [], 0
    while len(stream) - at >= _LENGTH.size:
        begin = at + _LENGTH.size
        end = begin + int(_LENGTH.unpack_from(stream, at)[0])
        if end > len(stream):
            break
        messages.append(bytes(stream[begin:end]))
        at = end
    del stream[:at]
    return messages


def _makes_ranks(name: str) -> bool:
    """Return whether a variable would make a process that has it take itself for a rank of an MPI job."""
    return name in SIZE_VARIABLES or name.startswith(("PMI_", "PMIX_"))
