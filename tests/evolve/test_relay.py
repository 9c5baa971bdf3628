"""One method begins, another goes on as if all had been its own."""

import math
from itertools import pairwise

import numpy as np
import pytest

from evonas import (
    CMAES,
    MOCMAES,
    CatCMA,
    DifferentialEvolution,
    GeneticAlgorithm,
    MemeticAlgorithm,
    Outcome,
    RandomSearch,
    Real,
    RegularizedEvolution,
    Relay,
    Space,
)
from evonas.errors import SearchError
from evonas.evolve.objectives import Objectives
from evonas.evolve.records import Candidate, CandidateId, Failure, Individual
from evonas.evolve.strategies.hyperband import Hyperband

SPACE = Space({"x": Real(-2, 2), "y": Real(-2, 2), "z": Real(-2, 2)})


def loss(candidate):
    return sum((value - 1.0) ** 2 for value in candidate.genome.values)


def run(strategy, n):
    candidates = []
    for _ in range(n):
        candidates += strategy.ask()
        strategy.tell([Outcome(candidates[-1].id, {"loss": loss(candidates[-1])})])
    return candidates


@pytest.mark.parametrize(
    "then",
    [
        CatCMA(),
        DifferentialEvolution(population=6),
        GeneticAlgorithm(population=6),
        MOCMAES(population=4),
        MemeticAlgorithm(initial=4),
        RegularizedEvolution(population=6),
    ],
    ids=str,
)
def test_the_second_one_goes_on_as_if_it_had_been_alone(then):
    relayed = run(Relay(SPACE, first=RandomSearch(), then=then, after=3, seed=5), 60)
    alone = then.on(SPACE, Objectives({"loss": "min"}), seed=5)
    for candidate in relayed[:3]:
        alone.inject(candidate.genome)
    if isinstance(then, CatCMA):
        alone._starts = [min(relayed[:3], key=loss).genome]
    assert run(alone, 60)[3:] == relayed[3:]


def test_it_begins_at_the_best_that_was_found():
    candidates = run(Relay(SPACE, first=RandomSearch(), then=CatCMA(), after=100), 106)
    best = min(candidates[:100], key=loss)
    distances = [SPACE.distance(best.genome, candidate.genome) for candidate in candidates]
    assert np.mean(distances[100:]) < 0.5 * np.mean(distances[:100])


@pytest.mark.parametrize("then", [CMAES(), CatCMA()], ids=str)
def test_it_begins_with_steps_as_long_as_the_best_lie_apart(then):
    """Where the first one has nearly converged the second one does not begin with steps across the space."""
    strategy = Relay(SPACE, first=RandomSearch(), then=then, after=20)
    for number in range(20):
        strategy.inject(SPACE.encode(dict.fromkeys("xyz", 0.7 + 0.0001 * number * (-1) ** number)))
    distances = [SPACE.distance(one.genome, other.genome) for one, other in pairwise(run(strategy, 60)[20:])]
    assert 1e-5 < np.median(distances[:8]) < 1e-3


def test_it_tells_what_each_spent_and_earned():
    strategy = Relay(SPACE, first=RandomSearch(), then=CatCMA(), after=20)
    losses = [loss(candidate) for candidate in run(strategy, 50)]
    (failed,) = strategy.ask()
    strategy.tell([Outcome(failed.id, failure=Failure("no"))])
    stranger = Candidate(CandidateId(1, 7), SPACE.sample(np.random.default_rng(0)))
    outcome = Outcome(stranger.id, {"loss": -1.0})
    strategy.learn(Individual(stranger, outcome, (-1.0,)))
    better = [now < min(losses[:n], default=math.inf) for n, now in enumerate(losses)]
    shares = {name: (share.evaluations, share.records) for name, share in strategy.shares.items()}
    assert shares == {"RandomSearch": (20, sum(better[:20])), "CatCMA": (31, sum(better[20:]))}


def test_what_was_in_flight_when_the_turn_changed_is_learnt():
    strategy = Relay(SPACE, first=RandomSearch(), then=RegularizedEvolution(population=4), after=5)
    asked = strategy.ask(8)
    strategy.tell([Outcome(one.id, {"loss": loss(one)}) for one in asked if one.id.birth % 2])
    strategy.tell([Outcome(one.id, failure=Failure("no")) for one in asked if not one.id.birth % 2])
    assert [one.id.birth for one in strategy.residents] == [1, 3, 5, 7]
    assert not strategy.pending


@pytest.mark.parametrize(
    "settings, said",
    [
        ({"first": "auto"}, "Relay: first: expected a Strategy of one fidelity, got 'auto'"),
        (
            {"then": Hyperband(fidelities=[1, 3])},
            "Relay: then: expected a Strategy of one fidelity, got Hyper",
        ),
        ({"after": 0}, "Relay: after: expected a whole number, 1 or more, got 0"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings, said):
    with pytest.raises(SearchError, match=said):
        Relay(**settings)
