"""Feasibility first, whatever the strategy compares."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas import Choice, Int, RegularizedEvolution, Space
from evonas.errors import SearchError
from evonas.evolve.archive import Archive, dominates
from evonas.evolve.constraints import Constraint, constraints_of
from evonas.evolve.objectives import Objectives
from evonas.evolve.records import Candidate, CandidateId, Outcome
from evonas.evolve.strategies.ehvi import EHVI
from evonas.evolve.strategies.nsga2 import NSGA2

FAST = Objectives({"accuracy": "max", "size": "min"}, {"latency": "<= 5", "accuracy": ">= 0.5"})


def individual(objectives, birth=0, **numbers):
    name = CandidateId(0, birth)
    declared = {key: numbers[key] for key in objectives}
    metrics = {key: value for key, value in numbers.items() if key not in declared}
    return objectives.individual(Candidate(name, None), Outcome(name, declared, metrics))


def test_bounds_are_read_from_text():
    declared = {"latency": "<= 5", "accuracy": ">=0.9", "size": " <= 5e6 "}
    assert constraints_of(declared) == (
        Constraint("latency", 1.0, 5.0),
        Constraint("accuracy", -1.0, 0.9),
        Constraint("size", 1.0, 5e6),
    )


@pytest.mark.parametrize(
    "declared, said",
    [
        ("latency <= 5", r"constraints: expected a dict of name: \"<= number\", got 'latency <= 5'; write"),
        (
            {"latency": 5},
            r"constraint 'latency': expected \"<=\" or \">=\" and a number, got 5; write constr",
        ),
        ({"latency": "< 5"}, "constraint 'latency': expected .* got '< 5'"),
        ({"latency": "<= fast"}, "constraint 'latency': expected .* got '<= fast'"),
        ({"latency": "<= inf"}, "constraint 'latency': expected .* got '<= inf'"),
        ({3: "<= 5"}, "constraints: expected names that are text, got 3"),
    ],
)
def test_unusable_constraints_are_refused_by_name(declared, said):
    with pytest.raises(SearchError, match=said):
        Objectives({"loss": "min"}, declared)


@pytest.mark.parametrize(
    "latency, accuracy, violation",
    [(5.0, 0.5, 0.0), (4.0, 0.9, 0.0), (6.0, 0.9, 0.2), (10.0, 0.4, 1.2), (5.0, 0.25, 0.5)],
)
def test_a_violation_is_the_sum_of_what_is_passed_as_shares_of_the_bounds(latency, accuracy, violation):
    found = FAST.violation({"latency": latency, "accuracy": accuracy, "size": 3})
    assert math.isclose(found, violation, abs_tol=1e-12)
    assert individual(FAST, latency=latency, accuracy=accuracy, size=3).is_feasible == (violation == 0)


def test_of_a_bound_of_zero_the_distance_itself_counts():
    assert Objectives({"loss": "min"}, {"slack": ">= 0"}).violation({"slack": -0.25}) == 0.25


numbers = st.fixed_dictionaries(
    {"accuracy": st.floats(0, 1), "size": st.floats(0, 1e12), "latency": st.floats(0, 1e6)}
)


@given(numbers, numbers)
def test_any_feasible_dominates_any_infeasible_and_less_violation_wins(one, other):
    ours, theirs = individual(FAST, **one), individual(FAST, **other)
    if ours.is_feasible and not theirs.is_feasible:
        assert dominates(ours.costs, theirs.costs)
        assert ours.costs[0] < theirs.costs[0]
    if not ours.is_feasible and not theirs.is_feasible and FAST.violation(one) < FAST.violation(other) - 1e-9:
        assert dominates(ours.costs, theirs.costs)
    if ours.is_feasible and theirs.is_feasible:
        assert ours.costs == FAST.costs(one)


def test_the_archive_holds_the_least_infeasible_until_somebody_is_feasible():
    born = [
        individual(FAST, 0, accuracy=0.9, size=1, latency=9),
        individual(FAST, 1, accuracy=0.8, size=9, latency=6),
    ]
    archive = Archive(born)
    assert [one.id.birth for one in archive.front] == [1]
    archive.add(individual(FAST, 2, accuracy=0.5, size=100, latency=5))
    assert [one.id.birth for one in archive.front] == [2]


def test_a_missing_or_infinite_constrained_number_is_a_failure():
    missing = FAST.judged(Outcome(CandidateId(0, 0), {"accuracy": 0.9, "size": 3}))
    assert "expected the constrained number 'latency', got" in missing.failure.reason
    endless = FAST.judged(Outcome(CandidateId(0, 0), {"accuracy": 0.9, "size": 3}, {"latency": math.inf}))
    assert "constrained number 'latency' is inf" in endless.failure.reason
    good = Outcome(CandidateId(0, 0), {"accuracy": 0.9, "size": 3}, {"latency": 4.0})
    assert FAST.judged(good) is good


SPACE = Space([Int(0, 9)] * 4 + [Choice(["a", "b"])])


@pytest.mark.parametrize("settings", [RegularizedEvolution(population=20), NSGA2(), EHVI()], ids=repr)
def test_strategies_find_the_best_within_the_limits(settings):
    """The sum of four digits is to be large, but at most 18."""
    goals = Objectives({"sum": "max"}, {"load": "<= 18"})
    strategy = settings.on(SPACE, goals, seed=0)
    for _ in range(60 if isinstance(settings, EHVI) else 120):
        (candidate,) = strategy.ask(1)
        total = float(candidate.genome.values[:4].sum())
        strategy.tell([Outcome(candidate.id, {"sum": total}, {"load": total})])
    best = Archive(strategy.residents).best
    assert best.is_feasible
    assert best.outcome.objectives["sum"] >= 16
