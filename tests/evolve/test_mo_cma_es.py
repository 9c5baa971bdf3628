"""MO-CMA-ES: places, parents, and fronts."""

import numpy as np
from moocore import hypervolume

from evonas import MOCMAES, Outcome, RandomSearch, Real, Space
from evonas.evolve.objectives import Objectives
from evonas.evolve.records import Failure
from evonas.evolve.strategies.mo_cma_es import _places

SPACE = Space([Real(-5, 5)] * 5)
TWO = Objectives({"near": "min", "far": "min"})


def two_spheres(candidate):
    x = candidate.genome.values
    scales = 10.0 ** np.arange(5)
    near, far = float(scales @ (x - 1) ** 2), float(scales @ (x + 1) ** 2)
    return Outcome(candidate.id, {"near": near, "far": far})


def volume(strategy, n):
    points = []
    for _ in range(n):
        (candidate,) = strategy.ask(1)
        outcome = two_spheres(candidate)
        strategy.tell([outcome])
        points.append([outcome.objectives["near"], outcome.objectives["far"]])
    return hypervolume(np.log10(np.array(points)), ref=[6.0, 6.0])


def test_places_are_by_front_and_by_volume_there():
    costs = np.array([[0.0, 1.0], [1.0, 0.0], [0.4, 0.4], [2.0, 2.0], [0.39, 0.45]])
    places = _places(costs)
    assert places[3] == 4
    assert places[4] == 3  # its neighbour dominates nearly all that it does
    assert sorted(places) == [0, 1, 2, 3, 4]


def test_one_objective_is_ordered_by_it():
    assert _places(np.array([[3.0], [1.0], [2.0]])).tolist() == [2, 0, 1]


def test_it_learns_the_shape_of_the_front():
    ours = np.mean([volume(MOCMAES(SPACE, objectives=TWO.directions, seed=seed), 1200) for seed in range(2)])
    random = np.mean(
        [volume(RandomSearch(SPACE, objectives=TWO.directions, seed=seed), 1200) for seed in range(2)]
    )
    assert ours > 1.1 * random


def test_failures_shorten_the_steps_of_the_parent():
    strategy = MOCMAES(SPACE, population=4, objectives=TWO.directions)
    strategy.tell([two_spheres(one) for one in strategy.ask(4)])
    before = [member.mutation.step for member in strategy._members]
    for candidate in strategy.ask(20):
        strategy.tell([Outcome(candidate.id, failure=Failure("no"))])
    after = [member.mutation.step for member in strategy._members]
    assert sum(after) < sum(before)
    assert all(new <= old for new, old in zip(after, before, strict=True))
