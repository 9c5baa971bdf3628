"""MOEA/D: subproblems, neighbourhoods, and whose place a child takes."""

import numpy as np
import pytest

from evonas import Int, Space
from evonas.errors import SearchError
from evonas.evolve.objectives import Objectives
from evonas.evolve.records import Candidate, CandidateId, Failure, Outcome
from evonas.evolve.strategies.moead import MOEAD, tchebycheff

SPACE = Space([Int(0, 9)] * 4)
TWO = Objectives({"one": "min", "other": "min"})


def priced(name, one, other):
    return Outcome(name, {"one": float(one), "other": float(other)})


def stranger(birth, one, other):
    name = CandidateId(7, birth)
    genome = SPACE.sample(np.random.default_rng(birth))
    return TWO.individual(Candidate(name, genome), priced(name, one, other))


def test_the_largest_weighted_cost_counts():
    weights = np.array([[0.5, 0.5], [0.9, 0.1]])
    assert tchebycheff(np.array([2.0, 4.0]), weights).tolist() == [2.0, 1.8]


def test_each_subproblem_keeps_what_solves_it_best():
    """A stranger is shown to all three: weights (0, 1), (1/2, 1/2), (1, 0)."""
    strategy = MOEAD(population=3, neighbours=2).on(SPACE, TWO, seed=0)
    for birth, costs in enumerate([(5, 5), (0, 9), (9, 0), (9, 9)]):
        strategy.learn(stranger(birth, *costs))
    assert [strategy._solutions[place].costs for place in range(3)] == [(9.0, 0.0), (5.0, 5.0), (0.0, 9.0)]


def test_a_child_that_comes_late_is_shown_to_the_neighbourhood_it_was_born_in():
    strategy = MOEAD(population=5, neighbours=2).on(SPACE, TWO, seed=0)
    asked = strategy.ask(5)
    strategy.tell([priced(one.id, 5, 5) for one in asked])
    late = strategy.ask(5)[0]  # born for subproblem 0, whose neighbourhood is 0 and 1
    strategy.tell([priced(late.id, 0, 0)])
    assert [strategy._solutions[place].id == late.id for place in range(5)] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_failures_are_forgotten():
    strategy = MOEAD(population=5).on(SPACE, TWO, seed=0)
    asked = strategy.ask(40)
    strategy.tell([Outcome(one.id, failure=Failure("no")) for one in asked])
    assert (strategy.residents, strategy._born_for) == ([], {})


def test_an_infeasible_solution_does_not_hide_what_the_others_are_worth():
    goals = Objectives({"one": "min", "other": "min"}, {"load": "<= 1"})
    strategy = MOEAD(population=3, neighbours=3).on(SPACE, goals, seed=0)
    asked = strategy.ask(4)
    told = [(9, 9, 2.0), (5, 5, 1.0), (4, 4, 1.0), (9, 9, 3.0)]
    for candidate, (one, other, load) in zip(asked, told, strict=True):
        strategy.tell([priced(candidate.id, one, other)._replace(metrics={"load": load})])
    assert {one.costs for one in strategy.residents} == {(4.0, 4.0)}


def test_the_front_is_spread_on_a_simple_trade():
    """The digits' sum against what is missing to 36: all genomes are optimal, the ends are rare."""
    strategy = MOEAD().on(SPACE, TWO, seed=0)
    for _ in range(300):
        (candidate,) = strategy.ask(1)
        total = candidate.genome.values.sum()
        strategy.tell([priced(candidate.id, total, 36 - total)])
    sums = {one.costs[0] for one in strategy.residents}
    assert min(sums) <= 6 and max(sums) >= 30 and len(sums) >= 10


@pytest.mark.parametrize(
    "settings, said",
    [
        ({"population": 1}, "MOEAD: population: expected a whole number, 2 or more, got 1"),
        ({"neighbours": 1}, "MOEAD: neighbours: expected a whole number, 2 or more, got 1"),
        ({"crossover": "no"}, r"MOEAD: crossover: expected a number in 0\.\.1, got 'no'"),
    ],
)
def test_settings_out_of_range_are_refused_by_name(settings, said):
    with pytest.raises(SearchError, match=said):
        MOEAD(**settings)
