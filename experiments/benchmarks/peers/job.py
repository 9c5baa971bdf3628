"""What every contestant of the runtime benchmarks evaluates: the same, counted and timed in the same way.

The value is the sum of squares. An evaluation may sleep as well: the n-th to start, in whatever process,
sleeps the n-th of the durations, which are the same for everybody. Each process notes when its evaluations
start and end in a file of its own that is mapped into memory: this costs about a microsecond, and outlives
the process.
"""

from __future__ import annotations

import argparse
import mmap
import os
import struct
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

BOUND = 5.0  # every gene lies in -BOUND..BOUND
SLACK = 1000  # evaluations that a process may do beyond the budget
SIGMA = 0.5  # of the log-normal durations
STRAGGLERS, STRAGGLING = 0.05, 5.0  # so many of the evaluations take so many times as long

STAMP = struct.Struct("ddd")
"""Start and end by the clock that all processes of a machine share, and the seconds asleep between them."""


def durations(count: int, mean: float, stragglers: bool) -> NDArray[np.float64]:
    """Return how long evaluations sleep, in seconds, ``(count,)``; the mean is that without stragglers."""
    rng = np.random.default_rng(4)
    seconds = mean * rng.lognormal(-(SIGMA**2) / 2, SIGMA, count)
    late = rng.random(count) < STRAGGLERS
    return np.where(late, STRAGGLING * seconds, seconds) if stragglers else seconds


class Evaluation:
    """The evaluation function of one process.

    Args:
        options: As :func:`parse` returns them.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._seconds: list[float] = []
        if options.mean:
            self._seconds = durations(options.evaluations, options.mean, options.stragglers).tolist()
        self._turns = -1
        self._stamp: Callable[[float, float], None] | None = None  # files come with the first evaluation

    def __call__(self, values: Sequence[float] | NDArray[np.float64]) -> float:
        """Return the sum of squares, after a sleep if there is one."""
        if self._stamp is None:
            self._stamp = self._opened()
        start = time.monotonic()
        value = values @ values if isinstance(values, np.ndarray) else sum([x * x for x in values])
        asleep = 0.0
        if self._seconds:
            asleep = self._seconds[self._turn() % len(self._seconds)]
            time.sleep(asleep)
        self._stamp(start, asleep)
        return float(value)

    def _turn(self) -> int:
        """Return how many evaluations started before this one, in all processes.

        After a write in append mode a file's position is the end of that very write, so that no two
        processes get the same turn.
        """
        os.write(self._turns, b".")
        return os.lseek(self._turns, 0, os.SEEK_CUR) - 1

    def _opened(self) -> Callable[[float, float], None]:
        folder: Path = self._options.stamps
        if self._seconds:
            self._turns = os.open(folder / "turns", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        size = STAMP.size * (self._options.evaluations + SLACK)
        with (folder / f"{os.getpid()}.stamps").open("w+b") as file:
            file.truncate(size)  # sparse: what is not written takes no room
            memory = mmap.mmap(file.fileno(), size)
        places = iter(range(0, size, STAMP.size))

        def stamp(start: float, asleep: float) -> None:
            STAMP.pack_into(memory, next(places), start, time.monotonic(), asleep)

        return stamp


def parse(words: list[str], **further: dict[str, Any]) -> argparse.Namespace:
    """Return the options that every contestant is given, and its own.

    Args:
        words: The command line.
        further: Its own options: what ``add_argument`` takes, by name.
    """
    parser = argparse.ArgumentParser(description="One contestant of a benchmark; mpirun starts it.")
    parser.add_argument("--evaluations", type=int, required=True, help="budget")
    parser.add_argument("--genes", type=int, default=10, help="real numbers in -5..5 (default: %(default)s)")
    parser.add_argument("--mean", type=float, default=0.0, help="seconds asleep, on average (default: none)")
    parser.add_argument("--stragglers", action="store_true", help="one in twenty takes five times as long")
    parser.add_argument("--stamps", type=Path, required=True, help="folder for starts and ends")
    for name, settings in further.items():
        parser.add_argument(f"--{name}", **settings)
    return parser.parse_args(words)
