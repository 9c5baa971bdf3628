"""Compare how busy the ranks are with evaluations that sleep: evonas, a bare mpi4py loop, other frameworks.

    python experiments/benchmarks/busy_share.py
    python experiments/benchmarks/busy_share.py --ranks 4 --cases 20ms --seconds 1 --who evonas bare

Sleeping takes no processor, so that many ranks fit on few cores. Durations are log-normal (sigma 0.5) with a
mean of 20 ms or of 0.3 s; with stragglers, one in twenty takes five times as long. The n-th evaluation to
start sleeps the n-th duration, whoever does it, so that everybody has the same ones. There are as many as
would keep all ranks busy for --seconds.

The share is the time that was to be slept over ranks times wall, from the first start to the last end; waking
late counts as idle. The rank of a manager counts as idle too, which bounds 4 ranks at .75. At the end of a
run not all can be busy for want of work: "with work left" is the share up to the last start. Starts and ends
are noted in the processes that evaluate. A job that takes longer than --patience is ended, and shown with
what it did.

Writes busy_share.md, busy_share.csv and busy_share.png.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from pathlib import Path
from typing import TypeAlias

import numpy as np
from peers.contest import CONTESTANTS, Run, Task, compete, picture, present, table
from peers.job import STRAGGLERS, STRAGGLING

CASES = {
    "20ms": (0.02, False),
    "20ms-stragglers": (0.02, True),
    "300ms": (0.3, False),
    "300ms-stragglers": (0.3, True),
}
"""Mean seconds of an evaluation, and whether some straggle."""

WHO = [name for name in CONTESTANTS if name not in ("evonas-random", "deap-chunks")]
START_UP = 1.0  # seconds a rank that starting may take, on a busy machine

Runs: TypeAlias = dict[tuple[str, int, str], Run]
"""By case, ranks and contestant."""


def shares(run: Run, ranks: int) -> tuple[float, float]:
    """Return the share of the time asleep: of all the run, and while there was work left."""
    if len(run.stamps) < ranks:
        return math.nan, math.nan
    starts, ends, asleep = run.stamps.T
    begin, last = starts.min(), starts.max()
    whole = asleep.sum() / (ranks * (ends.max() - begin))
    early = (np.minimum(starts + asleep, last) - starts).sum()
    return float(whole), float(early / (ranks * (last - begin)))


def measure(options: argparse.Namespace) -> Runs:
    """Return all runs, telling how it goes."""
    runs: Runs = {}
    who = present(options.who)
    for case in options.cases:
        mean, stragglers = CASES[case]
        average = mean * (1 + STRAGGLERS * (STRAGGLING - 1) * stragglers)
        for ranks in options.ranks:
            count = max(2 * ranks, round(options.seconds * ranks / average))
            patience = options.patience * options.seconds + START_UP * ranks + 20
            task = Task(ranks, count, mean=mean, stragglers=stragglers, patience=patience)
            for name in who:
                run = runs[case, ranks, name] = compete(name, task)
                whole, early = shares(run, ranks)
                told = f"{whole:.3f}, with work left {early:.3f} {run.told}"
                print(f"{case:17} {ranks:3} ranks {name:18} {told}", flush=True)
    return runs


def write(options: argparse.Namespace, runs: Runs) -> str:
    """Write table, figures and plot; return the table as Markdown."""
    names = list(dict.fromkeys(name for _, _, name in runs))
    rows = [["evaluations", "ranks", *(CONTESTANTS[name].label for name in names)]]
    for case, ranks in dict.fromkeys(key[:2] for key in runs):
        rows.append([case, str(ranks), *(_cell(runs[case, ranks, name], ranks) for name in names)])
    text = table(rows)
    options.to.mkdir(parents=True, exist_ok=True)
    about = "Share of the ranks' time asleep in evaluations: of the whole run (and with work left)."
    (options.to / "busy_share.md").write_text(f"{about}\n\n{text}\n")
    with (options.to / "busy_share.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        columns = ["share", "with work left", "evaluations", "seconds", "finished"]
        writer.writerow(["case", "ranks", "contestant", *columns])
        for (case, ranks, name), run in runs.items():
            figures = [f"{share:.4f}" for share in shares(run, ranks)]
            figures += [str(len(run.stamps)), f"{run.seconds:.3f}", str(run.finished)]
            writer.writerow([case, ranks, name, *figures])
    plot(options.to / "busy_share.png", runs)
    return text


def _cell(run: Run, ranks: int) -> str:
    whole, early = shares(run, ranks)
    return run.told if math.isnan(whole) else f"{whole:.3f} ({early:.3f}) {run.told}".strip()


def plot(path: Path, runs: Runs) -> None:
    """Draw shares over ranks, a panel a case."""
    cases = list(dict.fromkeys(case for case, _, _ in runs))
    with picture(path, len(cases)) as axes:
        if axes is None:
            return
        for axis, case in zip(axes, cases, strict=True):
            ranks = list(dict.fromkeys(count for known, count, _ in runs if known == case))
            for name in dict.fromkeys(key[2] for key in runs):
                drawn = [shares(runs[case, count, name], count)[0] for count in ranks]
                axis.plot(ranks, drawn, marker="o", label=CONTESTANTS[name].label)
            managed = [(count - 1) / count for count in ranks]
            axis.plot(ranks, managed, color="grey", linestyle=":", label="all but the manager's")
            axis.set(title=case, xlabel="ranks", xscale="log", ylim=(0, 1))
            axis.set_xticks(ranks, [str(count) for count in ranks], minor=False)
            axis.minorticks_off()
        axes[0].set_ylabel("share of the ranks' time asleep")
        axes[-1].legend(fontsize="x-small", loc="center left", bbox_to_anchor=(1, 0.5))


def parse(words: list[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--ranks", type=int, nargs="+", default=[4, 8, 32, 64], metavar="N", help="default: 4 8 32 64"
    )
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES), metavar="CASE")
    parser.add_argument(
        "--seconds", type=float, default=15.0, help="of work for all ranks (default: %(default)s)"
    )
    parser.add_argument(
        "--patience",
        type=float,
        default=6.0,
        help="times --seconds that a job may take (default: %(default)s)",
    )
    parser.add_argument("--who", nargs="+", choices=CONTESTANTS, default=WHO, metavar="NAME")
    parser.add_argument("--to", type=Path, default=Path("runs/busy_share"), help="folder for table and plot")
    options = parser.parse_args(words)
    if min(options.ranks) < 2 or options.seconds <= 0:
        parser.error("expected --ranks of 2 or more, and --seconds above 0")
    return options


def main(words: list[str]) -> None:
    """Measure, write, print."""
    options = parse(words)
    print("\n" + write(options, measure(options)))
    print(f"\nwritten to {options.to}/")


if __name__ == "__main__":
    main(sys.argv[1:])
