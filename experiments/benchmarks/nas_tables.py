"""Compare search methods on published tables of trained architectures: regret after n evaluations.

    python experiments/benchmarks/nas_tables.py --seeds 100
    python experiments/benchmarks/nas_tables.py --methods auto evolution --in-flight 1 8 64
    python experiments/benchmarks/nas_tables.py --first-seed 1000 --seeds 200 --evaluations 150
    python experiments/benchmarks/nas_tables.py --seeds 3 --evaluations 20 --methods random

The tables are NAS-Bench-201 on three data sets (15,625 cells) and NAS-Bench-Macro (6,561 networks, of which
3,969 differ). Everybody searches the same architectures with the same seeds and is billed alike: for distinct
ones; what is proposed again is answered from memory. Regret is the accuracy of the best architecture of the
table less that of the best one found, in points. Trainings take the seconds of the table: with several in
flight, regret is told by the evaluations that have finished, and hours are simulated. "Hours to the
yardstick" are those until the mean regret is that of regularized evolution at its end. NAS-Bench-Macro tells
no seconds: there a training takes in proportion to its multiply-adds, an hour on average. Writes
nas_tables.md, nas_tables.csv and nas_tables.png.

Cells of NAS-Bench-201 that compute the same are different cells here: each has its own row in the table, with
its own noise.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from pathlib import Path

from nas.methods import Method, Optuna, ours, pyglove
from nas.problems import DATA_SETS, Problem, load
from nas.results import Case, Results, regrets, rows, write
from nas.simulation import simulate

import evonas
from evonas.errors import SearchError

YARDSTICK = "evonas regularized evolution 30/10"
METHODS = {
    "auto": Method("evonas auto", "evonas", ours(evonas.SurrogateAssistedEvolution())),
    "evolution": Method(YARDSTICK, "evonas", ours(evonas.RegularizedEvolution())),
    "evolution-10-3": Method(
        "evonas regularized evolution 10/3",
        "evonas",
        ours(evonas.RegularizedEvolution(population=10, tournament=3)),
    ),
    "genetic": Method("evonas genetic algorithm", "evonas", ours(evonas.GeneticAlgorithm())),
    "random": Method("evonas random search", "evonas", ours(evonas.RandomSearch())),
    "pyglove": Method("PyGlove regularized evolution 30/10", "pyglove", pyglove(30, 10)),
    "optuna": Method("Optuna TPE", "optuna", Optuna),
    "memetic": Method("evonas memetic algorithm", "evonas", ours(evonas.MemeticAlgorithm())),
    "local": Method("evonas local search", "evonas", ours(evonas.LocalSearch())),
    "differential": Method("evonas differential evolution", "evonas", ours(evonas.DifferentialEvolution())),
}


def measure(options: argparse.Namespace, problems: dict[str, Problem]) -> Results:
    """Return all searches, telling how it goes."""
    results = {}
    for data_set, problem in problems.items():
        for method in (METHODS[key] for key in options.methods):
            if importlib.util.find_spec(method.package) is None:
                print(f'{method.name}: left out, {method.package} is missing; pip install "evonas[bench]"')
                continue
            for n in options.in_flight:
                seeds = range(options.first_seed, options.first_seed + options.seeds)
                runs = [simulate(method, problem, seed, options.evaluations, n) for seed in seeds]
                results[Case(data_set, method.name, n)] = runs
                last = regrets(runs)[:, -1].mean()
                print(f"{data_set:15} {method.name:36} {n:3} in flight, regret {last:.3f}", flush=True)
    return results


def table(options: argparse.Namespace, results: Results) -> str:
    """Return the results as Markdown."""
    marks = sorted({mark for mark in (50, 100, 200) if mark < options.evaluations} | {options.evaluations})
    head, *lines = rows(results, marks, YARDSTICK)
    seeds = f"{options.seeds} seeds from {options.first_seed} on"
    title = f"Mean regret in points over {seeds}, with 95 % bootstrap intervals.\n\n"
    return title + "".join("| " + " | ".join(row) + " |\n" for row in [head, ["---"] * len(head), *lines])


def parse(words: list[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    folder = Path(os.environ.get("EVONAS_DATA", "../shared/data"))
    parser.add_argument("--tables", type=Path, default=folder, help="their folder (default: %(default)s)")
    parser.add_argument("--seeds", type=int, default=100, help="runs of each method (default: %(default)s)")
    parser.add_argument("--first-seed", type=int, default=0, help="of these runs (default: %(default)s)")
    parser.add_argument(
        "--evaluations", type=int, default=200, help="distinct ones a run (default: %(default)s)"
    )
    parser.add_argument("--in-flight", type=int, nargs="+", default=[1], metavar="N", help="at a time")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS), metavar="METHOD")
    parser.add_argument("--data-sets", nargs="+", choices=DATA_SETS, default=list(DATA_SETS), metavar="SET")
    parser.add_argument("--to", type=Path, default=Path("runs/nas_tables"), help="folder for table and plot")
    return parser.parse_args(words)


def main(words: list[str]) -> None:
    """Measure, write, print."""
    options = parse(words)
    try:
        problems = {data_set: load(data_set, options.tables) for data_set in options.data_sets}
    except SearchError as error:
        sys.exit(str(error))
    results = measure(options, problems)
    told = table(options, results)
    write(options.to, results, told, options.first_seed)
    print(f"\n{told}\nwritten to {options.to}/")


if __name__ == "__main__":
    main(sys.argv[1:])
