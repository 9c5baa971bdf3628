"""One run of a method on a function, and a file that gathers runs."""

from __future__ import annotations

import csv
import multiprocessing
import time
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from blackbox.bill import Bill, FrontBill, Spent, TargetBill
from blackbox.methods import methods_of
from blackbox.problems import SUITES, Case, load


class Task(NamedTuple):
    """Who minimizes what; budgets are multiples of the dimension, in rounds of ``in_flight`` evaluations."""

    case: Case
    method: str
    budget: int
    in_flight: int
    seed: int


class Run(NamedTuple):
    """How it went.

    Attributes:
        task: What was to be done.
        evaluations: How many were billed.
        seconds: Processor time, evaluations included.
        error: What the method raised; empty if nothing.
        figures: See ``Bill.figures``.
    """

    task: Task
    evaluations: int
    seconds: float
    error: str
    figures: list[float]


def run(task: Task) -> Run:
    """Spend a budget."""
    case, n_objectives = task.case, SUITES[task.case.suite].n_objectives
    root = np.random.SeedSequence([task.seed, *case[1:]])
    seed, noise = (int(word) >> 1 for word in root.generate_state(2))  # the same for all methods
    bill: Bill = (FrontBill if n_objectives > 1 else TargetBill)(
        load(case), task.budget * case.dimension, task.in_flight, noise
    )
    begun, error = time.process_time(), ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            methods_of(case.suite)[task.method].minimize(bill, seed)
            error = "" if bill.rounds == bill.budget else "ended early"
        except Spent:
            pass
        except Exception as raised:  # a peer's fault is part of what is measured
            error = f"{type(raised).__name__}: {raised}".replace("\n", " ")[:200]
    return Run(task, bill.evaluations, time.process_time() - begun, error, bill.figures())


HEAD = (*Case._fields, *Task._fields[1:], "evaluations", "seconds", "error", "figures")


def read(path: Path) -> dict[Task, Run]:
    """Return the runs of a file, none if there is none."""
    if not path.exists():
        return {}
    with path.open(newline="") as file:
        runs = [_parsed(row) for row in csv.DictReader(file)]
    return {one.task: one for one in runs}


def _parsed(row: dict[str, str]) -> Run:
    case = Case(row["suite"], int(row["dimension"]), int(row["function"]), int(row["instance"]))
    task = Task(case, row["method"], int(row["budget"]), int(row["in_flight"]), int(row["seed"]))
    figures = [float(word) for word in row["figures"].split()]
    return Run(task, int(row["evaluations"]), float(row["seconds"]), row["error"], figures)


def gather(path: Path, tasks: Iterable[Task], jobs: int) -> Iterator[Run]:
    """Do tasks, ``jobs`` at a time; write each run to the file and yield it as it ends."""
    is_new = not path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", newline="") as file:
        writer = csv.writer(file)
        if is_new:
            writer.writerow(HEAD)
        for one in _done(list(tasks), jobs):
            figures = " ".join(f"{figure:.6g}" for figure in one.figures)
            writer.writerow(
                [*one.task.case, *one.task[1:], one.evaluations, f"{one.seconds:.3f}", one.error, figures]
            )
            file.flush()
            yield one


def _done(tasks: list[Task], jobs: int) -> Iterator[Run]:
    if jobs == 1:
        yield from map(run, tasks)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap_unordered(run, tasks)
