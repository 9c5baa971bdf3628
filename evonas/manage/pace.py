"""How many candidates a worker may hold: as few as keep it busy, because who waits there knows less."""

from __future__ import annotations

import math

LONG = 1.0
"""Seconds an evaluation from which a worker gets its next candidate only when it asks."""

SLICE = 4e-3
"""Seconds of work that are worth a message."""

MOST = 64
"""Candidates in a message at most."""

SHARE = 8
"""What waits at the workers is at most one candidate for so many that are known already."""

WEIGHT = 1 / 16
"""Weight of the newest duration in the running mean."""


class Pace:
    """Learns how long evaluations last, and derives how many candidates a worker may hold.

    Long evaluations: one, so that each candidate is proposed with all that is known. Under a second: a next
    one waits at the worker, which then never waits for the manager. Under milliseconds: as many as are worth
    a message. What waits ahead of its evaluation is bounded by what is known, so that a short search is not
    all proposed at its beginning.
    """

    def __init__(self) -> None:
        self._mean: float | None = None

    def saw(self, seconds: float) -> None:
        """Take in the duration of an evaluation."""
        self._mean = seconds if self._mean is None else self._mean + WEIGHT * (seconds - self._mean)

    def depth(self, finished: int, left: int, workers: int) -> int:
        """Return how many candidates a worker may hold.

        Args:
            finished: Evaluations that are known.
            left: Evaluations still to be handed out; near the end nobody shall wait behind another.
            workers: How many share them.
        """
        if self._mean is None or self._mean >= LONG or workers == 0:
            return 1
        worth = min(MOST, math.ceil(SLICE / max(self._mean, 1e-6)))
        waiting = min(2 * worth - 1, finished // (SHARE * workers), left // (2 * workers))
        return 1 + max(waiting, 0)
