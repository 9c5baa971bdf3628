"""Expected hypervolume improvement: it beats evolution by far, thinks of what is pending, stays bounded."""

import numpy as np
import pytest

from evonas import Choice, Int, Permutation, Real, Repeat, Space
from evonas.errors import SearchError
from evonas.evolve.objectives import Objectives
from evonas.evolve.records import Failure, Outcome
from evonas.evolve.strategies.ehvi import EHVI
from evonas.evolve.strategies.nsga2 import NSGA2
from evonas.evolve.surrogate.processes import standardized

TWO = Objectives({"error": "min", "size": "min"})
DIGITS = Space([Choice([0, 1, 2, 3])] * 8)
WEIGHTS = np.array([5, 3, 2, 2, 1, 1, 0.5, 0.5])


def trade(candidate):
    """Every digit lowers the error and costs size, some digits more than others: a front of few genomes."""
    digits = candidate.genome.values
    error, size = np.sum(WEIGHTS * (3 - digits) ** 2), np.sum(WEIGHTS[::-1] * digits)
    return Outcome(candidate.id, {"error": float(error), "size": float(size)})


def found(strategy, n, outcome=trade):
    """Return the volume found below the worst corner by ``n`` evaluations."""
    import moocore

    costs = []
    for _ in range(n):
        (candidate,) = strategy.ask(1)
        told = outcome(candidate)
        strategy.tell([told])
        costs.append([*told.objectives.values()])
    return moocore.hypervolume(np.array(costs), ref=[9 * WEIGHTS.sum(), 3 * WEIGHTS.sum()])


def test_it_finds_more_in_fewer_evaluations_than_nsga2():
    ours = [found(EHVI().on(DIGITS, TWO, seed), 40) for seed in range(2)]
    theirs = [found(NSGA2().on(DIGITS, TWO, seed), 120) for seed in range(4)]
    assert min(ours) > np.mean(theirs)


def test_many_in_flight_are_all_different():
    strategy = EHVI(training=20).on(DIGITS, TWO, seed=0)
    strategy.tell([trade(one) for one in strategy.ask(10)])
    assert len({one.genome for one in strategy.ask(60)}) == 60


def test_what_is_pending_drives_the_next_away():
    """Asked one by one without an answer, proposals spread; each believes in the others."""
    strategy, other = (EHVI().on(DIGITS, TWO, seed=0) for _ in range(2))
    for each in (strategy, other):
        each.tell([trade(one) for one in each.ask(12)])
    waiting = strategy.ask(6)
    strategy._in_flight.clear()
    forgetful = []
    for _ in range(6):
        forgetful += other.ask(1)
        other._in_flight.clear()

    def apart(crowd):
        return np.mean([DIGITS.distance(a.genome, b.genome) for a in crowd for b in crowd])

    assert waiting[0] == forgetful[0]
    assert apart(waiting) > apart(forgetful)


def test_only_so_many_outcomes_are_learnt_from_the_best_and_the_youngest():
    strategy = EHVI(training=10).on(DIGITS, TWO, seed=0)
    strategy.tell([trade(one) for one in strategy.ask(40)])
    places, outputs = strategy._training_set(10)
    assert len(places) == len(outputs) == 10
    assert len({*range(35, 40)} - {*places}) == 0
    assert min(range(40), key=lambda place: strategy._outputs[place][0]) in places


def test_what_is_remembered_is_bounded():
    strategy = EHVI(initial=100, training=10).on(DIGITS, TWO, seed=0)
    asked = strategy.ask(95)
    strategy.tell([trade(one) for one in asked])
    best = min(trade(one).objectives["error"] for one in asked)
    assert len(strategy._rows) == len(strategy._outputs) <= 40
    assert min(outputs[0] for outputs in strategy._outputs) == best
    assert not strategy.ask(1)[0].parents  # the first random ones count all the same


def test_a_failure_is_learnt_as_the_worst_outcome():
    strategy = EHVI(initial=4).on(DIGITS, TWO, seed=0)
    asked = strategy.ask(4)
    strategy.tell([*(trade(one) for one in asked[:3]), Outcome(asked[3].id, failure=Failure("no"))])
    _, outputs = strategy._training_set(10)
    assert outputs[3].tolist() == outputs[:3].max(axis=0).tolist()


def test_a_failing_half_of_the_space_is_avoided():
    def outcome(candidate):
        good = candidate.genome.values[0] < 2
        return trade(candidate) if good else Outcome(candidate.id, failure=Failure("no"))

    strategy, failed = EHVI().on(DIGITS, TWO, seed=0), []
    for _ in range(60):
        (candidate,) = strategy.ask(1)
        told = outcome(candidate)
        strategy.tell([told])
        failed.append(told.failure is not None)
    assert sum(failed[30:]) < 0.3 * 30


@pytest.mark.parametrize(
    "tree",
    [
        [Real(0, 1)] * 3,
        Permutation(list("abcdef")),
        Repeat(Choice({"a": {"width": Int(1, 64, log=True)}, "b": {}}), 1, 4),
    ],
    ids=["reals", "permutation", "repeat"],
)
def test_it_works_with_three_objectives_on_any_space(tree):
    space = Space(tree)
    three = Objectives({"one": "min", "two": "max", "three": "min"})
    strategy, genomes = EHVI(initial=5).on(space, three, seed=0), set()
    for _ in range(25):
        (candidate,) = strategy.ask(1)
        genomes.add(candidate.genome)
        values = np.resize(candidate.genome.values, 3).tolist()
        strategy.tell([Outcome(candidate.id, dict(zip(three, values, strict=True)))])
    assert len(genomes) == 25


def test_equal_outcomes_are_no_trouble():
    strategy = EHVI(initial=3).on(DIGITS, TWO, seed=0)
    for _ in range(12):
        (candidate,) = strategy.ask(1)
        strategy.tell([Outcome(candidate.id, {"error": 1.0, "size": 2.0})])
    assert len({one.genome for one in strategy.residents}) == 12


def test_outliers_do_not_drown_the_rest():
    values = np.array([[1.0], [2.0], [3.0], [4.0], [1e9]])
    scaled, zero = standardized(values)
    assert scaled.mean() == pytest.approx(0) and scaled.std() == pytest.approx(1)
    assert scaled[4] - scaled[2] == pytest.approx(3 * (scaled[2] - scaled[0]))
    assert scaled[1] - zero == pytest.approx(2 * (scaled[1] - scaled[0]))


@pytest.mark.parametrize(
    "settings, said",
    [
        ({"initial": 1}, "EHVI: initial: expected a whole number, 2 or more, got 1"),
        ({"population": 0}, "EHVI: population: expected a whole number, 2 or more, got 0"),
        ({"training": 5}, "EHVI: training: expected a whole number, 10 or more, got 5"),
    ],
)
def test_settings_out_of_range_are_refused_by_name(settings, said):
    with pytest.raises(SearchError, match=said):
        EHVI(**settings)
