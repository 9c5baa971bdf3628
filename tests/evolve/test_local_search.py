"""Local search against its paper: White et al. 2021, algorithm 1."""

import numpy as np
import pytest

from evonas import Choice, Permutation, Space
from evonas.errors import SearchError
from evonas.evolve.records import Failure, Outcome
from evonas.evolve.strategies.local_search import LocalSearch

SPACE = Space([Choice(["a", "b", "c"])] * 4)


def hill(genome):
    """One optimum, at all "a"."""
    return float(sum(genome.numbers))


def searched(strategy, n, loss=hill):
    """Ask and tell one at a time; return the candidates."""
    candidates = []
    for _ in range(n):
        candidates += strategy.ask(1)
        strategy.tell([Outcome(candidates[-1].id, {"loss": loss(candidates[-1].genome)})])
    return candidates


def differ(one, other):
    return sum(a != b for a, b in zip(one.numbers, other.numbers, strict=True))


@pytest.mark.parametrize("seed", range(5))
def test_first_improvement_moves_at_once_and_stops_where_no_neighbour_is_better(seed):
    candidates = searched(LocalSearch(SPACE, seed=seed), 40)
    centre = candidates[0]
    for candidate in candidates[1:]:
        if not candidate.parents:  # a local optimum: here there is one, and all its neighbours were tried
            assert hill(centre.genome) == 0.0
            break
        assert candidate.parents == (centre.id,)
        assert differ(candidate.genome, centre.genome) == 1
        centre = candidate if hill(candidate.genome) < hill(centre.genome) else centre
    else:
        pytest.fail("it never began again")


@pytest.mark.parametrize("seed", range(5))
def test_best_improvement_moves_to_the_best_of_all_neighbours(seed):
    first, *neighbours = searched(LocalSearch(SPACE, improvement="best", seed=seed), 1 + 8 + 1)
    assert len({candidate.genome for candidate in neighbours[:8]}) == 8
    assert all(candidate.parents == (first.id,) for candidate in neighbours[:8])
    best = min(neighbours[:8], key=lambda one: (hill(one.genome), one.id))
    if hill(best.genome) < hill(first.genome):
        (parent,) = neighbours[8].parents
        assert hill(neighbours[parent.birth - 1].genome) == hill(best.genome)


def test_the_first_climb_begins_at_the_best_start():
    strategy = LocalSearch(SPACE, starts=6, seed=1)
    *starts, child = searched(strategy, 7)
    assert not any(start.parents for start in starts)
    assert child.parents == (min(starts, key=lambda one: (hill(one.genome), one.id)).id,)


@pytest.mark.parametrize("in_flight", [1, 8, 64])
def test_no_architecture_is_proposed_twice_until_most_are(in_flight):
    strategy, genomes, waiting = LocalSearch(SPACE, seed=3), [], []
    while len(genomes) < 60:  # of 81
        waiting += strategy.ask(in_flight - len(waiting))
        candidate = waiting.pop(0)
        genomes.append(candidate.genome)
        strategy.tell([Outcome(candidate.id, {"loss": hill(candidate.genome)})])
    assert len(set(genomes)) == 60


@pytest.mark.parametrize("improvement", ["first", "best"])
def test_with_many_in_flight_and_failures_it_still_climbs(improvement, rng):
    space = Space([Choice(list("abcde"))] * 8)
    found = []
    for seed in range(10):
        strategy, waiting, best = LocalSearch(space, improvement=improvement, seed=seed), [], np.inf
        for step in range(400):
            waiting += strategy.ask(32 - len(waiting))
            candidate = waiting.pop(int(rng.integers(len(waiting))))
            if step % 5:
                best = min(best, hill(candidate.genome))
                strategy.tell([Outcome(candidate.id, {"loss": hill(candidate.genome)})])
            else:
                strategy.tell([Outcome(candidate.id, failure=Failure("no"))])
        found.append(best)
    assert np.mean(found) < 2  # random search: 6


def test_an_immigrant_that_is_better_becomes_the_centre():
    strategy, other = LocalSearch(SPACE, seed=0), LocalSearch(SPACE, seed=1)
    searched(strategy, 2)
    other.inject(SPACE.encode(["a"] * 4))
    (stranger,) = other.ask(1)
    stranger = stranger._replace(id=stranger.id._replace(island=1))
    outcome = Outcome(stranger.id, {"loss": 0.0})
    strategy.welcome([strategy.objectives.individual(stranger, outcome)], pytest.fail)
    assert strategy.ask(1)[0].parents == (stranger.id,)


def test_a_better_neighbour_dominates():
    strategy = LocalSearch(SPACE, objectives={"one": "min", "two": "min"}, seed=0)
    told = strategy.ask(1)
    strategy.tell([Outcome(told[0].id, {"one": 1.0, "two": 1.0})])
    for costs in [(0.0, 2.0), (1.0, 1.0), (1.0, 0.5)]:
        (candidate,) = strategy.ask(1)
        assert candidate.parents == (told[0].id,)
        strategy.tell([Outcome(candidate.id, dict(zip(("one", "two"), costs, strict=True)))])
    assert strategy.ask(1)[0].parents == (candidate.id,)


def test_permutations_are_searched_to_a_local_optimum():
    space = Space(Permutation(list("abcdef")))
    candidates = searched(LocalSearch(space, seed=0), 300, lambda genome: float(genome.at(0) + genome.at(1)))
    assert min(genome.at(0) + genome.at(1) for genome in (one.genome for one in candidates)) == 1


@pytest.mark.parametrize(
    "settings, said",
    [
        ({"improvement": "worst"}, "LocalSearch: improvement: expected 'first' or 'best', got 'worst'"),
        ({"starts": 0}, "LocalSearch: starts: expected a whole number, 1 or more, got 0"),
    ],
)
def test_settings_out_of_range_are_refused_by_name(settings, said):
    with pytest.raises(SearchError, match=said):
        LocalSearch(**settings)
