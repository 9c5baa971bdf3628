"""Workers as MPI ranks; the only file that imports mpi4py."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from functools import cache

from evonas.errors import TransportError
from evonas.ranks.transport import MANAGER, Traffic

try:
    import mpi4py

    mpi4py.rc.finalize = False  # Line.finish does it, or leaves it: see there
    from mpi4py import MPI
except (ImportError, RuntimeError) as error:
    remedy = (
        'install one with pip install "evonas[mpi]", load the module of your cluster, or see: evonas doctor'
    )
    raise TransportError(
        f"MPI: expected an MPI library that mpi4py can load, got: {error}; {remedy}"
    ) from error

TAG = 1
SHORTEST_PAUSE, LONGEST_PAUSE = 20e-6, 2e-3  # seconds between looks for a message; a waiting rank sleeps


@cache
def line_of_process() -> Line:
    """Return this process's one line to the other ranks."""
    return Line()


def library() -> str:
    """Return the name and version of the MPI library in use."""
    return str(MPI.Get_library_version()).split(",")[0].strip("\0\n ")


def dismiss_all(message: bytes) -> None:
    """Send the ranks that work their dismissal and leave MPI with them, unless that is done already."""
    if not MPI.Is_finalized():
        line = line_of_process()
        for rank in range(1, line.size):
            line.send(rank, message)
        line.finish()


class Line:
    """Sends without blocking and receives asleep, on a communicator of our own."""

    def __init__(self) -> None:
        self._comm = MPI.COMM_WORLD.Dup()
        self._comm.Set_errhandler(MPI.ERRORS_RETURN)  # errors become exceptions, a dead rank ends nobody
        self._sending: list[tuple[MPI.Request, bytes]] = []  # MPI reads the bytes until a request is done
        self._dead: set[int] = set()
        self.rank: int = self._comm.Get_rank()
        self.size: int = self._comm.Get_size()

    def send(self, rank: int, message: bytes) -> None:
        """Start sending; a message to a dead rank is dropped."""
        self._sending = [pair for pair in self._sending if not _done(pair[0])]
        if rank in self._dead:
            return
        try:
            request = self._comm.Isend([message, MPI.BYTE], dest=rank, tag=TAG)
        except MPI.Exception as error:
            self._acknowledge(error)
        else:
            self._sending.append((request, message))

    def take(self) -> tuple[int, bytes] | None:
        """Return a message that is there as ``(rank, bytes)``, or None."""
        status = MPI.Status()
        try:
            waiting = self._comm.Improbe(MPI.ANY_SOURCE, TAG, status)
            if waiting is None:
                return None
            buffer = bytearray(status.Get_count(MPI.BYTE))
            waiting.Recv([buffer, MPI.BYTE])
        except MPI.Exception as error:
            self._acknowledge(error)
            return None
        return status.Get_source(), bytes(buffer)

    def dead(self) -> set[int]:
        """Return all ranks known to be dead."""
        return self._dead

    def finish(self) -> None:
        """Complete what is being sent, and leave MPI together with the other ranks.

        After a death the ranks just end: Finalize then waits now and then for the dead one for good, and
        with fault tolerance ``mpirun`` is content without it.
        """
        for pause in _pauses():
            self._sending = [pair for pair in self._sending if not _done(pair[0])]
            if not self._sending:
                break
            time.sleep(pause)
        self.take()  # the last chance to hear of a death
        if not self._dead:
            MPI.Finalize()

    def _acknowledge(self, error: MPI.Exception) -> None:
        """Note who died, so that receiving from the living goes on; pass on any other error."""
        if error.Get_error_class() not in (MPI.ERR_PROC_FAILED, MPI.ERR_PROC_FAILED_PENDING):
            raise TransportError(
                f"MPI: {error}; the job cannot go on, resume the run in a new one"
            ) from error
        self._comm.Ack_failed()
        failed = self._comm.Get_failed()
        everyone = self._comm.Get_group()
        ranks = failed.Translate_ranks(list(range(failed.Get_size())), everyone)
        self._dead.update(int(rank) for rank in ranks)


class MpiTransport:
    """The manager's side, on rank 0 of a job of two ranks or more."""

    name = "mpi"

    def __init__(self, line: Line) -> None:
        self.workers = line.size - 1
        self.traffic = Traffic()
        self._line = line
        self._reported: set[int] = set()

    def send(self, worker: int, message: bytes) -> None:
        """Send a message to a worker; to a dead one it is dropped."""
        self.traffic.count(message)
        self._line.send(worker, message)

    def receive(self, seconds: float) -> list[tuple[int, bytes]]:
        """Return what arrived, after ``seconds`` at the latest, or when a rank died."""
        until = time.monotonic() + seconds
        for pause in _pauses():
            messages = list(iter(self._line.take, None))
            if messages or self._line.dead() - self._reported or time.monotonic() >= until:
                break
            time.sleep(pause)
        for _, message in messages:
            self.traffic.count(message)
        return messages

    def lost(self) -> list[int]:
        """Return the ranks that died since the last call."""
        news = self._line.dead() - self._reported
        self._reported |= news
        return sorted(news)

    def close(self, patience: float) -> None:
        """Leave MPI together with the dismissed workers, however long their last evaluation takes."""
        self._line.finish()


class MpiLink:
    """A worker's side, on any rank above 0."""

    def __init__(self, line: Line) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the manager's; it ends its workers
        self._line = line

    def send(self, message: bytes) -> None:
        """Send a message to the manager."""
        self._line.send(MANAGER, message)

    def receive(self) -> bytes | None:
        """Wait asleep for a message; None once the manager is gone."""
        for pause in _pauses():
            message = self._line.take()
            if message is not None:
                return message[1]
            if MANAGER in self._line.dead():
                return None
            time.sleep(pause)
        return None


def _done(request: MPI.Request) -> bool:
    try:
        return bool(request.Test())
    except MPI.Exception:  # its receiver died
        return True


def _pauses() -> Iterator[float]:
    """Yield growing pauses without end."""
    pause = SHORTEST_PAUSE
    while True:
        yield pause
        pause = min(2 * pause, LONGEST_PAUSE)
