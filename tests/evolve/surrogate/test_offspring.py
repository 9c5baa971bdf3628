"""Who is bred for the surrogate to choose from."""

import numpy as np

from evonas.evolve.records import CandidateId
from evonas.evolve.surrogate.features import Features
from evonas.evolve.surrogate.offspring import Offspring, Parent


def bred(space, parents, proposed=frozenset(), n=60):
    offspring = Offspring(space, Features(space))
    offspring.breed(parents, n, proposed, np.random.default_rng(0))
    return offspring


def parents_of(space, n=5):
    genomes = space.samples(n, np.random.default_rng(1))
    return [Parent(genome, (CandidateId(0, birth),)) for birth, genome in enumerate(genomes)]


def test_they_are_distinct_feasible_and_described(space):
    offspring = bred(space, parents_of(space))
    genomes = [proposal.genome for proposal in offspring.proposals]
    assert len({genome.key for genome in genomes}) == len(genomes) > 30
    assert all(map(space.feasible, genomes))
    assert np.array_equal(offspring.features, Features(space)(genomes))


def test_nobody_who_was_proposed_is_bred_again(space):
    first = bred(space, parents_of(space))
    proposed = {proposal.genome.key for proposal in first.proposals}
    again = bred(space, parents_of(space), proposed)
    assert not proposed & {proposal.genome.key for proposal in again.proposals}


def test_without_parents_all_are_strangers(space):
    assert all(proposal.parents == () for proposal in bred(space, []).proposals)


def test_the_best_parents_have_the_most_offspring(space):
    offspring = bred(space, parents_of(space, 10), n=400)
    births = [proposal.parents[0].birth for proposal in offspring.proposals if proposal.parents]
    assert np.mean(np.array(births) < 5) > 0.6  # the square root of a half is 0.71
    assert {len(proposal.parents) for proposal in offspring.proposals} == {0, 1, 2}


def test_those_that_are_kept_stay_with_their_features(space):
    offspring = bred(space, parents_of(space))
    third, first = offspring.proposals[2], offspring.proposals[0]
    offspring.keep([2, 0])
    assert offspring.proposals == [third, first]
    assert np.array_equal(offspring.features, Features(space)([third.genome, first.genome]))
    assert [parent.genome for parent in offspring.best(1)] == [third.genome]
