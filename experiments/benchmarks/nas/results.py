"""What many searches amount to: means with intervals, the way to the optimum, a table, figures, a plot."""

from __future__ import annotations

import csv
import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nas.simulation import Trace

REACHED = 1e-6  # points of regret that count as none
BOOTSTRAPS = 2000
HEAD = ("data set", "method", "in flight")


class Case(NamedTuple):
    """Who searched what, with how many evaluations in flight."""

    data_set: str
    method: str
    in_flight: int


Results = Mapping[Case, Sequence[Trace]]
"""The searches of every case, one a seed."""


def regrets(traces: Sequence[Trace]) -> NDArray[np.float64]:
    """Return regrets in points, ``(n_seeds, n_evaluations)``."""
    return np.array([trace.regrets for trace in traces])


def interval(values: NDArray[np.float64], rng: np.random.Generator) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the mean."""
    means = rng.choice(values, (BOOTSTRAPS, len(values))).mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def to_optimum(traces: Sequence[Trace]) -> NDArray[np.float64]:
    """Return after how many evaluations each search had found the optimum; infinity where it had not."""
    reached = regrets(traces) <= REACHED
    return np.where(reached.any(axis=1), reached.argmax(axis=1) + 1.0, np.inf)


def hours_to(regret: float, traces: Sequence[Trace]) -> float:
    """Return the simulated hours after which the mean regret of searches is at most ``regret``."""
    moments = np.unique(np.concatenate([trace.seconds for trace in traces]))
    total = np.zeros(len(moments))
    for trace in traces:
        place = np.searchsorted(trace.seconds, moments, side="right") - 1
        total += np.where(place < 0, np.inf, trace.regrets[place])
    enough = total / len(traces) <= regret + REACHED
    return float(moments[enough.argmax()]) / 3600 if enough.any() else np.inf


def rows(results: Results, marks: Sequence[int], yardstick: str) -> list[list[str]]:
    """Return the lines of the table, the head first.

    Args:
        results: The searches.
        marks: After how many evaluations regrets are told.
        yardstick: The method whose regret at the end the others' hours are told for.
    """
    rng, lines = np.random.default_rng(0), []
    for case, traces in results.items():
        values = regrets(traces)
        cells = []
        for mark in marks:
            low, high = interval(values[:, mark - 1], rng)
            cells.append(f"{values[:, mark - 1].mean():.3f} ({low:.3f} to {high:.3f})")
        found = to_optimum(traces)
        cells += [_told(float(np.median(found)), ".0f"), f"{np.isfinite(found).mean():.0%}"]
        measure = results.get(case._replace(method=yardstick))
        hours = hours_to(regrets(measure)[:, -1].mean(), traces) if measure else np.nan
        lines.append([case.data_set, case.method, str(case.in_flight), *cells, _told(hours, ".1f")])
    head = [*HEAD, *(f"@{mark}" for mark in marks), "optimum, median", "found", "hours to the yardstick"]
    return [head, *lines]


def _told(value: float, form: str) -> str:
    return "-" if np.isnan(value) else f"{value:{form}}" if np.isfinite(value) else "not reached"


def write(folder: Path, results: Results, table: str, first_seed: int) -> None:
    """Write the table, every regret and the plot to ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nas_tables.md").write_text(table)
    with (folder / "nas_tables.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*HEAD, "seed", "evaluation", "regret", "seconds"])
        for case, traces in results.items():
            for seed, trace in enumerate(traces, start=first_seed):
                steps = zip(trace.regrets, trace.seconds, strict=True)
                for evaluation, (regret, seconds) in enumerate(steps, start=1):
                    writer.writerow([*case, seed, evaluation, f"{regret:.4f}", f"{seconds:.0f}"])
    plot(folder / "nas_tables.png", results)


def plot(path: Path, results: Results) -> None:
    """Draw mean regret over evaluations, a panel for each data set and number in flight."""
    if importlib.util.find_spec("matplotlib") is None:
        print('no plot: matplotlib is missing; pip install "evonas[bench]"')
        return
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    columns = list(dict.fromkeys(case.data_set for case in results))
    lines = list(dict.fromkeys(case.in_flight for case in results))
    size = (5 * len(columns), 4 * len(lines))
    figure, axes = plt.subplots(len(lines), len(columns), figsize=size, squeeze=False)
    for case, traces in results.items():
        axis = axes[lines.index(case.in_flight)][columns.index(case.data_set)]
        values = regrets(traces)
        steps, mean = np.arange(1, values.shape[1] + 1), values.mean(axis=0)
        error = values.std(axis=0) / np.sqrt(len(values))
        (line,) = axis.plot(steps, mean, label=case.method)
        axis.fill_between(steps, mean - error, mean + error, color=line.get_color(), alpha=0.2)
        axis.set(title=f"{case.data_set}, {case.in_flight} in flight", yscale="log")
        axis.set(xlabel="distinct evaluations")
    axes[0][0].set_ylabel("validation regret in points, mean and standard error")
    axes[0][-1].legend(fontsize="small")
    figure.tight_layout()
    figure.savefig(path, dpi=120)
