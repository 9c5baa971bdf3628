"""Many disturbed runs: played side by side, each in its own folder, told as a table, the broken ones kept."""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from promises import LOST, PROMISES, Verdict, broken


@dataclass(frozen=True)
class Play:
    """A run to be played.

    Attributes:
        row: Of the table.
        told: All that was drawn for it, for people.
        play: Plays it in an empty folder; returns what came of it, and a note, for people.
    """

    row: str
    told: str
    play: Callable[[Path], tuple[Verdict, str]]


@dataclass(frozen=True)
class Played:
    """What came of a run."""

    index: int
    row: str
    verdict: Verdict
    note: str
    seconds: float


def parser(doc: str | None, runs: int) -> argparse.ArgumentParser:
    """Return a parser with the options of all campaigns."""
    options = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=runs, help="how many (default: %(default)s)")
    options.add_argument(
        "--seed",
        type=int,
        default=0,
        help="of all that is drawn (default: %(default)s); the moment that a blow hits is the machine's, too",
    )
    options.add_argument("--only", type=int, nargs="+", metavar="N", help="play these of the runs, from 0")
    options.add_argument("--jobs", type=int, default=1, help="runs at a time (default: %(default)s)")
    options.add_argument(
        "--patience", type=float, default=90.0, help="seconds after which a job hangs (default: %(default)s)"
    )
    options.add_argument(
        "--to", type=Path, default=Path("runs/chaos"), help="folder for the table and for broken runs"
    )
    return options


def campaign(name: str, plays: Sequence[Play], options: argparse.Namespace) -> int:
    """Play all, print and write the table; return 1 if any promise was broken, else 0."""
    chosen = range(len(plays)) if options.only is None else options.only

    def one(index: int) -> Played:
        return _played(name, index, plays[index], options)

    began = time.monotonic()
    with ThreadPoolExecutor(options.jobs) as pool:
        played = list(pool.map(one, chosen))
    wrong = sum(bool(broken(run.verdict)) for run in played)
    told = f"{len(played)} runs, {wrong} of them broke a promise; seed {options.seed}"
    text = f"{table(played)}\n\n{told}, {time.monotonic() - began:,.0f} s in all"
    print("\n" + text)
    options.to.mkdir(parents=True, exist_ok=True)
    (options.to / f"{name}.md").write_text(text + "\n")
    return min(wrong, 1)


def table(played: Sequence[Played]) -> str:
    """Return a table: a row a kind of fault, a column a promise with ``kept/tried``."""
    tried = [promise for promise in PROMISES if any(promise in run.verdict for run in played)]
    head = ["fault", "runs", *tried, "median s", "longest s"]
    rows = [head, ["---", *["---:"] * (len(head) - 1)]]
    kinds = list(dict.fromkeys(run.row for run in played))
    for kind, group in [(k, [run for run in played if run.row == k]) for k in kinds] + [("all", [*played])]:
        seconds = [run.seconds for run in group]
        cells = [
            _kept([run.verdict[promise] for run in group if promise in run.verdict]) for promise in tried
        ]
        times = [f"{statistics.median(seconds):.1f}", f"{max(seconds):.1f}"]
        rows.append([kind, str(len(group)), *cells, *times])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows)


def _kept(found: list[str]) -> str:
    return f"{found.count('')}/{len(found)}" if found else "-"


def _played(name: str, index: int, play: Play, options: argparse.Namespace) -> Played:
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-{index}-"))
    began = time.monotonic()
    try:
        verdict, note = play.play(folder)
    except Exception as error:  # the other runs go on
        verdict, note = {LOST: f"cannot be judged: {error!r}"}, traceback.format_exc()
    run = Played(index, play.row, verdict, note, time.monotonic() - began)
    wrong = broken(verdict)
    line = f"{index:4d}  {play.row}: {play.told}; {note}; {run.seconds:.1f} s"
    if wrong:
        kept = options.to.resolve() / f"{name}-{options.seed}-{index}"
        shutil.rmtree(kept, ignore_errors=True)
        kept.parent.mkdir(parents=True, exist_ok=True)
        again = f"python {' '.join(_without_only(sys.argv))} --only {index}"
        (folder / "story.txt").write_text("\n".join([line.strip(), *wrong, f"again: {again}"]) + "\n")
        shutil.move(folder, kept)
        line += "".join(f"\n      BROKEN {each}" for each in wrong) + f"\n      kept in {kept}"
    else:
        shutil.rmtree(folder, ignore_errors=True)
    print(line, flush=True)
    return run


def _without_only(words: list[str]) -> list[str]:
    """Return a command line without ``--only N ...``."""
    if "--only" not in words:
        return words
    begin = end = words.index("--only")
    while end + 1 < len(words) and words[end + 1].isdigit():
        end += 1
    return words[:begin] + words[end + 1 :]
