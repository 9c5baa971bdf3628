"""What a first generation chosen by zero-cost scores is worth on NAS-Bench-201: regret with and without it.

    python experiments/benchmarks/zero_cost_warmup.py --seeds 100
    python experiments/benchmarks/zero_cost_warmup.py --seeds 3 --evaluations 20 --methods evolution

The scores are looked up: the published Zen-score and the multiply-adds; and beside them, as a control, a
number that is drawn at random for each cell. Only full evaluations of distinct cells are billed; a score
takes well under a second. Writes zero_cost_warmup.md and zero_cost_warmup.csv.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from nas.results import interval
from numpy.typing import NDArray

import evonas
from evonas.errors import SearchError
from search_spaces.nasbench201 import table as published
from search_spaces.table_files import find, read
from search_spaces.tables import Table

METHODS = {
    "evolution": evonas.RegularizedEvolution,
    "surrogate": evonas.SurrogateAssistedEvolution,
}
MARKS = (20, 30, 50, 100, 200)
MOST_REPEATS = 50  # proposals for each distinct cell, after which a method is held to be stuck

Scores = Mapping[str, NDArray[np.float64]]


def scored(data_set: str, table: Table, path: Path) -> dict[str, Scores | None]:
    """Return what a warm-up may be given, by its name in the table of results."""
    column = published.DATA_SETS.index(data_set)
    zen = read(find("nasbench201.npz", path), "zen", (len(table.genomes), -1))[:, column]
    noise = np.random.default_rng(0).random(len(zen))
    known = {"zen": zen.astype(float), "multiply_adds": table.values("multiply_adds").astype(float)}
    return {"none": None, "zen, multiply-adds": known, "noise": {"noise": noise}}


def regrets(
    strategy: evonas.Strategy, table: Table, rows: Mapping[tuple[int, ...], int], n: int, scores: Scores
) -> list[float]:
    """Return the regret after each full evaluation of a distinct cell, ``n`` of them."""
    accuracy = table.values("accuracy")
    seen: dict[int, float] = {}
    trace: list[float] = []
    for _ in range(MOST_REPEATS * n):
        (candidate,) = strategy.ask()
        row = rows[tuple(candidate.genome.values.astype(int).tolist())]
        metrics = {name: float(values[row]) for name, values in scores.items()}
        strategy.tell([evonas.Outcome(candidate.id, {"accuracy": float(accuracy[row])}, metrics)])
        if candidate.fidelity is None and row not in seen:
            seen[row] = float(accuracy[row])
            trace.append(float(accuracy.max()) - max(seen.values()))
            if len(trace) == n:
                break
    return trace + trace[-1:] * (n - len(trace))


def measured(options: argparse.Namespace, data_set: str) -> dict[tuple[str, str], NDArray[np.float64]]:
    """Return regrets ``(seeds, evaluations)`` by method and scores, telling how it goes."""
    table = published.load(data_set, options.table)
    rows = {tuple(genome): row for row, genome in enumerate(table.genomes.tolist())}
    found = {}
    for method in options.methods:
        for told, scores in scored(data_set, table, options.table).items():
            runs = []
            for seed in range(options.seeds):
                settings = {"objectives": {"accuracy": "max"}, "seed": seed}
                strategy = METHODS[method](table.space, **settings)
                if scores is not None:
                    follower = METHODS[method]()
                    strategy = evonas.ZeroCostWarmup(
                        table.space, strategy=follower, pool=options.pool, first=options.first, **settings
                    )
                runs.append(regrets(strategy, table, rows, options.evaluations, scores or {}))
            found[method, told] = np.array(runs)
            print(f"{data_set:15} {method:10} {told:20} {np.mean(runs, axis=0)[-1]:.3f}", flush=True)
    return found


def write(
    options: argparse.Namespace, results: Mapping[str, Mapping[tuple[str, str], NDArray[np.float64]]]
) -> str:
    """Write table and figures; return the table as Markdown."""
    marks = [mark for mark in MARKS if mark < options.evaluations] + [options.evaluations]
    rows = [["data set", "method", "scores", *(f"@{mark}" for mark in marks)], ["---"] * (3 + len(marks))]
    for data_set, found in results.items():
        for (method, told), runs in found.items():
            cells = []
            for mark in marks:
                low, high = interval(runs[:, mark - 1], np.random.default_rng(0))
                cells.append(f"{runs[:, mark - 1].mean():.3f} ({low:.3f} to {high:.3f})")
            rows.append([data_set, method, told, *cells])
    table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    options.to.mkdir(parents=True, exist_ok=True)
    about = f"Mean regret in points over {options.seeds} seeds, with 95 % bootstrap intervals."
    (options.to / "zero_cost_warmup.md").write_text(f"{about}\n\n{table}\n")
    with (options.to / "zero_cost_warmup.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["data set", "method", "scores", "seed", "evaluation", "regret"])
        for data_set, found in results.items():
            for (method, told), runs in found.items():
                for (seed, evaluation), regret in np.ndenumerate(runs):
                    writer.writerow([data_set, method, told, seed, evaluation + 1, f"{regret:.4f}"])
    return table


def parse(words: list[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    folder = Path(os.environ.get("EVONAS_DATA", "../shared/data"))
    parser.add_argument("--table", type=Path, default=folder / "nasbench201.npz", help="default: %(default)s")
    parser.add_argument("--seeds", type=int, default=100, help="runs of each method (default: %(default)s)")
    parser.add_argument(
        "--evaluations", type=int, default=100, help="full evaluations a run (default: %(default)s)"
    )
    parser.add_argument("--pool", type=int, default=200, help="cells that are scored (default: %(default)s)")
    parser.add_argument(
        "--first", type=int, default=30, help="of them evaluated first (default: %(default)s)"
    )
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS), metavar="METHOD")
    parser.add_argument(
        "--data-sets", nargs="+", choices=published.DATA_SETS, default=published.DATA_SETS, metavar="SET"
    )
    parser.add_argument(
        "--to", type=Path, default=Path("runs/zero_cost_warmup"), help="folder for table and figures"
    )
    return parser.parse_args(words)


def main(words: list[str]) -> None:
    """Measure, write, print."""
    options = parse(words)
    try:
        results = {data_set: measured(options, data_set) for data_set in options.data_sets}
    except SearchError as error:
        sys.exit(str(error))
    print("\n" + write(options, results))
    print(f"\nwritten to {options.to}/")


if __name__ == "__main__":
    main(sys.argv[1:])
