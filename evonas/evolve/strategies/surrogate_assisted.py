"""Surrogate-assisted evolution: evolution proposes, a model of what was evaluated chooses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, final

import numpy as np

from evonas.evolve.novelty import Novelty
from evonas.evolve.records import Candidate, CandidateId, Individual
from evonas.evolve.selection import survivors
from evonas.evolve.strategy import Proposal, Replace, Scored, Strategy, oldest_first, replaced, whole
from evonas.evolve.surrogate.acquisition import Ranking, farthest
from evonas.evolve.surrogate.evidence import Evidence
from evonas.evolve.surrogate.features import Features
from evonas.evolve.surrogate.gaussian_process import Array, GaussianProcess, Posterior
from evonas.evolve.surrogate.offspring import Offspring, Parent
from evonas.space.genome import Genome
from evonas.space.space import Space

STRANGERS = 0.02
"""The share of births that are random, whatever the model says: it may be wrong for good."""
SPREAD, COMPARED = 8, 800  # genomes of which a first birth is chosen: at most so many, and so many features
MOST_OFFSPRING = 200  # that live on from one ranking to the next
BRED, DESCRIBED = 64, 5_000  # offspring bred for a ranking: at most so many, and so many features of them
AGAIN = 4  # one in so many descends from other offspring, the most promising ones
GRANDPARENTS = 10  # how many these are
FEWEST_LEFT = 0.5  # the share of a ranking that is left when others are bred, though nothing new is known
MOST_PENDING = 100  # that a model is told of, and that first births keep away from
STEPS, WORK = 10, 3e7  # on the evidence before a ranking: at most so many, and so many multiplications
SELDOM = 10  # once a model cannot take in everything, it makes its steps only at every tenth birth or so


@final
class SurrogateAssistedEvolution(Strategy):
    """Evolution whose offspring are ranked by a Gaussian process: the fewest evaluations, on any space.

    Each time an outcome was learnt, the fittest and the most promising offspring breed more; a Gaussian
    process over the features of the space predicts what they are worth, and the one with the largest expected
    improvement is proposed (Jones et al. 1998), less where outcomes are noisy and many are known (Huang et
    al. 2006). What is still being evaluated is believed to be worth what is predicted (Ginsbourger et al.
    2010), so any number of workers may ask at once; no genome is proposed twice as long as there are others.
    Before there is a model, births keep apart. Failures count as worse than anything. With several
    objectives each ranking weighs them at random (ParEGO: Knowles 2006).

    The cost of a proposal is bounded, however long the search: the model learns from ``training``
    evaluations, its hyperparameters take a few steps from where they stood, and some dozens of offspring
    are bred, the fewer the more features describe them.

    Args:
        space: What is searched; None leaves the strategy as settings for a ``Search``.
        initial: Outcomes to wait for before there is a model; until then proposals are far apart.
        population: How many of the fittest evaluated individuals breed.
        training: How many evaluations the model learns from at most: the best and the latest ones.
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
        initial: int = 8,
        population: int = 20,
        training: int = 200,
        objectives: Mapping[str, str] | None = None,
        seed: int = 0,
    ) -> None:
        self.initial = whole("SurrogateAssistedEvolution: initial", initial, 2)
        self.population = whole("SurrogateAssistedEvolution: population", population, 1)
        self.training = whole("SurrogateAssistedEvolution: training", training, 10)
        super().__init__(space, objectives=objectives, seed=seed)

    def start(self) -> None:
        """Begin with nobody evaluated, and hyperparameters as they are expected to be."""
        self._describe_by(Features(self.space))
        self._evidence = Evidence(self.training, len(self.objectives))
        self._ranking: Ranking | None = None  # of the offspring, if there are any
        self._is_outdated = True  # the ranking: something new is known
        self._chosen: tuple[Genome, Array] | None = None  # the last that was taken of them
        self._population: list[Individual] = []  # the fittest first
        self._proposed = Novelty()
        self._pending: dict[CandidateId, Array] = {}  # the features of those that are being evaluated

    def _describe_by(self, features: Features) -> None:
        self._features = features
        self._process = GaussianProcess(features.groups)
        self._offspring = Offspring(self.space, features)

    def use_scores(self, scored: Scored) -> bool:
        """Let the model know what architectures are expected to score."""
        self._describe_by(Features(self.space, scored))
        return True

    def adopt(self, candidate: Candidate) -> None:
        """Remember what is in flight."""
        super().adopt(candidate)
        self._proposed.note(candidate.genome)
        self._pending[candidate.id] = self._described(candidate.genome)

    def _described(self, genome: Genome) -> Array:
        """Return the features of a genome, ``(n_features,)``, at once if it was just chosen."""
        chosen, features = self._chosen or (None, None)
        return features if features is not None and chosen is genome else self._features([genome])[0]

    def propose(self, rng: np.random.Generator) -> Proposal:
        """Return the most promising of the offspring; at first what is far from all, rarely a random one."""
        if len(self._evidence) < self.initial:
            return self._far(rng)
        if rng.random() < STRANGERS:
            return self._stranger(rng)
        if self._is_outdated or self._ranking is None or self._ranking.share_left < FEWEST_LEFT:
            self._rank(rng)
        while self._ranking is not None and self._ranking.share_left:
            place = self._ranking.take()
            proposal = self._offspring.proposals[place]
            # A copy, since a view would keep the features of all offspring.
            self._chosen = proposal.genome, self._offspring.features[place].copy()
            if proposal.genome not in self._proposed:  # it may have been injected or drawn since
                return proposal
        return self._stranger(rng)

    def _stranger(self, rng: np.random.Generator) -> Proposal:
        return Proposal(self._proposed.sampled(self.space, rng))

    def _far(self, rng: np.random.Generator) -> Proposal:
        """Return of some random genomes the one that is the least like those that were proposed before."""
        n = max(min(SPREAD, COMPARED // max(self._features.n_features, 1)), 2)
        genomes = [genome for genome in self.space.samples(n, rng) if genome not in self._proposed]
        if not genomes:
            return self._stranger(rng)
        rows = [*self._evidence.features, *self._pending.values()][-MOST_PENDING:]
        known = np.array(rows).reshape(len(rows), self._features.n_features)
        return Proposal(genomes[farthest(self._features(genomes), known)])

    def _rank(self, rng: np.random.Generator) -> None:
        """Let the best offspring of the last ranking live on, breed, and rank all by what is known now."""
        offspring, proposed = self._offspring, self._proposed
        best_first = self._ranking.best_first() if self._ranking is not None else []
        new = [place for place in best_first if offspring.proposals[place].genome not in proposed]
        offspring.keep(new[:MOST_OFFSPRING])
        n_bred = max(min(BRED, DESCRIBED // max(self._features.n_features, 1)), AGAIN)
        promising = offspring.best(GRANDPARENTS)
        fittest = [Parent(one.genome, (one.id,)) for one in self._population]
        offspring.breed(promising, n_bred // AGAIN, proposed.keys, rng)
        offspring.breed(fittest, n_bred - n_bred // AGAIN, proposed.keys, rng)
        self._ranking = Ranking(self._posterior(rng), offspring.features) if len(offspring) else None
        self._is_outdated = False

    def _posterior(self, rng: np.random.Generator) -> Posterior:
        """Return what the model knows, after some steps of learning if there is something new."""
        features, targets = self._evidence.chosen(rng)
        n, n_features = features.shape
        is_turn = len(self._evidence) <= self.training or self.births % SELDOM == 0
        if self._is_outdated and is_turn:
            steps = WORK / (6 * n**3 + 8 * n**2 * n_features)
            self._process.learn(features, targets, int(min(max(steps, 1), STEPS)))
        rows = [*self._pending.values()][-MOST_PENDING:]
        pending = np.array(rows).reshape(len(rows), n_features)
        return self._process.posterior(features, targets, pending)

    def learn(self, individual: Individual) -> None:
        """Add to what the model learns from; the fittest live on."""
        self._population = survivors([*self._population, individual], self.population)
        self._know(individual.candidate, individual.costs)

    def fail(self, candidate: Candidate) -> None:
        """Let the model know that this is as bad as anything."""
        self._know(candidate, None)

    def _know(self, candidate: Candidate, costs: tuple[float, ...] | None) -> None:
        features = self._pending.pop(candidate.id, None)
        if features is None:  # an immigrant
            self._proposed.note(candidate.genome)
            features = self._features([candidate.genome])[0]
        self._evidence.add(features, costs)
        self._is_outdated = True

    @property
    def residents(self) -> Sequence[Individual]:
        """The fittest, oldest first."""
        return oldest_first(self._population)

    def welcome(self, immigrants: Sequence[Individual], replace: Replace) -> None:
        """Learn from immigrants, and let ``replace`` decide who breeds; without residents all do."""
        if not self._population:
            return super().welcome(immigrants, replace)
        living = replaced(self.residents, immigrants, replace)
        for individual in immigrants:
            self._know(individual.candidate, individual.costs)
        self._population = sorted(living, key=lambda one: (one.costs, one.id))
