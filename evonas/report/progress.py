"""How a running search shows itself: one live line on a terminal, now and then a line in a log."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text

TERMINAL = "EVONAS_TERMINAL"
"""Environment variable: the device of the terminal in front of which the person sits who started mpirun.

mpirun passes our output on in whole lines only; a live line must go to the device itself.
"""

LOG_PAUSES = (2, 5, 10, 20, 30, 60)
"""Seconds between lines in a log; the last one repeats."""


@dataclass(frozen=True)
class Status:
    """How a search stands.

    Attributes:
        done: Evaluations finished.
        total: Evaluations in the budget, or None.
        best: The best objectives, as text.
        rate: Evaluations a second in this session.
        left: Seconds left, or None if nobody can know.
        failed: Failed evaluations.
        duplicates: Candidates answered from memory.
        busy: Share of the workers' time spent evaluating, 0..1.
        running: Evaluations that run now.
    """

    done: int
    total: int | None
    best: str
    rate: float
    left: float | None
    failed: int
    duplicates: int
    busy: float
    running: int

    def line(self) -> str:
        """Return the status on one line."""
        parts = [
            f"{self.done:,}/{self.total:,}" if self.total else f"{self.done:,} evaluations",
            f"best {self.best}" if self.best else "nothing found yet",
            f"{self.rate:,.1f}/s" if self.rate >= 1 else f"{self.rate * 60:.1f}/min",
            f"{duration(self.left)} left" if self.left is not None else "",
            f"{self.failed:,} failed" if self.failed else "",
            f"{self.duplicates:,} duplicates" if self.duplicates else "",
            f"workers {self.busy:.0%} busy",
            f"{self.running} running",
        ]
        return "  ".join(part for part in parts if part)


class Progress:
    """Shows statuses and notices on a stream, live if a person sits in front of it.

    Args:
        stream: Where to; the terminal, or else standard error, if left out.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._terminal = None if stream else _terminal()
        stream = stream or self._terminal or sys.stderr
        columns = os.get_terminal_size(stream.fileno()).columns if stream.isatty() else None
        self.console = Console(file=stream, highlight=False, soft_wrap=True, width=columns or None)
        self._live: Live | None = None
        self._began = self._logged = time.monotonic()
        self._lines = 0
        self._last = ""

    def __enter__(self) -> Progress:
        if self.console.is_terminal:
            self._live = Live(
                Text("starting ..."), console=self.console, refresh_per_second=4, transient=True
            )
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()
            self._live = None
        if self._last:
            self.console.print(self._last, markup=False)
        if self._terminal:
            self._terminal.close()

    def show(self, status: Status) -> None:
        """Show how the search stands."""
        self._last = status.line()
        if self._live:
            self._live.update(Text(self._bar(status) + self._last, overflow="ellipsis", no_wrap=True))
        elif time.monotonic() - self._logged >= LOG_PAUSES[min(self._lines, len(LOG_PAUSES) - 1)]:
            self._logged = time.monotonic()
            self._lines += 1
            self.notice(self._last)

    def notice(self, text: str) -> None:
        """Print a line that stays, with the time since the start."""
        self.console.print(f"[{duration(time.monotonic() - self._began)}] {text}", markup=False)

    @staticmethod
    def _bar(status: Status, width: int = 20) -> str:
        if not status.total:
            return ""
        filled = min(width, round(width * status.done / status.total))
        return "━" * filled + "╌" * (width - filled) + " "


def _terminal() -> TextIO | None:
    """Return the terminal that a launcher told us of; None if there is none, or it is on another machine."""
    try:
        # Without O_NOCTTY a rank would be tied to the terminal, and its signals.
        return os.fdopen(os.open(os.environ[TERMINAL], os.O_WRONLY | os.O_NOCTTY), "w")
    except (KeyError, OSError):
        return None


def duration(seconds: float) -> str:
    """Return seconds as people say them: ``42s``, ``3m07s``, ``2h05m``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02}m"
