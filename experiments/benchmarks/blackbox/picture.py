"""The curves behind the scores: which share of targets is hit after how many evaluations."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from blackbox.methods import AUTO, methods_of
from blackbox.problems import SUITES
from blackbox.runs import Run

Panel = tuple[str, int, int]
"""Suite, dimension, in flight."""


def draw(path: Path, runs: Sequence[Run]) -> None:
    """Draw a panel for each suite of one objective, dimension and number in flight."""
    if importlib.util.find_spec("matplotlib") is None:
        print('no plot: matplotlib is missing; pip install "evonas[bench]"')
        return
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    panels: dict[Panel, dict[str, list[Run]]] = {}
    for run in runs:
        case = run.task.case
        if SUITES[case.suite].n_objectives == 1:
            panel = panels.setdefault((case.suite, case.dimension, run.task.in_flight), {})
            panel.setdefault(run.task.method, []).append(run)
    if not panels:
        return
    figure, axes = plt.subplots(1, len(panels), figsize=(6 * len(panels), 4.5), squeeze=False)
    for axis, ((suite, dimension, in_flight), methods) in zip(axes[0], sorted(panels.items()), strict=True):
        for place, (name, ones) in enumerate(sorted(methods.items())):
            longest = max(run.task.budget for run in ones)
            hits = np.concatenate([run.figures for run in ones if run.task.budget == longest])
            when = np.sort(hits[hits > 0]) / dimension
            share = np.arange(1, len(when) + 1) / len(hits)
            style = {"color": "black", "lw": 2.5} if name == AUTO else {"color": f"C{place % 10}"}
            label = methods_of(suite)[name].name
            dashes = "-" if place < 10 or name == AUTO else "--"
            axis.step(
                [1, *when, longest], [0, *share, share[-1] if len(share) else 0], dashes, label=label, **style
            )
        flight = "" if in_flight == 1 else f", {in_flight} in flight"
        axis.set(title=f"{suite}, {dimension}-D{flight}", xscale="log", xlabel="rounds / dimension")
        axis.set_xlim(left=1)
        axis.set_ylim(bottom=0)
        axis.legend(fontsize="x-small")
    axes[0][0].set_ylabel("share of function and target pairs solved")
    figure.tight_layout()
    figure.savefig(path, dpi=120)
