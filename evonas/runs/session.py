"""One session of a run: take up what is there, search on, write down what came of it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

from evonas.errors import JournalError, RunError
from evonas.manage.events import Elites
from evonas.manage.exchange import LAST
from evonas.manage.journal import read
from evonas.manage.manager import Manager
from evonas.ranks.driver import Driver
from evonas.ranks.hosted import Island, Terms
from evonas.ranks.launch import launched_by_mpi
from evonas.ranks.transport import Transport
from evonas.report.progress import Progress
from evonas.report.summary import print_summary
from evonas.runs.accounts import figures_of, front_of
from evonas.runs.clock import Warned
from evonas.runs.elites import mapped, summarized, table
from evonas.runs.fidelities import spent
from evonas.runs.folder import RunFolder
from evonas.runs.frame import Frame, Options
from evonas.runs.plan import Plan
from evonas.runs.publish import publish
from evonas.runs.rank import begun_rank, ranks_dismissed_on_error
from evonas.runs.results import History, Result, Solution
from evonas.runs.source import Source
from evonas.runs.timekeeper import Timekeeper
from evonas.runs.watcher import Watcher
from evonas.runs.workforce import workforce


def run(load: Callable[[], Plan], source: Source | None, options: Options) -> Result:
    """Run a session of a search and return how it stands; of an MPI job's ranks only the lead returns.

    Args:
        load: Returns the search; called in every rank of an MPI job.
        source: Where local workers find it; None if it is in no file.
        options: How to run it.

    Raises:
        EvonasError: As told at ``Search.run``.
        KeyboardInterrupt: Somebody ended it; everything evaluated so far is kept.
    """
    options.check()
    if launched_by_mpi():
        rank = begun_rank(load, source, options)
        session = Session(rank.search, source, options, rank.frame, rank.last_words)
        with ranks_dismissed_on_error():
            result = session.searched()
        rank.vigil.see_off(to_the_last=result is None)
    else:
        search = load()
        session = Session(search, source, options, Frame.begun(search, source, options))
        result = session.searched()
    if result is None:  # somebody else leads, and tells the rest
        sys.stdout.flush()
        os._exit(0)
    if not options.quiet:
        _conclude(session, result, options)
    return result


def _conclude(session: Session, result: Result, options: Options) -> None:
    """Show what came of it, export the best, or say how to go on."""
    print_summary(result.figures)
    complete = result.ending == "complete" and result.front
    if complete and not result.best.is_feasible:
        print("\nnothing keeps all constraints yet, so nothing is exported; loosen them, or search on")
    elif complete and options.export:
        if result.figures["session_evaluations"] or not session.folder.best.exists():
            export(session.search, session.folder, session.folder.best)
        else:
            print(f"\nthe best was exported before to {session.folder.best}")
    elif result.ending != "complete":
        when = "" if result.ending == "paused" else "once the cause is mended, "
        print(f"\n{result.ending}; {when}go on with: evonas resume {session.folder.path}")


def export(search: Plan, folder: RunFolder, to: Path) -> None:
    """Export the best of a run, and say what was written.

    Raises:
        ExportError: As told at ``publish``.
    """
    if search.retrain:
        print("\ntraining the best architecture for export ...", flush=True)
    for written in publish(search, folder, to):
        error = f", largest error {written.error:.1e}" if written.error is not None else ""
        what = f"skipped: {written.skipped}" if written.skipped else f"{written.bytes:,} bytes{error}"
        print(f"  {to / written.name}  {what}")


class Session:
    """What a host does with a search, from the folder to the result.

    Args:
        search: What is searched.
        source: Where local workers find it.
        options: How to run it.
        frame: What all ranks agree on.
        last_words: What this rank said last as a worker, if it became a host by a death.
    """

    def __init__(
        self,
        search: Plan,
        source: Source | None,
        options: Options,
        frame: Frame,
        last_words: list[tuple[int, bytes]] | None = None,
    ) -> None:
        self.search, self.folder = search, RunFolder(Path(frame.folder))
        self._source, self._options, self._frame = source, options, frame
        self._last_words = last_words

    def searched(self) -> Result | None:
        """Search; return how the run stands, or None if another host leads it."""
        workers, search = self._options.workers, self.search
        self._heritage = self.folder.heritage(search)
        with workforce(search, self._source, workers, self._last_words) as transport:
            leads = transport.layout.lead == transport.rank
            shown = StringIO() if self._options.quiet else None if leads else sys.stderr
            with (
                Progress(shown) as self._progress,
                Warned() as warned,
                _interruptible(lambda: transport.layout.lead == transport.rank),
            ):
                if leads and self._frame.is_new and self._last_words is None:
                    size = self.search.space.told_size
                    self._progress.notice(f"searching {size}; the run is kept in {self.folder.path}")
                    for told in self._heritage.told:
                        self._progress.notice(told)
                driver = self._driver(transport, warned)
                driver.run()
            if not driver.council.is_complete:
                if driver.council.leads:
                    remedy = f"see above, then: evonas resume {self.folder.path}"
                    raise RunError(f"another rank could not go on; {remedy}")
                return None
            return self._result(driver, transport)

    def _driver(self, transport: Transport, warned: Warned) -> Driver:
        limits = self.search.limits()
        self._retired = {island: self._history(island) for island in self.folder.retired(self.search)}
        finished = sum(history.evaluations for history in self._retired.values())
        return Driver(
            Manager(len(transport.workers), self.search.retries, helps_itself=transport.helps_itself),
            transport,
            self._island,
            terms=Terms(
                self.search.space,
                tuple(self.search.objectives),
                self.search.seed,
                str(self.folder.path.absolute()),
            ),
            clock=Timekeeper(limits.seconds, self._frame.closing, warned),
            observer=Watcher(
                self._progress, total=limits.evaluations, seconds=limits.seconds, finished=finished
            ),
            promoted=self._last_words is not None,
        )

    def _result(self, driver: Driver, transport: Transport) -> Result:
        front = front_of(self.search, driver.council.reports, self._retired)
        figures = figures_of(self.search, driver, transport, self._retired, front) | {
            "folder": str(self.folder.path)
        }
        figures["fidelities"] = spent(self.search, self.folder)
        elites = mapped(self.search, self.folder)
        if elites is not None:
            figures["elites"] = summarized(elites)
            self.folder.write_elites(table(elites, self.search.space))
        if figures["session_evaluations"] or not self.folder.summary.exists():
            self.folder.summarize(figures)
        solutions = [Solution.of(individual, self.search.space) for individual in front]
        residents = elites.individuals if elites is not None else ()
        return Result(
            solutions,
            figures["reason"],
            figures["ending"],
            figures,
            self.folder.path,
            tuple(Solution.of(individual, self.search.space) for individual in residents),
        )

    def _island(self, number: int) -> Island:
        """Return an island that has lived through its journal."""
        journal, contents = self.folder.open(self.search, number)
        try:
            ledger = self.search.ledger(number, self.folder.quota(self.search, number))
            self._heritage.begin(ledger)
            if contents is not None:
                if contents.torn:
                    self._progress.notice(contents.torn)
                ledger.replay(contents.entries)
                if self._last_words is None:
                    done = f"{ledger.counts.finished:,} evaluations are done"
                    where = f"island {number} of " if self.search.n_islands > 1 else ""
                    self._progress.notice(f"going on with {where}{self.folder.path}: {done}")
            seconds = contents.seconds if contents else 0.0
            for source, history in self._retired.items():
                if source % self.search.n_islands == number:
                    elites = Elites(source, number, LAST, history.archive().front)
                    if ledger.welcome(elites):
                        journal.append(elites, seconds)
        except JournalError as error:
            journal.close()
            raise JournalError(f"{self.folder.journal(number)}: {error}") from None
        except BaseException:
            journal.close()
            raise
        return Island(ledger, journal, seconds)

    def _history(self, island: int) -> History:
        """Return what an island did that is no more."""
        entries = read(self.folder.journal(island), self.search.space).entries
        return History(entries, self.search.goals)


@contextmanager
def _interruptible(leads: Callable[[], bool]) -> Iterator[None]:
    """Let a batch system's SIGTERM end a session as Ctrl-C does; hosts leave both to the one that leads."""

    def interrupt(*_: object) -> None:
        if leads():
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
