"""Differential evolution: steps that are differences between individuals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple, final

import numpy as np

from evonas.evolve.archive import dominates
from evonas.evolve.novelty import Novelty
from evonas.evolve.records import Candidate, CandidateId, Individual
from evonas.evolve.strategy import Proposal, Replace, Strategy, oldest_first, replaced, share, whole
from evonas.evolve.unit_cube import Point, UnitCube, reflected
from evonas.space.genome import Genome
from evonas.space.space import Space

TRIES = 20
"""Trials made until one is new."""

FEWEST = 4
"""Members that a trial needs: its target and three others."""

SCALES = 0.1, 0.9
"""Least scale that is drawn, and how much more it may be: Fl and Fu of Brest et al. 2006."""

LEARNING = 0.1
"""Chance that a trial draws a scale, or a rate, of its own: tau 1 and tau 2 of Brest et al. 2006."""


class Trial(NamedTuple):
    """How a candidate came about.

    Attributes:
        place: Whose place in the population it wants; None wants any that is free.
        point: Where it lies in the unit cube.
        scale: The factor of the difference (F) that made it.
        rate: The share of genes (CR) that it has from the mutant.
    """

    place: int | None
    point: Point
    scale: float
    rate: float


class Member(NamedTuple):
    """Who lives in a place of the population.

    Attributes:
        individual: Who it is.
        trial: How it came about; None for one that was born elsewhere.
    """

    individual: Individual
    trial: Trial | None


@final
class DifferentialEvolution(Strategy):
    """DE/rand/1/bin (Storn and Price 1997) on any space, asynchronously.

    Genomes are points of the unit cube: see ``UnitCube``. A trial takes the place of its target if it is
    not worse, at once and not at the end of a generation, so that any number of workers stays busy. With
    several objectives it must dominate its target or equal it (Kukkonen and Lampinen 2004).

    Scale and rate are learned unless they are given: each member has its own, which its trials inherit or
    redraw, and what wins lives on (jDE: Brest et al. 2006, equations 9 and 10).

    Args:
        space: What is searched; None leaves the strategy as settings for a ``Search``.
        population: How many individuals live at a time (NP), at least 4; as many random ones come first.
        scale: Factor of the differences (F) in 0..1; None learns it.
        crossover: Share of genes that come from the mutant (CR); None learns it.
        objectives: Directions by name; ``{"loss": "min"}`` if left out.
        seed: Root of all randomness.

    Raises:
        SearchError: A setting is out of range.
    """

    settings: ClassVar[tuple[str, ...]] = ("population", "scale", "crossover")

    def __init__(
        self,
        space: Space | None = None,
        *,
        population: int = 20,
        scale: float | None = None,
        crossover: float | None = None,
        objectives: Mapping[str, str] | None = None,
        seed: int = 0,
    ) -> None:
        self.population = whole("DifferentialEvolution: population", population, FEWEST)
        self.scale = None if scale is None else share("DifferentialEvolution: scale", scale)
        self.crossover = None if crossover is None else share("DifferentialEvolution: crossover", crossover)
        super().__init__(space, objectives=objectives, seed=seed)

    def start(self) -> None:
        """Begin with nobody alive."""
        self._cube = UnitCube(self.space)
        self._members: list[Member] = []
        self._trials: dict[CandidateId, Trial] = {}  # of those in flight
        self._novelty = Novelty()

    def propose(self, rng: np.random.Generator) -> Proposal:
        """Return a random genome for the first population, later a trial against one member after another."""
        if self.births < self.population or len(self._members) < FEWEST:
            genome = self._novelty.sampled(self.space, rng)
            return self._proposed(genome, Trial(None, self._cube.point(genome, rng), *self._drawn(rng)), ())
        place = self.births % len(self._members)
        for _ in range(TRIES):
            trial, parents = self._tried(place, rng)
            genome = self._cube.genome(trial.point)
            if genome not in self._novelty and self.space.feasible(genome):
                return self._proposed(genome, trial, parents)
        # The members are so alike that their differences lead nowhere new.
        genome = self._novelty.mutated(self.space, self._members[place].individual.genome, rng)
        return self._proposed(genome, trial._replace(point=self._cube.point(genome, rng)), parents[:1])

    def learn(self, individual: Individual) -> None:
        """Fill the population; let a trial take the place of its target if it is not worse."""
        self._novelty.note(individual.genome)
        trial = self._trials.pop(individual.id, None)
        newcomer = Member(individual, trial)
        if len(self._members) < self.population:
            self._members.append(newcomer)
            return
        place = trial.place if trial else None
        if place is None:  # nobody's rival: it comes late, or from elsewhere
            place = max(range(len(self._members)), key=lambda at: self._members[at].individual.costs)
        costs = self._members[place].individual.costs
        if individual.costs == costs or dominates(individual.costs, costs):
            self._members[place] = newcomer

    def fail(self, candidate: Candidate) -> None:
        """Forget a failed trial."""
        self._trials.pop(candidate.id, None)

    def _proposed(self, genome: Genome, trial: Trial, parents: Sequence[Individual]) -> Proposal:
        self._trials[self._newborn] = trial
        return Proposal(self._novelty.note(genome), tuple(parent.id for parent in parents))

    def _tried(self, place: int, rng: np.random.Generator) -> tuple[Trial, list[Individual]]:
        """Return a trial against who lives in ``place``, and who made it, the target first."""
        others = rng.choice(len(self._members) - 1, 3, replace=False).tolist()
        chosen = [place, *(other + (other >= place) for other in others)]
        target, base, one, other = (self._point(self._members[at], rng) for at in chosen)
        scale, rate = self._inherited(self._members[place].trial, rng)
        mutant = reflected(base + scale * (one - other))  # equation 2
        crossed = rng.random(len(target)) < rate  # equation 4
        if len(target):
            crossed[rng.integers(len(target))] = True
        trial = Trial(place, np.where(crossed, mutant, target), scale, rate)
        return trial, [self._members[at].individual for at in chosen]

    def _point(self, member: Member, rng: np.random.Generator) -> Point:
        return member.trial.point if member.trial else self._cube.point(member.individual.genome, rng)

    def _inherited(self, trial: Trial | None, rng: np.random.Generator) -> tuple[float, float]:
        """Return scale and rate of a trial against what came about by ``trial``."""
        fresh_scale, fresh_rate = self._drawn(rng)
        redrawn = rng.random(2) < LEARNING
        scale = trial.scale if trial and not redrawn[0] else fresh_scale
        return scale, trial.rate if trial and not redrawn[1] else fresh_rate

    def _drawn(self, rng: np.random.Generator) -> tuple[float, float]:
        """Return scale and rate as they are set, or random ones."""
        low, width = SCALES
        scale = low + width * rng.random() if self.scale is None else self.scale
        return scale, rng.random() if self.crossover is None else self.crossover

    @property
    def residents(self) -> Sequence[Individual]:
        """Those alive, oldest first."""
        alive = (member.individual for member in self._members)
        return oldest_first(alive)

    def welcome(self, immigrants: Sequence[Individual], replace: Replace) -> None:
        """Let ``replace`` decide who lives on; immigrants take the places of those who go."""
        if len(self._members) < self.population:
            return super().welcome(immigrants, replace)
        living = {one.id: one for one in replaced(self.residents, immigrants, replace)}
        staying = [member for member in self._members if living.pop(member.individual.id, None)]
        self._members = [*staying, *(Member(one, None) for one in living.values())]
