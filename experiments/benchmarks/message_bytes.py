"""Compare what is sent for an evaluation: messages and bytes of evonas, a bare mpi4py loop, other frameworks.

    python experiments/benchmarks/message_bytes.py
    python experiments/benchmarks/message_bytes.py --genes 10 --evaluations 300 --who evonas bare

Candidates of ten real numbers and of ten thousand; evonas with one island and with eight, elites included, by
regularized evolution, whose children differ from their parents in few genes. The bare loop sends a point and
gets a value, as they lie in memory: 8 bytes a number. Evaluations take no time.

Open MPI counts, where messages are sent, in C and for everybody alike: its monitoring sees each message and
its bytes without envelopes, those for starting and ending included. It cannot be combined with fault
tolerance, which is left out here. evonas counts what it hands to MPI as well, and writes it into its summary:
"own account". On DEAP's communicators the monitoring crashes: there the pickles are counted that mpi4py
makes, one a message. Without Open MPI the others have no figures. A job that takes longer than --patience is
ended, and has no figures either.

Writes message_bytes.md, message_bytes.csv and message_bytes.png.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from pathlib import Path
from typing import TypeAlias

from peers.contest import CONTESTANTS, Run, Task, compete, picture, present, table

OURS = "evonas"
WHO = [name for name in CONTESTANTS if name not in ("evonas-random", "deap-chunks")]

Runs: TypeAlias = dict[tuple[int, str, int], Run]
"""By genes, contestant and islands."""


def each(run: Run) -> tuple[float, float, float]:
    """Return messages and bytes an evaluation as MPI counted them, and bytes by its own account."""
    own = run.figures.get("bytes_per_evaluation", math.nan)
    if not (run.finished and run.messages):
        return math.nan, math.nan, own
    return run.messages / len(run.stamps), run.bytes / len(run.stamps), own


def label(name: str, islands: int) -> str:
    """Return who it is, for people."""
    many = f", {islands} islands" if islands > 1 else ", 1 island"
    return CONTESTANTS[name].label + (many if name == OURS else "")


def measure(options: argparse.Namespace) -> Runs:
    """Return all runs, telling how it goes."""
    runs: Runs = {}
    for genes in options.genes:
        for name in present(options.who):
            for islands in options.islands if name == OURS else [1]:
                task = Task(
                    options.ranks,
                    options.evaluations,
                    genes=genes,
                    islands=islands,
                    patience=options.patience,
                    counted=True,
                )
                run = runs[genes, name, islands] = compete(name, task)
                messages, size, own = each(run)
                told = f"{messages:.2f} messages, {size:,.1f} bytes, own account {own:,.1f} {run.told}"
                print(f"{genes:6} genes {label(name, islands):32} {told}", flush=True)
    return runs


def write(options: argparse.Namespace, runs: Runs) -> str:
    """Write table, figures and plot; return the table as Markdown."""
    rows = [["genes", "", "messages", "bytes", "own account", ""]]
    for (genes, name, islands), run in runs.items():
        figures = [
            _figure(number, form) for number, form in zip(each(run), (".2f", ",.1f", ",.1f"), strict=True)
        ]
        rows.append([f"{genes:,}", label(name, islands), *figures, run.told])
    text = table(rows)
    options.to.mkdir(parents=True, exist_ok=True)
    about = f"For each of {options.evaluations:,} evaluations on {options.ranks} ranks."
    (options.to / "message_bytes.md").write_text(f"{about}\n\n{text}\n")
    with (options.to / "message_bytes.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        columns = ["evaluations", "messages", "bytes", "own account per evaluation", "finished"]
        writer.writerow(["genes", "contestant", "islands", *columns])
        for key, run in runs.items():
            account = _figure(each(run)[2], ".2f")
            writer.writerow([*key, len(run.stamps), run.messages, run.bytes, account, run.finished])
    plot(options.to / "message_bytes.png", runs)
    return text


def _figure(number: float, form: str) -> str:
    return "" if math.isnan(number) else format(number, form)


def plot(path: Path, runs: Runs) -> None:
    """Draw bytes as bars, a panel a number of genes."""
    sizes = list(dict.fromkeys(genes for genes, _, _ in runs))
    with picture(path, len(sizes)) as axes:
        if axes is None:
            return
        for axis, genes in zip(axes, sizes, strict=True):
            known = {label(*key[1:]): each(run)[1] for key, run in runs.items() if key[0] == genes}
            axis.bar(range(len(known)), list(known.values()))
            axis.axhline(8 * genes + 8, color="grey", linestyle=":")  # a point and a value as they are
            axis.set(title=f"{genes:,} genes", yscale="log")
            axis.set_xticks(range(len(known)), list(known), rotation=45, ha="right", fontsize="small")
        axes[0].set_ylabel("bytes an evaluation")


def parse(words: list[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ranks", type=int, default=4, help="MPI ranks of each job (default: %(default)s)")
    parser.add_argument(
        "--genes", type=int, nargs="+", default=[10, 10_000], metavar="N", help="default: 10 10000"
    )
    parser.add_argument(
        "--islands", type=int, nargs="+", default=[1, 8], metavar="N", help="of evonas (default: 1 8)"
    )
    parser.add_argument("--evaluations", type=int, default=4000, help="default: %(default)s")
    parser.add_argument(
        "--patience", type=float, default=120.0, help="seconds that a job may take (default: %(default)s)"
    )
    parser.add_argument("--who", nargs="+", choices=CONTESTANTS, default=WHO, metavar="NAME")
    parser.add_argument(
        "--to", type=Path, default=Path("runs/message_bytes"), help="folder for table and plot"
    )
    options = parser.parse_args(words)
    if options.ranks < 2 or min(*options.genes, *options.islands, options.evaluations) < 1:
        parser.error("expected --ranks of 2 or more, and 1 or more of everything else")
    return options


def main(words: list[str]) -> None:
    """Measure, write, print."""
    options = parse(words)
    print("\n" + write(options, measure(options)))
    print(f"\nwritten to {options.to}/")


if __name__ == "__main__":
    main(sys.argv[1:])
