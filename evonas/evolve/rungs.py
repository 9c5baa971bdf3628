"""Rungs of rising fidelity, and who is promoted from one to the next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from evonas.errors import SearchError, complaint
from evonas.evolve.records import Individual


class Rung:
    """What was evaluated at one fidelity, and who of it waits for the next.

    Members rank by how many others dominate them (Fonseca and Fleming 1993): with one objective, by cost.
    Among equals the first told comes first.

    Args:
        fidelity: How thoroughly its members were evaluated.
    """

    def __init__(self, fidelity: float) -> None:
        self.fidelity = fidelity
        self.n_failed = 0
        self._members: list[Individual] = []
        self._costs = np.empty((0, 0))  # (room, objectives); what lies behind the members is unused
        self._dominators = np.empty(0, np.int64)  # (room,) members that dominate each
        self._waits = np.empty(0, np.bool_)  # (room,) not promoted yet

    def __len__(self) -> int:
        """Return how many were evaluated, failures included."""
        return len(self._members) + self.n_failed

    def add(self, individual: Individual) -> None:
        """Let an individual in; all members have as many costs."""
        n, new = len(self._members), np.array(individual.costs)
        if n == len(self._waits):
            self._grow(max(2 * n, 16), len(new))
        others = self._costs[:n]
        better, worse = (others <= new).all(axis=1), (others >= new).all(axis=1)
        self._dominators[:n] += worse & ~better
        self._dominators[n] = np.count_nonzero(better & ~worse)
        self._costs[n], self._waits[n] = new, True
        self._members.append(individual)

    def promoted(self, eta: float) -> Individual | None:
        """Return the best member that waits, and let it wait no more, if it is of the best one in ``eta``."""
        n = len(self._members)
        waiting = np.flatnonzero(self._waits[:n])
        if not len(waiting):
            return None
        dominators = self._dominators[:n]
        best = int(waiting[dominators[waiting].argmin()])
        ahead = np.count_nonzero(dominators < dominators[best])
        ahead += np.count_nonzero(dominators[:best] == dominators[best])
        if ahead >= math.floor(len(self) / eta):
            return None
        self._waits[best] = False
        return self._members[best]

    def _grow(self, room: int, n_objectives: int) -> None:
        n = len(self._members)
        costs, dominators, waits = self._costs[:n], self._dominators[:n], self._waits[:n]
        self._costs, self._dominators = np.zeros((room, n_objectives)), np.zeros(room, np.int64)
        self._waits = np.zeros(room, np.bool_)
        if n:
            self._costs[:n], self._dominators[:n], self._waits[:n] = costs, dominators, waits


class Ladder:
    """The rungs of one bracket: asynchronous successive halving (Li et al. 2020, algorithm 2).

    Nobody waits for a rung to be complete: whoever is among the best of those that are back may go on. What
    never comes back is missed by nobody, and a failure counts like a member that all others beat.

    Args:
        fidelities: In rising order.
        eta: One of so many is promoted.
    """

    def __init__(self, fidelities: Sequence[float], eta: float) -> None:
        self.rungs = {fidelity: Rung(fidelity) for fidelity in fidelities}
        self.eta = eta
        self._steps = list(pairwise(self.rungs.values()))[::-1]

    @property
    def lowest(self) -> float:
        """Where new configurations begin."""
        return next(iter(self.rungs))

    def promotion(self, eta: float | None = None) -> tuple[Individual, float] | None:
        """Return who goes on, from the highest rung where somebody may, and to which fidelity; once each.

        Args:
            eta: How many vie for a place; as in the ladder if left out, 1 lets anybody go on.
        """
        for lower, upper in self._steps:
            individual = lower.promoted(self.eta if eta is None else eta)
            if individual is not None:
                return individual, upper.fidelity
        return None


def hyperband_sizes(rungs: int, eta: float) -> list[int]:
    """Return how many configurations begin in each of Hyperband's brackets, from the lowest rung on first.

    It is n in line 4 of algorithm 1 of Li et al. (2018), with R of ``rungs`` - 1 powers of ``eta``.

    >>> hyperband_sizes(5, 3)
    [81, 34, 15, 8, 5]
    """
    return [math.ceil(rungs / (s + 1) * eta**s - 1e-9) for s in reversed(range(rungs))]


def checked_fidelities(what: str, value: object) -> tuple[float, ...]:
    """Return fidelities if they are two or more finite numbers in rising order.

    Raises:
        SearchError: They are not.
    """
    rule, remedy = "two or more finite numbers in rising order", "write fidelities=(1, 3, 9, 27)"
    if isinstance(value, Sequence) and not isinstance(value, str) and len(value) > 1:
        numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in value)
        if numbers and all(map(math.isfinite, value)) and all(one < two for one, two in pairwise(value)):
            return tuple(value)
    raise SearchError(complaint(what, rule, value, remedy))


def checked_eta(what: str, value: object) -> float:
    """Return ``value`` if one of so many can be promoted.

    Raises:
        SearchError: It is no finite number above 1.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 < value < math.inf:
        raise SearchError(complaint(what, "a number above 1", value, "write eta=3"))
    return value
