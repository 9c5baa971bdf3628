"""Compare black-box optimizers on the functions of COCO: how many targets are hit, and how soon.

    python experiments/benchmarks/bbob.py --dimensions 5 --budgets 100 1000
    python experiments/benchmarks/bbob.py --suites bbob-mixint bbob-biobj --budgets 100 --jobs 8
    python experiments/benchmarks/bbob.py --in-flight 1 8 64 --dimensions 5 --budgets 100
    python experiments/benchmarks/bbob.py --functions 1 8 --instances 1 2 --budgets 20 --methods slsqp auto

Suites: bbob; bbob-relative-noise (a relative error of 0.001 in the height above the optimum); bbob-moved
(other boxes, the optimum anywhere in them, values on other scales); bbob-noisy (its models of noise on
functions of bbob, targets counted without it); bbob-largescale; bbob-mixint; bbob-biobj.

Everybody minimizes the same instances with the same seeds, and pays for every call of the function: budgets
and the rest are multiples of the dimension D. A score is the area under the share of 51 targets hit, from 100
to 1e-8 above the optimum, over log evaluations from D to the budget B: the mean of
clip((ln B - ln h) / (ln B - ln D), 0, 1), h being the evaluation that hit the target. For two objectives it
is the hypervolume at the end between ideal and nadir point, as a share of the largest that anybody in the
table found. Differences from auto are paired, with standard errors over instances. Honestly chosen is the
peer that is best on the other instances of the same function. With several evaluations in flight a round of
as many counts as one evaluation.

Runs are added to bbob.csv as they end, and those that are there are not done again; then tables (bbob.md) and
curves (bbob.png) are made of it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from blackbox.methods import NAMES, methods_of
from blackbox.picture import draw
from blackbox.problems import SUITES, Case
from blackbox.runs import Run, Task, gather, read
from blackbox.score import Cell
from blackbox.tables import told


def tasks(options: argparse.Namespace) -> Iterator[Task]:
    """Yield what is to be done: all methods on one function, then on the next."""
    for suite in options.suites:
        methods = {name: one for name, one in methods_of(suite).items() if name in (options.methods or NAMES)}
        for name in [name for name, one in methods.items() if one.missing]:
            print(f"{suite}: {name} is left out, there is no {methods.pop(name).missing}", file=sys.stderr)
        cases = product(
            options.dimensions or SUITES[suite].dimensions, options.instances, SUITES[suite].functions
        )
        for dimension, instance, function in cases:
            if options.functions and function not in options.functions:
                continue
            for name, in_flight in product(methods, options.in_flight):
                method, case = methods[name], Case(suite, dimension, function, instance)
                budgets = [budget for budget in options.budgets if budget <= method.most]
                for budget in budgets if method.knows_budget else [max(budgets)] if budgets else []:
                    yield Task(case, name, budget, in_flight, options.seed)


def measure(options: argparse.Namespace) -> list[Run]:
    """Return the runs that were asked for, telling how it goes."""
    path, wanted = options.to / "bbob.csv", list(tasks(options))
    known = read(path)
    left, begun = [task for task in wanted if task not in known], time.monotonic()
    for n, run in enumerate(gather(path, left, options.jobs), start=1):
        known[run.task] = run
        seconds = (time.monotonic() - begun) / n * (len(left) - n)
        case = run.task.case
        print(
            f"{n}/{len(left)}, {seconds / 60:.0f} min left: {case.suite} {case.dimension}-D f{case.function} "
            f"i{case.instance} {run.task.method} {run.seconds:.1f} s {run.error}",
            file=sys.stderr,
            flush=True,
        )
    return [known[task] for task in wanted]


def parse(words: list[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--suites", nargs="+", choices=SUITES, default=["bbob"], metavar="SUITE")
    add("--dimensions", type=int, nargs="+", metavar="D", help="left out: those usual for the suite")
    add("--functions", type=int, nargs="+", metavar="F", help="left out: all")
    add("--instances", type=int, nargs="+", default=[1, 2, 3, 4, 5], metavar="I")
    add("--budgets", type=int, nargs="+", default=[100, 1000], metavar="B", help="multiples of the dimension")
    add("--methods", nargs="+", choices=NAMES, metavar="METHOD", help=f"left out: all of {', '.join(NAMES)}")
    add("--in-flight", type=int, nargs="+", default=[1], metavar="N", help="evaluations at a time")
    add("--seed", type=int, default=0, help="default: %(default)s")
    add("--jobs", type=int, default=1, help="runs at a time (default: %(default)s)")
    add("--to", type=Path, default=Path("runs/bbob"), help="folder for figures, tables and plot")
    return parser.parse_args(words)


def main(words: list[str]) -> None:
    """Measure, write, print."""
    options = parse(words)
    runs = measure(options)
    places = {
        (task.case.suite, task.case.dimension, task.in_flight): None for task in (run.task for run in runs)
    }
    table = told(runs, [Cell(*place, budget) for place in places for budget in options.budgets])
    (options.to / "bbob.md").write_text(table)
    draw(options.to / "bbob.png", runs)
    print(f"{table}\nwritten to {options.to}/")


if __name__ == "__main__":
    main(sys.argv[1:])
