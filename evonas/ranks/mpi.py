"""Workers as MPI ranks; the only file that imports mpi4py."""

from __future__ import annotations

import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from typing import TypeVar

from evonas.errors import TransportError
from evonas.ranks import wire
from evonas.ranks.layout import Layout
from evonas.ranks.local import Inline
from evonas.ranks.transport import Traffic
from evonas.ranks.worker import Job

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

T = TypeVar("T")

TAG = 1
FAREWELL = 2.0  # seconds that dismissed ranks have at least to end by themselves
SHORTEST_PAUSE, LONGEST_PAUSE = 20e-6, 2e-3  # seconds between looks for a message; a waiting rank sleeps
GLANCE = 0.02  # of the time that a worker evaluated is nothing to wait for a message: fewer looks


@cache
def line_of_process() -> Line:
    """Return this process's one line to the other ranks."""
    return Line()


def library() -> str:
    """Return the name and version of the MPI library in use."""
    return str(MPI.Get_library_version()).split(",")[0].strip("\0\n ")


def survives_deaths() -> bool:
    """Return whether mpirun was asked for fault tolerance (ULFM)."""
    return os.environ.get("OMPI_MCA_mpi_ft_enable", "0") not in ("0", "false")  # noqa: SIM112


class Line:
    """Sends without blocking and receives asleep, on a communicator of our own."""

    def __init__(self) -> None:
        self._comm = MPI.COMM_WORLD.Dup()
        self._comm.Set_errhandler(MPI.ERRORS_RETURN)  # errors become exceptions, a dead rank ends nobody
        self._sending: list[tuple[MPI.Request, bytes]] = []  # MPI reads the bytes until a request is done
        self._status = MPI.Status()
        self._dead: frozenset[int] = frozenset()
        self.rank: int = self._comm.Get_rank()
        self.size: int = self._comm.Get_size()
        machine = MPI.COMM_WORLD.Split_type(MPI.COMM_TYPE_SHARED)
        here = machine.allgather((self.rank, os.getpid()))
        self.local_ranks, self.neighbours = [rank for rank, _ in here], [pid for _, pid in here]

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
        """Return a message that is there as ``(rank, bytes)``, or None.

        What a rank said before it died still arrives.
        """
        status = self._status
        while True:
            try:
                # Open MPI looks among what has arrived before it fetches what has: one look is not enough.
                probe = self._comm.Improbe
                waiting = probe(MPI.ANY_SOURCE, TAG, status) or probe(MPI.ANY_SOURCE, TAG, status)
                if waiting is None:
                    return None
                buffer = bytearray(status.Get_count(MPI.BYTE))
                waiting.Recv([buffer, MPI.BYTE])
            except MPI.Exception as error:
                self._acknowledge(error)
            else:
                return status.Get_source(), bytes(buffer)

    def dead(self) -> frozenset[int]:
        """Return all ranks known to be dead."""
        return self._dead

    def told_by_first(self, value: Callable[[], T]) -> T:
        """Return what only rank 0 works out; all ranks ask together, once, at their beginning."""
        told: T = self._comm.bcast(value() if self.rank == 0 else None)
        return told

    def place_among(self, ranks: Sequence[int]) -> tuple[int, int]:
        """Return which of these ranks this one is, and how many they are."""
        return ranks.index(self.rank), len(ranks)

    def dismiss(self, message: bytes) -> None:
        """Send all other ranks their dismissal and leave MPI with them."""
        for rank in range(self.size):
            if rank != self.rank:
                self.send(rank, message)
        self.finish()

    def flush(self) -> None:
        """Complete what is being sent."""
        for pause in _pauses():
            self._sending = [pair for pair in self._sending if not _done(pair[0])]
            if not self._sending:
                return
            time.sleep(pause)

    def finish(self) -> None:
        """Complete what is being sent, and leave MPI.

        With fault tolerance the ranks just end: ``mpirun`` is content, and Finalize after a death, or with
        one while it runs, waits now and then for good. Without, ``mpirun`` wants all to finalize together.
        """
        self.flush()
        if not survives_deaths() and not MPI.Is_finalized():
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
        self._dead |= {int(rank) for rank in ranks}


class MpiTransport:
    """A host's side.

    Args:
        line: This rank's line.
        islands: How many islands the run has.
        job: Returns what this very rank does once it has no worker.
        inbox: Messages that count as arrived.
    """

    name = "mpi"
    helps_itself = True
    replaces = False

    def __init__(
        self, line: Line, islands: int, job: Callable[[], Job], inbox: Iterable[tuple[int, bytes]] = ()
    ) -> None:
        self.rank, self.evaluates_here = line.rank, False
        self.traffic = Traffic()
        self.layout = Layout(line.size, islands).without(line.dead())
        self.workers = self.layout.workers_of(self.rank)
        self._line, self._job = line, job
        self._own: Inline | None = None
        self._inbox = list(inbox)

    def send(self, rank: int, message: bytes) -> None:
        """Send a message; to the dead it is dropped."""
        if rank == self.rank:
            if self._own:
                self._own.send(rank, message)
            return
        self.traffic.count(message)
        self._line.send(rank, message)

    def receive(self, seconds: float) -> list[tuple[int, bytes]]:
        """Return what arrived, after ``seconds`` at the latest, or when a rank died."""
        until = time.monotonic() + seconds
        messages, self._inbox = self._inbox, []
        for pause in _pauses():
            messages += iter(self._line.take, None)
            if messages or self._line.dead() != self.layout.lost or time.monotonic() >= until:
                break
            if self._own and (own := self._own.receive(0)):
                return [(self.rank, message) for _, message in own]
            time.sleep(pause)
        for _, message in messages:
            self.traffic.count(message)
        return messages

    def lost(self) -> list[int]:
        """Return the ranks that died since the last call."""
        news = self._line.dead() - self.layout.lost
        self.layout = self.layout.without(news)
        return sorted(news)

    def help_yourself(self) -> None:
        """Evaluate in this rank, too, from now on."""
        if self._own is None:
            self._own, self.evaluates_here = Inline(self._job()), True

    def close(self, patience: float) -> None:
        """Say farewell to the lead; as the lead, dismiss all ranks and wait for theirs. Then leave MPI.

        Without fault tolerance the ranks can only leave together, however long an evaluation takes.
        """
        lead, waiting = self.layout.lead, set[int]()
        if lead == self.rank:
            waiting = set(range(self.layout.size)) - {self.rank}
        else:
            self._line.send(lead, wire.BYE)
        for rank in waiting:
            self._line.send(rank, wire.STOP)
        until = time.monotonic() + max(patience, FAREWELL)
        for pause in _pauses():
            while (arrived := self._line.take()) is not None:
                if arrived[1] == wire.BYE:
                    waiting.discard(arrived[0])
            waiting -= self._line.dead()
            if not waiting or (survives_deaths() and time.monotonic() >= until):
                break
            time.sleep(pause)
        if survives_deaths():
            self._end(waiting)
        self._line.finish()

    def _end(self, ranks: Iterable[int]) -> None:
        """Kill ranks of this machine that do not hear: they evaluate what nobody waits for any more."""
        pids = dict(zip(self._line.local_ranks, self._line.neighbours, strict=True))
        for rank in ranks:
            if rank in pids and rank not in self._line.dead():
                with suppress(ProcessLookupError):
                    os.kill(pids[rank], signal.SIGKILL)


class MpiLink:
    """A worker's side; turns to another host when its own dies, or says so.

    Args:
        line: This rank's line.
        islands: How many islands the run has.
    """

    def __init__(self, line: Line, islands: int) -> None:
        self._line = line
        self._whole = Layout(line.size, islands)
        self._host = self._layout.manager_of(line.rank)
        self._introduction = b""
        self._early: list[tuple[int, bytes]] = []  # for the host that others know this rank to be already
        self.said = deque[bytes](maxlen=2)  # the last outcomes: a host that died may not have kept them
        self._began = time.monotonic()  # with what it does now

    @property
    def _layout(self) -> Layout:
        return self._whole.without(self._line.dead())

    @property
    def local_workers(self) -> list[int]:
        """The ranks of this machine that work for a host, at the beginning."""
        return [rank for rank in self._line.local_ranks if self._whole.manager_of(rank) != rank]

    def last_words(self) -> list[tuple[int, bytes]]:
        """Return what its own host shall hear: what this worker said last, and what came too early."""
        return [(self._line.rank, message) for message in self.said] + self._early

    @property
    def is_promoted(self) -> bool:
        """Whether this rank is a host now."""
        return self._layout.manager_of(self._line.rank) == self._line.rank

    def send(self, message: bytes) -> None:
        """Send a message to the host; the first one introduces this worker, to later hosts, too."""
        if wire.kind(message) == wire.OUTCOMES:
            self.said.append(message)
        self._introduction = self._introduction or message
        self._line.send(self._host, message)

    def receive(self) -> bytes | None:
        """Wait asleep for a message; None once the host is gone and nobody else takes its place."""
        worked = time.monotonic() - self._began
        for pause in _pauses(GLANCE * worked):
            while (arrived := self._line.take()) is not None:
                sender, message = arrived
                match wire.kind(message):
                    case wire.TASKS | wire.WELCOME:
                        self._began = time.monotonic()
                        return message
                    case wire.STOP:
                        self._host = sender  # who dismisses this worker waits for its farewell
                        return message
                    case wire.GO:
                        self._turn_to(wire.unpack_go(message))
                    case _:
                        self._early.append(arrived)
            if self._line.dead():
                if self.is_promoted:
                    return None
                if self._host in self._line.dead():
                    self._turn_to(self._layout.manager_of(self._line.rank))
            time.sleep(pause)
        return None

    def _turn_to(self, host: int) -> None:
        self._host = host
        for message in (self._introduction, *self.said):
            self._line.send(host, message)


def _done(request: MPI.Request) -> bool:
    try:
        return bool(request.Test())
    except MPI.Exception:  # its receiver died
        return True


def _pauses(first: float = SHORTEST_PAUSE) -> Iterator[float]:
    """Yield growing pauses without end, in seconds."""
    pause = max(first, SHORTEST_PAUSE)
    while True:
        pause = min(pause, LONGEST_PAUSE)
        yield pause
        pause *= 2
