"""Who works on a search: this process, processes of this machine, or the ranks of an MPI job."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from evonas.errors import EvonasError, RunError, SearchError, complaint
from evonas.evaluate.evaluator import Context, caller
from evonas.evaluate.guard import failure_of, guarded
from evonas.evolve.records import Failure, Outcome
from evonas.ranks import wire
from evonas.ranks.isolation import Isolated
from evonas.ranks.launch import launched_by_mpi
from evonas.ranks.local import Inline, LocalProcesses, SocketLink
from evonas.ranks.transport import Transport
from evonas.ranks.vigil import Vigil, follow_parent_in_native_code
from evonas.ranks.worker import Evaluation, Job, Unfit, serve
from evonas.runs import clock
from evonas.runs.plan import Plan
from evonas.runs.source import Source
from evonas.space.space import Space

PATIENCE = 3.0
"""Seconds that dismissed workers have to end by themselves."""


def evaluation(search: Plan) -> Job:
    """Return the job of evaluating in this process."""
    objectives = search.goals
    evaluate = caller(search.evaluate)

    def evaluated(architecture: Any, task: wire.Task, seed: int) -> Outcome:
        context = Context(seed, task.fidelity, home=partial(checkpoint, search.space, task))
        return guarded(evaluate, architecture, context, task.id, objectives)

    return Evaluation(search.space, objectives, evaluated)


def checkpoint(space: Space, task: wire.Task) -> Path | None:
    """Return the folder of a task's island and genome in that of the run, made if it is missing.

    What is evaluated again, at another fidelity or after an interruption, has the same one.
    """
    if not task.folder:
        return None
    path = Path(task.folder, "checkpoints", str(task.id.island), space.unpack(task.genes).key)
    path.mkdir(parents=True, exist_ok=True)
    return path


def job(search: Plan, source: Source | None) -> Job:
    """Return what a worker does: evaluate here, or in a child process if evaluations have a deadline.

    Raises:
        RunError: They have one, but the search is in no file that a child could load.
    """
    if search.timeout is None:
        return evaluation(search)
    if source is None:
        raise RunError(_in_no_file("timeout", "a process of its own", "leave out timeout="))
    return Isolated(partial(_command, source, isolated=True), search.timeout)


def _command(source: Source, descriptor: int, *, isolated: bool) -> list[str]:
    what = "isolated" if isolated else "worker"
    where = [source.pickled or source.file, source.name or "", str(descriptor)]
    return [sys.executable, "-m", "evonas.runs.worker_process", what, *where, *source.arguments]


def _in_no_file(what: str, who: str, otherwise: str) -> str:
    return (
        f"{what}: expected a search that is a module-level variable of a script, so that {who} can load it, "
        f"got one made elsewhere; write it to a file, or {otherwise}"
    )


def loaded(load: Callable[[], Plan]) -> Plan | Unfit:
    """Return the search, or the job of a worker that has to say why it could not load it."""
    try:
        return load()
    except EvonasError as error:
        reason, _, trace = str(error).partition("\n")
        return Unfit(Failure(reason, trace))
    except BaseException as error:  # the manager must hear of anything that a user's file does
        return Unfit(failure_of(error))


def work_at_socket(source: Source, descriptor: int, *, isolated: bool) -> None:
    """Be a local worker process, or the child of a worker in which evaluations are isolated."""
    vigil = Vigil()
    vigil.follow_parent()
    vigil.start()
    follow_parent_in_native_code()

    def prepared() -> Job:
        search = loaded(source.load)
        if isinstance(search, Unfit):
            return search
        return evaluation(search) if isolated else job(search, source)

    with clock.ignored():
        serve(SocketLink(descriptor), prepared)


@contextmanager
def workforce(
    search: Plan, source: Source | None, workers: int, inbox: list[tuple[int, bytes]] | None
) -> Iterator[Transport]:
    """Yield the workers' transport; on leaving, dismiss them, or kill them if something went wrong.

    Args:
        search: What is searched.
        source: Where local workers find it.
        workers: How many local ones there shall be.
        inbox: What this rank said last as a worker, if it was one.

    Raises:
        SearchError: ``workers`` is no positive number.
        RunError: Worker processes are wanted, but the search is in no file that they could load.
        TransportError: They cannot be started.
    """
    transport = _assembled(search, source, workers, inbox)
    patience = 0.0
    try:
        yield transport
        patience = PATIENCE
    finally:
        transport.close(patience)


def _assembled(
    search: Plan, source: Source | None, workers: int, inbox: list[tuple[int, bytes]] | None
) -> Transport:
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise SearchError(complaint("workers", "a whole number, 1 or more", workers, "write workers=4"))
    if launched_by_mpi():
        from evonas.ranks.mpi import MpiTransport, line_of_process

        return MpiTransport(line_of_process(), search.n_islands, lambda: job(search, source), inbox or ())
    if workers == 1:
        return Inline(job(search, source), search.n_islands)
    if source is None:
        raise RunError(_in_no_file("workers", f"{workers} processes", "use workers=1"))
    return LocalProcesses(workers, partial(_command, source, isolated=False), search.n_islands)
