"""What successive halving and Hyperband share: brackets of rungs, and whoever is new to them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from evonas.errors import SearchError, complaint
from evonas.evolve.records import Candidate, CandidateId, Failure, Individual, Outcome
from evonas.evolve.rungs import Ladder, checked_eta, checked_fidelities
from evonas.evolve.strategies.random_search import RandomSearch
from evonas.evolve.strategy import Proposal, Strategy
from evonas.space.space import Space

TRIES = 100
"""Proposals of known configurations after which a method is held to have nothing new."""


class Bracket:
    """A ladder, and a method that is asked for what begins on it and told what that is worth there.

    Args:
        ladder: The rungs.
        proposer: The method, at work on the space.
    """

    def __init__(self, ladder: Ladder, proposer: Strategy) -> None:
        self.ladder, self.n_begun = ladder, 0
        self._proposer = proposer
        self._answers: dict[str, tuple[Candidate, Outcome]] = {}  # by genome key

    def newcomer(self, name: CandidateId, known: set[str], rng: np.random.Generator) -> Proposal | None:
        """Return a configuration that is not ``known``, to be born under ``name``; None if there seems none.

        The proposer is told of what it proposes again.
        """
        for _ in range(TRIES):
            genome, parents, _ = self._proposer.propose_as(name, rng)
            if genome.key not in known:
                self._proposer.adopt(Candidate(name, genome, parents))
                self.n_begun += 1
                return Proposal(genome, parents, self.ladder.lowest)
            if genome.key in self._answers:
                candidate, outcome = self._answers[genome.key]
                self._proposer.adopt(candidate)
                self._proposer.told(outcome)
        return None

    def answered(self, candidate: Candidate, outcome: Outcome) -> None:
        """Tell the proposer what became of its candidate on the lowest rung, the only one it knows."""
        if candidate.fidelity == self.ladder.lowest:
            self._answers[candidate.genome.key] = candidate, outcome
            self._proposer.told(outcome)


class BracketSearch(Strategy):
    """Evaluates many configurations a little, and the best of them more and more thoroughly.

    Promotion is asynchronous: see :class:`evonas.evolve.rungs.Ladder`. A subclass says how many brackets
    there are. Where nothing new is left to begin with, the next best is promoted before its time.

    Args:
        space: What is searched; None leaves the strategy as settings for a ``Search``.
        fidelities: What ``context.fidelity`` is on each rung, in rising order: epochs, a share of the data,
            a width. Only results at the last one can win.
        eta: One of so many is promoted to the next rung.
        proposer: The method that proposes what begins; each bracket has one of its own, which learns what
            its proposals were worth on the bracket's lowest rung.
        objectives: Directions by name; ``{"loss": "min"}`` if left out.
        seed: Root of all randomness.

    Raises:
        SearchError: A setting is out of range.
    """

    settings: ClassVar[tuple[str, ...]] = ("fidelities", "eta", "proposer")

    def __init__(
        self,
        space: Space | None = None,
        *,
        fidelities: Sequence[float],
        eta: float = 3,
        proposer: Strategy | None = None,
        objectives: Mapping[str, str] | None = None,
        seed: int = 0,
    ) -> None:
        name = type(self).__name__
        self.fidelities = checked_fidelities(f"{name}: fidelities", fidelities)
        self.eta = checked_eta(f"{name}: eta", eta)
        self.proposer = _checked_proposer(name, RandomSearch() if proposer is None else proposer)
        self.full_fidelity = self.fidelities[-1]
        super().__init__(space, objectives=objectives, seed=seed)

    @abstractmethod
    def shares(self) -> Sequence[float]:
        """Return how many configurations begin in each bracket, in proportion; bracket n begins on rung n."""

    def start(self) -> None:
        """Begin with empty rungs."""
        self._brackets = [
            Bracket(
                Ladder(self.fidelities[rung:], self.eta),
                self.proposer.on(self.space, self.objectives, seed=0, island=self._island),  # draws from ours
            )
            for rung in range(len(self.shares()))
        ]
        self._places: dict[CandidateId, Bracket] = {}  # of those that are evaluated
        self._known: set[str] = set()  # genome keys
        self._thorough: set[str] = set()  # those proposed at the highest fidelity

    def propose(self, rng: np.random.Generator) -> Proposal:
        """Return whoever may be promoted, else a new configuration in the bracket that is farthest behind."""
        return self._promotion() or self._newcomer(rng) or self._hurried(rng)

    def _promotion(self, eta: float | None = None) -> Proposal | None:
        for bracket in self._brackets:
            while found := bracket.ladder.promotion(eta):
                individual, fidelity = found
                if fidelity < self.fidelities[-1] or individual.genome.key not in self._thorough:
                    return self._placed(bracket, Proposal(individual.genome, (individual.id,), fidelity))
        return None

    def _newcomer(self, rng: np.random.Generator) -> Proposal | None:
        with_one_more = {
            bracket: (bracket.n_begun + 1) / share
            for bracket, share in zip(self._brackets, self.shares(), strict=True)
        }
        for bracket in sorted(self._brackets, key=with_one_more.__getitem__):
            proposal = bracket.newcomer(self._newborn, self._known, rng)
            if proposal is not None:
                return self._placed(bracket, proposal)
        return None

    def _hurried(self, rng: np.random.Generator) -> Proposal:
        """Return what is left where all is known: the next best one rung up, or who runs at full fidelity."""
        proposal = self._promotion(eta=1)
        if proposal is not None:
            return proposal
        running = [one.genome for one in self.pending if one.genome.key not in self._thorough]
        genome = running[0] if running else self.space.sample(rng)
        self._thorough.add(genome.key)
        return Proposal(genome, (), self.full_fidelity)

    def _placed(self, bracket: Bracket, proposal: Proposal) -> Proposal:
        self._places[CandidateId(self._island, self.births)] = bracket
        self._known.add(proposal.genome.key)
        if proposal.fidelity == self.full_fidelity:
            self._thorough.add(proposal.genome.key)
        return proposal

    def learn(self, individual: Individual) -> None:
        """Put an individual on its rung; who came from elsewhere is on none, but known."""
        candidate = individual.candidate
        bracket = self._places.pop(candidate.id, None)
        if bracket is None or candidate.fidelity is None:
            self._known.add(candidate.genome.key)
            return
        bracket.ladder.rungs[candidate.fidelity].add(individual)
        bracket.answered(candidate, individual.outcome)

    def fail(self, candidate: Candidate) -> None:
        """Count a failure on its rung, where it is worse than anybody."""
        bracket = self._places.pop(candidate.id, None)
        if bracket is not None and candidate.fidelity is not None:
            bracket.ladder.rungs[candidate.fidelity].n_failed += 1
            bracket.answered(candidate, Outcome(candidate.id, failure=Failure("no objectives")))


def _checked_proposer(name: str, value: object) -> Strategy:
    if not isinstance(value, Strategy) or value.full_fidelity is not None:
        rule = "a Strategy that knows no fidelities"
        raise SearchError(
            complaint(f"{name}: proposer", rule, value, "write proposer=RegularizedEvolution()")
        )
    return value
