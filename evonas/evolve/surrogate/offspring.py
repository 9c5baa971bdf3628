"""Candidates that evolution bred and nobody has evaluated: what a surrogate chooses from."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import NamedTuple, final

import numpy as np

from evonas.evolve.records import CandidateId
from evonas.evolve.strategy import Proposal
from evonas.evolve.surrogate.features import Features
from evonas.evolve.surrogate.gaussian_process import Array
from evonas.evolve.variation import mate, mutate
from evonas.space.genome import Genome
from evonas.space.space import Space

STRANGERS = 0.25  # the share of random genomes
CROSSED = 0.25  # the share of children of two parents among the others
AGAIN = 0.4  # the chance of one mutation more, each time
MOST_PARENTS = 2  # that a proposal names


class Parent(NamedTuple):
    """Who has offspring: an evaluated individual, or one of the offspring themselves.

    Attributes:
        genome: Its genome.
        ids: The evaluated individuals that it is, or descends from.
    """

    genome: Genome
    ids: tuple[CandidateId, ...]


@final
class Offspring:
    """Distinct candidates with their features, none of them proposed before.

    Args:
        space: What is searched.
        features: Describes genomes.
    """

    def __init__(self, space: Space, features: Features) -> None:
        self._space, self._describe = space, features
        self.proposals: list[Proposal] = []
        self.features: Array = features([])

    def __len__(self) -> int:
        return len(self.proposals)

    def breed(
        self, parents: Sequence[Parent], n: int, proposed: Container[str], rng: np.random.Generator
    ) -> None:
        """Add ``n`` more, fewer if some are known: mutants and children of ``parents``, and strangers.

        Args:
            parents: The best first: they have the most offspring. Without any there are strangers only.
            n: How many are bred.
            proposed: Keys of the genomes that were proposed.
            rng: Where random values come from.
        """
        n_strangers = round(n * STRANGERS) if parents else n
        bred = [self._child(parents, rng) for _ in range(n - n_strangers)]
        there = {proposal.genome.key for proposal in self.proposals}
        fresh = []
        for proposal in [*bred, *map(Proposal, self._space.samples(n_strangers, rng))]:
            key = proposal.genome.key
            if key not in there and key not in proposed:
                there.add(key)
                fresh.append(proposal)
        self.proposals += fresh
        described = self._describe([proposal.genome for proposal in fresh])
        self.features = np.concatenate([self.features, described])

    def _child(self, parents: Sequence[Parent], rng: np.random.Generator) -> Proposal:
        one, other = (parents[int(len(parents) * fraction**2)] for fraction in rng.random(2).tolist())
        if other is not one and rng.random() < CROSSED:
            genome = mate(self._space, one.genome, other.genome, rng)
            ids = tuple(dict.fromkeys((*one.ids, *other.ids)))[:MOST_PARENTS]
        else:
            genome, ids = mutate(self._space, one.genome, rng), one.ids
        while rng.random() < AGAIN:
            genome = mutate(self._space, genome, rng)
        return Proposal(genome, ids)

    def keep(self, places: Sequence[int]) -> None:
        """Let only those live on that stand at ``places``, in this order."""
        self.proposals = [self.proposals[place] for place in places]
        self.features = self.features[list(places)]

    def best(self, n: int) -> list[Parent]:
        """Return the first ``n`` as parents of further ones."""
        return [Parent(proposal.genome, proposal.parents) for proposal in self.proposals[:n]]
