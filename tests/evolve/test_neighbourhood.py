"""Neighbours differ in one decision."""

from evonas import Choice, Permutation, Real, Space
from evonas.evolve.neighbourhood import DRAWS, moved, shuffled_moves


def neighbours(space, genome, rng):
    return [moved(space, genome, move, rng) for move in shuffled_moves(space, genome, rng)]


def test_a_choice_has_each_other_option_as_its_neighbour_once(rng):
    space = Space({"a": Choice(["x", "y", "z"]), "b": Choice([1, 2, 4])})
    around = [space.decode(each) for each in neighbours(space, space.encode({"a": "y", "b": 1}), rng)]
    expected = [{"a": "x", "b": 1}, {"a": "z", "b": 1}, {"a": "y", "b": 2}, {"a": "y", "b": 4}]
    assert sorted(around, key=str) == sorted(expected, key=str)


def test_numbers_and_orders_take_random_steps_for_each_elementary_decision(rng):
    space = Space({"rate": Real(0, 1), "order": Permutation([1, 2, 3, 4])})
    genome = space.encode({"rate": 0.5, "order": [1, 2, 3, 4]})
    around = [space.decode(each) for each in neighbours(space, genome, rng)]
    assert len(around) == DRAWS * (1 + 3)
    assert all((each["rate"] == 0.5) != (each["order"] == [1, 2, 3, 4]) for each in around)


def test_every_neighbour_is_one_decision_away_on_any_space(space, rng):
    for genome in space.samples(20, rng):
        made = {id(locus): locus for locus in space.made(genome)}
        for neighbour in neighbours(space, genome, rng):
            both = [made[id(locus)] for locus in space.made(neighbour) if id(locus) in made]
            plain = [locus for locus in both if locus.path in {"rate", "bias"}]
            changed = [one for one in plain if genome.at(one.start) != neighbour.at(one.start)]
            assert len(changed) <= 1


def test_the_ways_are_in_random_order(rng):
    space = Space([Choice([0, 1])] * 12)
    genome = space.sample(rng)
    orders = {tuple(move.decision for move in shuffled_moves(space, genome, rng)) for _ in range(5)}
    assert len(orders) == 5
