"""What runs amount to: areas under the curve of solved targets, paired differences, the best peer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from blackbox.bill import marks
from blackbox.methods import AUTO, methods_of
from blackbox.problems import SUITES
from blackbox.runs import Run

Scores: TypeAlias = dict[tuple[int, int, int], float]
"""By function, instance and seed."""


class Cell(NamedTuple):
    """What a table is about; the budget is a multiple of the dimension."""

    suite: str
    dimension: int
    in_flight: int
    budget: int


def area(hits: Sequence[float], n_dims: int, budget: int) -> float:
    """Return the area under the share of targets hit, over log evaluations from ``n_dims`` to ``budget``.

    Args:
        hits: After how many evaluations each target was hit; 0 for never.
        n_dims: Where the axis begins.
        budget: Where it ends.
    """
    when = np.array(hits)
    when = np.where(when == 0, np.inf, when)
    shares = (np.log(budget) - np.log(when)) / (np.log(budget) - np.log(n_dims))
    return float(np.clip(shares, 0, 1).mean())


def scores(runs: Iterable[Run], cell: Cell) -> dict[str, Scores]:
    """Return the scores of methods on what a cell is about.

    A method that knows its budget is scored by the runs with just this one, others by the longest.
    """
    chosen: dict[tuple[str, tuple[int, int, int]], Run] = {}
    for run in runs:
        task = run.task
        case = task.case
        if (case.suite, case.dimension, task.in_flight) != cell[:3] or task.budget < cell.budget:
            continue
        if task.budget != cell.budget and methods_of(case.suite)[task.method].knows_budget:
            continue
        key = (task.method, (case.function, case.instance, task.seed))
        if key not in chosen or chosen[key].task.budget < task.budget:
            chosen[key] = run
    found: dict[str, Scores] = {}
    for (method, key), run in chosen.items():
        found.setdefault(method, {})[key] = _score(run, cell)
    return _relative(found) if SUITES[cell.suite].n_objectives > 1 else found


def _score(run: Run, cell: Cell) -> float:
    budget = cell.budget * cell.dimension
    if SUITES[cell.suite].n_objectives == 1:
        return area(run.figures, cell.dimension, budget)
    known = marks(cell.dimension, run.task.budget * cell.dimension) <= budget
    return float(np.array(run.figures)[known][-1])


def _relative(found: dict[str, Scores]) -> dict[str, Scores]:
    """Return hypervolumes as shares of the largest that anybody found."""
    largest: Scores = {}
    for one in found.values():
        for key, volume in one.items():
            largest[key] = max(largest.get(key, 1e-12), volume)
    return {
        method: {key: volume / largest[key] for key, volume in one.items()} for method, one in found.items()
    }


def mean(values: Scores, functions: Iterable[int] | None = None) -> float:
    """Return the mean over functions of the means over their instances; nan if there are none."""
    wanted = None if functions is None else set(functions)
    by_function = {f: v for f, v in _by_function(values).items() if wanted is None or f in wanted}
    return float(np.mean([np.mean(v) for v in by_function.values()])) if by_function else np.nan


def _by_function(values: Scores) -> dict[int, list[float]]:
    grouped: dict[int, list[float]] = {}
    for (function, _, _), value in sorted(values.items()):
        grouped.setdefault(function, []).append(value)
    return grouped


def difference(values: Scores, others: Scores) -> tuple[float, float]:
    """Return the mean paired difference of scores, and its standard error.

    Functions are given, instances are drawn: the error is that of the instances within functions, and with
    one instance a function that of the functions.
    """
    gaps = {key: values[key] - others[key] for key in values.keys() & others.keys()}
    if not gaps:
        return np.nan, np.nan
    groups = [np.array(group) for group in _by_function(gaps).values()]
    if all(len(group) > 1 for group in groups):
        error = np.sqrt(sum(group.var(ddof=1) / len(group) for group in groups)) / len(groups)
    else:
        flat = np.array(list(gaps.values()))
        error = flat.std(ddof=1) / np.sqrt(len(flat)) if len(flat) > 1 else np.nan
    return mean(gaps), float(error)


def best_per_function(found: Mapping[str, Scores], names: Sequence[str]) -> Scores:
    """Return the scores of whoever is best on each function: chosen by what is told, hence biased up."""
    return _chosen(found, names, honest=False)


def honest_best_per_function(found: Mapping[str, Scores], names: Sequence[str]) -> Scores:
    """Return the scores of whoever is best on the other instances of each function."""
    return _chosen(found, names, honest=True)


def _chosen(found: Mapping[str, Scores], names: Sequence[str], honest: bool) -> Scores:
    complete = [found[name] for name in names if name in found]
    keys = set.intersection(*[set(one) for one in complete]) if complete else set()
    functions = {key[0] for key in keys}
    result: Scores = {}
    for function in functions:
        mine = sorted(key for key in keys if key[0] == function)
        table: NDArray[np.float64] = np.array([[one[key] for key in mine] for one in complete])
        if honest and len(mine) < 2:
            continue
        for place, key in enumerate(mine):
            seen = np.delete(table, place, axis=1) if honest else table
            result[key] = float(table[int(seen.mean(axis=1).argmax()), place])
    return result


def speedup(alone: Iterable[Run], together: Iterable[Run]) -> tuple[float, int]:
    """Return how many times fewer rounds than evaluations it takes to hit a target, and of how many targets.

    The geometric mean over targets that both hit; runs are paired by function, instance, method and seed.
    """
    hits = {run.task._replace(in_flight=1, budget=0): np.array(run.figures) for run in alone}
    gains: list[float] = []
    for run in together:
        before, after = hits.get(run.task._replace(in_flight=1, budget=0)), np.array(run.figures)
        if before is not None:
            both = (before > 0) & (after > 0)
            gains += np.log(before[both] / after[both]).tolist()
    return (float(np.exp(np.mean(gains))) if gains else np.nan), len(gains)


def peers_of(suite: str, found: Mapping[str, Scores]) -> list[str]:
    """Return the methods of other libraries among those that were scored."""
    return [name for name in found if methods_of(suite)[name].is_peer]


def ranking(found: Mapping[str, Scores]) -> list[str]:
    """Return methods, ours called auto first, then by their mean scores."""
    return sorted(found, key=lambda name: (name != AUTO, -mean(found[name])))
