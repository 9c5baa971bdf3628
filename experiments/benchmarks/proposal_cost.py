"""Time what a strategy costs its manager: each proposal, and each outcome that is learnt.

    python experiments/benchmarks/proposal_cost.py
    python experiments/benchmarks/proposal_cost.py --spaces cells --evaluations 100 1000 --in-flight 1 64

Evaluations are free here: a made-up sum over the features of an architecture. The spaces are the cells of
NAS-Bench-201, a tree with lists and numbers, and the cells of DARTS, whose genomes are slow to vary. All
workers come back and ask at once: that is what keeps a manager the longest from its other work. Told are, of
the evaluations since the row before, the mean time for each, the longest proposal, and the longest time for
all workers together. Writes proposal_cost.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from itertools import chain, islice, product
from pathlib import Path

import numpy as np

import evonas
from evonas.evolve.objectives import Objectives
from search_spaces.darts.space import space as darts
from search_spaces.nasbench201.space import space as nasbench201

LAYER = evonas.Choice(
    {
        "conv": {"kernel": evonas.Choice([3, 5]), "width": evonas.Int(8, 64, log=True)},
        "pool": {"kind": evonas.Choice(["max", "average"])},
        "skip": {},
    }
)
TREE = {"blocks": evonas.Repeat(LAYER, 1, 12), "rate": evonas.Real(1e-4, 1e-1, log=True)}
SPACES: dict[str, Callable[[], evonas.Space]] = {
    "cells": nasbench201,
    "tree": lambda: evonas.Space(TREE),
    "darts": darts,
}
STRATEGIES = {
    "auto": evonas.SurrogateAssistedEvolution(),
    "evolution": evonas.RegularizedEvolution(),
    "random": evonas.RandomSearch(),
}
HEAD = ["space", "strategy", "in flight", "evaluations", "ms each", "longest ms", "longest ms for all"]


def rounds(strategy: evonas.Strategy, in_flight: int) -> Iterator[list[float]]:
    """Yield how many seconds each proposal of a round takes; the first includes the outcomes before it."""
    space = strategy.space
    weights = np.random.default_rng(0).normal(size=space.n_features)
    outcomes: list[evonas.Outcome] = []
    while True:
        moments = [time.perf_counter()]
        strategy.tell(outcomes)
        candidates = []
        for _ in range(in_flight):
            candidates += strategy.ask(1)
            moments.append(time.perf_counter())
        yield np.diff(moments).tolist()
        losses = space.features([candidate.genome for candidate in candidates]) @ weights
        outcomes = [
            evonas.Outcome(candidate.id, {"loss": loss})
            for candidate, loss in zip(candidates, losses.tolist(), strict=True)
        ]


def rows(options: argparse.Namespace) -> Iterator[list[str]]:
    """Yield the lines of the table as they are measured."""
    for place, name, in_flight in product(options.spaces, options.strategies, options.in_flight):
        strategy = STRATEGIES[name].on(SPACES[place](), Objectives({"loss": "min"}), seed=0)
        clock, done = rounds(strategy, in_flight), 0
        for mark in sorted(options.evaluations):
            n = -(-(mark - done) // in_flight)
            seconds = list(islice(clock, n))
            done += n * in_flight
            ms = 1e3 * np.array(seconds)  # (n, in_flight)
            told = [f"{ms.mean():.2f}", f"{ms.max():.1f}", f"{ms.sum(axis=1).max():.1f}"]
            yield [place, name, str(in_flight), str(mark), *told]


def parse(words: list[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--spaces", nargs="+", choices=SPACES, default=list(SPACES), metavar="SPACE")
    parser.add_argument(
        "--strategies", nargs="+", choices=STRATEGIES, default=list(STRATEGIES), metavar="NAME"
    )
    parser.add_argument("--evaluations", type=int, nargs="+", default=[100, 1_000, 10_000], metavar="N")
    parser.add_argument("--in-flight", type=int, nargs="+", default=[1, 64], metavar="N")
    parser.add_argument("--to", type=Path, default=Path("runs/proposal_cost"), help="folder for the table")
    return parser.parse_args(words)


def main(words: list[str]) -> None:
    """Measure, print, write."""
    options = parse(words)
    options.to.mkdir(parents=True, exist_ok=True)
    with (options.to / "proposal_cost.md").open("w") as file:
        for row in chain([HEAD, ["---"] * len(HEAD)], rows(options)):
            line = f"| {' | '.join(row)} |"
            print(line, flush=True)
            file.write(line + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
