"""What all continuous methods have in common as strategies: runs, points, failures, immigrants."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import NamedTuple, final

import numpy as np

from evonas.evolve.continuous.rounds import Costs, Point, Points, Rounds, Start
from evonas.evolve.records import INFEASIBLE, Candidate, CandidateId, Individual
from evonas.evolve.selection import survivors
from evonas.evolve.strategy import Proposal, Replace, Strategy, oldest_first, replaced
from evonas.evolve.unit_cube import UnitCube
from evonas.space.genome import Genome

ELITES = 10  # that are remembered, to emigrate
TRIES = 1000  # points in a row that ``where=`` may refuse, until a random genome is proposed instead
STALE = 100  # proposals in a row that are no new genomes, until a run is held to have converged
LARGEST_SEED = 2**63


@final
class Run:
    """One run of a method: the points of its present round, and what is known of their costs.

    Args:
        rounds: The coroutine.
    """

    def __init__(self, rounds: Rounds) -> None:
        self._rounds = rounds
        self.is_over = False
        self._begin(None)

    def _begin(self, costs: Costs | None) -> None:
        try:
            self._points: Points = next(self._rounds) if costs is None else self._rounds.send(costs)
        except StopIteration:
            self.is_over, self._points = True, np.empty((0, 0))
        self._costs = np.full(len(self._points), np.nan)
        self._n_taken = self._n_told = 0

    @property
    def waits(self) -> bool:
        """Whether all points of the round are handed out, or there will be none any more."""
        return self._n_taken == len(self._points)

    def take(self) -> tuple[int, Point]:
        """Return the next point of the round, and its place there."""
        place = self._n_taken
        self._n_taken += 1
        return place, self._points[place]

    def tell(self, place: int, cost: float) -> None:
        """Take in what a point of the round costs; the last one begins the next round."""
        self._costs[place] = cost
        self._n_told += 1
        if self._n_told == len(self._points) and not self.is_over:
            self._begin(self._costs)

    def end(self) -> None:
        """Give it up."""
        self.is_over, self._points = True, self._points[: self._n_taken]
        self._rounds.close()


class Ticket(NamedTuple):
    """Whose point a candidate is."""

    run: Run
    place: int


class ContinuousStrategy(Strategy):
    """A method over points of the unit cube, at work on any space: see ``UnitCube``.

    While all points of a round are evaluated nobody waits: another run of the method begins elsewhere. A run
    that ends is followed by another. What fails, or passes constraints, costs more than what does not.
    """

    @abstractmethod
    def rounds(self, start: Start) -> Rounds:
        """Begin a run."""

    def start(self) -> None:
        """Begin nowhere."""
        self._cube = UnitCube(self.space)
        self._runs: list[Run] = []
        self._n_runs = self._n_stale = 0
        self._tickets: dict[CandidateId, Ticket] = {}
        self._elites: list[Individual] = []
        self._news: list[tuple[Point, float]] = []
        self._highest, self._lowest = -np.inf, np.inf  # costs of whoever is feasible

    def propose(self, rng: np.random.Generator) -> Proposal:
        """Return the next point of a round; of a new run, if all others wait."""
        for _ in range(TRIES):
            self._runs = [run for run in self._runs if not run.is_over]
            run = next((run for run in self._runs if not run.waits), None) or self._begun(rng)
            if run.waits:  # it had nothing to say
                break
            place, point = run.take()
            genome = self._cube.genome(point)
            if self.space.feasible(genome):
                self._tickets[CandidateId(self._island, self.births)] = Ticket(run, place)
                return Proposal(genome)
            run.tell(place, self._penalty(0.0))
        return Proposal(self.space.sample(rng))

    def _begun(self, rng: np.random.Generator) -> Run:
        """Return a new run: the first one begins in the centre, the others at random points."""
        fresh = np.random.default_rng(int(rng.integers(LARGEST_SEED)))
        n_dims = self.space.n_genes
        point = np.full(n_dims, 0.5) if self._n_runs == 0 else fresh.random(n_dims)
        workers = len(self._asked) + 1
        run = Run(self.rounds(Start(point, fresh, self._n_runs, self._island, workers, self._news)))
        self._n_runs += 1
        self._runs.append(run)
        return run

    def learn(self, individual: Individual) -> None:
        """Tell the run whose point it is; what comes from elsewhere is news for all."""
        cost = individual.costs[0]
        if individual.is_feasible:
            self._highest, self._lowest = max(self._highest, cost), min(self._lowest, cost)
        else:
            cost = self._penalty(cost / INFEASIBLE - 1)
        self._elites = survivors([*self._elites, individual], ELITES)
        ticket = self._tickets.pop(individual.id, None)
        if ticket:
            ticket.run.tell(ticket.place, cost)
        else:
            self._tell_news(individual.genome, cost)

    def fail(self, candidate: Candidate) -> None:
        """Tell the run that this is worse than all that did not fail."""
        ticket = self._tickets.pop(candidate.id, None)
        if ticket:
            ticket.run.tell(ticket.place, self._penalty(1.0))

    def _penalty(self, violation: float) -> float:
        """Return what someone costs who cannot compete: more than all who can, the more the worse it is."""
        if self._highest < self._lowest:
            return violation
        return self._highest + (self._highest - self._lowest or 1.0) * (0.1 + min(violation, 1e6))

    def _tell_news(self, genome: Genome, cost: float) -> None:
        self._news.append((self._cube.point(genome, np.random.default_rng(0)), cost))

    @property
    def residents(self) -> Sequence[Individual]:
        """The best, oldest first."""
        return oldest_first(self._elites)

    def welcome(self, immigrants: Sequence[Individual], replace: Replace) -> None:
        """Let ``replace`` decide who counts among the best; tell the runs who came."""
        if not self._elites:
            return super().welcome(immigrants, replace)
        self._elites = sorted(replaced(self.residents, immigrants, replace), key=lambda one: (one.costs, one.id))
        for one in immigrants:
            self._tell_news(one.genome, one.costs[0])
