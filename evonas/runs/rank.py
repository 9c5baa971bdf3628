"""What a rank of an MPI job does until it manages: agree with the others, work, be dismissed or promoted."""

from __future__ import annotations

import math
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from evonas.ranks import devices, wire
from evonas.ranks.vigil import Vigil, deaths_are_noticed
from evonas.ranks.worker import Unfit, serve
from evonas.runs import clock
from evonas.runs.frame import Frame, Options
from evonas.runs.plan import Plan
from evonas.runs.source import Source
from evonas.runs.workforce import job, loaded

GRACE = 5.0
"""Seconds after a session's end at which a rank that still evaluates is ended."""


@dataclass(frozen=True)
class Rank:
    """A rank that manages from now on.

    Attributes:
        search: What is searched.
        frame: What all ranks agree on.
        vigil: Keeps watch in this rank.
        last_words: None if it manages from the beginning. Otherwise messages that count as arrived: what it
            said last to a host that died, and what others told it when they knew of the death before it did.
    """

    search: Plan
    frame: Frame
    vigil: Vigil
    last_words: list[tuple[int, bytes]] | None


def begun_rank(load: Callable[[], Plan], source: Source | None, options: Options) -> Rank:
    """Begin as a rank of an MPI job; return once it manages. One that works ends with the search instead.

    Args:
        load: Returns the search.
        source: Where it is.
        options: How to run it.

    Raises:
        EvonasError: As rank 0: the search cannot be loaded, or not be kept where it should be.
    """
    from evonas.ranks.mpi import line_of_process

    line, vigil = line_of_process(), _watching()
    search, errors = loaded(load) if line.rank > 0 else None, []

    def settled() -> dict[str, Any] | None:
        nonlocal search
        try:
            search = load()
            return asdict(Frame.begun(search, source, options))
        except BaseException as error:
            errors.append(error)
            return None

    told = line.told_by_first(settled)
    if told is None or search is None:
        line.finish()
        if errors:
            raise errors[0]
        os._exit(0)
    return _worked(search, source, Frame(**told), vigil)


def _watching() -> Vigil:
    """Let this rank end with mpirun, and watch its neighbour on the machine."""
    from evonas.ranks.mpi import line_of_process, survives_deaths

    vigil = Vigil()
    vigil.follow_parent()
    if survives_deaths():
        vigil.watch(line_of_process().neighbours)
    vigil.start()
    return vigil


def _worked(search: Plan | Unfit, source: Source | None, frame: Frame, vigil: Vigil) -> Rank:
    """Work until dismissed, then end this process; or until this rank is a host, which it may be at once.

    Args:
        search: What is searched, or why that is not known here: the first rank hears of it then.
        source: Where it is.
        frame: What all ranks agree on.
        vigil: Keeps watch in this rank.
    """
    from evonas.ranks.mpi import MpiLink, line_of_process

    line = line_of_process()
    link = MpiLink(line, 1 if isinstance(search, Unfit) else search.n_islands)
    if link.is_promoted and not isinstance(search, Unfit):
        return Rank(search, frame, vigil, None)
    deaths_are_noticed()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the lead's; it dismisses the others
    if frame.closing:
        vigil.close_at(time.monotonic() + max(frame.closing.at - time.time(), 0.0) + GRACE)
    try:
        os.environ.update(devices.share_out(*line.place_among(link.local_workers), os.environ))
        with clock.ignored():
            dismissed = serve(link, lambda: search if isinstance(search, Unfit) else job(search, source))
        if not dismissed and not isinstance(search, Unfit):
            vigil.close_at(math.inf)
            return Rank(search, frame, vigil, link.last_words())
        line.finish()
        vigil.see_off()
        sys.stdout.flush()
    except BaseException:
        traceback.print_exc()
    sys.stderr.flush()
    os._exit(0)  # MPI tells the others of a rank that is killed or leaves with code 0, of no other


@contextmanager
def ranks_dismissed_on_error() -> Iterator[None]:
    """Let no other rank wait for a host that failed before, or beside, its search."""
    try:
        yield
    except BaseException:
        from evonas.ranks.mpi import line_of_process

        line_of_process().dismiss(wire.STOP)
        raise
