"""An island's traffic with its neighbours: when it sends whom, and when it takes in what arrived."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from evonas import seeds
from evonas.evolve.records import CandidateId, Individual
from evonas.manage.events import Elites
from evonas.manage.migration import Interval, Migration

LAST = 2**31 - 1
"""The epoch of the farewell of an island that sent nothing before; after n sendings it is n less."""


class Exchange:
    """Counts what its island learnt, chooses elites when they are due, and keeps what came until its turn.

    Running free, elites go when they are due and somebody is new to the neighbour, and are taken in when
    they come. In step (``deterministic=``), every island sends at the end of each epoch of ``every``
    outcomes, if only word that there is nobody, and takes in its neighbours' elites of an epoch exactly one
    epoch later; so that the result does not depend on who was faster.

    Args:
        island: Whose traffic it is.
        migration: How to exchange.
        neighbours: For each island those that it sends to.
        seed: The root seed.
        in_step: Whether islands wait for each other's word.
    """

    def __init__(
        self,
        island: int,
        migration: Migration,
        neighbours: Sequence[Sequence[int]],
        seed: int,
        *,
        in_step: bool = False,
    ) -> None:
        self.island, self.migration, self.in_step = island, migration, in_step
        self.targets = tuple(neighbours[island])
        self.sources = tuple(other for other, theirs in enumerate(neighbours) if island in theirs)
        self.outbox: list[Elites] = []  # to be sent
        self.n_sent = self.n_received = 0  # elites
        self._seed = seed
        self._interval = Interval(migration.every, migration.adaptive)
        self._sent: dict[int, list[Elites]] = {
            target: [] for target in self.targets
        }  # in step: all; else none
        self._known: dict[int, set[CandidateId]] = {target: set() for target in self.targets}
        self._arrived: dict[int, dict[int, Elites]] = {source: {} for source in self.sources}
        self._inherited: set[int] = set()  # islands that are no more, whose elites came
        self._heirlooms: list[Elites] = []
        self._ends: dict[int, int] = {}  # in step: how many sendings came of an island that is done
        self._is_over = False
        self._epoch = 0  # of the next sending
        self._turn = 0  # in step: the next epoch to be taken in
        self._improved = False

    def improve(self) -> None:
        """Note that the island's best is a better one."""
        self._improved = True

    def learnt(self, n: int, pool: Callable[[], Sequence[Individual]]) -> None:
        """Put elites into the outbox if they are due.

        Args:
            n: How many outcomes the island has learnt, this one included.
            pool: Returns who may be sent.
        """
        if not self.targets:
            return
        due = self._interval.due(n, self._improved)
        if due:
            self._improved = False
        if due or (self.in_step and n % self.migration.every == 0):
            rng = seeds.generator(self._seed, self.island, self._epoch, seeds.Purpose.MIGRATION)
            everybody = pool() if due else ()
            for target in self.targets:
                new = [
                    one for one in everybody if one.id not in self._known[target] and one.id.island != target
                ]
                members = self.migration.emigrants(new, rng) if new else ()
                self._put(target, self._epoch, tuple(members))
            self._epoch += 1

    def farewell(self) -> None:
        """Tell the neighbours, if they wait for word, that nothing more comes."""
        if self.in_step and not self._is_over:
            self._is_over = True
            for target in self.targets:
                self._put(target, LAST - self._epoch, ())

    def sent_since(self, target: int, epoch: int) -> list[Elites]:
        """Return what was sent to an island since an epoch, for one that lost it."""
        return [elites for elites in self._sent.get(target, ()) if elites.epoch >= epoch]

    def wanted(self, source: int) -> int:
        """Return the first epoch of a neighbour that is not here yet."""
        epoch = self._turn
        while epoch in self._arrived[source]:  # later ones may be here: they were sent, not asked for
            epoch += 1
        return epoch

    def arrive(self, elites: Elites) -> bool:
        """Keep what arrived; return whether it is new."""
        if elites.source not in self._arrived:  # an island that is no more, or no neighbour any more
            new = elites.epoch != LAST or elites.source not in self._inherited
            self._inherited.add(elites.source)
            self._heirlooms += [elites] if new else []
            return new
        here = self._arrived[elites.source]
        if self.in_step and elites.epoch > LAST // 2:  # it may overtake what is sent again after a death
            new = elites.source not in self._ends
            self._ends[elites.source] = LAST - elites.epoch
            return new
        if elites.epoch in here or (self.in_step and elites.epoch < self._turn):
            return False
        here[elites.epoch] = elites
        return True

    def due_now(self, n: int) -> list[Elites]:
        """Return the elites to be taken in now, once, ``n`` outcomes being learnt."""
        if not (self.sources or self._heirlooms):  # the most frequent case
            return []
        taken, self._heirlooms = self._heirlooms, []
        if not self.in_step:
            for here in self._arrived.values():
                taken += here.values()
                here.clear()
        elif n // self.migration.every >= self._turn + 2 and not self.waiting(n):
            for here in self._arrived.values():
                if self._turn in here:
                    taken.append(here.pop(self._turn))
            self._turn += 1
        self.n_received += sum(len(elites.members) for elites in taken)
        return taken

    def waiting(self, n: int) -> bool:
        """Return whether, ``n`` outcomes being learnt, a neighbour's word must come before anything else."""
        if not self.in_step or n // self.migration.every < self._turn + 2:
            return False
        return any(
            self._turn not in here and self._turn < self._ends.get(source, LAST)
            for source, here in self._arrived.items()
        )

    def _put(self, target: int, epoch: int, members: tuple[Individual, ...]) -> None:
        if not members and not self.in_step:
            return
        self._known[target].update(one.id for one in members)
        elites = Elites(self.island, target, epoch, members)
        self.n_sent += len(members)
        self.outbox.append(elites)
        if self.in_step:
            self._sent[target].append(elites)


def at_fidelity(individual: Individual, fidelity: float | None) -> Individual:
    """Return an individual whose candidate says how thoroughly it was evaluated: if nothing else, so."""
    if fidelity is None or individual.candidate.fidelity is not None:
        return individual
    return individual._replace(candidate=individual.candidate._replace(fidelity=fidelity))
