"""Check in the folder of a run that it is complete, that nothing is lost and that nothing counts twice.

    python experiments/chaos/promises.py runs/digits-1 runs/digits-2

The other scripts here check the runs that they disturb in the same way.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

ENDS, CODE, BUDGET = "ends by itself", "exit code", "evaluations = budget"
LOST, TWICE, TOLD, DIGEST, LEFT = "nothing lost", "none twice", "told rightly", "same digest", "nobody left"
PROMISES = (ENDS, CODE, BUDGET, LOST, TWICE, TOLD, DIGEST, LEFT)

Verdict: TypeAlias = dict[str, str]
"""By promise: empty where it is kept, else what is wrong; a promise that was not tried is left out."""

Lines: TypeAlias = dict[str, list[bytes]]
"""The complete lines of each journal, by its name."""


def journalled(run: Path) -> Lines:
    """Return what the journals of a run hold at this moment."""
    return {path.name: path.read_bytes().split(b"\n")[:-1] for path in sorted(run.glob("journal-*.jsonl"))}


def n_lines(run: Path, key: str) -> int:
    """Return how many lines that begin with ``key`` the journals of a run hold at this moment, cheaply."""
    begin = b'\n{"' + key.encode() + b'"'
    return sum(path.read_bytes().count(begin) for path in run.glob("journal-*.jsonl"))


def entries(run: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the lines below the header of each journal, by its name.

    Raises:
        ValueError: One is damaged.
    """
    return {name: [json.loads(line) for line in lines[1:]] for name, lines in journalled(run).items()}


def summary(run: Path) -> dict[str, Any]:
    """Return the figures of a run; none if there are none yet."""
    path = run / "summary.json"
    figures: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return figures


def examined(run: Path, budget: int, before: Iterable[Lines] = ()) -> Verdict:
    """Return which promises the folder of a finished run keeps.

    Args:
        run: The folder.
        budget: How many evaluations there shall be.
        before: What the journals held earlier, and must hold still.
    """
    try:
        told, book = summary(run).get("evaluations"), entries(run)
    except ValueError as error:
        return {LOST: f"a damaged line or summary: {error}"}
    outcomes = [line["evaluated"] for lines in book.values() for line in lines if "evaluated" in line]
    births = [line["born"] for lines in book.values() for line in lines if "born" in line]
    wrong = f"{len(outcomes)} outcomes in the journals, {told} in the summary, {budget} wanted"
    return {
        BUDGET: "" if len(outcomes) == told == budget else wrong,
        LOST: _lost(run, before) or _unborn(book),
        TWICE: _repeated(outcomes) or _repeated(births),
    }


def broken(verdict: Verdict) -> list[str]:
    """Return the broken promises of a run, each with what is wrong."""
    return [f"{promise}: {wrong}" for promise, wrong in verdict.items() if wrong]


def _lost(run: Path, before: Iterable[Lines]) -> str:
    now = journalled(run)
    for earlier in before:
        for name, lines in earlier.items():
            gone = Counter(lines) - Counter(now.get(name, []))
            if gone:
                first = repr(next(iter(gone)))[:120]
                return f"{name}: {gone.total()} of {len(lines)} lines are gone, such as {first}"
    torn = [path.name for path in run.glob("journal-*.jsonl") if not path.read_bytes().endswith(b"\n")]
    return f"torn: {torn}" if torn else ""


def _unborn(book: dict[str, list[dict[str, Any]]]) -> str:
    for name, lines in book.items():
        born = set()
        for number, line in enumerate(lines, start=2):
            born.add(line.get("born"))
            if "evaluated" in line and line["evaluated"] not in born:
                return f"{name}:{number}: an outcome of {line['evaluated']}, which was not born before"
    return ""


def _repeated(names: Sequence[str]) -> str:
    twice = [name for name, times in Counter(names).items() if times > 1]
    return f"{len(twice)} ids more than once, such as {twice[0]}" if twice else ""


def main(words: list[str]) -> int:
    """Print what is wrong with each run; return how many runs break a promise, at most 1."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", metavar="RUN", type=Path, nargs="+", help="folder of a finished run")
    wrong = 0
    for run in parser.parse_args(words).runs:
        budget = json.loads((run / "run.json").read_text())["budget"]["evaluations"]
        found = broken(examined(run, budget))
        print(f"{run}: {'; '.join(found) or 'all promises are kept'}")
        wrong += bool(found)
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
