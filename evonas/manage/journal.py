"""The journal: births, outcomes and immigrants of an island, one JSON object a line, in order.

Line 1 is a header that says whose journal it is; each further line is a birth, an outcome, elites that came
from another island, or an account of what a session cost. Replaying the lines is resuming, so that no live
object is ever stored. A line counts once it is complete: a torn last one is dropped with a notice, any other
damage is refused by file and line.
"""

from __future__ import annotations

import fcntl
import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from evonas.errors import JournalError, RunError
from evonas.evolve.records import Candidate, CandidateId, Failure, Individual, Outcome
from evonas.manage.events import Account, Born, Elites, Entry
from evonas.space.space import Space

FORMAT = 2
_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
SHORT = 256  # genes of a genome of which some are likely to be among the last written
REMEDY = "restore the file from a copy, or start a new run"


@dataclass(frozen=True)
class Contents:
    """What a journal holds.

    Attributes:
        header: Whose journal it is.
        entries: What is kept, in order.
        seconds: Wall time of the run when the last entry was written.
        torn: None, or what was dropped from the end, for people.
        size: Bytes up to the end of the last complete line.
    """

    header: Mapping[str, Any]
    entries: list[Entry]
    seconds: float
    torn: str | None
    size: int


class Journal:
    """An open journal, to be appended to by this process alone.

    Args:
        path: The file; it comes into being if missing.

    Raises:
        RunError: Another process is writing it.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise RunError(
                f"{path}: another process is writing this run; wait for it, or end it, then try again"
            ) from None
        except OSError:  # a file system without locks: go on without one
            pass

    def cut(self, size: int) -> None:
        """Keep the first ``size`` bytes; the rest is a torn line."""
        self._file.truncate(size)

    def header(self, header: Mapping[str, Any]) -> None:
        """Write line 1."""
        self._write({"evonas_journal": FORMAT, **header})
        self.flush()

    def append(self, entry: Entry, seconds: float) -> None:
        """Add an entry; it is safe from the death of this process after :meth:`flush`.

        Args:
            entry: What to keep.
            seconds: Wall time of the run so far.
        """
        if isinstance(entry, Outcome):
            self._file.write(_outcome(entry, seconds))
        elif isinstance(entry, Born):
            self._file.write(_birth(entry))
        elif isinstance(entry, Elites):
            self._write(_arrival(entry))
        else:
            self._write({"account": dict(entry.figures), "at": round(seconds, 3)})

    def flush(self) -> None:
        """Hand what was appended to the operating system."""
        self._file.flush()

    def close(self) -> None:
        """Force everything onto the disk and let go of the file."""
        self.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def _write(self, line: Mapping[str, Any]) -> None:
        self._file.write(_ENCODER.encode(line).encode() + b"\n")


def read_header(path: Path) -> dict[str, Any]:
    """Return line 1 of a journal.

    Raises:
        JournalError: It is not the header of a journal that this version reads.
    """
    with path.open("rb") as file:
        line = file.readline()
    if not line.endswith(b"\n"):
        raise JournalError(f"{path}:1: expected a whole line, got {line[:80]!r}; {REMEDY}")
    header = _parsed(path, 1, line)
    if header.get("evonas_journal") != FORMAT:
        raise JournalError(
            f"{path}:1: expected the header of a journal of format {FORMAT}, got {header!r:.200}; "
            "use the evonas that wrote it, or start a new run"
        )
    return header


def read(path: Path, space: Space) -> Contents:
    """Return what a journal of a search over ``space`` holds.

    Raises:
        JournalError: A line other than a torn last one is damaged; names the file and the line.
    """
    header = read_header(path)
    *lines, tail = path.read_bytes().split(b"\n")
    entries: list[Entry] = []
    seconds = 0.0
    for number, text in enumerate(lines[1:], start=2):
        line = _parsed(path, number, text)
        try:
            entries.append(_entry(line, space))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise JournalError(
                f"{path}:{number}: expected a birth or an outcome, got {line!r:.200} ({reason}); {REMEDY}"
            ) from None
        seconds = line.get("at", seconds)
    torn = f"{path}:{len(lines) + 1}: dropped a torn last line of {len(tail)} bytes" if tail else None
    return Contents(header, entries, seconds, torn, path.stat().st_size - len(tail))


def n_evaluations(path: Path) -> tuple[int, int]:
    """Return how many evaluations a journal has begun and finished, at a glance; 0 if there is none."""
    if not path.exists():
        return 0, 0
    lines = path.read_bytes().split(b"\n")[1:-1]
    begun = sum(line.startswith(b'{"born"') and b'"same_as"' not in line for line in lines)
    return begun, sum(line.startswith(b'{"evaluated"') for line in lines)


def _parsed(path: Path, number: int, text: bytes) -> dict[str, Any]:
    try:
        line = json.loads(text)
    except ValueError as error:
        raise JournalError(
            f"{path}:{number}: expected a JSON object, got {text[:80]!r} ({error}); {REMEDY}"
        ) from None
    if not isinstance(line, dict):
        raise JournalError(f"{path}:{number}: expected a JSON object, got {line!r:.80}")
    return line


# Births and outcomes are written by the million: put together by hand they take a third of the time.


def _birth(born: Born) -> bytes:
    candidate = born.candidate
    name, parents, fidelity = candidate.id, candidate.parents, candidate.fidelity
    genes = candidate.genome.answers()
    text = ",".join(map(_digits, genes)) if len(genes) <= SHORT else repr(genes)[1:-1]
    line = f'{{"born":"{name[0]}-{name[1]}","genome":[{text}]'
    if parents:
        line += ',"parents":["' + '","'.join([f"{parent[0]}-{parent[1]}" for parent in parents]) + '"]'
    if fidelity is not None:
        line += f',"fidelity":{fidelity!r}'
    if born.same_as is not None:
        line += f',"same_as":"{born.same_as}"'
    return (line + "}\n").encode()


def _outcome(outcome: Outcome, seconds: float) -> bytes:
    line = f'{{"evaluated":"{outcome.id[0]}-{outcome.id[1]}",'
    if outcome.failure:
        failure = {"failure": outcome.failure.reason, "traceback": outcome.failure.traceback}
        line += _ENCODER.encode(failure)[1:-1]
    else:
        values = [f"{_quoted(name)}:{float(value)!r}" for name, value in outcome.objectives.items()]
        line += f'"objectives":{{{",".join(values)}}}'
    if outcome.metrics:
        line += f',"metrics":{_ENCODER.encode(_finite(outcome.metrics))}'
    if outcome.reports:
        reports = [[step, x if math.isfinite(x) else None] for step, x in outcome.reports]
        line += f',"reports":{_ENCODER.encode(reports)}'
    host = _quoted(outcome.host)
    end = f',"seconds":{outcome.seconds:.6f},"worker":{outcome.worker},"host":{host},"at":{seconds:.3f}}}\n'
    return (line + end).encode()


@cache
def _quoted(text: str) -> str:
    """Return text as JSON; machines and objectives are few."""
    return json.dumps(text)


@lru_cache(maxsize=2**14)
def _digits(gene: float) -> str:
    """Return a gene as JSON: to find its digits takes long, and a child has most genes of its parents."""
    return repr(gene)


def _arrival(elites: Elites) -> dict[str, Any]:
    route = [elites.source, elites.target, elites.epoch]
    return {"arrived": route, "elites": [elite_line(member) for member in elites.members]}


def elite_line(individual: Individual) -> dict[str, Any]:
    """Return an individual as it is written down: id, genome, objectives, and what else was reported."""
    candidate, outcome = individual.candidate, individual.outcome
    line: dict[str, Any] = {"id": str(candidate.id), "genome": candidate.genome.answers()}
    line["objectives"] = dict(outcome.objectives)
    if outcome.metrics:
        line["metrics"] = _finite(outcome.metrics)
    return line if candidate.fidelity is None else line | {"fidelity": candidate.fidelity}


def elite(line: Mapping[str, Any], space: Space) -> Individual:
    """Return the individual in what was written down; its costs are for those who know the objectives."""
    candidate = Candidate(_id(line["id"]), space.unpack(line["genome"]), fidelity=line.get("fidelity"))
    objectives = {name: float(x) for name, x in line["objectives"].items()}
    metrics = {name: _number(x) for name, x in line.get("metrics", {}).items()}
    return Individual(candidate, Outcome(candidate.id, objectives, metrics), ())


def _finite(metrics: Mapping[str, float]) -> dict[str, float | None]:
    return {name: x if math.isfinite(x) else None for name, x in metrics.items()}


def _entry(line: Mapping[str, Any], space: Space) -> Entry:
    if "born" in line:
        parents = tuple(_id(parent) for parent in line.get("parents", ()))
        candidate = Candidate(_id(line["born"]), space.unpack(line["genome"]), parents, line.get("fidelity"))
        return Born(candidate, _id(line["same_as"]) if "same_as" in line else None)
    if "arrived" in line:
        members = tuple(elite(one, space) for one in line["elites"])
        source, target, epoch = line["arrived"]
        return Elites(int(source), int(target), int(epoch), members)
    if "account" in line:
        return Account(dict(line["account"]))
    failure = Failure(line["failure"], line.get("traceback", "")) if "failure" in line else None
    return Outcome(
        _id(line["evaluated"]),
        {} if failure else {name: float(x) for name, x in line["objectives"].items()},
        {name: _number(x) for name, x in line.get("metrics", {}).items()},
        failure,
        tuple((step, _number(x)) for step, x in line.get("reports", ())),
        line["seconds"],
        line["worker"],
        line["host"],
    )


def _id(text: str) -> CandidateId:
    island, birth = text.split("-")
    return CandidateId(int(island), int(birth))


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
