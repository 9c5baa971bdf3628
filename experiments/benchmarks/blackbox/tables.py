"""Scores as Markdown: by group of functions, against auto, and the best peer on each function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from blackbox.methods import AUTO, methods_of
from blackbox.problems import SUITES
from blackbox.runs import Run
from blackbox.score import (
    Cell,
    Scores,
    best_per_function,
    difference,
    honest_best_per_function,
    mean,
    peers_of,
    ranking,
    scores,
    speedup,
)


def told(runs: Sequence[Run], cells: Iterable[Cell]) -> str:
    """Return the tables of all cells for which there are runs."""
    parts = []
    for cell in cells:
        found = scores(runs, cell)
        if found:
            parts += [
                _title(cell, found),
                _markdown(by_method(cell, found)),
                _markdown(by_function(cell, found)),
            ]
    if faster := _markdown(speedups(runs)):
        parts += ["## Evaluations one at a time over rounds in flight, to the same targets\n", faster]
    return "\n".join([*parts, "## Faults\n", _markdown(faults(runs)) or "None.\n"])


def _title(cell: Cell, found: Mapping[str, Scores]) -> str:
    n_pairs = max(len(one) for one in found.values())
    flight = "" if cell.in_flight == 1 else f", {cell.in_flight} in flight: rounds for evaluations"
    return f"## {cell.suite}, {cell.dimension}-D, {cell.budget} D{flight} ({n_pairs} runs a method)\n"


def _markdown(rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    if len(lines) < 2:
        return ""
    return "\n".join([lines[0], "|" + " --- |" * lines[0].count(" | ") + " --- |", *lines[1:], ""])


def by_method(cell: Cell, found: Mapping[str, Scores]) -> Iterator[list[str]]:
    """Yield the score of each method, in all and by group, with the paired lead of auto."""
    suite, names = SUITES[cell.suite], methods_of(cell.suite)
    yield ["method", "score", *suite.groups, "auto ahead by", "runs"]
    lines = {names[key].name: found[key] for key in ranking(found)}
    peers = peers_of(cell.suite, found)
    if len(peers) > 1:
        lines["*best peer per function, honestly chosen*"] = honest_best_per_function(found, peers)
        lines["*best peer per function, biased up*"] = best_per_function(found, peers)
    for name, one in lines.items():
        cells = [_number(mean(one, functions)) for functions in (None, *suite.groups.values())]
        gap = "" if AUTO not in found or one is found[AUTO] else _gap(found[AUTO], one)
        yield [name, *cells, gap, str(len(one))]


def by_function(cell: Cell, found: Mapping[str, Scores]) -> Iterator[list[str]]:
    """Yield the best peer on each function beside auto."""
    names, peers = methods_of(cell.suite), peers_of(cell.suite, found)
    if not peers or AUTO not in found:
        return
    n_ahead, lines = 0, []
    for function in SUITES[cell.suite].functions:
        means = {name: mean(found[name], [function]) for name in peers}
        means = {name: value for name, value in means.items() if not np.isnan(value)}
        mine = mean(found[AUTO], [function])
        if not means or np.isnan(mine):
            continue
        best = max(means, key=lambda name: means[name])
        n_ahead += mine > means[best]
        lines.append([f"f{function}", _number(mine), _number(means[best]), names[best].name])
    yield [f"ahead on {n_ahead} of {len(lines)}", "auto", "best peer", "which"]
    yield from lines


def speedups(runs: Sequence[Run]) -> Iterator[list[str]]:
    """Yield for each number in flight how many times fewer rounds than evaluations each method takes."""
    yield ["method", "suite", "dimension", "in flight", "times fewer", "targets hit by both"]
    groups: dict[tuple[str, str, int, int], list[Run]] = {}
    for run in runs:
        case = run.task.case
        if SUITES[case.suite].n_objectives == 1:
            key = (run.task.method, case.suite, case.dimension, run.task.in_flight)
            groups.setdefault(key, []).append(run)
    for (method, suite, dimension, in_flight), ones in sorted(groups.items()):
        alone = groups.get((method, suite, dimension, 1), [])
        if in_flight > 1 and alone:
            times, n_targets = speedup(alone, ones)
            yield [
                *(methods_of(suite)[method].name, suite, str(dimension)),
                *(str(in_flight), _number(times), str(n_targets)),
            ]


def faults(runs: Iterable[Run]) -> Iterator[list[str]]:
    """Yield what methods raised instead of spending their budgets."""
    yield ["fault", "method", "runs", "first at"]
    seen: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        if run.error:
            seen.setdefault((run.error.split(":")[0], run.task.method), []).append(run)
    for (error, method), ones in sorted(seen.items()):
        case = ones[0].task.case
        place = f"{case.suite} f{case.function} {case.dimension}-D: {ones[0].error}".replace("|", "/")
        yield [error, method, str(len(ones)), place]


def _gap(mine: Scores, others: Scores) -> str:
    gap, error = difference(mine, others)
    return "" if np.isnan(gap) else f"{gap:+.3f} ± {error:.3f}"


def _number(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.3f}"
