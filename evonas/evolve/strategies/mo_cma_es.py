"""MO-CMA-ES: every individual has a mutation of its own; who adds least to the front leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray

from evonas.evolve.continuous.one_plus_one import STEP, Mutation
from evonas.evolve.hypervolume import contributions
from evonas.evolve.novelty import Novelty
from evonas.evolve.pareto import Costs, ranks, scaled
from evonas.evolve.records import Candidate, CandidateId, Individual
from evonas.evolve.strategy import Proposal, Replace, Strategy, oldest_first, replaced, whole
from evonas.evolve.unit_cube import Point, UnitCube, reflected
from evonas.space.space import Space

TRIES = 20
"""Offspring that are drawn until one is new."""


@dataclass
class Member:
    """Who lives, and how its offspring are distributed.

    Attributes:
        individual: Who it is.
        point: ``(n_genes,)`` where it lies in the unit cube.
        mutation: How its offspring are distributed.
    """

    individual: Individual
    point: Point
    mutation: Mutation


@dataclass(frozen=True)
class Birth:
    """How a candidate came about.

    Attributes:
        parent: Whose offspring it is; None if it has no parent.
        point: Where it lies.
        steps: ``(n_genes,)`` the way from its parent, in units of the parent's step.
    """

    parent: Member | None
    point: Point
    steps: Point


@final
class MOCMAES(Strategy):
    """The steady-state MO-CMA-ES (Igel, Suttorp and Hansen 2007), for several objectives.

    A parent, drawn from those that nobody dominates, has one offspring; any number may be in flight. Whoever
    adds least to the hypervolume of the last front has to leave. An offspring that ranks before its parent
    makes the steps of both longer, and such steps more likely for itself.

    Args:
        space: What is searched; None leaves the strategy as settings for a ``Search``.
        population: How many live at a time (mu); as many random ones come first.
        objectives: Directions by name; ``{"loss": "min"}`` if left out.
        seed: Root of all randomness.

    Raises:
        SearchError: A setting is out of range.
    """

    settings: ClassVar[tuple[str, ...]] = ("population",)

    def __init__(
        self,
        space: Space | None = None,
        *,
        population: int = 20,
        objectives: Mapping[str, str] | None = None,
        seed: int = 0,
    ) -> None:
        self.population = whole("MOCMAES: population", population, 2)
        super().__init__(space, objectives=objectives, seed=seed)

    def start(self) -> None:
        """Begin with nobody alive."""
        self._cube = UnitCube(self.space, exact=True)
        self._members: list[Member] = []
        self._births: dict[CandidateId, Birth] = {}  # of those in flight
        self._novelty = Novelty()

    def propose(self, rng: np.random.Generator) -> Proposal:
        """Return a random genome for the first population, later an offspring of a random member."""
        n_genes = self.space.n_genes
        if self.births >= self.population and self._members:
            parents = self._undominated()
            parent = parents[rng.integers(len(parents))]
            for _ in range(TRIES):
                steps = parent.mutation.steps(1, rng)[0]
                point = reflected(parent.point + parent.mutation.step * steps)
                genome = self._cube.genome(point)
                if genome not in self._novelty and self.space.feasible(genome):
                    self._births[self._newborn] = Birth(parent, point, steps)
                    return Proposal(self._novelty.note(genome), (parent.individual.id,))
        genome = self._novelty.sampled(self.space, rng)
        self._births[self._newborn] = Birth(None, self._cube.point(genome, rng), np.zeros(n_genes))
        return Proposal(self._novelty.note(genome))

    def _undominated(self) -> list[Member]:
        """Return who may be a parent: to draw from all is slower at first, and not better later."""
        fronts = ranks(np.array([member.individual.costs for member in self._members]))
        return [member for member, front in zip(self._members, fronts, strict=True) if front == 0]

    def learn(self, individual: Individual) -> None:
        """Let an individual live; adapt steps by its rank and its parent's; let the last one leave."""
        self._novelty.note(individual.genome)
        birth = self._births.pop(individual.id, None)
        if birth is None:  # it comes from elsewhere
            point = self._cube.point(individual.genome, np.random.default_rng(0))
            birth = Birth(None, point, np.zeros(len(point)))
        mutation = birth.parent.mutation if birth.parent else Mutation.first(self.space.n_genes, STEP)
        newcomer = Member(individual, birth.point, mutation)
        self._members.append(newcomer)
        places = _places(np.array([member.individual.costs for member in self._members]))
        if birth.parent:
            self._adapt(newcomer, birth, places)
        if len(self._members) > self.population:
            del self._members[int(np.argmax(places))]

    def _adapt(self, newcomer: Member, birth: Birth, places: NDArray[np.intp]) -> None:
        """Adapt the steps of an offspring and, if it still lives, of its parent."""
        parent = birth.parent
        at = next((n for n, member in enumerate(self._members) if member is parent), None)
        succeeded = at is not None and places[-1] < places[at]
        newcomer.mutation = newcomer.mutation.judged(float(succeeded))
        if parent is not None and at is not None:
            parent.mutation = parent.mutation.judged(float(succeeded))
        if succeeded:
            newcomer.mutation = newcomer.mutation.learnt(birth.steps)

    def fail(self, candidate: Candidate) -> None:
        """Forget a failed offspring; its parent's steps become shorter."""
        birth = self._births.pop(candidate.id, None)
        if birth and birth.parent:
            birth.parent.mutation = birth.parent.mutation.judged(0.0)

    @property
    def residents(self) -> Sequence[Individual]:
        """Those alive, oldest first."""
        return oldest_first(member.individual for member in self._members)

    def welcome(self, immigrants: Sequence[Individual], replace: Replace) -> None:
        """Let ``replace`` decide who lives on; immigrants begin with mutations of their own."""
        if len(self._members) < self.population:
            return super().welcome(immigrants, replace)
        living = {one.id: one for one in replaced(self.residents, immigrants, replace)}
        self._members = [one for one in self._members if living.pop(one.individual.id, None)]
        for one in living.values():
            point = self._cube.point(one.genome, np.random.default_rng(0))
            self._members.append(Member(one, point, Mutation.first(len(point), STEP)))


def _places(costs: Costs) -> NDArray[np.intp]:
    """Return the place of each from the best, 0, on: by front, there by what it adds to the hypervolume.

    Of twins, who add nothing, the youngest stands last.
    """
    fronts, volumes = ranks(costs), np.zeros(len(costs))
    for front in range(int(fronts.max()) + 1 if costs.shape[1] > 1 else 0):
        of_front = np.flatnonzero(fronts == front)
        volumes[of_front] = contributions(scaled(costs[of_front]), np.full(costs.shape[1], 2.0))
    order = np.lexsort((-volumes, fronts))
    places = np.empty(len(costs), np.intp)
    places[order] = np.arange(len(costs))
    return places
