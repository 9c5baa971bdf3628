"""Workers on this machine without MPI: this very process, or processes at the end of a socket each."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from collections import deque
from collections.abc import Callable
from multiprocessing.connection import Connection, wait

from evonas.errors import TransportError
from evonas.ranks.transport import Traffic
from evonas.ranks.worker import Job


class Inline:
    """One worker that is the manager's own process: it evaluates while the manager waits."""

    name = "inline"
    workers = 1

    def __init__(self, job: Job) -> None:
        self.traffic = Traffic()
        self._job = job
        self._inbox: deque[bytes] = deque()
        self._replies = deque([job.introduction()])

    def send(self, worker: int, message: bytes) -> None:
        """Keep the message; it is answered when the manager next waits."""
        self._inbox.append(message)

    def receive(self, seconds: float) -> list[tuple[int, bytes]]:
        """Evaluate what was sent, and return the reply."""
        if self._inbox:
            reply = self._job.answer(self._inbox.popleft())
            if reply is not None:
                self._replies.append(reply)
        return [(1, self._replies.popleft())] if self._replies else []

    def lost(self) -> list[int]:
        """Return nobody: the worker dies with the manager."""
        return []

    def close(self, patience: float) -> None:
        """Nothing to release."""


class LocalProcesses:
    """Workers as processes of this machine.

    Args:
        workers: How many.
        command: Returns the command line of a worker that inherits the given file descriptor, its socket.

    Raises:
        TransportError: A process cannot be started.
    """

    name = "local"

    def __init__(self, workers: int, command: Callable[[int], list[str]]) -> None:
        self.workers = workers
        self.traffic = Traffic()
        self._lines: dict[int, Connection] = {}
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._lost: list[int] = []
        for worker in range(1, workers + 1):
            self._start(worker, command)

    def _start(self, worker: int, command: Callable[[int], list[str]]) -> None:
        ours, theirs = socket.socketpair()
        descriptor = theirs.fileno()
        try:
            self._processes[worker] = subprocess.Popen(
                command(descriptor), pass_fds=[descriptor], stdin=subprocess.DEVNULL
            )
        except OSError as error:
            self.close(0)
            raise TransportError(f"worker {worker} cannot be started: {error}; try fewer workers") from error
        theirs.close()
        self._lines[worker] = Connection(ours.detach())

    def send(self, worker: int, message: bytes) -> None:
        """Send a message to a worker; to a dead one it is dropped."""
        self.traffic.count(message)
        if worker in self._lines:
            try:
                self._lines[worker].send_bytes(message)
            except OSError:
                self._bury(worker)

    def receive(self, seconds: float) -> list[tuple[int, bytes]]:
        """Return what arrived, after ``seconds`` at the latest."""
        messages = []
        ready = wait(self._lines.values(), timeout=seconds)
        for worker, line in list(self._lines.items()):
            if line in ready:
                try:
                    messages.append((worker, line.recv_bytes()))
                except (EOFError, OSError):
                    self._bury(worker)
        for _, message in messages:
            self.traffic.count(message)
        return messages

    def lost(self) -> list[int]:
        """Return the workers that died since the last call."""
        lost, self._lost = self._lost, []
        return lost

    def close(self, patience: float) -> None:
        """Wait ``patience`` seconds for each worker to end, then kill it."""
        for process in self._processes.values():
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for worker in list(self._lines):
            self._lines.pop(worker).close()

    def _bury(self, worker: int) -> None:
        self._lines.pop(worker).close()
        self._lost.append(worker)


class SocketLink:
    """A worker process's line to its manager.

    Args:
        descriptor: The inherited file descriptor of the socket.
    """

    def __init__(self, descriptor: int) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the manager's; it ends its workers
        os.set_inheritable(descriptor, False)  # else a child of an evaluation would keep the line open
        self._line = Connection(descriptor)

    def send(self, message: bytes) -> None:
        """Send a message to the manager; a manager that is gone is noticed at the next receive."""
        with contextlib.suppress(OSError):
            self._line.send_bytes(message)

    def receive(self) -> bytes | None:
        """Wait for a message; None once the manager is gone."""
        try:
            return self._line.recv_bytes()
        except (EOFError, OSError):
            return None
