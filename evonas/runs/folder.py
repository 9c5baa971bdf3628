"""The folder of a run: what it is, how to go on with it, its journals, summary and exported best."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import evonas
from evonas.errors import RunError
from evonas.manage.journal import Contents, Journal, n_evaluations, read, read_header
from evonas.runs.earlier import START
from evonas.runs.heritage import Heritage, inherited
from evonas.runs.islands import quotas
from evonas.runs.plan import Changes, Plan
from evonas.runs.results import History
from evonas.runs.source import Source
from evonas.runs.warm_start import warm_start

RUNS = Path("runs")


@dataclass(frozen=True)
class RunFolder:
    """A folder on disk; knows its files by name.

    Attributes:
        path: The folder.
    """

    path: Path

    @staticmethod
    def fresh(source: Source | None) -> Path:
        """Return the next unused folder ``runs/<file>-<n>``."""
        stem, number = Path(source.file).stem if source else "search", 1
        while (RUNS / f"{stem}-{number}").exists():
            number += 1
        return RUNS / f"{stem}-{number}"

    def journal(self, island: int) -> Path:
        """Return the journal of an island."""
        return self.path / f"journal-{island}.jsonl"

    @property
    def islands(self) -> list[int]:
        """The islands that have begun a journal."""
        journals = [path for path in self.path.glob("journal-*.jsonl") if path.stat().st_size > 0]
        return sorted(int(name) for path in journals if (name := path.stem.partition("-")[2]).isdigit())

    @property
    def best(self) -> Path:
        """Where the best architecture is exported to."""
        return self.path / "best"

    @property
    def summary(self) -> Path:
        """The figures of the finished run, as JSON."""
        return self.path / "summary.json"

    @property
    def holds_run(self) -> bool:
        """Whether a journal has been begun here."""
        return bool(self.islands)

    def check(self, search: Plan) -> None:
        """Make sure that this folder is free for ``search``, or holds it.

        Raises:
            RunError: It holds another search, or files that are none of ours.
            JournalError: The journal has no readable header.
        """
        if not self.holds_run:
            ours = ("run.json", START, "journal-*.jsonl")
            strangers = self.path.is_dir() and any(
                not any(path.match(name) for name in ours) for path in self.path.iterdir()
            )
            if strangers or (self.path.exists() and not self.path.is_dir()):
                raise RunError(
                    f"{self.path}: expected a new folder or a run, got other files; give another --run"
                )
            return
        for island in self.islands:
            header = read_header(self.journal(island))
            wanted = search.identity(island) if island < search.n_islands else {}
            self._compare(header, wanted)
        # The other hosts of a new run may have begun their journals before the lead describes it.
        there = self._about()["islands"] if (self.path / "run.json").exists() else search.n_islands
        if search.deterministic and there != search.n_islands:
            remedy = "give another --run, or leave out deterministic="
            raise RunError(
                f"{self.path}: deterministic islands depend on their number: expected {there}, "
                f"got {search.n_islands}; {remedy}"
            )

    def _compare(self, header: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
        differing = [
            f"{key}: {header.get(key)!r} there, {wanted[key]!r} here"
            for key in wanted
            if header.get(key) != wanted[key]
        ]
        if differing:
            remedy = "give another --run, or none for a new folder"
            raise RunError(f"{self.path}: holds another search ({'; '.join(differing)}); {remedy}")

    def make(self) -> None:
        """Make the folder, unless it is there.

        Raises:
            RunError: It cannot be made.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            rule = f"{self.path}: expected a folder that can be made, got {error.strerror}"
            raise RunError(f"{rule}; give another --run") from error

    def open(self, search: Plan, island: int) -> tuple[Journal, Contents | None]:
        """Return an island's journal, open for this process alone, and what it holds; None if it is new.

        Raises:
            RunError: Another process is writing it.
            JournalError: It is damaged.
        """
        path = self.journal(island)
        journal = Journal(path)  # from here on nobody else writes it
        try:
            if path.stat().st_size == 0:
                journal.header(search.identity(island))
                return journal, None
            contents = read(path, search.space)
            journal.cut(contents.size)
        except BaseException:
            journal.close()
            raise
        return journal, contents

    def quota(self, search: Plan, island: int) -> int | None:
        """Return how many evaluations an island may begin in all; None if the budget does not say."""
        evaluations = search.limits().evaluations
        if evaluations is None:
            return None
        counts = [n_evaluations(self.journal(number)) for number in range(search.n_islands)]
        spent = sum(n_evaluations(self.journal(number))[1] for number in self.retired(search))
        begun, finished = [count[0] for count in counts], [count[1] for count in counts]
        return quotas(evaluations, begun, finished, spent)[island]

    def retired(self, search: Plan) -> list[int]:
        """Return the islands of earlier sessions that the search has no more."""
        return [island for island in self.islands if island >= search.n_islands]

    def history(self, search: Plan) -> History:
        """Return what the journals of all islands tell, without taking part in the run.

        Raises:
            JournalError: It is damaged.
        """
        entries = [read(self.journal(island), search.space).entries for island in self.islands]
        known = self.heritage(search).known
        return History(chain.from_iterable(entries), search.goals, known)

    def inherit(self, search: Plan) -> None:
        """Write down what a new run begins with, for good.

        Raises:
            RunError: The source of its warm start cannot be read, or holds nothing for its space.
            JournalError: A journal there is damaged.
        """
        if start := warm_start(search.start):
            found = inherited(
                start,
                search.space,
                search.goals,
                seed=search.seed,
                islands=search.n_islands,
                fidelity=search.full_fidelity,
            )
            _replace(self.path / START, json.dumps(found.lines()))

    def heritage(self, search: Plan) -> Heritage:
        """Return what the run began with.

        Raises:
            RunError: The file is missing or damaged.
        """
        if search.start is None:
            return Heritage()
        path = self.path / START
        try:
            return Heritage.of_lines(json.loads(path.read_text()), search.space)
        except (OSError, AttributeError, KeyError, TypeError, ValueError) as error:
            remedy = "restore it from a copy, or start a new run"
            raise RunError(f"{path}: cannot be read ({error!r}); {remedy}") from None

    def describe(self, search: Plan, source: Source | None) -> None:
        """Write ``run.json``: what this run is, and from which file it can go on."""
        about = {
            "evonas": evonas.__version__,
            "source": asdict(source) if source else None,
            "budget": asdict(search.limits()),
            "islands": search.n_islands,
            "search": search.identity(),
            "space": repr(search.space).splitlines(),
            "described": time.strftime("%Y-%m-%d %H:%M:%S %z"),
        }
        _replace(self.path / "run.json", json.dumps(about, indent=2))

    def source(self) -> tuple[Source, Changes]:
        """Return the file that this run came from, and how the run differs from what the file says.

        Raises:
            RunError: This is no run, or it did not come from a file.
        """
        if not (self.holds_run or (self.path / "run.json").exists()):  # it may have ended at its very start
            raise RunError(f"{self.path}: expected the folder of a run, got none; look into {RUNS}/")
        try:
            about = self._about()
            source = about["source"]
            if source is None:
                remedy = "go on with search.run(folder=...) in Python"
                raise RunError(f"{self.path}: this run did not come from a file; {remedy}")
            where = Source(source["file"], source["name"], tuple(source["arguments"]))
            identity, budget = about["search"], about["budget"]["evaluations"]
            return where, Changes(budget, identity["seed"], identity["deterministic"], about["islands"])
        except (KeyError, TypeError) as error:
            raise RunError(
                f"{self.path / 'run.json'}: cannot be read ({error}); run the file with --run again"
            ) from None

    def _about(self) -> dict[str, Any]:
        """Return what ``run.json`` says.

        Raises:
            RunError: It is missing or damaged.
        """
        path = self.path / "run.json"
        try:
            about: dict[str, Any] = json.loads(path.read_text())
            for key in ("source", "search", "budget", "islands"):
                about[key]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RunError(f"{path}: cannot be read ({error!r}); run the file with --run again") from None
        return about

    def write_elites(self, table: str) -> None:
        """Write ``elites.csv``."""
        _replace(self.path / "elites.csv", table)

    def summarize(self, figures: dict[str, Any]) -> None:
        """Write ``summary.json``."""
        _replace(self.summary, json.dumps(figures, indent=2))


def _replace(path: Path, text: str) -> None:
    """Write a file so that it is either the old one or whole."""
    draft = path.with_name(path.name + ".new")
    draft.write_text(text + "\n")
    draft.replace(path)
