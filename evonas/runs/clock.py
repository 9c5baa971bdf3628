"""When a session must be over, who says so, and how long an evaluation may take that is still begun."""

from __future__ import annotations

import math
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType, TracebackType

from evonas.report.progress import duration

SLURM_MARGIN = 30.0
"""Seconds before Slurm ends a job at which a session is over, so that files are safe and ranks gone."""

WARNING_SECONDS = 180
"""Seconds before the end at which our batch scripts ask Slurm for its warning signal."""

WARNED = "the batch system's warning (SIGUSR1) came"


@dataclass(frozen=True)
class Closing:
    """The end of a session.

    Attributes:
        at: When everything must be over, in unix seconds.
        reason: Why, for people.
    """

    at: float
    reason: str


def closing_time(
    time_limit: float | None,
    environment: Mapping[str, str],
    now: float,
    ask: Callable[[str], str] | None = None,
) -> Closing | None:
    """Return when the session that begins now must be over: by its own limit or by Slurm's, the earlier.

    Args:
        time_limit: Seconds that the session may take; None is no limit.
        environment: Tells whether this is a Slurm job, and mostly when it ends.
        now: Unix seconds.
        ask: Returns what ``squeue`` prints as the time left of a job; asked at most once, only by those who
            have a Slurm job that does not know its end. None asks ``squeue``.

    Returns:
        The earlier end; None if there is none.
    """
    ends = []
    if time_limit is not None:
        ends.append(Closing(now + time_limit, f"the time limit of {duration(time_limit)} is reached"))
    end = _slurm_end(environment, now, ask or _squeue)
    if end is not None:
        ends.append(Closing(end - SLURM_MARGIN, "the Slurm job is about to end"))
    return min(ends, key=lambda closing: closing.at, default=None)


def closing_when_warned(closing: Closing | None, now: float) -> Closing:
    """Return the end after the warning signal came: at the latest what our batch scripts leave after it."""
    warned = Closing(now + WARNING_SECONDS - SLURM_MARGIN, WARNED)
    return closing if closing and closing.at < warned.at else warned


def slurm_seconds(text: str) -> float | None:
    """Return the seconds in a time as Slurm writes and reads it; None if it is no time, such as UNLIMITED.

    >>> slurm_seconds("1-02:03:04"), slurm_seconds("2:03:04"), slurm_seconds("3:04"), slurm_seconds("3")
    (93784.0, 7384.0, 184.0, 180.0)
    >>> slurm_seconds("1-2"), slurm_seconds("1-2:3"), slurm_seconds("INVALID")
    (93600.0, 93780.0, None)
    """
    days = re.fullmatch(r"(\d+)-(\d+)(?::(\d+)(?::(\d+))?)?", text.strip(), re.ASCII)
    if days:
        day, hour, minute, second = (int(part or 0) for part in days.groups())
        return float(((day * 24 + hour) * 60 + minute) * 60 + second)
    clock = re.fullmatch(r"(?:(?:(\d+):)?(\d+):)?(\d+)", text.strip(), re.ASCII)
    if not clock:
        return None
    hour, minute, second = (int(part or 0) for part in clock.groups())
    if clock[2] is None:  # a lone number means minutes
        return second * 60.0
    return float((hour * 60 + minute) * 60 + second)


def _slurm_end(environment: Mapping[str, str], now: float, ask: Callable[[str], str]) -> float | None:
    """Return when the Slurm job that this is ends; None if it is none, or has no end."""
    job = environment.get("SLURM_JOB_ID")
    if not job:
        return None
    told = environment.get("SLURM_JOB_END_TIME", "")
    if re.fullmatch(r"\d{1,15}", told, re.ASCII) and int(told) > now:  # one that is past is another job's
        return float(told)
    left = slurm_seconds(ask(job))
    return None if left is None else now + left


def _squeue(job: str) -> str:
    """Return the time left of a Slurm job, as Slurm writes it; nothing if it does not answer."""
    command = ["squeue", "-h", "-j", job, "-o", "%L"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


class Warned:
    """While open, notes SIGUSR1, a batch system's warning that the end is near, instead of dying of it.

    Signals reach the main thread only: opened in another one, it never hears anything.

    Attributes:
        heard: Whether the warning came.
    """

    def __init__(self) -> None:
        self.heard = False

    def __enter__(self) -> Warned:
        self._before = _handle(self._hear)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _handle(self._before)

    def _hear(self, *_: object) -> None:
        self.heard = True


@contextmanager
def ignored() -> Iterator[None]:
    """Be deaf to SIGUSR1, which mpirun passes on to every rank: a worker finishes what its manager wants."""
    before = _handle(signal.SIG_IGN)
    try:
        yield
    finally:
        _handle(before)


Handler = Callable[[int, FrameType | None], object] | int | None


def _handle(handler: Handler) -> Handler:
    """Handle SIGUSR1 from here on; return what handled it before."""
    if threading.current_thread() is not threading.main_thread():
        return None
    # None stands for a handler that is not Python's, such as MPICH's: it cannot be put back, deafness is safe
    return signal.signal(signal.SIGUSR1, signal.SIG_IGN if handler is None else handler)


SHARE = 0.95
MEMORY = 4096
SHORTEST, LONGEST = 2.0**-20, 2.0**30  # seconds; what lies outside counts as these
BINS_PER_OCTAVE = 16  # an error of 4.4 % at most, always upwards
N_BINS = 50 * BINS_PER_OCTAVE


class Durations:
    """What nearly all evaluations seen stay below, from counts in bins of equal ratio.

    Constant memory, and an ``add`` of well under a microsecond, however long the search. The past fades
    by half every 2,048 evaluations, since architectures grow while a search goes on.
    """

    def __init__(self) -> None:
        self._counts = [0.0] * N_BINS
        self._total = 0.0
        self._bin = 0  # the one that holds the quantile, as it was when somebody last asked
        self._above = 0.0  # what is counted above that bin

    def add(self, seconds: float) -> None:
        """Count an evaluation."""
        if SHORTEST < seconds < LONGEST:
            place = int(math.log2(seconds) * BINS_PER_OCTAVE + 20 * BINS_PER_OCTAVE)
        else:
            place = N_BINS - 1 if seconds >= LONGEST else 0
        self._counts[place] += 1.0
        self._total += 1.0
        if place > self._bin:
            self._above += 1.0
        if self._total >= MEMORY:
            self._fade()

    def likely_longest(self) -> float:
        """Return the seconds that 95 % of the evaluations stay below; 0.0 if none was seen.

        With fewer than 20 evaluations that is the longest of them.
        """
        if not self._total:
            return 0.0
        allowed = (1.0 - SHARE) * self._total
        while self._above > allowed:
            self._bin += 1
            self._above -= self._counts[self._bin]
        while self._bin and self._above + self._counts[self._bin] <= allowed:
            self._above += self._counts[self._bin]
            self._bin -= 1
        return SHORTEST * math.pow(2.0, (self._bin + 1) / BINS_PER_OCTAVE)

    def _fade(self) -> None:
        self._counts = [count * 0.5 for count in self._counts]
        self._total *= 0.5
        self._above *= 0.5
