"""The picture of the scaling study."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from outcome import Check, Outcome, by_seconds


def draw(path: Path, outcome: Outcome) -> None:
    """Draw three panels: the check, one manager, islands."""
    if importlib.util.find_spec("matplotlib") is None:
        print('no plot: matplotlib is missing; pip install "evonas[bench]"')
        return
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    figure, (real, one, many) = plt.subplots(1, 3, figsize=(14, 4.2))
    _draw_checks(real, outcome.checks)
    for seconds, points in by_seconds(outcome.one_manager):
        sizes = [point.setup.workers for point in points]
        one.plot(sizes, [point.went.worker_busy for point in points], "o-", ms=3, label=f"{seconds:g} s")
    for seconds, points in by_seconds(outcome.islands):
        counts = [point.setup.islands for point in points]
        many.plot(counts, [point.went.worker_busy for point in points], "o-", ms=3, label=f"{seconds:g} s")
    most = max((point.setup.workers for point in outcome.islands), default=0)
    one.set(title="one manager", xscale="log", xlabel="workers", ylabel="workers' busy share")
    many.set(title=f"{most:,} workers", xscale="log", xlabel="islands", ylabel="workers' busy share")
    for axis in (one, many):
        axis.legend(title="evaluations of", fontsize="small")
        axis.set_ylim(0, 1.05)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)


def _draw_checks(axis: Any, checks: Sequence[Check]) -> None:
    for index, key in enumerate(dict.fromkeys((check.run.islands, check.run.seconds) for check in checks)):
        chosen = [check for check in checks if (check.run.islands, check.run.seconds) == key]
        ranks, colour = [check.run.ranks for check in chosen], f"C{index}"
        label = f"{key[1]:g} s, {key[0]} islands"
        real = [check.seen.evaluations_per_second for check in chosen]
        model = [check.model.evaluations_per_second for check in chosen]
        axis.plot(ranks, real, "o", color=colour, label=label)
        axis.plot(ranks, model, "-", color=colour)
    axis.set(title="real runs (dots), model (lines)", xlabel="ranks", ylabel="evaluations/s")
    if checks:
        axis.set(xscale="log", yscale="log")
        ranks = sorted({check.run.ranks for check in checks})
        axis.set_xticks(ranks, [str(count) for count in ranks])
        axis.minorticks_off()
        axis.legend(fontsize="small")
