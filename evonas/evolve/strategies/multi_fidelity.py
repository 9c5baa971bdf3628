"""Surrogate-assisted evolution over several fidelities: what looks best is evaluated more thoroughly."""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping, Sequence
from typing import ClassVar, final

import numpy as np

from evonas.evolve.records import Candidate, Individual
from evonas.evolve.rungs import checked_eta, checked_fidelities
from evonas.evolve.selection import survivors
from evonas.evolve.strategy import Proposal, Replace, Strategy, oldest_first, replaced, whole
from evonas.evolve.surrogate.acquisition import log_improvement
from evonas.evolve.surrogate.cokriging import CoKriging, Lesson
from evonas.evolve.surrogate.evidence import Evidence
from evonas.evolve.surrogate.features import Features
from evonas.evolve.surrogate.gaussian_process import Array
from evonas.evolve.surrogate.offspring import Offspring, Parent
from evonas.evolve.variation import TRIES
from evonas.space.space import Space

BRED, REBRED, GRANDPARENTS = 60, 40, 10
"""Offspring of the population for each proposal, of the best of them, and how many these are."""
DESCRIBED = 2_500
"""Features that either of these two generations may have in all, for the more there are, the dearer it is."""
STRANGERS = 0.05
"""The share of births that are random, whatever the model says: it may be wrong for good."""
KEPT = 150
"""Offspring that live on, and individuals that may be promoted from a fidelity, at most."""
MOST_PENDING = 100
"""Of more candidates in flight at a fidelity, only the youngest are thought of."""
FEWEST = 3
"""Outcomes at a fidelity from which a model of it is made."""


@final
class MultiFidelityEvolution(Strategy):
    """Evolution proposes, a surrogate of all fidelities chooses whom to evaluate, and how thoroughly.

    For each proposal the population has offspring. Of these, and of all that were evaluated below the
    highest fidelity, the one goes on whose expected improvement at the highest is largest: a newcomer at
    the lowest fidelity, any other one step up. So a cheap result can rule out, or recommend, a dear
    evaluation, and what is dear teaches how far to trust what is cheap: see
    :class:`evonas.evolve.surrogate.cokriging.CoKriging`. As in successive halving (Li et al. 2020) one in
    ``eta`` is promoted at most, unless nothing is new. What is in flight counts as if it came back as
    predicted (the kriging believer of Ginsbourger et al. 2010); a failure is learnt as the worst outcome yet.

    Several objectives are scalarized by random weights for each proposal (ParEGO: Knowles 2006).

    Args:
        space: What is searched; None leaves the strategy as settings for a ``Search``.
        fidelities: What ``context.fidelity`` is at each step, in rising order: epochs, a share of the data,
            a width. Only results at the last one can win.
        eta: One of so many may be promoted to the next fidelity.
        initial: How many random architectures are evaluated at the lowest fidelity at first.
        population: How many have offspring.
        training: How many outcomes of a fidelity are learnt from at most, the best and the youngest: a
            proposal's cost grows with its cube.
        objectives: Directions by name; ``{"loss": "min"}`` if left out.
        seed: Root of all randomness.

    Raises:
        SearchError: A setting is out of range.
    """

    settings: ClassVar[tuple[str, ...]] = ("fidelities", "eta", "initial", "population", "training")

    def __init__(
        self,
        space: Space | None = None,
        *,
        fidelities: Sequence[float],
        eta: float = 3,
        initial: int = 20,
        population: int = 20,
        training: int = 150,
        objectives: Mapping[str, str] | None = None,
        seed: int = 0,
    ) -> None:
        self.fidelities = checked_fidelities("MultiFidelityEvolution: fidelities", fidelities)
        self.eta = checked_eta("MultiFidelityEvolution: eta", eta)
        self.initial = whole("MultiFidelityEvolution: initial", initial, FEWEST)
        self.population = whole("MultiFidelityEvolution: population", population, 1)
        self.training = whole("MultiFidelityEvolution: training", training, 10)
        self.full_fidelity = self.fidelities[-1]
        super().__init__(space, objectives=objectives, seed=seed)

    def start(self) -> None:
        """Begin with nobody evaluated."""
        self._features = Features(self.space)
        self._model = CoKriging(self._features.groups, len(self.fidelities))
        self._evidence = [Evidence(self.training, len(self.objectives)) for _ in self.fidelities]
        self._offspring = Offspring(self.space, self._features)
        self._n_begun = [0] * len(self.fidelities)
        self._heights: dict[str, int] = {}  # by genome key: the highest level that was begun
        self._rows: dict[str, Array] = {}  # by genome key: the features of those that were begun
        self._waiting: list[list[Individual]] = [[] for _ in self.fidelities]  # who may go on, the best first
        self._finished: list[Individual] = []  # the best of those evaluated at full fidelity
        self._n_learnt = 0

    def propose(self, rng: np.random.Generator) -> Proposal:
        """Return whose improvement is expected to be largest; at first a random genome."""
        begins = self._n_begun[0] < self.initial or len(self._evidence[0]) < FEWEST
        if begins or rng.random() < STRANGERS:
            return self._stranger(rng) or self._leftover(rng)
        return self._chosen(rng) or self._leftover(rng)

    def asked(self) -> Candidate:
        """Return the next candidate, as by :meth:`ask`, and remember how far its genome has come."""
        candidate = super().asked()
        self._note(candidate)
        self._n_begun[self._level(candidate)] += 1
        return candidate

    def _note(self, candidate: Candidate) -> None:
        key, level = candidate.genome.key, self._level(candidate)
        self._heights[key] = max(self._heights.get(key, 0), level)
        if key not in self._rows:
            self._rows[key] = self._features([candidate.genome])[0]

    def _level(self, candidate: Candidate) -> int:
        """Return the level that a candidate is evaluated at; what nobody says is full."""
        full = len(self.fidelities) - 1
        return full if candidate.fidelity is None else self.fidelities.index(candidate.fidelity)

    def _stranger(self, rng: np.random.Generator) -> Proposal | None:
        """Return a random genome that is new, if there is one to be found."""
        genomes = (self.space.sample(rng) for _ in range(TRIES))
        fresh = next((genome for genome in genomes if genome.key not in self._heights), None)
        return None if fresh is None else Proposal(fresh, (), self.fidelities[0])

    def _leftover(self, rng: np.random.Generator) -> Proposal:
        """Return what is left where all is known: the best one step up, else somebody who runs, fully."""
        for level in reversed(range(len(self.fidelities) - 1)):
            if self._up_to_now(level):
                return self._promoted(level, self._waiting[level][0])
        running = [one for one in self.pending if self._heights[one.genome.key] < len(self.fidelities) - 1]
        genome = running[0].genome if running else self.space.sample(rng)
        return Proposal(genome, (), self.full_fidelity)

    def _chosen(self, rng: np.random.Generator) -> Proposal | None:
        """Return who is best to evaluate next, as far as anybody is new or may be promoted."""
        n_known = self._know(rng)
        for level in range(len(self.fidelities) - 1):
            self._up_to_now(level)
        if n_known < len(self.fidelities) and self._may_rise(n_known - 1):
            # Too little is known where they go to: the most promising are sent.
            pioneers = self._waiting[n_known - 1]
            means, _ = self._model.predict(self._described(pioneers))
            return self._promoted(n_known - 1, pioneers[int(means.argmin())])
        known = [*self._finished, *(one for waiting in self._waiting for one in waiting)]
        means, variances = self._model.predict(self._described(known))
        fittest = [known[place] for place in np.argsort(means, kind="stable")[: self.population]]
        fresh = self._breed(fittest, rng)
        may_rise = [level < n_known - 1 and self._may_rise(level) for level in range(len(self.fidelities))]
        levels = [self._heights[one.genome.key] for one in known]
        rising = [place for place, level in enumerate(levels) if may_rise[level]]
        worth = log_improvement(means[rising], variances[rising], self._model.best)
        if rising and worth.max() >= fresh.max(initial=-np.inf):
            place = rising[int(worth.argmax())]
            return self._promoted(levels[place], known[place])
        if len(fresh):
            return self._offspring.proposals[int(fresh.argmax())]._replace(fidelity=self.fidelities[0])
        return None

    def _know(self, rng: np.random.Generator) -> int:
        """Let the model know what came back and what is pending; return of how many fidelities it knows."""
        weights = int(rng.integers(2**63))  # objectives weigh alike at all fidelities
        lessons: list[Lesson] = []
        for level, evidence in enumerate(self._evidence):
            if len(evidence) < FEWEST:
                break
            rows = [self._rows[one.genome.key] for one in self.pending if self._level(one) == level]
            pending = np.array(rows[-MOST_PENDING:]).reshape(-1, self._features.n_features)
            lessons.append(Lesson(*evidence.chosen(np.random.default_rng(weights)), pending))
        n_learnt = sum(map(len, self._evidence))
        self._model.know(lessons, learns=n_learnt > self._n_learnt)
        self._n_learnt = n_learnt
        return len(lessons)

    def _up_to_now(self, level: int) -> bool:
        """Let nobody wait who has gone on; return whether anybody does."""
        heights, waiting = self._heights, self._waiting[level]
        waiting[:] = [one for one in waiting if heights[one.genome.key] == level][:KEPT]
        return bool(waiting)

    def _may_rise(self, level: int) -> bool:
        n_back = len(self._evidence[level])
        return bool(self._waiting[level]) and self._n_begun[level + 1] * self.eta < n_back

    def _promoted(self, level: int, individual: Individual) -> Proposal:
        return Proposal(individual.genome, (individual.id,), self.fidelities[level + 1])

    def _described(self, individuals: Sequence[Individual]) -> Array:
        rows = [self._rows[one.genome.key] for one in individuals]
        return np.array(rows).reshape(-1, self._features.n_features)

    def _breed(self, fittest: Sequence[Individual], rng: np.random.Generator) -> Array:
        """Refresh the offspring: of the fittest, and of the best of these offspring; return their worth."""
        offspring, proposed = self._offspring, self._heights
        room = max(DESCRIBED // max(self._features.n_features, 1), FEWEST)
        new = [place for place, one in enumerate(offspring.proposals) if one.genome.key not in proposed]
        offspring.keep(new)
        offspring.breed([Parent(one.genome, (one.id,)) for one in fittest], min(BRED, room), proposed, rng)
        worth = self._worth(offspring.features)
        best = np.argsort(-worth, kind="stable")[:KEPT]
        offspring.keep(best.tolist())
        offspring.breed(offspring.best(GRANDPARENTS), min(REBRED, room), proposed, rng)
        return np.concatenate([worth[best], self._worth(offspring.features[len(best) :])])

    def _worth(self, rows: Array) -> Array:
        """Return the logarithm of the improvement that is expected at the highest fidelity known."""
        return log_improvement(*self._model.predict(rows), self._model.best)

    def learn(self, individual: Individual) -> None:
        """Take in what an individual is worth at its fidelity; it may go on, or is one of the best."""
        self._note(individual.candidate)
        level = self._level(individual.candidate)
        self._evidence[level].add(self._rows[individual.genome.key], individual.costs)
        if level < len(self.fidelities) - 1:
            insort(self._waiting[level], individual, key=lambda one: one.costs)
        else:
            self._finished = survivors([*self._finished, individual], self.population)

    def fail(self, candidate: Candidate) -> None:
        """Take in that there was no outcome."""
        self._note(candidate)
        self._evidence[self._level(candidate)].add(self._rows[candidate.genome.key], None)

    @property
    def residents(self) -> Sequence[Individual]:
        """The best at full fidelity, oldest first."""
        return oldest_first(self._finished)

    def welcome(self, immigrants: Sequence[Individual], replace: Replace) -> None:
        """Learn from immigrants; let ``replace`` decide who of them may emigrate in turn."""
        living = replaced(self.residents, immigrants, replace) if self._finished else None
        for individual in immigrants:
            self.learn(individual)
        if living is not None:
            self._finished = [*living]
