"""Compare evaluations a second of a trivial objective: evonas, a bare mpi4py loop, other frameworks, on MPI.

    python experiments/benchmarks/throughput.py
    python experiments/benchmarks/throughput.py --evaluations 2000 --peer-evaluations 200 --rounds 1

Everybody is an MPI job of its own on as many ranks, evaluates the sum of squares of ten real numbers in the
very same way, and takes its turn in every round. evonas writes its journal as ever. Peers are the programs in
peers/, each set up as its documentation advises; see there. The bare loop keeps one buffer a worker under
way, makes random points and remembers nothing: what a framework could reach that did nothing.

Starts and ends of evaluations are noted in the processes that do them. The rate is evaluations over the time
from the first start to the last end; starting Python and MPI is left out, for everybody. Windows are tenths
of the evaluations after a warm-up, which is a thousand of them, or a tenth where that is less. "flat within"
is how far any window is from the first. A job that takes longer than --patience is ended, and shown with what
it did. Rates are medians over the rounds; ratios are taken round by round.

Writes throughput.md, throughput.csv and throughput.png.
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from peers.contest import CONTESTANTS, Run, Task, compete, picture, present, table

WINDOWS = 10
WARM_UP = 1000
LONG = ("evonas", "evonas-random", "bare")  # those that do all evaluations; the others are slow
REFERENCE = "bare"


def windows(run: Run) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how many evaluations were done at the middle of each window, and the rates in it."""
    ends = run.stamps[:, 1]
    first = min(WARM_UP, len(ends) // 10)
    marks = np.linspace(first, len(ends) - 1, WINDOWS + 1).astype(int)
    return (marks[1:] + marks[:-1]) / 2, np.diff(marks) / np.maximum(np.diff(ends[marks]), 1e-9)


def measure(options: argparse.Namespace) -> dict[str, list[Run]]:
    """Return all runs by contestant, telling how it goes."""
    runs: dict[str, list[Run]] = {name: [] for name in present(options.who)}
    for turn in range(options.rounds):
        for name, found in runs.items():
            count = options.evaluations if name in LONG else options.peer_evaluations
            found.append(compete(name, Task(options.ranks, count, patience=options.patience)))
            print(f"round {turn + 1}: {name:18} {found[-1].rate:8,.0f} {found[-1].told}", flush=True)
    return runs


def row(name: str, runs: dict[str, list[Run]]) -> list[str]:
    """Return a contestant's line of the table."""
    own = runs[name]
    rates = np.array([run.rate for run in own])
    against = np.array([run.rate for run in runs.get(REFERENCE, [])])
    ratio = f"{np.median(rates / against):.2f}" if against.all() and len(against) else ""
    done = min(len(run.stamps) for run in own)
    flat = ""
    if done >= WARM_UP:  # with fewer, windows are too short to tell
        profile = np.median([windows(run)[1] for run in own], axis=0)
        flat = f"{np.abs(profile / profile[0] - 1).max():.0%}"
    told = next((run.told for run in own if not run.finished), "")
    spread = f"{rates.min():,.0f} to {rates.max():,.0f}"
    return [CONTESTANTS[name].label, f"{done:,}", f"{np.median(rates):,.0f}", spread, ratio, flat, told]


def write(options: argparse.Namespace, runs: dict[str, list[Run]]) -> str:
    """Write table, figures and plot; return the table as Markdown."""
    head = ["", "evaluations", "a second, median", "range", "of the bare loop", "flat within", ""]
    text = table([head, *(row(name, runs) for name in runs)])
    options.to.mkdir(parents=True, exist_ok=True)
    about = f"Evaluations a second on {options.ranks} ranks, {options.rounds} rounds."
    (options.to / "throughput.md").write_text(f"{about}\n\n{text}\n")
    with (options.to / "throughput.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["contestant", "round", "finished", "at evaluation", "evaluations per second"])
        for name, found in runs.items():
            for turn, run in enumerate(found):
                writer.writerow([name, turn + 1, run.finished, len(run.stamps), f"{run.rate:.1f}"])
                if len(run.stamps) > WINDOWS:
                    pairs = zip(*windows(run), strict=True)
                    writer.writerows(
                        [name, turn + 1, run.finished, f"{at:.0f}", f"{rate:.1f}"] for at, rate in pairs
                    )
    plot(options.to / "throughput.png", runs)
    return text


def plot(path: Path, runs: dict[str, list[Run]]) -> None:
    """Draw rates over evaluations."""
    with picture(path, 1) as axes:
        if axes is None:
            return
        for name, found in runs.items():
            drawn = [windows(run) for run in found if len(run.stamps) > WINDOWS]
            if drawn:
                places, rates = np.median(drawn, axis=0)
                axes[0].plot(places, rates, marker=".", label=CONTESTANTS[name].label)
        axes[0].set(xlabel="evaluations done", ylabel="evaluations a second", xscale="log", yscale="log")
        axes[0].legend(fontsize="x-small", loc="center left", bbox_to_anchor=(1, 0.5))


def parse(words: list[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ranks", type=int, default=4, help="MPI ranks of each job (default: %(default)s)")
    parser.add_argument(
        "--evaluations", type=int, default=200_000, help="of evonas and the bare loop (default: %(default)s)"
    )
    parser.add_argument(
        "--peer-evaluations", type=int, default=3000, help="of the others (default: %(default)s)"
    )
    parser.add_argument("--rounds", type=int, default=3, help="of all jobs (default: %(default)s)")
    parser.add_argument(
        "--patience", type=float, default=180.0, help="seconds that a job may take (default: %(default)s)"
    )
    parser.add_argument("--who", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS), metavar="NAME")
    parser.add_argument("--to", type=Path, default=Path("runs/throughput"), help="folder for table and plot")
    options = parser.parse_args(words)
    if options.ranks < 2 or min(options.rounds, options.evaluations, options.peer_evaluations) < 1:
        parser.error("expected --ranks of 2 or more, and 1 or more of everything else")
    return options


def main(words: list[str]) -> None:
    """Measure, write, print."""
    options = parse(words)
    print("\n" + write(options, measure(options)))
    print(f"\nwritten to {options.to}/")


if __name__ == "__main__":
    main(sys.argv[1:])
