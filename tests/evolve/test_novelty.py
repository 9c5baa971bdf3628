"""Nothing twice."""

from evonas import Int, Space
from evonas.evolve.novelty import Novelty

SPACE = Space(Int(0, 9))


def test_the_first_new_attempt_is_returned_and_none_if_all_are_known():
    novelty, genomes = Novelty(), [SPACE.encode(value) for value in (1, 1, 2, 3)]
    novelty.note(genomes[0])
    attempts = iter(genomes)
    assert novelty.first(lambda: next(attempts)) == genomes[2]
    assert novelty.first(lambda: genomes[0], tries=5) is None


def test_equivalent_architectures_are_one():
    space = Space([Int(0, 3)] * 2, canonical=sorted)
    novelty = Novelty()
    genome = novelty.note(space.encode([1, 2]))
    assert novelty.keys == {genome.key}
    assert space.encode([2, 1]) in novelty
    assert space.encode([2, 2]) not in novelty
