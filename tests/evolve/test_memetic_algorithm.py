"""The memetic algorithm: guided climbs, and evolution of the best in between."""

from functools import cache

import numpy as np
import pytest

from evonas import Choice, Int, Permutation, Real, Repeat, Space
from evonas.errors import SearchError
from evonas.evolve.archive import dominates
from evonas.evolve.objectives import Objectives
from evonas.evolve.records import Failure, Outcome
from evonas.evolve.strategies.local_search import LocalSearch
from evonas.evolve.strategies.memetic_algorithm import ELITES, MemeticAlgorithm

SPACE = Space([Choice(list("abcde"))] * 8)
SMALL = Space([Choice(list("abc"))] * 4)
MIXED = Space(
    {
        "layers": Repeat(Choice({"dense": {"width": Int(8, 64, log=True)}, "skip": {}}), 1, 4),
        "order": Permutation(list("abcd")),
        "rate": Real(1e-4, 1e-1, log=True),
    },
    where=lambda a: len(a["layers"]) > 1 or a["rate"] < 1e-2,
)


LOSS = Objectives({"loss": "min"})


def hill(genome):
    """One optimum, at all "a"."""
    return float(sum(number != 0 for number in genome.numbers))


def searched(strategy, n, loss=hill):
    """Ask and tell one at a time; return the candidates."""
    candidates = []
    for _ in range(n):
        candidates += strategy.ask(1)
        strategy.tell([Outcome(candidates[-1].id, {"loss": loss(candidates[-1].genome)})])
    return candidates


@cache
def to_the_top(strategy):
    """Return after how many evaluations the one optimum is found, over 40 seeds."""
    counts = []
    for seed in range(40):
        losses = [hill(one.genome) for one in searched(strategy.on(SPACE, LOSS, seed), 160)]
        counts.append(losses.index(0.0) if 0.0 in losses else len(losses))
    return counts


def test_the_climb_begins_at_the_best_and_goes_on_from_what_is_better():
    candidates = searched(MemeticAlgorithm(SPACE, initial=6, breadth=0.0, seed=2), 40)
    assert not any(candidate.parents for candidate in candidates[:6])
    centre = min(candidates[:6], key=lambda one: (hill(one.genome), one.id))
    for candidate in candidates[6:]:
        if hill(centre.genome) == 0.0:
            break
        assert candidate.parents == (centre.id,)
        centre = candidate if hill(candidate.genome) < hill(centre.genome) else centre


def test_at_a_local_optimum_another_climb_begins_elsewhere():
    candidates = searched(MemeticAlgorithm(SMALL, initial=4, breadth=0.0), 60)
    top = next(one for one in candidates if hill(one.genome) == 0.0)
    after = candidates[candidates.index(top) + 1 :]
    start = next(one for one in after if not one.parents)
    around = {one.genome for one in candidates[: candidates.index(start)]}
    assert sum(hill(genome) <= 1 for genome in around) == 1 + 8  # the optimum and all its neighbours


def test_guided_climbs_find_the_top_in_fewer_evaluations_than_unguided_ones():
    guided, blind = (to_the_top(settings) for settings in (MemeticAlgorithm(initial=10), LocalSearch()))
    assert np.mean(guided) < 0.85 * np.mean(blind)


@pytest.mark.parametrize("in_flight", [1, 8, 64])
def test_no_architecture_is_proposed_twice_until_most_are(in_flight):
    strategy, genomes, waiting = MemeticAlgorithm(SMALL, seed=3), [], []
    while len(genomes) < 60:  # of 81
        waiting += strategy.ask(in_flight - len(waiting))
        candidate = waiting.pop(0)
        genomes.append(candidate.genome)
        strategy.tell([Outcome(candidate.id, {"loss": hill(candidate.genome)})])
    assert len(set(genomes)) == 60


def test_while_the_last_steps_are_evaluated_children_of_the_best_are_asked_for():
    strategy = MemeticAlgorithm(SMALL, initial=10, breadth=0.0, crossover=1.0, seed=1)
    searched(strategy, 10)
    asked = strategy.ask(30)
    assert any(len(candidate.parents) == 2 for candidate in asked)
    climbs = [candidate for candidate in asked if candidate.parents[:1] == asked[0].parents]
    assert len(climbs) >= 4


def test_a_failed_step_does_not_hold_the_climb_up():
    strategy = MemeticAlgorithm(SMALL, initial=2, breadth=0.0, seed=0)
    searched(strategy, 2, lambda _: 1.0)
    for _ in range(8):
        (candidate,) = strategy.ask(1)
        strategy.tell([Outcome(candidate.id, failure=Failure("no"))])
        if not candidate.parents:
            return
    assert not strategy.ask(1)[0].parents


def test_only_so_many_are_remembered_and_the_best_are_residents():
    strategy = MemeticAlgorithm(SPACE, initial=5)
    assert strategy.residents == ()
    candidates = searched(strategy, 300)
    best = sorted(candidates, key=lambda one: (hill(one.genome), one.id))[:ELITES]
    assert [one.candidate for one in strategy.residents] == sorted(best, key=lambda one: one.id)
    assert len(strategy._moves) <= 2 * ELITES + 1


def test_with_several_objectives_the_best_are_those_of_nsga2():
    strategy = MemeticAlgorithm(SPACE, initial=5, objectives={"one": "min", "two": "min"})
    for _ in range(120):
        (one,) = strategy.ask(1)
        costs = {"one": hill(one.genome), "two": float(sum(one.genome.numbers) % 7)}
        strategy.tell([Outcome(one.id, costs)])
    best = strategy._elites
    front = {one.id for one in best if not any(dominates(other.costs, one.costs) for other in best)}
    assert {one.id for one in best[: len(front)]} == front


def test_any_space_is_searched_better_than_at_random(rng):
    def loss(genome):
        a = MIXED.decode(genome)
        return abs(np.log(a["rate"] / 3e-3)) + abs(len(a["layers"]) - 3) + "abcd".index(a["order"][0])

    found = [
        min(loss(one.genome) for one in searched(MemeticAlgorithm(MIXED, seed=seed), 100, loss))
        for seed in range(8)
    ]
    at_random = [min(map(loss, MIXED.samples(100, rng))) for _ in range(8)]
    assert np.mean(found) < 0.7 * np.mean(at_random)


@pytest.mark.parametrize(
    "settings, said",
    [
        ({"initial": 0}, "MemeticAlgorithm: initial: expected a whole number, 1 or more, got 0"),
        ({"breadth": 2}, "MemeticAlgorithm: breadth: expected a number in 0..1, got 2"),
        ({"crossover": -1}, "MemeticAlgorithm: crossover: expected a number in 0..1, got -1"),
    ],
)
def test_settings_out_of_range_are_refused_by_name(settings, said):
    with pytest.raises(SearchError, match=said):
        MemeticAlgorithm(**settings)
