"""Results of earlier searches: read from the folder of a run, or from a CSV."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from evonas.errors import RunError, complaint
from evonas.evolve.objectives import Objectives
from evonas.manage.events import Entry
from evonas.manage.journal import elite, read, read_header
from evonas.runs.results import History
from evonas.runs.warm_start import REMEDY
from evonas.space.overlap import Fields, Items
from evonas.space.rows import ROOT, literal, nested
from evonas.space.space import Space

START = "start.json"
"""The file in a run's folder that keeps what it began with."""


class Earlier(NamedTuple):
    """An earlier result.

    Attributes:
        architecture: What was evaluated; of a CSV, perhaps a part of it.
        values: What is known of it by name: objectives and metrics.
    """

    architecture: Any
    values: Mapping[str, float]


def earlier_results(
    path: Path, there: Space, here: Space, objectives: Collection[str]
) -> tuple[list[Earlier], list[str]]:
    """Return the results in a run's folder, a journal or a CSV, and what is to be told about them.

    Args:
        path: Where they are.
        there: The space of a run.
        here: The space whose decisions are the columns of a CSV.
        objectives: The names that its other columns should have.

    Raises:
        RunError: There is nothing of the kind, or it cannot be read, or the run searched another space.
        JournalError: A journal is damaged.
    """
    if path.is_dir():
        return _of_run(path, sorted(path.glob("journal-*.jsonl")), there), []
    if path.suffix == ".jsonl" and path.is_file():
        return _of_run(path.parent, [path], there), []
    if path.is_file():
        return _of_csv(path, here, objectives)
    raise RunError(complaint("start", "a run's folder or a CSV", str(path), REMEDY))


def _of_run(folder: Path, journals: Sequence[Path], space: Space) -> list[Earlier]:
    """Return the successful evaluations of a run at its highest fidelity, and what itself began with."""
    if not journals:
        raise RunError(complaint("start", "the folder of a run", str(folder), REMEDY))
    entries = list[Entry]()
    for journal in journals:
        fingerprint = read_header(journal).get("space")
        if fingerprint != space.fingerprint:
            rule = f"a run on the space {space.fingerprint}"
            remedy = "give the space that it searched: start=evonas.WarmStart(path, space=...)"
            raise RunError(complaint(str(journal), rule, fingerprint, remedy))
        entries += read(journal, space).entries
    kept = folder / START
    lines = json.loads(kept.read_text())["known"] if kept.exists() else ()
    history = History(entries, Objectives({"any": "min"}), [elite(line, space) for line in lines])
    good = [name for name, outcome in history.outcomes.items() if outcome.failure is None]
    highest = max((history.candidates[name].thoroughness for name in good), default=math.inf)
    return [
        Earlier(space.decode(candidate.genome), {**outcome.metrics, **outcome.objectives})
        for candidate, outcome in ((history.candidates[name], history.outcomes[name]) for name in good)
        if candidate.thoroughness == highest
    ]


def _of_csv(path: Path, space: Space, objectives: Collection[str]) -> tuple[list[Earlier], list[str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RunError(complaint(str(path), "a CSV", str(error), REMEDY)) from error
    columns = [name for name in (rows[0] if rows else ()) if name]
    decisions = [name for name in columns if _is_decision(name, space)]
    if not decisions:
        remedy = "name columns by their decisions, such as stem or blocks[0].kernel"
        raise RunError(complaint(str(path), "a column a decision", columns, remedy))
    others = ", ".join(name for name in columns if name not in {*decisions, *objectives})
    told = [f"start: columns that are neither decisions nor objectives here: {others}"] if others else []
    return [_of_row(row, decisions) for row in rows], told


def _is_decision(column: str, space: Space) -> bool:
    """Return whether a column's name begins as the path of a decision does."""
    for form in space.tree.forms():
        if isinstance(form, Fields) and re.split(r"[.\[]", column)[0] in form.parts:
            return True
        if isinstance(form, Items) and column.startswith("["):
            return True
    return column == ROOT


def _of_row(row: Mapping[str, str | None], decisions: Sequence[str]) -> Earlier:
    values = {name: literal(text) for name, text in row.items() if name and text}
    architecture = nested({name: values.pop(name) for name in decisions if name in values})
    numbers = {name: x for name, x in values.items() if isinstance(x, int | float)}
    return Earlier(architecture, numbers)
