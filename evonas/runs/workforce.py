"""Who works on a search: this process, processes of this machine, or the ranks of an MPI job."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from evonas.errors import EvonasError, RunError, SearchError, complaint
from evonas.evaluate.evaluator import Context
from evonas.evaluate.guard import failure_of, guarded
from evonas.evolve.objectives import Objectives
from evonas.evolve.records import Failure, Outcome
from evonas.ranks import wire
from evonas.ranks.launch import launched_by_mpi
from evonas.ranks.local import Inline, LocalProcesses, SocketLink
from evonas.ranks.transport import MANAGER, Transport
from evonas.ranks.worker import Job, die_with_parent, serve
from evonas.runs.plan import Plan
from evonas.runs.source import Source

PATIENCE = 10.0
"""Seconds that dismissed local workers have to end by themselves."""


@contextmanager
def ranks_dismissed_on_error() -> Iterator[None]:
    """Let no other rank wait for a manager that failed before, or beside, its search."""
    try:
        yield
    except BaseException:
        if launched_by_mpi():
            from evonas.ranks.mpi import dismiss_all

            dismiss_all(wire.STOP)
        raise


def job_of(search: Plan) -> Job:
    """Return what a worker needs of a search."""
    objectives = Objectives(search.objectives)

    def evaluate(architecture: Any, task: wire.Task) -> Outcome:
        context = Context(seed=task.seed, fidelity=task.fidelity)
        return guarded(search.evaluate, architecture, context, task.id, objectives)

    return Job(search.space, objectives, evaluate)


def work_if_rank(load: Callable[[], Plan]) -> None:
    """Under MPI, on every rank but the manager's: work until dismissed, then end this process."""
    if not launched_by_mpi():
        return
    from evonas.ranks.mpi import MpiLink, line_of_process

    die_with_parent()
    line = line_of_process()
    if line.rank == MANAGER:
        return
    with _death_noticed():
        serve(MpiLink(line), lambda: _loaded(load))
        line.finish()
    sys.exit(0)


@contextmanager
def _death_noticed() -> Iterator[None]:
    """Let a rank that fails die so that the others hear of it.

    MPI tells them of a rank that is killed or leaves with code 0, but not of one that leaves with another.
    """
    try:
        yield
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(0)


def work_at_socket(source: Source, descriptor: int) -> None:
    """Be a local worker process."""
    die_with_parent()
    serve(SocketLink(descriptor), lambda: _loaded(source.load))


def _loaded(load: Callable[[], Plan]) -> Job | Failure:
    try:
        return job_of(load())
    except EvonasError as error:
        reason, _, trace = str(error).partition("\n")
        return Failure(reason, trace)
    except BaseException as error:  # the manager must hear of anything that a user's file does
        return failure_of(error)


@contextmanager
def workforce(search: Plan, source: Source | None, workers: int) -> Iterator[Transport]:
    """Yield the workers' transport; on leaving, dismiss them, or kill them if something went wrong.

    Raises:
        SearchError: ``workers`` is no positive number.
        RunError: Worker processes are wanted, but the search is in no file that they could load.
        TransportError: They cannot be started.
    """
    transport = _assembled(search, source, workers)
    patience = 0.0
    try:
        yield transport
        patience = PATIENCE
    finally:
        for worker in range(1, transport.workers + 1):
            transport.send(worker, wire.STOP)
        transport.close(patience)


def _assembled(search: Plan, source: Source | None, workers: int) -> Transport:
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise SearchError(complaint("workers", "a whole number, 1 or more", workers, "write workers=4"))
    if launched_by_mpi():
        from evonas.ranks.mpi import MpiTransport, line_of_process

        line = line_of_process()
        return MpiTransport(line) if line.size > 1 else Inline(job_of(search))
    if workers == 1:
        return Inline(job_of(search))
    if source is None:
        raise RunError(
            f"workers: expected a search that is a module-level variable of a script, so that {workers} "
            "processes can load it, got one made elsewhere; write it to a file, or use workers=1"
        )

    def command(descriptor: int) -> list[str]:
        where = [source.file, source.name or "", str(descriptor)]
        return [sys.executable, "-m", "evonas.runs.worker_process", *where, *source.arguments]

    return LocalProcesses(workers, command)
