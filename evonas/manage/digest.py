"""A number for each thing that is learnt; their sum is the digest of a search, whatever the order."""

from __future__ import annotations

import hashlib
from functools import cache
from itertools import chain
from struct import Struct

from evonas.evolve.objectives import Objectives
from evonas.evolve.records import Candidate, Outcome


def digested(candidate: Candidate, outcome: Outcome, objectives: Objectives) -> int:
    """Return a number that stands for what was learnt: id, parents, genome, fidelity, objectives."""
    names = (*candidate.id, *chain(*candidate.parents))
    values = [] if outcome.failure else [outcome.objectives[name] for name in objectives.directions]
    if candidate.fidelity is not None:
        values.append(candidate.fidelity)
    text = _shape(len(names), len(values)).pack(*names, *values, candidate.genome.key.encode())
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")


@cache
def _shape(n_names: int, n_values: int) -> Struct:
    return Struct(f"<{n_names}q{n_values}d32s")
