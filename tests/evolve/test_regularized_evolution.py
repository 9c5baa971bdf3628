"""Regularized evolution against its paper: Real et al. 2019, algorithm 1."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas import Real, Space
from evonas.errors import SearchError
from evonas.evolve.records import Failure, Outcome
from evonas.evolve.selection import AgingPopulation, drawn, tournament
from evonas.evolve.strategies.regularized_evolution import RegularizedEvolution


def evolved(space, n, loss=lambda birth: float(birth % 7), **settings):
    """Ask and tell one at a time, as the paper does; return the strategy and its candidates."""
    strategy = RegularizedEvolution(space, **settings)
    candidates = []
    for birth in range(n):
        candidates += strategy.ask(1)
        strategy.tell([Outcome(candidates[-1].id, {"loss": loss(birth)})])
    return strategy, candidates


def alive(strategy):
    return [individual.id.birth for individual in strategy._alive]


def test_the_first_population_is_random(space):
    _, candidates = evolved(space, 40, population=10, tournament=3)
    assert [bool(candidate.parents) for candidate in candidates] == [False] * 10 + [True] * 30
    assert len({candidate.genome for candidate in candidates[:10]}) == 10


@pytest.mark.parametrize(
    "n, living", [(4, range(4)), (10, range(10)), (11, range(1, 11)), (37, range(27, 37))]
)
def test_the_oldest_dies_however_good_it_is(space, n, living):
    strategy, _ = evolved(space, n, loss=float, population=10, tournament=3)
    assert alive(strategy) == list(living)


def test_age_counts_from_the_outcome_and_failures_never_live(space):
    strategy = RegularizedEvolution(space, population=3)
    told = strategy.ask(5)
    strategy.tell([Outcome(told[birth].id, {"loss": 0.0}) for birth in (4, 0, 3)])
    strategy.tell([Outcome(told[1].id, failure=Failure("no"))])
    assert alive(strategy) == [4, 0, 3]
    strategy.tell([Outcome(told[2].id, {"loss": 9.0})])
    assert alive(strategy) == [0, 3, 2]


def test_the_best_contestant_becomes_the_parent(space):
    # When all who live compete, the best of them must win.
    _, candidates = evolved(space, 60, population=10, tournament=10)
    for candidate in candidates[10:]:
        birth = candidate.id.birth
        (parent,) = candidate.parents
        assert parent.birth == min(range(birth - 10, birth), key=lambda other: (other % 7, other))


def test_a_tournament_of_one_is_a_random_choice(space):
    _, candidates = evolved(space, 200, population=10, tournament=1)
    ages = [candidate.id.birth - candidate.parents[0].birth for candidate in candidates[10:]]
    assert set(ages) == set(range(1, 11))


@pytest.mark.parametrize("by_place", [True, False])
def test_contestants_are_drawn_without_replacement(space, rng, by_place):
    strategy, _ = evolved(space, 14, loss=lambda birth: float(birth % 10), population=10)
    everybody = strategy.residents
    winners = [
        (strategy._alive.tournament(4, rng) if by_place else tournament(everybody, 4, rng)).costs[0]
        for _ in range(3_000)
    ]
    # P(rank r wins) = C(9 - r, 3) / C(10, 4): the worst three never do.
    expected = np.array([84, 56, 35, 20, 10, 4, 1]) / 210 * 3_000
    counts = np.bincount(np.array(winners, int), minlength=7)
    assert len(counts) == 7
    assert np.sum((counts - expected) ** 2 / expected) < 22.46  # 99.9 % quantile, 6 degrees of freedom


def test_every_set_of_contestants_is_equally_likely(rng):
    sets = [tuple(sorted(drawn(5, 2, rng))) for _ in range(5_000)]
    counts = np.unique(sets, axis=0, return_counts=True)[1]
    assert len(counts) == 10
    assert np.sum((counts - 500) ** 2 / 500) < 27.88  # 99.9 % quantile, 9 degrees of freedom


@pytest.mark.parametrize("n, size", [(1, 1), (3, 3), (2, 9)])
def test_a_tournament_larger_than_the_population_takes_everybody(space, rng, n, size):
    assert drawn(n, size, rng) == {*range(n)}
    population = AgingPopulation(n, evolved(space, n + 1, population=n)[0].residents)
    assert {population.tournament(size, rng).costs[0] for _ in range(20)} == {1.0}


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30), st.integers(1, 9))
def test_the_best_of_all_wins_whoever_came_and_went(losses, most):
    space, rng = Space({"x": Real(0, 1)}), np.random.default_rng(0)
    individuals = evolved(space, len(losses), loss=lambda birth: losses[birth], population=40)[0].residents
    population = AgingPopulation(most, individuals)
    assert [*population] == [*individuals[-most:]]
    best = min(individuals[-most:], key=lambda one: (one.costs, one.id))
    assert population.tournament(most, rng) == best  # the older among equals


def test_immigrants_live_as_the_policy_says_and_age_from_their_arrival(space):
    strategy, _ = evolved(space, 10, loss=float, population=4, tournament=4)
    strangers = evolved(space, 4, population=4, seed=1)[0].residents
    strategy.welcome(strangers[:2], lambda residents, immigrants: [*residents[2:], *immigrants])
    assert [one.id.birth for one in strategy.residents] == [8, 9, 0, 1]
    (child,) = strategy.ask(1)
    assert child.parents == (strangers[0].id,)  # the best of all


def test_a_population_that_is_not_full_learns_immigrants_as_its_own(space):
    strategy, _ = evolved(space, 2, population=4)
    strangers = evolved(space, 4, population=4, seed=1)[0].residents
    strategy.welcome(strangers, pytest.fail)
    assert strategy.residents == strangers


def test_a_child_differs_from_its_parent(space):
    _, candidates = evolved(space, 60, population=10)
    for child in candidates[10:]:
        parent = candidates[child.parents[0].birth].genome
        assert space.distance(parent, child.genome) > 0


def test_with_several_objectives_a_random_undominated_contestant_wins(space):
    strategy = RegularizedEvolution(space, population=4, tournament=4, objectives={"a": "min", "b": "max"})
    values = [(0.0, 0.0), (1.0, 1.0), (2.0, 2.0), (2.0, 1.5)]
    strategy.tell(
        Outcome(candidate.id, {"a": a, "b": b})
        for candidate, (a, b) in zip(strategy.ask(4), values, strict=True)
    )
    assert {candidate.parents[0].birth for candidate in strategy.ask(60)} == {0, 1, 2}


@pytest.mark.parametrize(
    "settings", [{"population": 0}, {"tournament": 0}, {"population": 2.5}, {"tournament": True}]
)
def test_settings_out_of_range_are_refused_by_name(settings):
    (name,) = settings
    with pytest.raises(
        SearchError, match=f"RegularizedEvolution: {name}: expected a whole number, 1 or more"
    ):
        RegularizedEvolution(**settings)
