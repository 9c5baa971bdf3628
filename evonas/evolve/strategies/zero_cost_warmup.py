"""Zero-cost warm-up: a search begins with scores that need no training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray

from evonas.errors import SearchError, complaint
from evonas.evolve.records import Candidate, CandidateId, Failure, Individual, Outcome
from evonas.evolve.strategies.surrogate_assisted import SurrogateAssistedEvolution
from evonas.evolve.strategy import Proposal, Replace, Scored, Strategy, whole
from evonas.space.genome import Genome
from evonas.space.space import Space

SCORES_ONLY = 0.0
"""The fidelity at which an evaluation only computes scores."""

SHORTEST_TRIAL = 6
"""Random choices from the pool, at least: of fewer, even a perfect correlation may be chance."""


@final
class ZeroCostWarmup(Strategy):
    """Lets another method begin with cheap scores of a pool of architectures (Abdelfattah et al. 2021).

    First ``pool`` random architectures are evaluated at fidelity 0: ``evaluate`` then trains nothing and
    reports scores as metrics, such as ``evonas.train.proxies.proxies`` returns; its objectives do not count.

    A method with a surrogate, :class:`SurrogateAssistedEvolution` or :class:`EHVI`, proposes all the rest. It
    knows what each architecture is expected to score, by what it has in common with the pool, and learns how
    much that tells.

    For other methods the first ``first`` full evaluations are chosen: a third of them at random from the
    pool, the others by the scores, each weighted by its rank correlation with the objective seen so far, and
    by 0 as long as that may be chance. Where all weights are 0 the other method proposes, as it does later in
    any case: a score that tells nothing costs nothing.

    Evaluations at fidelity 0 count as evaluations in the budget.

    Example:
        An evaluation that computes scores first, and stops there if it shall::

            def evaluate(architecture, context):
                model = build(architecture)
                scores = proxies(model, images, labels, names=["synflow", "naswot"])
                accuracy = 0.0 if context.fidelity == 0 else trained(model)
                return {"accuracy": accuracy, **scores}

    Args:
        space: What is searched; None leaves the strategy as settings for a ``Search``.
        strategy: What follows; None is :class:`SurrogateAssistedEvolution`.
        pool: How many architectures are scored.
        first: How many full evaluations may come from the pool, if there is no surrogate.
        objectives: Directions by name; ``{"loss": "min"}`` if left out.
        seed: Root of all randomness.

    Raises:
        SearchError: A setting cannot be used.
    """

    settings: ClassVar[tuple[str, ...]] = ("strategy", "pool", "first")

    def __init__(
        self,
        space: Space | None = None,
        *,
        strategy: Strategy | None = None,
        pool: int = 200,
        first: int = 30,
        objectives: Mapping[str, str] | None = None,
        seed: int = 0,
    ) -> None:
        self.strategy = SurrogateAssistedEvolution() if strategy is None else strategy
        if not isinstance(self.strategy, Strategy) or self.strategy.full_fidelity is not None:
            rule, remedy = "a Strategy of one fidelity", "write strategy=evonas.RegularizedEvolution()"
            raise SearchError(complaint("ZeroCostWarmup: strategy", rule, strategy, remedy))
        self.pool = whole("ZeroCostWarmup: pool", pool, 1)
        self.first = whole("ZeroCostWarmup: first", first, 1)
        super().__init__(space, objectives=objectives, seed=seed)

    def start(self) -> None:
        """Begin with an empty pool."""
        self._follower = self.strategy.on(self.space, self.objectives, seed=0, island=self._island)
        self._n_pooled = self._n_full = 0
        self._has_begun = False  # whether the follower was told the scores, and may begin
        self._has_surrogate = False
        self._early: list[Individual] = []  # from elsewhere, before that
        self._scores: dict[str, dict[str, float]] = {}  # by genome key
        self._waiting: dict[str, Candidate] = {}  # scored, and not evaluated fully
        self._costs: dict[str, float] = {}  # of those scored that were evaluated fully

    def propose(self, rng: np.random.Generator) -> Proposal:
        """Return a random genome to be scored, then one of the pool, then what the follower proposes."""
        if self._n_pooled < self.pool:
            self._n_pooled += 1
            return Proposal(self.space.sample(rng), fidelity=SCORES_ONLY)
        if not self._has_begun:
            self._hand_over()
        is_choosing = self._n_full < self.first and not self._has_surrogate
        if is_choosing and self._waiting and (key := self._choice(rng)):
            chosen = self._waiting.pop(key)
            return self._adopted(chosen.genome, (chosen.id,))
        proposal = self._follower.propose_as(self._newborn, rng)
        self._waiting.pop(proposal.genome.key, None)
        return self._adopted(proposal.genome, proposal.parents)

    def _hand_over(self) -> None:
        """Let the follower begin: it is told the scores, then whom it missed."""
        self._has_begun, keys = True, list(self._waiting)
        if len(keys) >= SHORTEST_TRIAL:
            columns = [ranks(self._column(name, keys)) for name in self._names()]
            genomes = [candidate.genome for candidate in self._waiting.values()]
            by_name = np.array(columns).reshape(-1, len(keys))
            self._has_surrogate = self._follower.use_scores(Scored(genomes, by_name.T))
        for individual in self._early:
            self._follower.learn(individual)
        self._early.clear()

    def _names(self) -> list[str]:
        """Return what the scores are called."""
        return list(dict.fromkeys(name for scores in self._scores.values() for name in scores))

    def _adopted(self, genome: Genome, parents: tuple[CandidateId, ...]) -> Proposal:
        """Return a proposal of a full evaluation, of which the follower will be told."""
        candidate = Candidate(self._newborn, genome, parents)
        self._follower.adopt(candidate)
        self._n_full += 1
        return Proposal(genome, parents)

    def _choice(self, rng: np.random.Generator) -> str | None:
        """Return who of the waiting is evaluated next, by genome key; None if no score has earned a say."""
        keys = list(self._waiting)
        if self._n_full < max(self.first / 3, SHORTEST_TRIAL):
            return keys[int(rng.random() * len(keys))]
        weights = self._weights()
        ranked = [weight * ranks(self._column(name, keys)) for name, weight in weights.items()]
        return keys[int(np.sum(ranked, axis=0).argmax())] if ranked else None

    def _weights(self) -> dict[str, float]:
        """Return by score its rank correlation with how good the evaluated ones are, if it is no chance."""
        n = len(self._costs)
        if n < SHORTEST_TRIAL:
            return {}
        worth = ranks(-np.array([*self._costs.values()]))
        known = [*self._costs]
        earned = {name: _correlation(ranks(self._column(name, known)), worth) for name in self._names()}
        # In standard errors of a correlation where there is none: on NAS-Bench-201, 2 lets good scores wait.
        return {name: weight for name, weight in earned.items() if abs(weight) > 1.5 / math.sqrt(n - 1)}

    def _column(self, name: str, keys: Sequence[str]) -> NDArray[np.float64]:
        return np.array([self._scores[key].get(name, math.nan) for key in keys])

    def learn(self, individual: Individual) -> None:
        """Keep the scores of the pool; learn from full evaluations what the scores are worth."""
        key = individual.genome.key
        if individual.candidate.fidelity == SCORES_ONLY:
            if key not in self._scores:
                self._scores[key] = dict(individual.outcome.metrics)
                self._waiting[key] = individual.candidate
            return
        if key in self._scores:
            self._costs[key] = individual.costs[0]
        if self._follower.awaits(individual.id):
            self._follower.told(individual.outcome)
        elif self._has_begun:
            self._follower.learn(individual)
        else:
            self._early.append(individual)

    def fail(self, candidate: Candidate) -> None:
        """Let the follower know."""
        if self._follower.awaits(candidate.id):
            self._follower.told(Outcome(candidate.id, failure=Failure("it failed")))

    @property
    def residents(self) -> Sequence[Individual]:
        """The follower's."""
        return self._follower.residents

    def welcome(self, immigrants: Sequence[Individual], replace: Replace) -> None:
        """Let the follower welcome them, once it may begin."""
        if self._has_begun:
            self._follower.welcome(immigrants, replace)
        else:
            self._early += immigrants


def ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ranks in 0..1, ``(n,)``: equals share their mean rank; what is NaN is worst."""
    _, first, count = np.unique(np.nan_to_num(values, nan=-np.inf), return_inverse=True, return_counts=True)
    means: NDArray[np.float64] = (np.cumsum(count) - (count + 1) / 2)[first] / max(len(values) - 1, 1)
    return means


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    return float(np.corrcoef(one, other)[0, 1]) if np.ptp(one) and np.ptp(other) else 0.0
