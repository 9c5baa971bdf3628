"""What goes into the model of a search, and what comes out."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SHORTEST_PAUSE, LONGEST_PAUSE = 20e-6, 2e-3  # as in evonas/ranks/mpi.py


@dataclass(frozen=True)
class ServiceTimes:
    """What things take, in seconds of a core unless said otherwise.

    Attributes:
        round: A manager wakes, takes what has arrived, and writes its journal, however much it is.
        message: A manager receives a message and sends the answer.
        outcome: A manager journals an outcome, learns it, bears the next candidate and packs it.
        worker_message: A worker receives candidates and reports what came of them.
        worker_task: A worker unpacks and decodes one candidate and packs its outcome.
        latency: From sending to arrival; wall time.
        look: A sleeping rank wakes, looks for a message in vain and falls asleep again.
        oversleep: By which a sleep lasts longer than asked for; wall time.
        message_bytes: The size of a message with no candidate or outcome in it.
        outcome_bytes: By which a candidate and its outcome, there and back, make messages longer.
    """

    round: float
    message: float
    outcome: float
    worker_message: float
    worker_task: float
    latency: float
    look: float
    oversleep: float
    message_bytes: float
    outcome_bytes: float


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What is simulated.

    Attributes:
        workers: Of all islands together, without managers.
        evaluations: The budget of all islands together.
        durations: Evaluation times in seconds, from which each evaluation draws one.
        islands: How many; each has its own manager and an equal share of workers and budget.
        slower: How many times longer the evaluations of the first half of the islands last.
        known: Evaluations that are known at the start, of all islands together.
        window: The shares of the budget between which rates are taken.
        whole: Whether to go on after the window, to the end of the budget.
        lends: Whether an island that is done lends its workers.
        depth: Candidates that a worker holds; None as evonas decides.
        every: Outcomes between two sendings of elites, before any doubling.
        elites: Individuals in a sending.
        cores: Shared by all ranks; None gives each rank its own.
    """

    workers: int
    evaluations: int
    durations: NDArray[np.float64]
    islands: int = 1
    slower: float = 1.0
    known: int = 0
    window: tuple[float, float] = (0.2, 0.8)
    whole: bool = False
    lends: bool = True
    depth: int | None = None
    every: int = 25
    elites: int = 1
    cores: int | None = None


@dataclass(frozen=True)
class Figures:
    """How it went; rates and shares are those of the window.

    Attributes:
        evaluations_per_second: Of all islands.
        worker_busy: Share of the workers' time that went to evaluations.
        manager_busy: Share of the managers' time that went to service, on average.
        messages_per_second: Through a manager, both directions.
        bytes_per_second: Through a manager, both directions.
        elites_per_second: Sendings of elites by a manager.
        whole_seconds: From the very start to the very end, or NaN.
        whole_busy: Share of the workers' time from the very start to the very end, or NaN.
        lent: How often a worker went to another island.
    """

    evaluations_per_second: float
    worker_busy: float
    manager_busy: float
    messages_per_second: float
    bytes_per_second: float
    elites_per_second: float
    whole_seconds: float
    whole_busy: float
    lent: int


class Looks:
    """When a rank that fell asleep looks for messages.

    Args:
        oversleep: Seconds by which each sleep lasts longer than asked for.
    """

    def __init__(self, oversleep: float) -> None:
        self._longest = LONGEST_PAUSE + oversleep
        pauses = [SHORTEST_PAUSE * 2**step for step in range(30)]
        self._early = np.cumsum([pause + oversleep for pause in pauses if pause < LONGEST_PAUSE]).tolist()

    def seen(self, since: float, arrival: float) -> float:
        """Return when something that arrives is seen by a rank that sleeps since ``since``."""
        waited = arrival - since
        at = bisect_left(self._early, waited)
        if at < len(self._early):
            return since + float(self._early[at])
        last = float(self._early[-1])
        return since + last + math.ceil((waited - last) / self._longest) * self._longest

    def count(self, waited: float) -> int:
        """Return how often a rank looks in vain while it waits so long."""
        return bisect_left(self._early, waited) + max(0, int((waited - self._early[-1]) / self._longest))
