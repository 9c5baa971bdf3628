"""Tells a host what time it is for: nothing more may begin, or all must be over."""

from __future__ import annotations

import time
from collections.abc import Callable

from evonas.manage.events import TimeIsUp
from evonas.report.progress import duration
from evonas.runs.clock import Closing, Durations, Warned, closing_when_warned

SHORT = 1.0
"""Seconds: shorter evaluations are handed out to the end, and what runs then is given back."""


class Timekeeper:
    """Knows the budget's seconds, the end of the session and how long evaluations last.

    Args:
        seconds: The budget's; None is no limit.
        closing: When the session must be over; None if it need not.
        warned: Hears a batch system's warning.
        clock: Tells the time in unix seconds.
    """

    def __init__(
        self,
        seconds: float | None,
        closing: Closing | None,
        warned: Warned,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._seconds, self._closing, self._warned, self._clock = seconds, closing, warned, clock
        self._durations = Durations()
        self._is_spent = self._is_closing = self._is_over = self._heard = False

    def saw(self, seconds: float) -> None:
        """Take in the duration of an evaluation."""
        self._durations.add(seconds)

    def news(self, elapsed: float) -> list[TimeIsUp]:
        """Return what time it is for, each once, ``elapsed`` seconds into the run."""
        news = []
        if self._warned.heard and not self._heard:
            self._heard = True
            self._closing = closing_when_warned(self._closing, self._clock())
        if self._seconds is not None and elapsed >= self._seconds and not self._is_spent:
            self._is_spent = True
            news.append(TimeIsUp(f"the budget of {duration(self._seconds)} is spent", "complete"))
        if self._closing is not None:
            news += self._end_of_session(self._closing, self._closing.at - self._clock())
        return news

    def _end_of_session(self, closing: Closing, left: float) -> list[TimeIsUp]:
        if left <= 0 and not self._is_over:
            self._is_over = self._is_closing = True
            return [TimeIsUp(closing.reason, at_once=True)]
        likely = self._durations.likely_longest()
        if (left < likely >= SHORT or self._heard) and not self._is_closing:
            self._is_closing = True
            if self._heard:
                return [TimeIsUp(closing.reason)]
            return [TimeIsUp(f"{duration(left)} are left, evaluations last up to {duration(likely)}")]
        return []
