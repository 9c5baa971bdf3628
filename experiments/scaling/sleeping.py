"""The search of the real runs: ten reals, and evaluations that sleep as long as their seeds say.

    evonas run experiments/scaling/sleeping.py --workers 3 -- --seconds 0.02 --spread 0.5

With ``--gaps FOLDER`` each worker writes there what it does between evaluations: how long that takes, and
how much of it is spent on a core.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from sleeping_times import durations

import evonas

MOST_GAPS = 50_000
REWRITTEN = 0.25  # seconds until a worker writes its gaps again


class Gaps:
    """What a worker does between evaluations.

    Args:
        folder: Where it is told.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / f"{os.getpid()}.json"
        self._walls: list[float] = []
        self._cores = 0.0
        self._left: tuple[float, float] | None = None
        self._written = time.perf_counter()

    def enter(self) -> None:
        """Begin an evaluation."""
        if self._left and len(self._walls) < MOST_GAPS:
            self._walls.append(time.perf_counter() - self._left[0])
            self._cores += time.process_time() - self._left[1]

    def leave(self) -> None:
        """End an evaluation."""
        is_first = len(self._walls) == 1
        if is_first or time.perf_counter() - self._written > REWRITTEN:
            self._path.write_text(json.dumps({"walls": self._walls, "cores": self._cores}))
            self._written = time.perf_counter()
        self._left = time.perf_counter(), time.process_time()


def evaluate(architecture: Any, context: evonas.Context) -> float:
    """Sleep, and return the sum of the squares."""
    if gaps:
        gaps.enter()
    seconds = asleep[context.seed % len(asleep)]
    if seconds:
        time.sleep(seconds)
    loss = float(sum(value * value for value in architecture.values()))
    if gaps:
        gaps.leave()
    return loss


def parse(words: list[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=0.02, help="mean sleep (default: %(default)s)")
    parser.add_argument("--spread", type=float, default=0.5, help="of the logarithms (default: %(default)s)")
    parser.add_argument("--gaps", type=Path, metavar="FOLDER", help="where workers tell of their gaps")
    return parser.parse_args(words)


options = parse(sys.argv[1:])
asleep: list[float] = durations(options.seconds, options.spread).tolist()
gaps = Gaps(options.gaps) if options.gaps else None
search = evonas.Search(
    space=evonas.Space({f"x{index}": evonas.Real(-5, 5) for index in range(10)}),
    evaluate=evaluate,
    objectives={"loss": "min"},
    strategy=evonas.RegularizedEvolution(),
    budget=200,
)

if __name__ == "__main__":
    search.run()
