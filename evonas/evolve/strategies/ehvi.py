"""Evolution proposes; models of all objectives choose what promises to enlarge the dominated volume most."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar, final

import numpy as np

from evonas.evolve.hypervolume import Promise, log_probability
from evonas.evolve.novelty import Novelty
from evonas.evolve.pareto import crowded_order
from evonas.evolve.records import Candidate, CandidateId, Individual
from evonas.evolve.selection import survivors
from evonas.evolve.strategy import Proposal, Replace, Scored, Strategy, oldest_first, replaced, whole
from evonas.evolve.surrogate.features import Features
from evonas.evolve.surrogate.gaussian_process import Array
from evonas.evolve.surrogate.offspring import Offspring, Parent
from evonas.evolve.surrogate.processes import Processes, standardized
from evonas.space.space import Space

BRED, DESCRIBED = 60, 5_000  # offspring bred for a proposal: at most so many, and so many features of them
AGAIN, BEST = 3, 10  # one in AGAIN of them descends from the BEST of the others
KEPT = 100  # offspring that live on from one proposal to the next
MOST_PENDING = 50  # candidates in flight that the models are told of, the youngest


@final
class EHVI(Strategy):
    """Surrogate-assisted evolution by expected hypervolume improvement (Emmerich et al. 2006).

    A Gaussian process for each objective learns from ``training`` outcomes at most: the best and the
    youngest. For each proposal the population has offspring; what the models expect most of has offspring
    again; and of all those the one is proposed whose outcome is expected to enlarge the dominated volume
    most. What is in flight counts as if it came back as predicted (the kriging believer of Ginsbourger et
    al. 2010). Each constraint has a model, too: what is expected counts as far as it is probable that all of
    them are kept (Gardner et al. 2014, section 3); before anything keeps them, that alone counts. A failed
    evaluation is learnt as the worst outcome yet.

    With a single objective this is expected improvement.

    Args:
        space: What is searched; None leaves the strategy as settings for a ``Search``.
        initial: How many random architectures are evaluated at first.
        population: How many individuals have offspring.
        training: How many outcomes the models learn from at most: a proposal's cost grows with its cube.
        objectives: Directions by name; ``{"loss": "min"}`` if left out.
        seed: Root of all randomness.

    Raises:
        SearchError: A setting is out of range.
    """

    settings: ClassVar[tuple[str, ...]] = ("initial", "population", "training")

    def __init__(
        self,
        space: Space | None = None,
        *,
        initial: int = 10,
        population: int = 20,
        training: int = 150,
        objectives: Mapping[str, str] | None = None,
        seed: int = 0,
    ) -> None:
        self.initial = whole("EHVI: initial", initial, 2)
        self.population = whole("EHVI: population", population, 2)
        self.training = whole("EHVI: training", training, 10)
        super().__init__(space, objectives=objectives, seed=seed)

    def start(self) -> None:
        """Begin with nobody alive and nothing known."""
        self._describe_by(Features(self.space))
        self._population: list[Individual] = []
        self._proposed = Novelty()
        self._in_flight: dict[CandidateId, Array] = {}  # features of what was asked for and not told yet
        self._rows: list[Array] = []  # features of what came back, and its outputs; NaN where it failed
        self._outputs: list[list[float]] = []
        self._n_outcomes = 0
        self._is_news = False  # whether there are outcomes that the models have not adapted to

    def _describe_by(self, features: Features) -> None:
        self._features = features
        n_outputs = len(self.objectives) + len(self.objectives.limits)
        self._models = Processes(features.groups, n_outputs)
        self._offspring = Offspring(self.space, features)

    def use_scores(self, scored: Scored) -> bool:
        """Let the models know what architectures are expected to score."""
        self._describe_by(Features(self.space, scored))
        return True

    def adopt(self, candidate: Candidate) -> None:
        """Let a candidate count as pending from now on."""
        super().adopt(candidate)
        self._proposed.note(candidate.genome)
        self._in_flight[candidate.id] = self._features([candidate.genome])[0]

    def propose(self, rng: np.random.Generator) -> Proposal:
        """Return the offspring of which most is expected; at first a random genome."""
        if self._n_outcomes < self.initial or not self._population:
            return Proposal(self._proposed.sampled(self.space, rng))
        promise = self._learnt()
        offspring = self._offspring
        new = [n for n, one in enumerate(offspring.proposals) if one.genome not in self._proposed]
        offspring.keep(new)
        parents = [Parent(member.genome, (member.id,)) for member in self._population]
        n_bred = max(min(BRED, DESCRIBED // max(self._features.n_features, 1)), AGAIN)
        offspring.breed(parents, n_bred - n_bred // AGAIN, self._proposed.keys, rng)
        if offspring.proposals:
            order = np.argsort(-self._worth(promise), kind="stable")
            offspring.keep(order[:KEPT].tolist())
            offspring.breed(offspring.best(BEST), n_bred // AGAIN, self._proposed.keys, rng)
            return offspring.proposals[int(np.argmax(self._worth(promise)))]
        return Proposal(self._proposed.sampled(self.space, rng))

    def _learnt(self) -> Promise:
        """Let the models learn what came back and know what is pending; return what is left to gain."""
        places, outputs = self._training_set(self.training)
        features, n = np.array([self._rows[place] for place in places]), len(self.objectives)
        targets, self._zeros = standardized(outputs)
        if self._is_news:
            self._models.learn(features, targets)
            self._is_news = False
        rows = [*self._in_flight.values()][-MOST_PENDING:]
        pending = np.array(rows).reshape(len(rows), features.shape[1])
        self._models.know(features, targets, pending)
        believed = np.concatenate([targets, self._models.predict(pending)[0]])
        kept = (believed[:, n:] <= self._zeros[n:]).all(axis=1)
        reference = targets[:, :n].max(axis=0) + 0.1 * np.ptp(targets[:, :n], axis=0)
        self._is_any_feasible = bool(kept.any())
        return Promise(believed[kept, :n], reference)

    def _training_set(self, most: int) -> tuple[Sequence[int], Array]:
        """Return which outcomes to learn from, and their outputs, the failed ones as the worst.

        Half of them are the best by feasibility, front and crowding, the others the youngest.
        """
        outputs = np.array(self._outputs)
        failed, n = np.isnan(outputs), len(self.objectives)
        worst = np.where(failed, -np.inf, outputs).max(axis=0)
        outputs = np.where(failed, np.where(np.isfinite(worst), worst, 0.0), outputs)
        if len(outputs) <= most:
            return range(len(outputs)), outputs
        violations = np.maximum(outputs[:, n:], 0).sum(axis=1)
        order = np.lexsort((np.argsort(crowded_order(outputs[:, :n])), violations))
        best = order[: most // 2].tolist()
        youngest = sorted({*range(len(outputs))} - {*best})[len(best) - most :]
        places = sorted([*best, *youngest])
        return places, outputs[places]

    def _worth(self, promise: Promise) -> Array:
        """Return the logarithm of what is expected of all offspring, weighted by its probability to count."""
        n = len(self.objectives)
        means, deviations = self._models.predict(self._offspring.features)
        worth = np.zeros(len(means))
        if self._is_any_feasible:
            worth += promise.log_improvement(means[:, :n], deviations[:, :n])
        return worth + log_probability(self._zeros[n:], means[:, n:], deviations[:, n:])

    def learn(self, individual: Individual) -> None:
        """Let an individual live if it is among the best, and its numbers be learnt."""
        self._population = survivors([*self._population, individual], self.population)
        numbers = self.objectives.numbers(individual.outcome)
        excesses = [limit.excess(numbers) for limit in self.objectives.limits]
        self._remember(individual.candidate, [*self.objectives.costs(numbers), *excesses])

    def fail(self, candidate: Candidate) -> None:
        """Learn that there was no outcome."""
        self._remember(candidate, [math.nan] * (len(self.objectives) + len(self.objectives.limits)))

    def _remember(self, candidate: Candidate, outputs: list[float]) -> None:
        self._proposed.note(candidate.genome)
        row = self._in_flight.pop(candidate.id, None)
        self._rows.append(self._features([candidate.genome])[0] if row is None else row)
        self._outputs.append(outputs)
        self._n_outcomes, self._is_news = self._n_outcomes + 1, True
        if len(self._rows) > 4 * self.training:  # what is remembered is bounded, too
            places, _ = self._training_set(2 * self.training)
            self._rows = [self._rows[place] for place in places]
            self._outputs = [self._outputs[place] for place in places]

    @property
    def residents(self) -> Sequence[Individual]:
        """Those who have offspring, oldest first."""
        return oldest_first(self._population)

    def welcome(self, immigrants: Sequence[Individual], replace: Replace) -> None:
        """Learn from immigrants; let ``replace`` decide who of them has offspring."""
        living = replaced(self.residents, immigrants, replace) if self._population else None
        for individual in immigrants:
            self.learn(individual)
        if living is not None:
            self._population = [*living]
