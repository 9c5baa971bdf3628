"""A relay: one method begins, another goes on from what was found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar, final

import numpy as np

from evonas.errors import SearchError, complaint
from evonas.evolve.continuous.rounds import Share
from evonas.evolve.records import Candidate, Failure, Individual, Outcome
from evonas.evolve.strategies.cat_cma import CatCMA
from evonas.evolve.strategies.surrogate_assisted import SurrogateAssistedEvolution
from evonas.evolve.strategy import Proposal, Replace, Strategy, whole
from evonas.space.space import Space


@final
class Relay(Strategy):
    """Lets one method propose at first, and another one later, which has learnt all that is known by then.

    For budgets in the thousands: a method that thinks long about each proposal is ahead at first, one that
    learns from generation to generation in the end.

    Args:
        space: What is searched; None leaves the strategy as settings for a ``Search``.
        first: Who proposes at first; None is :class:`SurrogateAssistedEvolution`.
        then: Who proposes later; None is :class:`CatCMA`.
        after: How many candidates ``first`` proposes.
        objectives: Directions by name; ``{"loss": "min"}`` if left out.
        seed: Root of all randomness.

    Raises:
        SearchError: A setting cannot be used.
    """

    settings: ClassVar[tuple[str, ...]] = ("first", "then", "after")

    looks_ahead = False

    def __init__(
        self,
        space: Space | None = None,
        *,
        first: Strategy | None = None,
        then: Strategy | None = None,
        after: int = 500,
        objectives: Mapping[str, str] | None = None,
        seed: int = 0,
    ) -> None:
        self.first = _runner("first", SurrogateAssistedEvolution() if first is None else first)
        self.then = _runner("then", CatCMA() if then is None else then)
        self.after = whole("Relay: after", after, 1)
        super().__init__(space, objectives=objectives, seed=seed)

    def start(self) -> None:
        """Let the first one begin, and the second one follow."""
        settings = self.first, self.then
        # They draw from ours.
        self._runners = [one.on(self.space, self.objectives, seed=0, island=self._island) for one in settings]
        self._shares = [Share() for _ in settings]
        self._lowest: tuple[float, ...] = (math.inf,)

    def propose(self, rng: np.random.Generator) -> Proposal:
        """Return what the one says whose turn it is; the first one is let go when the second one has it."""
        if self.births >= self.after:
            del self._runners[:-1]
        return self._runners[0].propose_as(self._newborn, rng)

    def adopt(self, candidate: Candidate) -> None:
        """Let both wait for a candidate."""
        super().adopt(candidate)
        for runner in self._runners:
            runner.adopt(candidate)

    def learn(self, individual: Individual) -> None:
        """Let both learn it."""
        if individual.id.island == self._island:
            share = self._share(individual.candidate)
            share.records += individual.costs < self._lowest
            self._lowest = min(self._lowest, individual.costs)
        for runner in self._runners:
            if runner.awaits(individual.id):
                runner.told(individual.outcome)
            else:
                runner.learn(individual)

    def fail(self, candidate: Candidate) -> None:
        """Let both know."""
        self._share(candidate)
        for runner in self._runners:
            runner.told(Outcome(candidate.id, failure=Failure("it failed")))

    def _share(self, candidate: Candidate) -> Share:
        """Return the account of who proposed a candidate, which is one evaluation more now."""
        share = self._shares[candidate.id.birth >= self.after]
        share.evaluations += 1
        return share

    @property
    def shares(self) -> Mapping[str, Share]:
        """What each spent and earned so far, by name; nobody where there are several objectives."""
        names = (type(one).__name__ for one in (self.first, self.then))
        spent = zip(names, self._shares, strict=True) if len(self.objectives) == 1 else ()
        return {name: share for name, share in spent if share.evaluations}

    @property
    def residents(self) -> Sequence[Individual]:
        """Those of whose turn it is."""
        return self._runners[0].residents

    def welcome(self, immigrants: Sequence[Individual], replace: Replace) -> None:
        """Let whose turn it is welcome them, and the other one learn them."""
        self._runners[0].welcome(immigrants, replace)
        for runner in self._runners[1:]:
            for individual in immigrants:
                runner.learn(individual)


def _runner(name: str, strategy: object) -> Strategy:
    if not isinstance(strategy, Strategy) or strategy.full_fidelity is not None:
        rule, remedy = "a Strategy of one fidelity", f"write {name}=evonas.RegularizedEvolution()"
        raise SearchError(complaint(f"Relay: {name}", rule, strategy, remedy))
    return strategy
