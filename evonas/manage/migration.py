"""What migrates between islands and when: settings, policies as functions of values, and the interval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import TypeAlias

import numpy as np

from evonas.errors import SearchError, complaint
from evonas.evolve.records import Individual
from evonas.evolve.selection import survivors, tournament
from evonas.evolve.strategy import Replace, whole
from evonas.manage.topology import Topology, checked_topology

Send: TypeAlias = Callable[[Sequence[Individual], int, np.random.Generator], Sequence[Individual]]
"""Chooses at most so many individuals of a pool to be sent."""

LONGEST = 64
"""How many times ``every`` an interval may become: six doublings, so that no island falls silent for good."""


def send_best(pool: Sequence[Individual], n: int, rng: np.random.Generator) -> Sequence[Individual]:
    """Choose the best ``n`` distinct genomes; of several objectives by non-dominated fronts and crowding."""
    return survivors(pool, n)


def send_random(pool: Sequence[Individual], n: int, rng: np.random.Generator) -> Sequence[Individual]:
    """Choose ``n`` distinct genomes, all equally likely."""
    distinct = _distinct(pool)
    return [distinct[int(index)] for index in rng.permutation(len(distinct))[:n]]


def send_tournament(pool: Sequence[Individual], n: int, rng: np.random.Generator) -> Sequence[Individual]:
    """Choose ``n`` distinct genomes, each the better one of two drawn at random."""
    left, chosen = _distinct(pool), list[Individual]()
    while left and len(chosen) < n:
        chosen.append(tournament(left, 2, rng))
        left.remove(chosen[-1])
    return chosen


def replace_worst(population: Sequence[Individual], immigrants: Sequence[Individual]) -> Sequence[Individual]:
    """Let the immigrants take the places of the worst members, where they are better: pagmo's fair replace.

    No genome comes in that is here already, and between equals the member stays. With several objectives
    NSGA-II (Deb et al. 2002) selects who stays among all; of equal genomes the oldest.
    """
    everyone = [*population, *_newcomers(population, immigrants)]
    return [everyone[index] for index in sorted(_best(everyone, len(population)))]


def replace_oldest(
    population: Sequence[Individual], immigrants: Sequence[Individual]
) -> Sequence[Individual]:
    """Let the immigrants take the places of the oldest members, as aging evolution's children do.

    No genome comes in that is here already.
    """
    newcomers = _newcomers(population, immigrants)[: len(population)]
    return [*population[len(newcomers) :], *newcomers]


SEND: dict[str, Send] = {"best": send_best, "random": send_random, "tournament": send_tournament}
REPLACE: dict[str, Replace] = {"worst": replace_worst, "oldest": replace_oldest}


@dataclass(frozen=True, kw_only=True, repr=False)
class Migration:
    """How islands exchange their elites.

    >>> Migration(topology="torus", every=50)
    Migration(topology='torus', every=50, elites=1, adaptive=True, send='best', replace='worst')

    Args:
        topology: Who sends to whom: ``"ring"``, ``"torus"``, ``"hypercube"``, ``"complete"``, ``"star"``,
            ``"random regular"``, ``"small world"``; for each island a list of those that it sends to; or a
            function that returns such lists for a number of islands.
        every: Outcomes that an island learns between two sendings, at least.
        elites: Individuals in a sending, at most.
        adaptive: Whether the interval doubles while an island gets no better, and is ``every`` again once it
            does; otherwise it is always ``every``.
        send: Which individuals are sent: ``"best"``, ``"random"``, ``"tournament"`` or a function
            ``(pool, n, rng) -> individuals of the pool, n at most``.
        replace: Whose places they take: ``"worst"``, ``"oldest"`` or a function
            ``(population, immigrants) -> population``, oldest first and as many as before.

    Raises:
        SearchError: A setting cannot be used.
    """

    # A trial on NK landscapes (24 genes of 5 options, K = 3) with 8 islands: at 100 evaluations an island,
    # every=25 has half to three quarters of the gain of every=10 for less than half its traffic, every=50
    # less of both; at 600 neither the interval nor more elites make a difference beyond chance.
    topology: Topology = "ring"
    every: int = 25
    elites: int = 1
    adaptive: bool = True
    send: str | Send = "best"
    replace: str | Replace = "worst"

    def __post_init__(self) -> None:
        object.__setattr__(self, "topology", checked_topology(self.topology))
        whole("Migration: every", self.every, 1)
        whole("Migration: elites", self.elites, 1)
        if not isinstance(self.adaptive, bool):
            remedy = "write adaptive=False for a fixed interval"
            raise SearchError(complaint("Migration: adaptive", "True or False", self.adaptive, remedy))
        _check_policy("send", self.send, SEND, "(pool, n, rng)")
        _check_policy("replace", self.replace, REPLACE, "(population, immigrants)")

    def emigrants(self, pool: Sequence[Individual], rng: np.random.Generator) -> list[Individual]:
        """Return who of ``pool`` is sent.

        Raises:
            SearchError: A user's ``send`` chose too many, one twice, or one from elsewhere.
        """
        policy = SEND[self.send] if isinstance(self.send, str) else self.send
        rule = f"at most {self.elites} of the pool, each once"
        chosen = policy(tuple(pool), self.elites, rng)
        return _checked(f"send={_shown(self.send)}", rule, chosen, pool, range(self.elites + 1))

    def replaced(
        self, population: Sequence[Individual], immigrants: Sequence[Individual]
    ) -> list[Individual]:
        """Return the population after the immigrants came, oldest first.

        Raises:
            SearchError: A user's ``replace`` changed the size, or named one twice or one from elsewhere.
        """
        policy = REPLACE[self.replace] if isinstance(self.replace, str) else self.replace
        n, given = len(population), [*population, *immigrants]
        rule = f"{n} of the population and the immigrants, each once"
        living = policy(tuple(population), tuple(immigrants))
        return _checked(f"replace={_shown(self.replace)}", rule, living, given, range(n, n + 1))

    def __repr__(self) -> str:
        """Show a function by its name: equal settings look equal in every process."""
        shown = ", ".join(f"{field.name}={_shown(getattr(self, field.name))}" for field in fields(self))
        return f"Migration({shown})"


class Interval:
    """When an island sends: scheme A of Lässig and Sudholt (FOGA 2011), for one island.

    They adapt the number of islands by it; Mambrini and Sudholt (Evolutionary Computation 23(4), 2015) the
    migration interval: doubled at a sending without improvement since the one before, back to its shortest
    once there is one. Here an improvement also cuts short the interval that is under way, however long it has
    grown; intervals are whole multiples of ``every``, ``LONGEST`` at most.

    Args:
        every: The shortest interval, in outcomes that the island learnt.
        adaptive: False keeps it at ``every``.
    """

    def __init__(self, every: int, adaptive: bool) -> None:
        self._every, self._adaptive = every, adaptive
        self.outcomes = every
        self._last = 0

    def due(self, learnt: int, improved: bool) -> bool:
        """Return whether the island sends now, and start the next interval if so; ask after every outcome.

        Args:
            learnt: Outcomes that the island learnt so far.
            improved: Whether its best got better since its last sending, by itself or by an immigrant.
        """
        if learnt % self._every:
            return False
        if improved:
            self.outcomes = self._every
        if learnt - self._last < self.outcomes:
            return False
        self._last = learnt
        if self._adaptive and not improved:
            self.outcomes = min(2 * self.outcomes, LONGEST * self._every)
        return True


def _distinct(individuals: Sequence[Individual]) -> list[Individual]:
    """Return the first individual of each genome, in their order."""
    first: dict[str, Individual] = {}
    for individual in individuals:
        first.setdefault(individual.genome.key, individual)
    return list(first.values())


def _newcomers(population: Sequence[Individual], immigrants: Sequence[Individual]) -> list[Individual]:
    here = {member.genome.key for member in population}
    return [immigrant for immigrant in _distinct(immigrants) if immigrant.genome.key not in here]


def _best(everyone: Sequence[Individual], n: int) -> list[int]:
    """Return the places of the best ``n``."""
    places = range(len(everyone))
    if not everyone or len(everyone[0].costs) == 1:
        return sorted(places, key=lambda place: everyone[place].costs)[:n]
    first = {everyone[place].genome.key: place for place in reversed(places)}
    chosen = [first[individual.genome.key] for individual in survivors(everyone, n)]
    return (chosen + sorted({*places} - {*chosen}))[:n]


def _check_policy(name: str, policy: object, named: Collection[str], arguments: str) -> None:
    if not callable(policy) and not (isinstance(policy, str) and policy in named):
        rule = f"one of {', '.join(named)} or a function {arguments}"
        raise SearchError(complaint(f"Migration: {name}", rule, policy, "name one of them"))


def _checked(
    policy: str, rule: str, answer: object, given: Sequence[Individual], counts: range
) -> list[Individual]:
    """Return what a policy answered as a list.

    Raises:
        SearchError: It has not the right length, or somebody in it who was not given.
    """
    members = list(answer) if isinstance(answer, Iterable) else None
    # A population may hold an individual twice; nobody may come out more often than it went in.
    if members is None or len(members) not in counts or Counter(map(id, members)) - Counter(map(id, given)):
        shown = answer if members is None else [str(getattr(member, "id", member)) for member in members]
        raise SearchError(complaint(f"Migration: {policy}", rule, shown, "correct the function"))
    return members


def _shown(value: object) -> str:
    return getattr(value, "__qualname__", type(value).__qualname__) if callable(value) else repr(value)
