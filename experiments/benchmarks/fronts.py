"""Compare methods for several objectives on published tables: how much of the true front is found.

    python experiments/benchmarks/fronts.py --seeds 20
    python experiments/benchmarks/fronts.py --seeds 2 --evaluations 30 --problems macro-2 --methods ehvi nsga2

The tables are NAS-Bench-Macro, error against multiply-adds and parameters, and NAS-Bench-201, error against
latencies of HW-NAS-Bench. Everybody searches the same architectures with the same seeds and is billed alike:
for distinct ones; what is proposed again is answered from memory. All populations are of the same size. What
is told is the hypervolume that was found as a share of that of the true front; the reference point lies a
tenth of the true front's width beyond its worst values. Writes fronts.md, fronts.csv and fronts.png.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from nas.results import interval
from numpy.typing import NDArray
from pareto.methods import NEIGHBOURS, Method, ours, pymoo
from pareto.problems import PROBLEMS, Problem, load

import evonas
from evonas.errors import SearchError

POPULATION = 20
MOST_REPEATS = 200  # proposals for each distinct architecture, after which a method is held to be stuck
METHODS = {
    "ehvi": Method("evonas EHVI", "evonas", ours(evonas.EHVI)),
    "nsga2": Method("evonas NSGA-II", "evonas", ours(evonas.NSGA2, population=POPULATION)),
    "nsga3": Method("evonas NSGA-III", "evonas", ours(evonas.NSGA3, population=POPULATION)),
    "sms-emoa": Method("evonas SMS-EMOA", "evonas", ours(evonas.SMSEMOA, population=POPULATION)),
    "moead": Method(
        "evonas MOEA/D", "evonas", ours(evonas.MOEAD, population=POPULATION, neighbours=NEIGHBOURS)
    ),
    "random": Method("evonas random search", "evonas", ours(evonas.RandomSearch)),
    "pymoo-nsga2": Method("pymoo NSGA-II", "pymoo", pymoo("NSGA2", POPULATION)),
    "pymoo-sms-emoa": Method("pymoo SMS-EMOA", "pymoo", pymoo("SMSEMOA", POPULATION)),
    "pymoo-moead": Method("pymoo MOEA/D", "pymoo", pymoo("MOEAD", POPULATION)),
}
Results = dict[tuple[str, str], NDArray[np.float64]]
"""Shares ``(seeds, evaluations)`` by problem and method."""


def shares(method: Method, problem: Problem, seed: int, evaluations: int) -> NDArray[np.float64]:
    """Return the share of the true front's hypervolume after each distinct evaluation, ``(evaluations,)``."""
    known: dict[str, NDArray[np.float64]] = {}
    trace = np.zeros(evaluations)
    proposals = method.search(problem, seed)
    cell = next(proposals)
    for _ in range(MOST_REPEATS * evaluations):
        if (key := problem.keys[cell]) not in known:
            known[key] = problem.costs[cell]
            trace[len(known) - 1] = problem.share(np.array([*known.values()]))
            if len(known) == evaluations:
                break
        cell = proposals.send(known[key])
    proposals.close()
    trace[len(known) :] = trace[len(known) - 1]  # stuck: it finds nothing more
    return trace


def measure(options: argparse.Namespace, problems: dict[str, Problem]) -> Results:
    """Return all searches, telling how it goes."""
    results = {}
    for name, problem in problems.items():
        for method in (METHODS[key] for key in options.methods):
            if importlib.util.find_spec(method.package) is None:
                print(f'{method.name}: left out, {method.package} is missing; pip install "evonas[bench]"')
                continue
            runs = [shares(method, problem, seed, options.evaluations) for seed in range(options.seeds)]
            results[name, method.name] = np.array(runs)
            print(f"{name:18} {method.name:22} share {np.mean(runs, axis=0)[-1]:.4f}", flush=True)
    return results


def rows(results: Results, marks: list[int]) -> Iterator[list[str]]:
    """Yield the lines of the table, the head first."""
    rng = np.random.default_rng(0)
    yield ["problem", "method", *(f"@{mark}" for mark in marks)]
    yield ["---"] * (2 + len(marks))
    for case, runs in results.items():
        cells = []
        for mark in marks:
            low, high = interval(runs[:, mark - 1], rng)
            cells.append(f"{runs[:, mark - 1].mean():.4f} ({low:.4f} to {high:.4f})")
        yield [*case, *cells]


def write(options: argparse.Namespace, results: Results) -> str:
    """Write table, figures and plot; return the table as Markdown."""
    marks = sorted({mark for mark in (50, 100, 200) if mark < options.evaluations} | {options.evaluations})
    title = f"Share of the true front's hypervolume, mean of {options.seeds} seeds, 95 % bootstrap intervals."
    table = title + "\n\n" + "".join("| " + " | ".join(row) + " |\n" for row in rows(results, marks))
    options.to.mkdir(parents=True, exist_ok=True)
    (options.to / "fronts.md").write_text(table)
    with (options.to / "fronts.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["problem", "method", "seed", "evaluation", "share"])
        for case, runs in results.items():
            for (seed, evaluation), share in np.ndenumerate(runs):
                writer.writerow([*case, seed, evaluation + 1, f"{share:.5f}"])
    plot(options.to / "fronts.png", results)
    return table


def plot(path: Path, results: Results) -> None:
    """Draw what is missing of the true front over evaluations, a panel for each problem."""
    if importlib.util.find_spec("matplotlib") is None:
        print('no plot: matplotlib is missing; pip install "evonas[bench]"')
        return
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    names = list(dict.fromkeys(name for name, _ in results))
    figure, axes = plt.subplots(1, len(names), figsize=(5 * len(names), 4), squeeze=False)
    for (name, method), runs in results.items():
        axis, missing = axes[0][names.index(name)], 1 - runs
        steps, mean = np.arange(1, runs.shape[1] + 1), np.maximum(missing.mean(axis=0), 1e-5)
        error = missing.std(axis=0) / np.sqrt(len(runs))
        (line,) = axis.plot(steps, mean, label=method)
        axis.fill_between(
            steps, np.maximum(mean - error, 1e-5), mean + error, color=line.get_color(), alpha=0.2
        )
        axis.set(title=name, xlabel="distinct evaluations", yscale="log")
    axes[0][0].set_ylabel("missing share of the hypervolume")
    axes[0][-1].legend(fontsize="small")
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def parse(words: list[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    folder = Path(os.environ.get("EVONAS_DATA", "../shared/data"))
    parser.add_argument("--tables", type=Path, default=folder, help="their folder (default: %(default)s)")
    parser.add_argument("--seeds", type=int, default=20, help="runs of each method (default: %(default)s)")
    parser.add_argument(
        "--evaluations", type=int, default=200, help="distinct ones a run (default: %(default)s)"
    )
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS), metavar="METHOD")
    parser.add_argument("--problems", nargs="+", choices=PROBLEMS, default=list(PROBLEMS), metavar="PROBLEM")
    parser.add_argument("--to", type=Path, default=Path("runs/fronts"), help="folder for table and plot")
    return parser.parse_args(words)


def main(words: list[str]) -> None:
    """Measure, write, print."""
    options = parse(words)
    try:
        problems = {name: load(name, options.tables) for name in options.problems}
    except SearchError as error:
        sys.exit(str(error))
    print("\n" + write(options, measure(options, problems)))
    print(f"written to {options.to}/")


if __name__ == "__main__":
    main(sys.argv[1:])
