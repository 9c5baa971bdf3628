"""DEHB: differential evolution at every fidelity, in Hyperband's proportions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple, final

import numpy as np

from evonas.evolve.archive import dominates
from evonas.evolve.records import Candidate, CandidateId, Individual
from evonas.evolve.rungs import checked_eta, checked_fidelities, hyperband_sizes
from evonas.evolve.strategy import Proposal, Strategy, share
from evonas.evolve.unit_cube import Point, UnitCube
from evonas.evolve.variation import TRIES
from evonas.space.genome import Genome
from evonas.space.space import Space


@dataclass
class Subpopulation:
    """Those that evolve at one fidelity.

    Attributes:
        size: How many there are in the end.
        points: Where in the unit cube each is.
        members: Who was evaluated there; None where that failed, or is not known yet.
        n_begun: Evaluations begun here; each aims at the place after that of the one before.
    """

    size: int
    points: list[Point] = field(default_factory=list)
    members: list[Individual | None] = field(default_factory=list)
    n_begun: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether a first evaluation was begun for every place."""
        return len(self.points) == self.size

    def begin(self, point: Point) -> int:
        """Return the place that an evaluation at ``point`` aims at, a new one while there are too few."""
        if not self.is_complete:
            self.points.append(point)
            self.members.append(None)
        self.n_begun += 1
        return (self.n_begun - 1) % self.size

    def best(self, n: int) -> list[tuple[Point, Individual]]:
        """Return the best ``n`` members by the first objective and where they are, the best first."""
        there = zip(self.points, self.members, strict=True)
        known = [(point, member) for point, member in there if member is not None]
        return sorted(known, key=lambda one: (one[1].costs, one[1].id))[:n]


class Job(NamedTuple):
    """What is evaluated: at which rung of which bracket, where in the cube, and whose place it wants."""

    bracket: int
    rung: int
    point: Point
    target: int


@final
class DEHB(Strategy):
    """Differential evolution Hyperband (Awad et al. 2021).

    Each fidelity has a population. In Hyperband's brackets a rung's children are bred for that rung: their
    mutants are made of the best one rung lower, which so lead the search above (section 3.3); crossover and
    selection are with the rung's own. While a population is evaluated for the first time, the best of the
    rung below come up as they are. Nobody waits: a rung has its next child when enough of the rung below
    are back, and is bred of what is known then. Immigrants are not taken in.

    Args:
        space: What is searched; None leaves the strategy as settings for a ``Search``.
        fidelities: What ``context.fidelity`` is on each rung, in rising order; only results at the last one
            can win.
        eta: For so many evaluations on a rung there is one on the next.
        mutation: Weight of the difference of two parents that is added to a third (F).
        crossover: Probability that a share of the mutant is inherited (Cr).
        objectives: Directions by name; ``{"loss": "min"}`` if left out.
        seed: Root of all randomness.

    Raises:
        SearchError: A setting is out of range.
    """

    settings: ClassVar[tuple[str, ...]] = ("fidelities", "eta", "mutation", "crossover")

    def __init__(
        self,
        space: Space | None = None,
        *,
        fidelities: Sequence[float],
        eta: float = 3,
        mutation: float = 0.5,
        crossover: float = 0.5,
        objectives: Mapping[str, str] | None = None,
        seed: int = 0,
    ) -> None:
        self.fidelities = checked_fidelities("DEHB: fidelities", fidelities)
        self.eta = checked_eta("DEHB: eta", eta)
        self.mutation = share("DEHB: mutation", mutation)
        self.crossover = share("DEHB: crossover", crossover)
        self.full_fidelity = self.fidelities[-1]
        super().__init__(space, objectives=objectives, seed=seed)

    def start(self) -> None:
        """Begin with nobody evaluated."""
        rungs = len(self.fidelities)
        self._sizes, self._cube = hyperband_sizes(rungs, self.eta), UnitCube(self.space)
        self._populations = [Subpopulation(self._largest(rung)) for rung in range(rungs)]
        self._begun = [[0] * rungs for _ in range(rungs)]  # evaluations by bracket and rung
        self._back = [[0] * rungs for _ in range(rungs)]  # those of them that are known
        self._jobs: dict[CandidateId, Job] = {}
        self._proposed: set[tuple[str, float]] = set()

    def propose(self, rng: np.random.Generator) -> Proposal:
        """Return what the highest rung that is due wants evaluated."""
        bracket, rung = self._due()
        for point, parents in self._points(bracket, rung, rng):
            genome = self._cube.genome(point)
            if self._is_new(genome, rung) and self.space.feasible(genome):
                self._begun[bracket][rung] += 1
                job = Job(bracket, rung, point, self._populations[rung].begin(point))
                self._jobs[self._newborn] = job
                return self._noted(Proposal(genome, parents, self.fidelities[rung]))
        return self._elsewhere(rung, rng)

    def _elsewhere(self, rung: int, rng: np.random.Generator) -> Proposal:
        """Return somebody who is new at this fidelity or, if all of the space is known, at a higher one."""
        for above in range(rung, len(self.fidelities)):
            for _ in range(TRIES):
                genome = self.space.sample(rng)
                if self._is_new(genome, above):
                    return self._noted(Proposal(genome, (), self.fidelities[above]))
        return Proposal(genome, (), self.full_fidelity)

    def _is_new(self, genome: Genome, rung: int) -> bool:
        return (genome.key, self.fidelities[rung]) not in self._proposed

    def _noted(self, proposal: Proposal) -> Proposal:
        self._proposed.add((proposal.genome.key, proposal.fidelity or self.fidelities[-1]))
        return proposal

    def _largest(self, rung: int) -> int:
        """Return how many a bracket evaluates at a rung at most: the size of its population (section 3.1)."""
        return max(1, *(round(self._sizes[first] / self.eta ** (rung - first)) for first in range(rung + 1)))

    def _due(self) -> tuple[int, int]:
        """Return the bracket and the rung of the next evaluation: as on a ``Ladder``, but only counting."""
        for bracket in range(len(self.fidelities)):
            begun, back = self._begun[bracket], self._back[bracket]
            for rung in reversed(range(bracket + 1, len(self.fidelities))):
                if begun[rung] < back[rung - 1] // self.eta:
                    return bracket, rung
        ahead = [(self._begun[one][one] + 1) / size for one, size in enumerate(self._sizes)]
        return (bracket := ahead.index(min(ahead))), bracket

    def _points(
        self, bracket: int, rung: int, rng: np.random.Generator
    ) -> Iterator[tuple[Point, tuple[CandidateId, ...]]]:
        """Yield where to evaluate next, with parents: bred; promoted or random while a population begins."""
        complete = self._populations[rung].is_complete
        if not complete and rung > bracket:
            lower = self._populations[rung - 1]
            yield from ((point, (member.id,)) for point, member in lower.best(lower.size))
        for _ in range(TRIES):
            yield self._bred(bracket, rung, rng) if complete else (rng.random(self.space.n_genes), ())

    def _bred(
        self, bracket: int, rung: int, rng: np.random.Generator
    ) -> tuple[Point, tuple[CandidateId, ...]]:
        """Return a child of the target and of a mutant by three of the parent pool (equations 1 and 2)."""
        population = self._populations[rung]
        target = population.n_begun % population.size
        source = self._populations[rung if rung == bracket else rung - 1]
        pool = source.best(population.size)
        drawn = [pool[place] for place in rng.permutation(len(pool))[:3].tolist()]
        points = [point for point, _ in drawn]
        points += [self._anybody(rng) for _ in range(3 - len(drawn))]
        mutant = points[0] + self.mutation * (points[1] - points[2])
        outside = (mutant < 0) | (mutant > 1)
        mutant[outside] = rng.random(np.count_nonzero(outside))
        inherited = rng.random(self.space.n_genes) < self.crossover
        if self.space.n_genes:
            inherited[int(rng.random() * self.space.n_genes)] = True
        known = [*(member for _, member in drawn), population.members[target]]
        parents = dict.fromkeys(member.id for member in known if member is not None)
        return np.where(inherited, mutant, population.points[target]), tuple(parents)

    def _anybody(self, rng: np.random.Generator) -> Point:
        """Return a point of any population, where a parent pool has too few."""
        points = [point for population in self._populations for point in population.points]
        return points[int(rng.random() * len(points))]

    def learn(self, individual: Individual) -> None:
        """Let an individual have the place that it was bred for, unless who is there dominates it."""
        job = self._known(individual.candidate)
        if job is None:
            return
        population = self._populations[job.rung]
        old = population.members[job.target]
        if old is None or not dominates(old.costs, individual.costs):
            population.members[job.target], population.points[job.target] = individual, job.point

    def fail(self, candidate: Candidate) -> None:
        """Count a failure as an evaluation."""
        self._known(candidate)

    def _known(self, candidate: Candidate) -> Job | None:
        job = self._jobs.pop(candidate.id, None)
        if job is None:
            self._proposed.add((candidate.genome.key, candidate.fidelity or self.fidelities[-1]))
        else:
            self._back[job.bracket][job.rung] += 1
        return job
