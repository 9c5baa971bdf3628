"""What flows through a search: candidates go out to be evaluated, outcomes come back by id."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, NoReturn, final

from evonas.space.genome import Genome

INFEASIBLE = 1e100
"""The least that an individual costs that violates a constraint: more than any objective."""


class CandidateId(NamedTuple):
    """Names a candidate for good: the island it was born on and its birth number there, from 0."""

    island: int
    birth: int

    def __str__(self) -> str:
        return f"{self.island}-{self.birth}"


@final
class Nothing(Mapping[str, float]):
    """No numbers by name, and nobody can add any: for want of an immutable dict."""

    __slots__ = ()

    def __getitem__(self, name: str) -> NoReturn:
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "{}"


# Candidates, outcomes and individuals are named tuples: they are made by the million, dataclasses four times
# as slowly.


class Candidate(NamedTuple):
    """An encoded architecture that waits for its evaluation.

    Attributes:
        id: Its name; an outcome refers to it.
        genome: The encoded architecture.
        parents: Ids of the candidates that it was varied from; empty for a random one.
        fidelity: How thorough the evaluation shall be; None is full.
    """

    id: CandidateId
    genome: Genome
    parents: tuple[CandidateId, ...] = ()
    fidelity: float | None = None

    @property
    def thoroughness(self) -> float:
        """The fidelity as a number to compare: infinite where it is full."""
        return math.inf if self.fidelity is None else self.fidelity


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an evaluation gave no objectives.

    Attributes:
        reason: One line, for example ``ValueError: width must be even``.
        traceback: The Python traceback, or nothing.
    """

    reason: str
    traceback: str = ""


class Outcome(NamedTuple):
    """What an evaluation gave; names its candidate, so that objects never travel back.

    Attributes:
        id: The candidate's id.
        objectives: Declared objectives by name; empty after a failure.
        metrics: Further numbers that the evaluator reported, such as parameters.
        failure: None, or why there are no objectives.
        reports: ``(step, value)`` pairs of ``context.report``.
        seconds: Duration of the evaluation.
        worker: The rank or local process that evaluated.
        host: The machine that evaluated.
    """

    id: CandidateId
    objectives: Mapping[str, float] = Nothing()
    metrics: Mapping[str, float] = Nothing()
    failure: Failure | None = None
    reports: tuple[tuple[int, float], ...] = ()
    seconds: float = 0.0
    worker: int = 0
    host: str = ""


class Individual(NamedTuple):
    """A candidate that was evaluated without failure.

    Attributes:
        candidate: What was evaluated.
        outcome: What it gave.
        costs: The objectives in declared order, signed so that lower is better; ``INFEASIBLE`` and more, each
            the same, where a constraint is violated.
    """

    candidate: Candidate
    outcome: Outcome
    costs: tuple[float, ...]

    @property
    def id(self) -> CandidateId:
        """The candidate's id."""
        return self.candidate.id

    @property
    def genome(self) -> Genome:
        """The candidate's genome."""
        return self.candidate.genome

    @property
    def is_feasible(self) -> bool:
        """Whether every constraint is kept."""
        return self.costs[0] < INFEASIBLE
