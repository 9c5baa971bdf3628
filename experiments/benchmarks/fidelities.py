"""Compare ways to use trainings of 12 epochs beside those of 200 on NAS-Bench-201: hours to a regret.

    python experiments/benchmarks/fidelities.py --seeds 100
    python experiments/benchmarks/fidelities.py --seeds 3 --data-sets cifar10 --methods auto multi-fidelity

Everybody searches the same cells with the same seeds. A training takes the seconds of the table: 200 epochs
all of them, 12 epochs, which are a schedule of their own, 12/200. The hours are simulated, with so many
workers that train at a time; a cell that is proposed again at the same fidelity is answered from memory.
Regret is the validation accuracy after 200 epochs of the best cell of the table less that of the best cell
so trained, in points; told are the hours until it is at most --regret, as medians over the seeds with 95 %
bootstrap intervals. Writes fidelities.md, fidelities.csv and fidelities.png.

The package DEHB (Awad et al. 2021) takes part where it is installed; it asks for an older numpy than evonas.
"""

from __future__ import annotations

import argparse
import csv
import heapq
import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

import evonas
from evonas.errors import SearchError
from evonas.runs.islands import method
from search_spaces.nasbench201 import table as published
from search_spaces.nasbench201.space import OPERATIONS

FIDELITIES = (12, 200)
BOOTSTRAPS = 2000
MOST_REPEATS = 1000  # proposals in a row that are known, after which a method is held to be stuck

Cell = tuple[int, ...]


class Job(NamedTuple):
    """A cell to be trained, by the method's own name for it."""

    token: Any
    cell: Cell
    epochs: float


class Searcher(Protocol):
    """A method at work; any number of cells may be asked for before one is told."""

    def ask(self) -> Job:
        """Return what to train next."""

    def tell(self, job: Job, accuracy: float) -> None:
        """Learn what came of it."""


class Ours:
    """One of our strategies, through the public ask and tell."""

    def __init__(self, strategy: evonas.Strategy) -> None:
        self._strategy = strategy

    def ask(self) -> Job:
        """Return the next candidate; without a fidelity it is trained as long as can be."""
        (candidate,) = self._strategy.ask()
        cell = tuple(candidate.genome.values.astype(int).tolist())
        return Job(candidate.id, cell, candidate.fidelity or FIDELITIES[-1])

    def tell(self, job: Job, accuracy: float) -> None:
        """Tell the strategy."""
        self._strategy.tell([evonas.Outcome(job.token, {"accuracy": accuracy})])


class Dehb:
    """The package of DEHB's authors, at its defaults but for two rungs of exactly these epochs."""

    def __init__(self, seed: int, options: int, genes: int) -> None:
        import dehb
        from loguru import logger

        logger.remove()
        low, high = FIDELITIES
        self._options = options
        self._search = dehb.DEHB(
            dimensions=genes,
            min_fidelity=low,
            max_fidelity=high,
            eta=0.999 * high / low,
            seed=seed,
            n_workers=1,
            log_level="ERROR",
            output_path="runs/fidelities/dehb",
        )

    def ask(self) -> Job:
        """Return the next job; options have equal parts of an axis."""
        job = self._search.ask()
        cell = tuple(np.minimum(job["config"] * self._options, self._options - 1).astype(int).tolist())
        return Job(job, cell, FIDELITIES[-1] if job["fidelity"] > FIDELITIES[0] * 2 else FIDELITIES[0])

    def tell(self, job: Job, accuracy: float) -> None:
        """Tell the optimizer, which minimizes."""
        self._search.tell(job.token, {"fitness": -accuracy, "cost": job.epochs})


class Method(NamedTuple):
    """A way to search; ``package`` is what must be installed for it."""

    name: str
    package: str
    start: Callable[[evonas.Space, int], Searcher]


def ours(name: str, strategy: evonas.Strategy) -> Method:
    """Return a search by one of our strategies."""
    kind, settings = type(strategy), {one: getattr(strategy, one) for one in strategy.settings}

    def start(space: evonas.Space, seed: int) -> Ours:
        return Ours(kind(space, objectives={"accuracy": "max"}, seed=seed, **settings))

    return Method(name, "evonas", start)


def dehb(space: evonas.Space, seed: int) -> Dehb:
    """Return a search by DEHB's authors."""
    return Dehb(seed, len(OPERATIONS), space.n_genes)


AUTO = method("auto")
METHODS = {
    "auto": ours("auto, 200 epochs only", AUTO),
    "evolution": ours("regularized evolution, 200 epochs only", evonas.RegularizedEvolution()),
    "multi-fidelity": ours("multi-fidelity evolution", evonas.MultiFidelityEvolution(fidelities=FIDELITIES)),
    "halving": ours("successive halving", evonas.SuccessiveHalving(fidelities=FIDELITIES)),
    "halving-auto": ours(
        "successive halving of auto", evonas.SuccessiveHalving(fidelities=FIDELITIES, proposer=AUTO)
    ),
    "hyperband": ours("Hyperband", evonas.Hyperband(fidelities=FIDELITIES)),
    "dehb": ours("DEHB of evonas", evonas.DEHB(fidelities=FIDELITIES)),
    "dehb-package": Method("DEHB's own package", "dehb", dehb),
}


class Problem:
    """What became of every cell on a data set.

    Args:
        data_set: Its name.
        path: Where the table is.
    """

    def __init__(self, data_set: str, path: Path) -> None:
        table = published.load(data_set, path)
        self.space = table.space
        rows = list(map(tuple, table.genomes.tolist()))
        low, high = FIDELITIES
        seconds = table.values("train_seconds").tolist()
        self.mean_hours = float(np.mean(seconds)) / 3600
        columns = {low: table.values("accuracy_12").tolist(), high: table.values("accuracy").tolist()}
        self._known = {
            (row, epochs): (accuracy, duration * epochs / high)
            for epochs, column in columns.items()
            for row, accuracy, duration in zip(rows, column, seconds, strict=True)
        }
        self.best = max(columns[high])

    def train(self, job: Job) -> tuple[float, float]:
        """Return the accuracy that a job has, and the seconds that it takes."""
        return self._known[job.cell, job.epochs]


class Trace(NamedTuple):
    """How a search went: the regret in points after each training of 200 epochs, and at which hour.

    Attributes:
        hours: ``(n,)``, rising.
        regrets: ``(n,)``, never rising.
        n_short: How many trainings of 12 epochs there were.
    """

    hours: NDArray[np.float64]
    regrets: NDArray[np.float64]
    n_short: int

    def hours_to(self, regret: float) -> float:
        """Return when the regret was reached; infinity if it was not."""
        reached = self.regrets <= regret + 1e-6
        return float(self.hours[reached.argmax()]) if reached.any() else np.inf


def simulate(searcher: Searcher, problem: Problem, workers: int, hours: float, regret: float) -> Trace:
    """Return how a search fares with so many workers until it reaches a regret, or so many hours are over."""
    running: list[tuple[float, int, Job, float]] = []
    known: dict[tuple[Cell, float], float] = {}
    now, best, n_asked, n_short, repeats = 0.0, -np.inf, 0, 0, 0
    found: list[tuple[float, float]] = []
    while now < hours * 3600 and repeats < MOST_REPEATS and problem.best - best > regret:
        if len(running) < workers:
            job, n_asked = searcher.ask(), n_asked + 1
            if (job.cell, job.epochs) in known:
                searcher.tell(job, known[job.cell, job.epochs])
                repeats += 1
                continue
            accuracy, seconds = problem.train(job)
            heapq.heappush(running, (now + seconds, n_asked, job, accuracy))
            repeats = 0
            continue
        now, _, job, accuracy = heapq.heappop(running)
        known[job.cell, job.epochs] = accuracy
        searcher.tell(job, accuracy)
        if job.epochs == FIDELITIES[-1]:
            best = max(best, accuracy)
            found.append((now / 3600, problem.best - best))
        else:
            n_short += 1
    return Trace(*np.array(found or [(np.inf, np.inf)]).T, n_short)


class Case(NamedTuple):
    """Who searched what, with how many workers."""

    data_set: str
    workers: int
    method: str


Results = dict[Case, list[Trace]]


def measure(options: argparse.Namespace) -> Results:
    """Return the searches of every case, telling how it goes."""
    results: Results = {}
    for data_set in options.data_sets:
        problem = Problem(data_set, options.table)
        for workers in options.workers:
            for key in options.methods:
                way = METHODS[key]
                if importlib.util.find_spec(way.package) is None:
                    print(f"{way.name}: left out, the package {way.package} is missing")
                    continue
                hours = options.trainings * problem.mean_hours / workers
                case = Case(data_set, workers, way.name)
                results[case] = [
                    simulate(way.start(problem.space, seed), problem, workers, hours, options.regret)
                    for seed in range(options.first_seed, options.first_seed + options.seeds)
                ]
                reached = np.median([trace.hours_to(options.regret) for trace in results[case]])
                print(f"{data_set:15} {workers} workers  {way.name:40} {reached:8.1f} hours", flush=True)
    return results


def interval(values: NDArray[np.float64], rng: np.random.Generator) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the median."""
    medians = np.median(rng.choice(values, (BOOTSTRAPS, len(values))), axis=1)
    low, high = np.quantile(medians, (0.025, 0.975), method="nearest")
    return float(low), float(high)


def rows(results: Results, regret: float) -> list[list[str]]:
    """Return the lines of the table, the head first."""
    rng = np.random.default_rng(0)
    lines = [["data set", "workers", "method", "hours", "of auto's", "reached", "short", "long"]]
    for case, traces in results.items():
        hours = np.array([trace.hours_to(regret) for trace in traces])
        low, high = interval(hours, rng)
        yardstick = results.get(case._replace(method=METHODS["auto"].name))
        ratio = (
            np.median(hours) / np.median([one.hours_to(regret) for one in yardstick]) if yardstick else np.nan
        )
        lines.append(
            [
                *map(str, case),
                f"{_told(float(np.median(hours)))} ({_told(low)} to {_told(high)})",
                f"{ratio:.2f}" if np.isfinite(ratio) else "-",
                f"{np.isfinite(hours).mean():.0%}",
                f"{np.median([trace.n_short for trace in traces]):.0f}",
                f"{np.median([len(trace.hours) for trace in traces]):.0f}",
            ]
        )
    return lines


def _told(hours: float) -> str:
    return f"{hours:.1f}" if np.isfinite(hours) else "more"


def write(options: argparse.Namespace, results: Results) -> str:
    """Write table, numbers and plot; return the table."""
    head, *lines = rows(results, options.regret)
    table = "\n".join(f"| {' | '.join(line)} |" for line in [head, ["---"] * len(head), *lines])
    options.to.mkdir(parents=True, exist_ok=True)
    (options.to / "fidelities.md").write_text(table + "\n")
    with (options.to / "fidelities.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["data set", "workers", "method", "seed", "hours", "regret"])
        for case, traces in results.items():
            for seed, trace in enumerate(traces, options.first_seed):
                for hours, regret in zip(trace.hours, trace.regrets, strict=True):
                    writer.writerow([*case, seed, f"{hours:.3f}", f"{regret:.4f}"])
    plot(options.to / "fidelities.png", results, options.regret)
    return table


def plot(path: Path, results: Results, regret: float) -> None:
    """Draw which share of the searches has reached the regret after how many hours."""
    if importlib.util.find_spec("matplotlib") is None:
        print('no plot: matplotlib is missing; pip install "evonas[bench]"')
        return
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    columns = list(dict.fromkeys(case.data_set for case in results))
    lines = list(dict.fromkeys(case.workers for case in results))
    size = (5 * len(columns), 4 * len(lines))
    figure, axes = plt.subplots(len(lines), len(columns), figsize=size, squeeze=False)
    for case, traces in results.items():
        axis = axes[lines.index(case.workers)][columns.index(case.data_set)]
        hours = np.sort([trace.hours_to(regret) for trace in traces])
        hours = hours[np.isfinite(hours)]
        axis.step([0, *hours], np.arange(len(hours) + 1) / len(traces), where="post", label=case.method)
        axis.set(title=f"{case.data_set}, {case.workers} workers", xlabel="simulated hours", ylim=(0, 1))
    for line in axes:
        line[0].set_ylabel(f"share of searches with a regret of {regret:g} points")
    axes[0][0].legend(fontsize="small")
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def parse(words: list[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    folder = Path(os.environ.get("EVONAS_DATA", "../shared/data"))
    parser.add_argument("--table", type=Path, default=folder / "nasbench201.npz", help="default: %(default)s")
    parser.add_argument(
        "--seeds", type=int, default=100, help="searches of each method (default: %(default)s)"
    )
    parser.add_argument("--first-seed", type=int, default=0, help="the others follow (default: %(default)s)")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 8], help="default: %(default)s")
    parser.add_argument("--regret", type=float, default=0.1, help="in points (default: %(default)s)")
    parser.add_argument(
        "--trainings", type=float, default=200, help="a search may take so many of 200 epochs (%(default)s)"
    )
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS), metavar="METHOD")
    parser.add_argument(
        "--data-sets",
        nargs="+",
        choices=published.DATA_SETS,
        default=list(published.DATA_SETS),
        metavar="SET",
    )
    parser.add_argument("--to", type=Path, default=Path("runs/fidelities"), help="folder for the results")
    return parser.parse_args(words)


def main(words: list[str]) -> None:
    """Measure, write, print."""
    options = parse(words)
    try:
        results = measure(options)
    except SearchError as error:
        sys.exit(str(error))
    print("\n" + write(options, results))
    print(f"\nwritten to {options.to}/")


if __name__ == "__main__":
    main(sys.argv[1:])
