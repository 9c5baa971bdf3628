"""The book of an island: who was born, what became of them, and in what order the strategy learnt of it."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from evonas.errors import JournalError, SearchError, complaint
from evonas.evolve.archive import Archive
from evonas.evolve.objectives import SIGNS, Objectives
from evonas.evolve.records import Candidate, CandidateId, Individual, Outcome
from evonas.evolve.strategy import Strategy
from evonas.manage.budget import Budget
from evonas.manage.digest import digested
from evonas.manage.events import Account, Born, Elites, Entry
from evonas.manage.exchange import Exchange, at_fidelity
from evonas.space.genome import Genome

_Place: TypeAlias = str | tuple[str, float | None]
"""A genome's key; with the fidelity, where that is not the full one."""

MOST_IN_FRONT = 1000
"""Members that the archive holds; beyond them the most crowded leave."""
MOST_DUPLICATES = 1000
"""Duplicates in a row after which a strategy is held to have nothing new to propose."""


@dataclass
class Counts:
    """How an island stands.

    Attributes:
        evaluations: Distinct candidates born, each to be evaluated once.
        finished: Those whose outcome is there.
        learnt: Those whose outcome the strategy knows.
        failed: Those among the finished without objectives.
        duplicates: Candidates answered from memory.
        seconds: Durations of the finished evaluations, summed.
    """

    evaluations: int = 0
    finished: int = 0
    learnt: int = 0
    failed: int = 0
    duplicates: int = 0
    seconds: float = 0.0


class Ledger:
    """Binds a strategy to a budget, a memory and its neighbours; knows nothing of workers.

    Free-running, an outcome is learnt as it arrives. With ``lag`` candidate n is proposed knowing exactly
    the outcomes up to n - lag, learnt in birth order, whenever they arrive: the same search for any number
    of workers.

    Args:
        strategy: The search method, at work on its space, before its first birth; its objectives are the
            island's own.
        objectives: All that is declared; every outcome must have them.
        budget: When to stop.
        exchange: The traffic with other islands.
        quota: The island's part of the budget of evaluations; None is all of it.
        lag: None runs free; a number makes the search deterministic, with at most ``lag`` in flight.
        fidelity: How thoroughly this island evaluates; None leaves that to the strategy.

    Attributes:
        archive: The best at the highest fidelity of all that is learnt, for only equals can be compared.
        fidelity: What a full evaluation is called here. An evaluation at a lower fidelity counts as one in
            the budget, too, but can neither reach the target nor emigrate, and a genome evaluated at one
            fidelity is new at another.
    """

    def __init__(
        self,
        strategy: Strategy,
        objectives: Objectives,
        budget: Budget,
        exchange: Exchange,
        *,
        quota: int | None = None,
        lag: int | None = None,
        fidelity: float | None = None,
    ) -> None:
        self.objectives, self.budget, self.exchange = objectives, budget, exchange
        self.quota = budget.evaluations if quota is None else quota
        self.lag, self.fidelity = lag, strategy.full_fidelity if fidelity is None else fidelity
        self.archive = Archive(most=MOST_IN_FRONT)
        self.counts = Counts()
        self.open: dict[CandidateId, Candidate] = {}  # born, to be evaluated, not back yet
        self.closed: str | None = None  # why nobody is to be born any more, beside the budget
        self.unrecorded: deque[Born] = deque()  # births that are not in the journal yet
        self.early_failures: list[Outcome] = []  # of this session, before its first success
        self.has_succeeded = False  # in this session
        self._strategy, self._size = strategy, strategy.space.size
        self._first: dict[_Place, CandidateId] = {}  # who was there first
        self._outcomes: dict[CandidateId, Outcome] = {}  # learnt outcomes of firsts: the memory
        self._unlearnt: dict[CandidateId, Candidate] = {}  # born, not learnt yet; in birth order
        self._arrived: dict[CandidateId, Outcome] = {}  # back, but not their turn yet (lag only)
        self._twins: dict[CandidateId, list[CandidateId]] = {}  # duplicates that wait for an open first
        self._since_best = 0  # evaluations learnt since the best one
        self._stagnation = 0  # the most that ever was: a search that has stagnated stays so
        self._thoroughness = -math.inf  # of those in the archive
        self._n_partial = 0  # evaluations that are not full
        self._n_relived = 0  # births that a journal holds: they happened, whatever the budget says now
        self._duplicates_in_a_row = 0
        self._digest = 0

    @property
    def island(self) -> int:
        """Which island this is the book of."""
        return self.exchange.island

    @property
    def strategy(self) -> Strategy:
        """The search method."""
        return self._strategy

    @property
    def left(self) -> int:
        """How many more may be born, as far as the budget of evaluations says."""
        return 2**31 if self.quota is None else max(self.quota - self.counts.evaluations, 0)

    @property
    def is_done(self) -> bool:
        """Whether nobody is to be born any more, and all that came back is learnt."""
        return not self.open and not (self.lag and self._unlearnt) and self.stopping() is not None

    @property
    def share_done(self) -> float:
        """How much of its budget is handed out, to compare islands that share workers."""
        return self.counts.evaluations / (self.quota or 2**31)

    def advance(self, wanted: int = 0) -> None:
        """Let the strategy propose and learn as far as the rules allow.

        Args:
            wanted: How many candidates there is use for now; with ``lag`` the rules alone decide.
        """
        while not self.exchange.waiting(self.counts.learnt):
            if self._may_bear() and (self._in_window() if self.lag else wanted > 0):
                wanted -= self._bear().same_as is None
            elif not (self.lag and self._learn_next()):
                return

    def arrive(self, outcome: Outcome) -> Outcome:
        """Take in an outcome of an open candidate; return it as judged: maybe turned into a failure."""
        judged, counts = self.objectives.judged(outcome), self.counts
        del self.open[outcome.id]
        counts.finished += 1
        counts.seconds += outcome.seconds
        counts.failed += judged.failure is not None
        self._watch_failures(judged)
        if self.lag:
            self._arrived[outcome.id] = judged
        else:
            self._learn_with_duplicates(judged)
        return judged

    def welcome(self, elites: Elites) -> bool:
        """Take in what another island sent, or keep it until its turn; return whether it is new."""
        if not self.exchange.arrive(elites):
            return False
        self._meet()
        return True

    def begin(self, known: Sequence[Individual], first: Sequence[Genome]) -> None:
        """Before the first birth: learn what is known from elsewhere, and have genomes evaluated first."""
        self._take_in(known)
        for genome in first:
            self._strategy.inject(genome)

    def take_records(self) -> list[Born]:
        """Return the unrecorded births, once."""
        births = list(self.unrecorded)
        self.unrecorded.clear()
        return births

    def target_reached(self) -> str | None:
        """Return how good the best is, if that is as good as the budget wants, or None."""
        if self.budget.target is None or (best := self.archive.best) is None:
            return None
        if best.candidate.fidelity != self.fidelity:
            return None
        name = next(iter(self._strategy.objectives))
        if best.costs[0] > SIGNS[self._strategy.objectives.directions[name]] * self.budget.target:
            return None
        return f"the target is reached: {name} {best.outcome.objectives[name]:g}"

    def stopping(self) -> str | None:
        """Return why no further candidate is to be born, or None."""
        if self.closed:
            return self.closed
        if reached := self.target_reached():
            return reached
        evaluations = self.counts.evaluations
        if evaluations - self._n_partial >= self._size:
            return "every architecture of the space is evaluated"
        if self._duplicates_in_a_row >= MOST_DUPLICATES:
            return f"the strategy proposes nothing new: {MOST_DUPLICATES:,} duplicates in a row"
        if self.quota is not None and evaluations >= self.quota:
            return f"the budget of evaluations is spent: {self.quota:,}"
        return self.budget.spent(evaluations, self._stagnation)

    def replay(self, entries: Sequence[Entry]) -> None:
        """Live through a journal again, in order: afterwards this ledger stands where it ended.

        Raises:
            JournalError: The strategy does not propose what the journal says; the message begins with the
                line, the first entry being on line 2, below the header.
        """
        self._n_relived = sum(isinstance(entry, Born) for entry in entries)
        for number, entry in enumerate(entries, start=1):
            if isinstance(entry, Born):
                self._relive_birth(entry, number)
            elif isinstance(entry, Elites):
                self.welcome(entry)
            elif isinstance(entry, Account):
                continue
            elif entry.id not in self.open:
                raise JournalError(
                    f"line {number + 1}: an outcome names {entry.id}, which is not being evaluated"
                )
            else:
                self.arrive(entry)
            if self.lag:
                self.advance()
        self.exchange.outbox.clear()
        self._give_up_surplus()
        self.early_failures, self.has_succeeded = [], False

    def _give_up_surplus(self) -> None:
        """Running free: evaluate no more of what is open than the quota, which may be less than before."""
        if self.quota is None or self.lag:
            return
        surplus = max(self.counts.evaluations - self.quota, 0)
        for name in list(self.open)[::-1][:surplus]:
            self._n_partial -= self.open[name].fidelity != self.fidelity
            del self.open[name], self._unlearnt[name]
            self.counts.evaluations -= 1

    @property
    def digest(self) -> str:
        """16 hex characters over all that was learnt (ids, genomes, parents, fidelities, objectives)."""
        return f"{self._digest % 2**64:016x}"

    def _relive_birth(self, entry: Born, number: int) -> None:
        if not self.unrecorded and self.lag:
            self.advance()
        born = self.unrecorded[0] if self.unrecorded else self._bear()
        self.unrecorded.popleft()
        if born != entry:
            remedy = "evonas, the strategy or its operators changed since: start a new run"
            raise JournalError(complaint(f"line {number + 1}", _told(born), _told(entry), remedy))

    def _may_bear(self) -> bool:
        return self._strategy.births < self._n_relived or self.stopping() is None

    def _in_window(self) -> bool:
        return len(self._unlearnt) < (self.lag or 0)

    def _bear(self) -> Born:
        candidate = self._strategy.asked()
        if candidate.fidelity is None and self.fidelity is not None:
            candidate = candidate._replace(fidelity=self.fidelity)
        first = self._first.setdefault(self._place(candidate), candidate.id)
        self._unlearnt[candidate.id] = candidate
        if first == candidate.id:
            born = Born(candidate)
            self.open[candidate.id] = candidate
            self.counts.evaluations += 1
            self._n_partial += candidate.fidelity != self.fidelity
            self._duplicates_in_a_row = 0
        else:
            born = Born(candidate, same_as=first)
            self.counts.duplicates += 1
            self._duplicates_in_a_row += 1
            if not self.lag:
                self._learn_twin(candidate.id, first)
        self.unrecorded.append(born)
        return born

    def _place(self, candidate: Candidate) -> _Place:
        """Return what candidates have in common of which one answers for all."""
        key, fidelity = candidate.genome.key, candidate.fidelity
        return key if fidelity == self.fidelity else (key, fidelity)

    def _learn_next(self) -> bool:
        """With ``lag``: learn the oldest unlearnt candidate, if its outcome is there."""
        candidate = next(iter(self._unlearnt.values()), None)
        if candidate is None:
            return False
        outcome = self._arrived.pop(candidate.id, None) or self._outcomes.get(
            self._first[self._place(candidate)]
        )
        if outcome is None:
            return False
        self._learn(candidate.id, outcome)
        return True

    def _learn_with_duplicates(self, outcome: Outcome) -> None:
        """Running free: learn an outcome, for its candidate and for the duplicates that wait for it."""
        self._learn(outcome.id, outcome)
        for twin in self._twins.pop(outcome.id, ()):
            self._learn(twin, outcome)

    def _learn_twin(self, twin: CandidateId, first: CandidateId) -> None:
        """Running free: answer a duplicate from memory, or let it wait for its first."""
        if first in self._outcomes:
            self._learn(twin, self._outcomes[first])
        else:
            self._twins.setdefault(first, []).append(twin)

    def _learn(self, name: CandidateId, outcome: Outcome) -> None:
        candidate = self._unlearnt.pop(name)
        own = outcome
        if outcome.id == name:
            self._outcomes[name] = outcome
            self._since_best += 1
            self.counts.learnt += 1
        else:
            own = outcome._replace(id=name)
        individual = self._strategy.told(own)
        self._digest += digested(candidate, own, self.objectives)
        if individual is not None:
            self._admit(at_fidelity(individual, self.fidelity))
        self._stagnation = max(self._stagnation, self._since_best)
        if outcome.id == name:
            self.exchange.learnt(self.counts.learnt, self._emigrants)
            self._meet()

    def _admit(self, individual: Individual) -> None:
        """Let the archive have an individual, unless others were evaluated more thoroughly."""
        thoroughness = individual.candidate.thoroughness
        if thoroughness < self._thoroughness:
            return
        if thoroughness > self._thoroughness:
            self.archive, self._thoroughness = Archive(most=MOST_IN_FRONT), thoroughness
        best = self.archive.best
        if best is None or individual.costs[0] < best.costs[0]:
            self._since_best = 0
            self.exchange.improve()
        self.archive.add(individual)

    def _emigrants(self) -> list[Individual]:
        """Return who may be sent to other islands: the living and the best ever."""
        pool = {one.id: one for one in (*self._strategy.residents, *self.archive.front)}
        named = [at_fidelity(one, self.fidelity) for one in pool.values()]
        return [one for one in named if one.candidate.fidelity == self.fidelity]

    def _meet(self) -> None:
        """Let the strategy meet the immigrants whose turn it is."""
        for elites in self.exchange.due_now(self.counts.learnt):
            self._take_in(elites.members)
            for one in elites.members:  # of another fidelity: what it is worth here is to be seen
                if one.candidate.fidelity != self.fidelity and one.genome.key not in self._first:
                    self._strategy.inject(one.genome, (one.id,))

    def _take_in(self, members: Sequence[Individual]) -> None:
        """Count individuals from elsewhere as learnt, as far as they are of the island's fidelity and new."""
        equals = [
            self._strategy.objectives.individual(one.candidate, one.outcome)
            for one in members
            if one.candidate.fidelity == self.fidelity and one.id not in self._outcomes
        ]
        for one in equals:
            self._first.setdefault(one.genome.key, one.id)
            self._outcomes.setdefault(one.id, one.outcome)
            self._admit(one)
        if equals:
            self._strategy.welcome(equals, self.exchange.migration.replaced)

    def _watch_failures(self, outcome: Outcome) -> None:
        if outcome.failure is None:
            self.has_succeeded, self.early_failures = True, []
        elif not self.has_succeeded:
            self.early_failures.append(outcome)


def _told(born: Born) -> str:
    return f"the birth of {born.candidate.id} as {born.candidate.genome}"


def checked_lag(lag: object) -> int | None:
    """Return ``lag`` if ``deterministic=`` can be that.

    Raises:
        SearchError: It is neither None nor a whole number of at least 1.
    """
    if lag is None:
        return None
    if isinstance(lag, bool) or not isinstance(lag, int) or lag < 1:
        remedy = "write deterministic=8 to let 8 evaluations run at a time, or leave it out"
        raise SearchError(complaint("deterministic", "a lag of 1 or more", lag, remedy))
    return lag
