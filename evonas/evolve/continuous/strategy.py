"""What all continuous methods have in common as strategies: runs, points, failures, immigrants."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from evonas.evolve.continuous.rounds import Costs, Point, Rounds, Share, Start
from evonas.evolve.continuous.run import Run
from evonas.evolve.records import INFEASIBLE, Candidate, CandidateId, Individual
from evonas.evolve.selection import survivors
from evonas.evolve.strategy import Proposal, Replace, Strategy, oldest_first, replaced
from evonas.evolve.unit_cube import UnitCube
from evonas.space.genome import Genome

ELITES = 10  # that are remembered, to emigrate
TRIES = 300  # points in a row that are refused or known, until a random genome is proposed instead
STALE = 50  # points of one run in a row that are known already, until it is held to have converged
MOST_BEGUN = 3  # runs that may begin without one point to evaluate, until a random genome is proposed
MEMORY = 2**16  # genomes whose costs are remembered: methods seldom come back to older ones
PATIENCE = 20  # births for each evaluation in flight, after which a round does not wait for the last ones
MARGIN = 0.1  # by which a penalty lies above all costs, in shares of their range
LARGEST_SEED = 2**63


class Ticket(NamedTuple):
    """Whose point a candidate is."""

    run: Run
    place: int


class Known(NamedTuple):
    """What became of a genome.

    Attributes:
        cost: Its cost; None if it cannot compete.
        excess: How bad it is in that case: the violation of constraints, squeezed into 0..1.
    """

    cost: float | None
    excess: float = math.nan


REFUSED = Known(None, 1.0)
"""It failed, or ``where=`` refuses it."""


class ContinuousStrategy(Strategy):
    """A method over points of the unit cube, at work on any space: see ``UnitCube``.

    The first run begins where the user said, or at the best that is known, or in the centre; others, and
    those of other islands, at random points. While all points of a round are evaluated nobody waits: another
    run begins. A run that ends is followed by another. What is known is answered from memory. What fails, or
    violates constraints, costs more than all that can compete; until somebody can, violations alone are
    minimized, and who is the first to keep all limits is where the next run begins.
    """

    looks_ahead = False

    @abstractmethod
    def rounds(self, start: Start) -> Rounds:
        """Begin a run."""

    def start(self) -> None:
        """Begin nowhere."""
        self._cube, self._size = UnitCube(self.space, exact=True), self.space.size
        self._runs: list[Run] = []
        self._ended: dict[str, Share] = {}  # of runs that are over
        self._n_runs, self._workers = 0, 1
        self._starts: list[Genome] = []  # where the next runs begin
        self._offered: tuple[Genome, Ticket] | None = None  # proposed, not adopted yet
        self._tickets: dict[CandidateId, list[Ticket]] = {}  # who waits for whom, the oldest first
        self._known: dict[str, Known | CandidateId] = {}  # by key: what became of it, or who will tell
        self._elites: list[Individual] = []
        self._highest, self._lowest = -np.inf, np.inf  # costs of those that can compete

    def inject(self, genome: Genome, parents: tuple[CandidateId, ...] = ()) -> None:
        """Have ``ask`` return ``genome`` before anything is proposed, and a run begin there."""
        super().inject(genome, parents)
        self._starts.append(genome)

    def propose(self, rng: np.random.Generator) -> Proposal:
        """Return the next point of a round; of a new run, if all others wait."""
        self._wait_no_longer()
        n_known, n_runs = 0, self._n_runs
        is_exhausted = len(self._known) >= self._size or not self.space.n_genes
        for _ in range(0 if is_exhausted else TRIES):
            run = self._running(rng)
            if run.waits or self._n_runs > n_runs + MOST_BEGUN:  # they have nothing to say
                break
            place, point = run.take()
            ticket, genome = Ticket(run, place), self._cube.genome(point)
            known = self._known.get(genome.key)
            if known is None and self.space.feasible(genome):
                self._offered = genome, ticket
                return Proposal(genome)
            self._answer(ticket, known or REFUSED)
            n_known += known is not None
            if n_known == STALE:
                run.end()
                n_known = 0
        return Proposal(self.space.sample(rng))

    def adopt(self, candidate: Candidate) -> None:
        """Wait for the outcome of a candidate, whose genome is not proposed again meanwhile."""
        super().adopt(candidate)
        self._known.setdefault(candidate.genome.key, candidate.id)
        if self._offered and self._offered[0] is candidate.genome:
            self._tickets[candidate.id] = [self._offered[1]]
            self._offered = None
            self._workers = max(self._workers, len(self._tickets))

    def _running(self, rng: np.random.Generator) -> Run:
        """Return the oldest run that has a point to evaluate; a new one, if there is none."""
        for run in self._runs:
            if run.is_over:
                _add(self._ended, run.shares)
        self._runs = [run for run in self._runs if not run.is_over]
        for run in self._runs:
            run.employ(self._workers)
        return next((run for run in self._runs if not run.waits), None) or self._begun(rng)

    def _begun(self, rng: np.random.Generator) -> Run:
        seed, spread, point = int(rng.integers(LARGEST_SEED)), self._spread(), self._next_start(rng)
        if point is None:
            is_first = self._island == self._n_runs == 0
            point = np.full(self.space.n_genes, 0.5) if is_first else rng.random(self.space.n_genes)
        run = Run(
            self.rounds,
            point,
            seed,
            number=self._n_runs,
            island=self._island,
            workers=self._workers,
            spread=spread,
        )
        self._n_runs += 1
        self._runs.append(run)
        return run

    def _next_start(self, rng: np.random.Generator) -> Point | None:
        """Return where the user wants a run to begin, the best first; else the best that is known before."""
        if not self._n_runs and not self._starts:
            self._starts += [one.genome for one in self._elites[:1]]
        if not self._starts:
            return None
        genome = min(self._starts, key=self._cost_of)
        self._starts.remove(genome)
        return self._cube.point(genome, rng)

    def _spread(self) -> Point | None:
        """Return how far apart the best lie that are known before the first run; None where they are few."""
        if self._n_runs or self._starts or len(self._elites) < ELITES:
            return None
        points = [self._cube.point(one.genome, np.random.default_rng(0)) for one in self._elites]
        spread: Point = np.std(points, axis=0)
        return spread

    def _cost_of(self, genome: Genome) -> float:
        known = self._known.get(genome.key)
        return known.cost if isinstance(known, Known) and known.cost is not None else np.inf

    def _wait_no_longer(self) -> None:
        """Go on without a point that nobody has told for long: it may never come."""
        if self._offered:  # a strategy that is made of this one did not want it
            self._answer(self._offered[1], REFUSED)
            self._offered = None
        late = next(iter(self._tickets), None)
        if late is not None and self.births - late.birth > PATIENCE * self._workers:
            for ticket in self._tickets.pop(late):
                self._answer(ticket, REFUSED)

    def _answer(self, ticket: Ticket, known: Known | CandidateId) -> None:
        """Tell a run what became of its point, or let it wait for the candidate that will tell."""
        run, place = ticket
        if isinstance(known, CandidateId):
            self._tickets.setdefault(known, []).append(ticket)
            return
        if run.is_over:
            return
        run.tell(place, known.cost, known.excess)
        if run.is_told:
            run.go_on(self._prices(run))

    def _prices(self, run: Run) -> Costs:
        """Return what the points of a round cost: more than all that can compete, the more the worse."""
        if self._highest < self._lowest:
            run.is_blind = True
            return run.excess
        span = self._highest - self._lowest or 1.0
        return np.where(np.isnan(run.costs), self._highest + span * (MARGIN + run.excess), run.costs)

    def learn(self, individual: Individual) -> None:
        """Tell the run whose point it is; what comes from elsewhere is news for all."""
        if (
            len(individual.costs) > 1
            or len(self._elites) < ELITES
            or individual.costs < self._elites[-1].costs
        ):
            self._elites = survivors([*self._elites, individual], ELITES)
        self._take_in(individual)

    def _take_in(self, individual: Individual) -> None:
        genome, cost = individual.genome, individual.costs[0]
        if individual.is_feasible:
            known = Known(cost)
            if self._highest < self._lowest:
                self._leave_the_blind(genome)
            self._highest, self._lowest = max(self._highest, cost), min(self._lowest, cost)
        else:
            violation = cost / INFEASIBLE - 1.0
            known = Known(None, violation / (1.0 + violation))
        if not self._settle(individual.id, genome, known) and known.cost is not None:
            point = self._cube.point(genome, np.random.default_rng(0))
            for run in self._runs:
                run.hear(point, known.cost)

    def _leave_the_blind(self, genome: Genome) -> None:
        """End runs that knew violations only, now that somebody can compete; the next one begins there."""
        blind = [run for run in self._runs if run.is_blind]
        for run in blind:
            run.end()
        if blind:
            self._starts.append(genome)

    def _settle(self, name: CandidateId, genome: Genome, known: Known) -> bool:
        """Remember what became of a genome, tell those who wait for it, and return whether there were any."""
        self._known[genome.key] = known
        if len(self._known) > MEMORY:
            del self._known[next(iter(self._known))]
        waiting = self._tickets.pop(name, [])
        for ticket in waiting:
            self._answer(ticket, known)
        return bool(waiting)

    def fail(self, candidate: Candidate) -> None:
        """Tell the run that this is worse than all that did not fail."""
        self._settle(candidate.id, candidate.genome, REFUSED)

    @property
    def shares(self) -> Mapping[str, Share]:
        """What each of its methods spent and earned so far, by name; none if it is one method."""
        total: dict[str, Share] = {}
        for shares in (self._ended, *(run.shares for run in self._runs)):
            _add(total, shares)
        return total

    @property
    def residents(self) -> Sequence[Individual]:
        """The best, oldest first."""
        return oldest_first(self._elites)

    def welcome(self, immigrants: Sequence[Individual], replace: Replace) -> None:
        """Let ``replace`` decide who counts among the best; tell the runs who came."""
        if not self._elites:
            return super().welcome(immigrants, replace)
        self._elites = sorted(
            replaced(self.residents, immigrants, replace), key=lambda one: (one.costs, one.id)
        )
        for one in immigrants:
            self._take_in(one)


def _add(total: dict[str, Share], shares: Mapping[str, Share]) -> None:
    """Add what was spent and earned elsewhere to a total."""
    for name, share in shares.items():
        sum_of = total.setdefault(name, Share())
        sum_of.evaluations += share.evaluations
        sum_of.records += share.records
