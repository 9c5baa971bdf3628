"""Records to bytes and back: fixed little-endian fields, then genes or values; never pickle.

Candidates and outcomes travel several in a message when evaluations are short. A candidate takes 11 bytes and
8 a gene, or 1 a gene where all genes are small whole numbers, or 12 for each gene in which it differs from
one that the worker got before, whatever is least. An outcome without failure takes 11 bytes and 8 an
objective, followed by JSON only if the evaluator reported more than the objectives.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from evonas.errors import TransportError
from evonas.evolve.records import Candidate, CandidateId, Failure, Individual, Outcome
from evonas.manage.events import Elites
from evonas.ranks.memory import Memory
from evonas.space.space import Space

_HELLO = struct.Struct("<cQ")  # kind, root seed
_GO = struct.Struct("<cI")  # kind, rank
_TASK = struct.Struct("<HIBI")  # island, birth, form, number of genes or of changes
_BATCH = struct.Struct("<cf")  # kind, seconds that the worker waited
_OUTCOME = struct.Struct("<HIfB")  # island, birth, seconds, number of objectives (0: failed) and MORE

FIDELITY = 4  # added to the form of a genome that is not evaluated at full fidelity
MORE = 128  # added to the number of objectives if JSON follows

_ROUTE = struct.Struct("<cHHI")  # kind, source, target, epoch
_ELITE = struct.Struct("<HIBId")  # island, birth, form, number of genes, fidelity (NaN: full)

READY, UNFIT, OUTCOMES, BYE = b"R", b"U", b"O", b"B"  # from a worker
WELCOME, TASKS, STOP, GO = b"W", b"T", b"S", b"G"  # to a worker
ELITES, PULSE, REPORT, HALT, WANT = b"E", b"P", b"D", b"H", b"Q"  # between hosts
KINDS = frozenset((READY, UNFIT, OUTCOMES, BYE, WELCOME, TASKS, STOP, GO, ELITES, PULSE, REPORT, HALT, WANT))


def kind(message: bytes) -> bytes:
    """Return the kind of a message.

    Raises:
        TransportError: It is of no known kind: the ranks run different versions of evonas.
    """
    first = bytes(message[:1])
    if first not in KINDS:
        raise TransportError(f"message: expected a known kind, got {first!r}; use one evonas on all machines")
    return first


@dataclass(frozen=True, slots=True)
class Task:
    """A candidate as a worker receives it.

    Attributes:
        id: Its name.
        genes: Its active genes.
        fidelity: How thorough the evaluation shall be; None is full.
        root: The root of its evaluation's seed.
        folder: Where the run is kept, as its manager sees it; nothing if nowhere.
    """

    id: CandidateId
    genes: Sequence[float]
    fidelity: float | None
    root: int
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Introduction:
    """What a worker says first: where it is, and the fingerprint of the space that it loaded."""

    host: str
    fingerprint: str = ""
    failure: Failure | None = None


def pack_introduction(who: Introduction) -> bytes:
    """Return a worker's first message."""
    if who.failure is None:
        return READY + json.dumps([who.host, who.fingerprint]).encode()
    return UNFIT + json.dumps([who.host, who.failure.reason, who.failure.traceback]).encode()


def unpack_introduction(message: bytes) -> Introduction:
    """Return what a worker said first."""
    host, *rest = json.loads(message[1:])
    if message[:1] == READY:
        return Introduction(host, rest[0])
    return Introduction(host, failure=Failure(*rest))


def pack_welcome(root: int, folder: str = "") -> bytes:
    """Return a manager's answer to an introduction: the root of all seeds, and where the run is kept."""
    return _HELLO.pack(WELCOME, root) + folder.encode()


def unpack_welcome(message: bytes) -> tuple[int, str]:
    """Return the root seed and the run's folder in a manager's answer."""
    return _HELLO.unpack_from(message)[1], message[_HELLO.size :].decode()


def pack_go(rank: int) -> bytes:
    """Return the message that sends a worker to another host."""
    return _GO.pack(GO, rank)


def unpack_go(message: bytes) -> int:
    """Return the rank that a worker is sent to."""
    rank: int = _GO.unpack(message)[1]
    return rank


def pack_tasks(candidates: Iterable[Candidate], memory: Memory) -> bytes:
    """Return the message that hands candidates to a worker.

    Args:
        candidates: What to evaluate, in order.
        memory: What the worker remembers; brought up to date.
    """
    return TASKS + b"".join([_packed(candidate, memory) for candidate in candidates])


def _packed(candidate: Candidate, memory: Memory) -> bytes:
    form, n, body = memory.form(candidate.genome.payload)
    island, birth = candidate.id
    if candidate.fidelity is None:
        return _TASK.pack(island, birth, form, n) + body
    return _TASK.pack(island, birth, form | FIDELITY, n) + struct.pack("<d", candidate.fidelity) + body


def unpack_tasks(message: bytes, memory: Memory, root: int, folder: str = "") -> list[Task]:
    """Return the tasks in a message.

    Args:
        message: What a manager sent.
        memory: What it told before; brought up to date.
        root: What it said in its welcome.
        folder: Likewise.
    """
    tasks, at = [], 1
    while at < len(message):
        island, birth, form, n = _TASK.unpack_from(message, at)
        at += _TASK.size
        fidelity = None
        if form & FIDELITY:
            (fidelity,) = struct.unpack_from("<d", message, at)
            at += 8
        genes, at = memory.genes(form & ~FIDELITY, n, message, at)
        tasks.append(Task(CandidateId(island, birth), genes, fidelity, root, folder))
    return tasks


def pack_outcomes(outcomes: Iterable[Outcome], objectives: Sequence[str], waited: float) -> bytes:
    """Return the message that reports outcomes; a failed one carries its reason and traceback.

    Args:
        outcomes: What came of tasks, in order.
        objectives: Names in the order of their values.
        waited: Seconds that the worker did not evaluate since its last report.
    """
    return _BATCH.pack(OUTCOMES, waited) + b"".join(_reported(outcome, objectives) for outcome in outcomes)


def _reported(outcome: Outcome, objectives: Sequence[str]) -> bytes:
    more: dict[str, Any] = {}
    if outcome.failure:
        more["failure"] = [outcome.failure.reason, outcome.failure.traceback]
    if outcome.metrics:
        more["metrics"] = dict(outcome.metrics)
    if outcome.reports:
        more["reports"] = outcome.reports
    values = [] if outcome.failure else [outcome.objectives[name] for name in objectives]
    n = len(values) | (MORE if more else 0)
    head = _OUTCOME.pack(*outcome.id, outcome.seconds, n) + struct.pack(f"<{len(values)}d", *values)
    if not more:
        return head
    text = json.dumps(more).encode()
    return head + struct.pack("<I", len(text)) + text


def unpack_outcomes(
    message: bytes, objectives: Sequence[str], worker: int, host: str
) -> tuple[float, list[Outcome]]:
    """Return how long the worker waited, in seconds, and the outcomes that it reports."""
    return _BATCH.unpack_from(message)[1], list(_outcomes(message, objectives, worker, host))


def _outcomes(message: bytes, objectives: Sequence[str], worker: int, host: str) -> Iterator[Outcome]:
    at, end = _BATCH.size, len(message)
    while at < end:
        form = _outcome_of(message[at + _OUTCOME.size - 1] & ~MORE)
        island, birth, seconds, n, *values = form.unpack_from(message, at)
        at += form.size
        name, numbers = CandidateId(island, birth), dict(zip(objectives, values, strict=False))
        if not n & MORE:  # the most frequent case
            yield Outcome(name, numbers, seconds=seconds, worker=worker, host=host)
            continue
        (length,) = struct.unpack_from("<I", message, at)
        at += 4 + length
        more = json.loads(message[at - length : at])
        yield Outcome(
            name,
            numbers,
            more.get("metrics", {}),
            Failure(*more["failure"]) if "failure" in more else None,
            tuple((step, value) for step, value in more.get("reports", ())),
            seconds,
            worker,
            host,
        )


@cache
def _outcome_of(n: int) -> struct.Struct:
    """Return the form of an outcome of ``n`` values."""
    return struct.Struct(f"{_OUTCOME.format}{n}d")


def pack_elites(elites: Elites, objectives: Sequence[str]) -> bytes:
    """Return the message that brings elites to the host of their target."""
    parts = [_ROUTE.pack(ELITES, elites.source, elites.target, elites.epoch)]
    for member in elites.members:
        candidate = member.candidate
        form, n, body = Memory().form(candidate.genome.payload)
        fidelity = math.nan if candidate.fidelity is None else candidate.fidelity
        values = [member.outcome.objectives[name] for name in objectives]
        parts += [
            _ELITE.pack(*candidate.id, form, n, fidelity),
            body,
            struct.pack(f"<{len(values)}d", *values),
        ]
    return b"".join(parts)


def unpack_elites(message: bytes, objectives: Sequence[str], space: Space) -> Elites:
    """Return the elites in a message."""
    _, source, target, epoch = _ROUTE.unpack_from(message)
    members, at = [], _ROUTE.size
    while at < len(message):
        island, birth, form, n, fidelity = _ELITE.unpack_from(message, at)
        genes, at = Memory().genes(form, n, message, at + _ELITE.size)
        values = struct.unpack_from(f"<{len(objectives)}d", message, at)
        at += 8 * len(values)
        name = CandidateId(island, birth)
        known = None if math.isnan(fidelity) else fidelity
        candidate = Candidate(name, space.unpack(genes), fidelity=known)
        outcome = Outcome(name, dict(zip(objectives, values, strict=True)))
        members.append(Individual(candidate, outcome, ()))
    return Elites(source, target, epoch, tuple(members))


def pack_want(source: int, target: int, epoch: int) -> bytes:
    """Return the message that asks ``source``'s host for what was sent to ``target`` since an epoch."""
    return _ROUTE.pack(WANT, source, target, epoch)


def unpack_want(message: bytes) -> tuple[int, int, int]:
    """Return source, target and epoch of such a message."""
    _, source, target, epoch = _ROUTE.unpack(message)
    return source, target, epoch


def pack_told(what: bytes, told: Any) -> bytes:
    """Return a message of hosts about the run, of kind PULSE, REPORT or HALT."""
    return what + json.dumps(told).encode()


def unpack_told(message: bytes) -> Any:
    """Return what a host told."""
    return json.loads(message[1:])
