"""Where one manager saturates, and how islands carry on to 100,000 workers: a model, checked by real runs.

    python experiments/scaling/scaling.py
    python experiments/scaling/scaling.py --service-times runs/scaling/service_times.json --ranks

1. Measures on this machine what a message and an outcome take a manager and a worker (``measure.py``).
2. Checks the model of ``simulation.py``, fed with these, against real runs of the same size. Evaluations
   sleep for log-normal times; all ranks share this machine's cores, in the model too. Rates and shares are
   those between 20 % and 80 % of the outcomes, from the journals.
3. Simulates one manager with ever more workers. ``law`` is the number of workers at which the manager would
   have no time left: (evaluation + what it takes the worker) / what it takes the manager.
4. Simulates the most workers on ever more islands, and what managers send and receive.
5. Simulates islands half of which are slower, that lend their workers at the end or do not.

In 3 to 5 each rank has a core of its own, messages take ``--latency``, and evaluations are log-normal with
5 % stragglers of five times that; 8 evaluations a worker are known at the start of 3 and 4. Writes
scaling.md, scaling.csv, scaling.png and service_times.json. The defaults take a quarter of an hour.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import numpy as np
from assumptions import Figures, ServiceTimes, Setup
from measure import load, measured, save
from outcome import Check, Lending, Outcome, Point, write
from picture import draw
from real_runs import Run, cores, observe
from simulation import simulate
from sleeping_times import durations

SPREAD, STRAGGLERS = 0.5, 0.05
KNOWN = 8  # evaluations a worker, so that workers may hold a second candidate from the start
ROUNDS = 10  # evaluations a worker in a simulated budget, which is not simulated to its end
WINDOW = (0.2, 0.4)
LEAST = 20_000  # evaluations in a simulated budget
LENT_SECONDS, LENT_WORKERS, LENT_ISLANDS = 1.0, 1000, 10  # of the islands half of which are slower

T = TypeVar("T")
Task = tuple[int, Setup, ServiceTimes]


def simulated(task: Task) -> Figures:
    """Return how a search would go; the number is that of the seed."""
    seed, setup, times = task
    return simulate(setup, times, np.random.default_rng(seed))


def checks(options: argparse.Namespace, times: ServiceTimes) -> list[Check]:
    """Return real runs and the model's word on the same."""
    found = []
    for ranks in options.ranks:
        for islands in options.real_islands:
            for seconds in options.real_seconds:
                if ranks < 2 * islands:
                    continue
                run = Run(ranks, islands, seconds, SPREAD, _affordable(ranks - islands, seconds, options))
                setup = Setup(
                    workers=run.workers,
                    evaluations=run.evaluations,
                    durations=durations(seconds, SPREAD) + times.oversleep,
                    islands=islands,
                    depth=options.depth,
                    cores=cores(),
                )
                found.append(Check(run, observe(run), simulated((options.seed, setup, times))))
                print(found[-1].told, flush=True)
    return found


def _affordable(workers: int, seconds: float, options: argparse.Namespace) -> int:
    """Return how many evaluations take about so long as wanted, if the workers are busy all the time."""
    return max(100, 20 * workers, int(options.seconds * workers / seconds))


def point(workers: int, islands: int, seconds: float) -> Point:
    """Return a point that can be simulated, on a machine with a core for each rank."""
    setup = Setup(
        workers=workers,
        islands=islands,
        evaluations=max(LEAST, ROUNDS * workers),
        known=KNOWN * workers,
        durations=durations(seconds, SPREAD, STRAGGLERS),
        window=WINDOW,
    )
    return Point(seconds, setup)


def points(options: argparse.Namespace, times: ServiceTimes) -> dict[str, list[Point]]:
    """Return all simulated points, those of one manager and those of the most workers."""
    sizes, most = sorted({*options.workers, options.largest}), options.largest
    planned = {(size, 1, each) for size in sizes for each in options.evaluation_seconds}
    planned |= {(most, k, each) for k in options.islands if k <= most for each in options.evaluation_seconds}
    todo = [point(*each) for each in sorted(planned, reverse=True)]  # the long ones first
    tasks = [(options.seed, each.setup, times) for each in todo]
    done = []
    for each, figures in zip(todo, spread(simulated, tasks, options.jobs), strict=True):
        done.append(replace(each, figures=figures))
        print(done[-1].told, flush=True)
    done.sort(key=lambda each: (each.seconds, each.setup.islands, each.setup.workers))
    one = [each for each in done if each.setup.islands == 1]
    largest = [each for each in done if each.setup.workers == most and each.setup.islands in options.islands]
    return {"one manager": one, "islands": largest}


def lending(options: argparse.Namespace, times: ServiceTimes) -> list[Lending]:
    """Return how searches end whose islands are differently fast."""
    workers = min(LENT_WORKERS, options.largest)
    common = Setup(
        workers=workers,
        islands=LENT_ISLANDS,
        evaluations=50 * workers,
        durations=durations(LENT_SECONDS, SPREAD, STRAGGLERS),
        slower=2.0,
        whole=True,
    )
    setups = [replace(common, lends=lends) for lends in (False, True)]
    return [Lending(LENT_SECONDS, each, simulated((options.seed, each, times))) for each in setups]


def spread(work: Callable[[Task], T], tasks: list[Task], jobs: int) -> Iterable[T]:
    """Return what comes of the tasks, in order, as it comes."""
    if jobs == 1:
        yield from map(work, tasks)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(work, tasks)


def parse(words: list[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--service-times", type=Path, metavar="JSON", help="measured before; not measured again")
    add(
        "--ranks",
        type=int,
        nargs="*",
        default=[2, 4, 8, 16, 32, 64],
        help="of the real runs; none: no real runs (default: 2 4 8 16 32 64)",
    )
    add("--real-islands", type=int, nargs="+", default=[1, 4], help="of the real runs (default: 1 4)")
    add(
        "--real-seconds",
        type=float,
        nargs="+",
        default=[0.02, 0.1],
        help="mean evaluations of the real runs (default: 0.02 0.1)",
    )
    add(
        "--seconds",
        type=float,
        default=5.0,
        help="about how long each real run takes, without its start (default: %(default)s)",
    )
    add("--repeats", type=int, default=3, help="of the real runs in 1 (default: %(default)s)")
    add("--depth", type=int, help="candidates that a worker holds in 2 (default: as evonas decides)")
    add(
        "--workers",
        type=int,
        nargs="+",
        default=[1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000],
        help="of one manager, beside the largest (default: 1 3 10 ... 30000)",
    )
    add(
        "--evaluation-seconds",
        type=float,
        nargs="+",
        default=[0.01, 0.1, 1, 60, 600],
        help="means in 3 and 4 (default: 0.01 0.1 1 60 600)",
    )
    add(
        "--islands",
        type=int,
        nargs="+",
        default=[1, 10, 100, 1000],
        help="of the largest number of workers (default: 1 10 100 1000)",
    )
    add("--largest", type=int, default=100_000, help="number of workers (default: %(default)s)")
    add(
        "--latency",
        type=float,
        default=20e-6,
        help="seconds from rank to rank in 3 to 5, assumed for a network (default: %(default)s)",
    )
    add("--jobs", type=int, default=os.cpu_count(), help="simulations at a time (default: %(default)s)")
    add("--seed", type=int, default=0, help="of the model (default: %(default)s)")
    add("--to", type=Path, default=Path("runs/scaling"), help="folder for tables and plot")
    options = parser.parse_args(words)
    numbers = [*options.real_islands, *options.workers, *options.islands, options.largest, options.jobs]
    numbers += [options.repeats]
    times = [*options.evaluation_seconds, *options.real_seconds, options.seconds, options.latency]
    if min([*numbers, *options.ranks]) < 1 or not all(0 < each < math.inf for each in times):
        parser.error("expected numbers of 1 or more, and times above 0")
    return options


def main(words: list[str]) -> None:
    """Measure, check, simulate, write, print."""
    options = parse(words)
    options.to.mkdir(parents=True, exist_ok=True)
    times = (
        load(options.service_times)
        if options.service_times
        else measured(options.seconds, options.repeats, options.seed)
    )
    save(times, options.to / "service_times.json")
    real = checks(options, times)
    afar = replace(times, latency=options.latency)
    simulations = points(options, afar)
    found = Outcome(afar, real, simulations["one manager"], simulations["islands"], lending(options, afar))
    print("\n" + write(options.to, found))
    draw(options.to / "scaling.png", found)
    print(f"\nwritten to {options.to}/")


if __name__ == "__main__":
    main(sys.argv[1:])
