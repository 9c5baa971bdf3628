"""What is settled before a session begins: how it is run, where it is kept, when it must be over."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from evonas.errors import SearchError, complaint
from evonas.runs.clock import Closing, closing_time
from evonas.runs.folder import RunFolder
from evonas.runs.plan import Plan
from evonas.runs.source import Source


@dataclass(frozen=True)
class Options:
    """How a session is run.

    Attributes:
        workers: Local processes that evaluate; 1 evaluates in this one.
        folder: Where the run is kept; None makes a new one.
        time_limit: Seconds after which the session is over.
        export: Whether to export the best when the budget is spent.
        quiet: Whether to show nothing.
    """

    workers: int = 1
    folder: Path | None = None
    time_limit: float | None = None
    export: bool = True
    quiet: bool = False

    def check(self) -> None:
        """Make sure that the options can be used.

        Raises:
            SearchError: One is out of range.
        """
        limit = self.time_limit
        if limit is not None and not (isinstance(limit, int | float) and limit > 0):
            remedy = "write time_limit=3600"
            raise SearchError(complaint("time limit", "a positive number of seconds", limit, remedy))


@dataclass(frozen=True)
class Frame:
    """What all processes of a session must agree on before anything else.

    Attributes:
        folder: Where it is kept.
        is_new: Whether nothing was there.
        end: When it must be over, in unix seconds; None if it need not.
        reason: Why then, for people.
    """

    folder: str
    is_new: bool
    end: float | None
    reason: str

    @staticmethod
    def begun(search: Plan, source: Source | None, options: Options) -> Frame:
        """Make or check the folder of a session that begins now; done by one process, before all others.

        Raises:
            RunError: The folder holds something else, or cannot be made; or a warm start has no source.
            JournalError: A journal is damaged, or has no readable header.
        """
        closing = closing_time(options.time_limit, os.environ, time.time())
        end, reason = (closing.at, closing.reason) if closing else (None, "")
        folder = RunFolder(options.folder or RunFolder.fresh(source))
        is_new = not folder.holds_run
        folder.check(search)
        folder.make()
        if is_new:
            folder.inherit(search)
        folder.describe(search, source)
        return Frame(str(folder.path), is_new, end, reason)

    @property
    def closing(self) -> Closing | None:
        """When and why it must be over."""
        return None if self.end is None else Closing(self.end, self.reason)
