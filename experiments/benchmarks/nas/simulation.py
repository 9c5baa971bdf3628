"""One search with so many evaluations in flight, its trainings simulated by the seconds of the table."""

from __future__ import annotations

import heapq
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nas.methods import Method
from nas.problems import Cell, Problem

MOST_REPEATS = 200  # proposals for each distinct cell, after which a method is held to be stuck


class Trace(NamedTuple):
    """How a search went.

    Attributes:
        regrets: In points, after each distinct evaluation that finished, ``(evaluations,)``.
        seconds: Simulated, when it finished.
    """

    regrets: NDArray[np.float64]
    seconds: NDArray[np.float64]


class Workers:
    """So many simulated workers and their clock; a cell proposed again is answered from memory."""

    def __init__(self, method: Method, problem: Problem, seed: int, in_flight: int) -> None:
        self._searcher, self._problem = method.start(problem, seed), problem
        self._free, self._now, self._asked = in_flight, 0.0, 0
        self._running: list[tuple[float, int, Cell]] = []
        self._waiting: dict[Cell, list[Any]] = {}  # the tokens of every cell that is in training
        self._known: dict[Cell, float] = {}

    def hand_out(self, most: int) -> None:
        """Keep every worker busy, unless the method does not come up with anything new."""
        while self._free and self._asked < most:
            self._asked += 1
            token, cell = self._searcher.ask()
            key = self._problem.keys[cell]
            if key in self._known:
                self._searcher.tell(token, self._known[key])
            elif key in self._waiting:
                self._waiting[key].append(token)
            else:
                self._waiting[key] = [token]
                heapq.heappush(self._running, (self._now + self._problem.seconds[key], self._asked, key))
                self._free -= 1

    def finish(self) -> tuple[float, float] | None:
        """Let the next training end; return its accuracy and the time, or None if there is none."""
        if not self._running:
            return None
        self._now, _, key = heapq.heappop(self._running)
        self._free += 1
        accuracy = self._known[key] = self._problem.accuracies[key]
        for token in self._waiting.pop(key):
            self._searcher.tell(token, accuracy)
        return accuracy, self._now


def simulate(method: Method, problem: Problem, seed: int, evaluations: int, in_flight: int) -> Trace:
    """Return how a method fares until so many distinct cells are evaluated."""
    workers = Workers(method, problem, seed, in_flight)
    accuracies: list[float] = []
    seconds: list[float] = []
    while len(accuracies) < evaluations:
        workers.hand_out(MOST_REPEATS * evaluations)
        finished = workers.finish()
        # A method that is stuck finds nothing more, in no time.
        accuracy, now = finished or (accuracies[-1], seconds[-1])
        accuracies.append(accuracy)
        seconds.append(now)
    return Trace(problem.best - np.maximum.accumulate(accuracies), np.array(seconds))
