"""Records to bytes and back: fixed little-endian fields, then genes or values; never pickle.

A candidate takes 25 bytes and 8 a gene; an outcome without failure 22 bytes and 8 an objective, followed by
JSON only if the evaluator reported more than the objectives.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evonas.errors import TransportError
from evonas.evolve.records import Candidate, CandidateId, Failure, Outcome

_TASK = struct.Struct("<cIQId")  # kind, island, birth, evaluation seed, fidelity (NaN: full)
_OUTCOME = struct.Struct("<cIQdB")  # kind, island, birth, seconds, number of objectives (0: failed)

TASK, STOP, READY, UNFIT, OUTCOME = b"T", b"S", b"R", b"U", b"O"


@dataclass(frozen=True, slots=True)
class Task:
    """A candidate as a worker receives it: its active genes, and the seed of its evaluation."""

    id: CandidateId
    genes: NDArray[np.float64]
    seed: int
    fidelity: float | None


def pack_task(candidate: Candidate, seed: int) -> bytes:
    """Return the message that hands a candidate to a worker."""
    fidelity = math.nan if candidate.fidelity is None else candidate.fidelity
    genes = candidate.genome.packed.astype("<f8", copy=False).tobytes()
    return _TASK.pack(TASK, *candidate.id, seed, fidelity) + genes


def unpack_task(message: bytes) -> Task:
    """Return the task in a message."""
    _, island, birth, seed, fidelity = _TASK.unpack_from(message)
    genes = np.frombuffer(message, "<f8", offset=_TASK.size)
    return Task(CandidateId(island, birth), genes, seed, None if math.isnan(fidelity) else fidelity)


def pack_outcome(outcome: Outcome, objectives: Sequence[str]) -> bytes:
    """Return the message that reports an outcome; a failed one carries its reason and traceback."""
    more: dict[str, Any] = {}
    if outcome.failure:
        more["failure"] = [outcome.failure.reason, outcome.failure.traceback]
    if outcome.metrics:
        more["metrics"] = dict(outcome.metrics)
    if outcome.reports:
        more["reports"] = outcome.reports
    values = [] if outcome.failure else [outcome.objectives[name] for name in objectives]
    head = _OUTCOME.pack(OUTCOME, *outcome.id, outcome.seconds, len(values))
    return head + struct.pack(f"<{len(values)}d", *values) + (json.dumps(more).encode() if more else b"")


def unpack_outcome(message: bytes, objectives: Sequence[str], worker: int, host: str) -> Outcome:
    """Return the outcome in a message from ``worker`` on ``host``."""
    _, island, birth, seconds, n = _OUTCOME.unpack_from(message)
    values = struct.unpack_from(f"<{n}d", message, _OUTCOME.size)
    rest = message[_OUTCOME.size + 8 * n :]
    more = json.loads(rest) if rest else {}
    return Outcome(
        CandidateId(island, birth),
        dict(zip(objectives, values, strict=False)),
        more.get("metrics", {}),
        Failure(*more["failure"]) if "failure" in more else None,
        tuple((step, value) for step, value in more.get("reports", ())),
        seconds,
        worker,
        host,
    )


def pack_ready(host: str, fingerprint: str) -> bytes:
    """Return a worker's first message: where it is, and the fingerprint of the space that it loaded."""
    return READY + json.dumps([host, fingerprint]).encode()


def unpack_ready(message: bytes) -> tuple[str, str]:
    """Return host and fingerprint of a worker's first message."""
    host, fingerprint = json.loads(message[1:])
    return host, fingerprint


def pack_unfit(failure: Failure) -> bytes:
    """Return the message of a worker that could not load the search."""
    return UNFIT + json.dumps([failure.reason, failure.traceback]).encode()


def unpack_unfit(message: bytes) -> Failure:
    """Return why a worker could not load the search."""
    return Failure(*json.loads(message[1:]))


def kind(message: bytes) -> bytes:
    """Return the kind of a message: TASK, STOP, READY, UNFIT or OUTCOME.

    Raises:
        TransportError: It is of no known kind: manager and worker run different versions of evonas.
    """
    first = bytes(message[:1])
    if first not in (TASK, STOP, READY, UNFIT, OUTCOME):
        raise TransportError(f"message: expected a known kind, got {first!r}; use one evonas on all machines")
    return first
