"""Time what black-box optimizers cost besides the evaluations: processor time per evaluation, by dimension.

    python experiments/benchmarks/blackbox_overhead.py
    python experiments/benchmarks/blackbox_overhead.py --dimensions 2 10 --seconds 0.1 --methods auto bipop

Everybody minimizes the ellipsoid, which costs microseconds, for so many seconds at most; the longer, the more
of a history there is. Each row tells the mean time of an evaluation less that of the function, and how many
evaluations there were. Writes blackbox_overhead.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from itertools import chain, product
from pathlib import Path

import numpy as np
from blackbox.bill import Spent, TargetBill
from blackbox.methods import REAL, Method
from blackbox.problems import Problem, Vector

HEAD = ["method", "dimensions", "ms an evaluation", "evaluations"]
METHODS = (
    "auto",
    "evonas-cma",
    "evonas-snes",
    "evonas-quasi-newton",
    "bipop",
    "sep-cma",
    "pycma",
    "vkd-cma",
    "nevergrad",
)
MOST = 10**5  # evaluations


class TimedBill(TargetBill):
    """A bill that ends after so many seconds of processor time, and knows how many of them were its own."""

    def __init__(self, problem: Problem, seconds: float) -> None:
        super().__init__(problem, MOST)
        self._end = time.process_time() + seconds
        self.own_seconds = 0.0

    def __call__(self, point: Vector) -> float:
        """Return the value at a point."""
        begun = time.process_time()
        if begun > self._end:
            raise Spent
        value: float = super().__call__(point)
        self.own_seconds += time.process_time() - begun
        return value

    def many(self, points: Vector) -> list[float]:
        """Return the values at points."""
        return [self(point) for point in points]


def ellipsoid(n: int) -> Problem:
    """Return an ellipsoid whose axes differ by a factor of 1000, its optimum besides the centre."""
    scales = 10.0 ** np.linspace(0, 6, n)
    return Problem(np.full(n, -5.0), np.full(n, 5.0), lambda point: float(scales @ (point - 1.0) ** 2), 0.0)


def spend(method: Method, bill: TargetBill) -> None:
    """Let a method spend a bill, and say why if it ends before."""
    try:
        method.minimize(bill, 1)
    except Spent:
        pass
    except Exception as fault:  # of a peer; what it did before counts
        print(f"{method.name}: {type(fault).__name__}: {fault}", file=sys.stderr)


def rows(options: argparse.Namespace) -> Iterator[list[str]]:
    """Yield the lines of the table as they are measured."""
    for n, name in product(options.dimensions, options.methods):
        method = REAL[name]
        if method.missing:
            print(f"{name} is left out, there is no {method.missing}", file=sys.stderr)
            continue
        spend(method, TargetBill(ellipsoid(n), 3))  # imports what it needs
        bill = TimedBill(ellipsoid(n), options.seconds)
        begun = time.process_time()
        spend(method, bill)
        spent = time.process_time() - begun - bill.own_seconds
        yield [method.name, str(n), f"{1e3 * spent / max(bill.evaluations, 1):.3f}", str(bill.evaluations)]


def parse(words: list[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dimensions", type=int, nargs="+", default=[10, 40, 100, 1000], metavar="D")
    parser.add_argument("--methods", nargs="+", choices=REAL, default=METHODS, metavar="METHOD")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each row (default: %(default)s)")
    parser.add_argument(
        "--to", type=Path, default=Path("runs/blackbox_overhead"), help="folder for the table"
    )
    return parser.parse_args(words)


def main(words: list[str]) -> None:
    """Measure, print, write."""
    options = parse(words)
    options.to.mkdir(parents=True, exist_ok=True)
    with (options.to / "blackbox_overhead.md").open("w") as file:
        for row in chain([HEAD, ["---"] * len(HEAD)], rows(options)):
            line = f"| {' | '.join(row)} |"
            print(line, flush=True)
            file.write(line + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
