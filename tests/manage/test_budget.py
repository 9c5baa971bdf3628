"""Every limit ends a search, and says why."""

import math

import pytest
from toy_search import Listed, book, failing, searched

from evonas import Int, Space
from evonas.errors import SearchError
from evonas.evolve.objectives import Objectives
from evonas.evolve.records import Outcome
from evonas.manage.budget import Budget

NUMBERS = Space(Int(0, 999))


def counting(values, directions, **limits):
    """Search 0, 1, 2 ... whose objectives are given; return the ledger and why it stopped."""
    numbers = Listed(list(range(len(values))))
    ledger = book(numbers, space=NUMBERS, objectives=Objectives(directions), **limits)
    _, stop = searched(ledger, 1, answer=lambda one: Outcome(one.id, values[one.id.birth], seconds=1.0))
    assert stop.ending == "complete"
    return ledger, stop.reason


def test_a_budget_without_a_limit_is_refused():
    with pytest.raises(SearchError, match=r"expected a limit, got none; write Budget\(evaluations=500\)"):
        Budget()


@pytest.mark.parametrize("name", ["evaluations", "stagnation"])
@pytest.mark.parametrize("value", [0, -3, 2.5, True, "10", math.inf])
def test_counts_out_of_range_are_refused_by_name(name, value):
    with pytest.raises(SearchError, match=f"Budget: {name}: expected a whole number, 1 or more, got"):
        Budget(**{name: value})


@pytest.mark.parametrize("value", [0, -1.0, math.nan, math.inf, True, "1h"])
def test_seconds_out_of_range_are_refused_by_name(value):
    with pytest.raises(SearchError, match="Budget: seconds: expected a positive number of seconds, got"):
        Budget(seconds=value)


@pytest.mark.parametrize("value", [math.nan, -math.inf, True, "best"])
def test_targets_that_are_no_numbers_are_refused_by_name(value):
    with pytest.raises(SearchError, match="Budget: target: expected a finite number, got"):
        Budget(target=value)


@pytest.mark.parametrize("target", [0, -1.5, 10**6])
def test_any_finite_target_will_do(target):
    assert Budget(target=target).target == target


@pytest.mark.parametrize("workers", [1, 3, 50])
def test_evaluations_are_spent_exactly(workers):
    ledger = book(evaluations=20)
    _, stop = searched(ledger, workers)
    assert (stop.reason, stop.ending) == ("the budget of evaluations is spent: 20", "complete")
    assert ledger.counts.finished == ledger.counts.evaluations == 20


def test_failures_count_as_evaluations():
    ledger = book(evaluations=5)
    searched(ledger, 1, answer=failing)
    assert (ledger.counts.finished, ledger.counts.failed) == (5, 5)


@pytest.mark.parametrize("direction, target", [("min", 3.0), ("max", -3.0)])
def test_reaching_the_target_ends_the_search(direction, target):
    scores = [{"score": target * share} for share in (3, 2, 1, 0)]
    ledger, reason = counting(scores, {"score": direction}, target=target)
    assert ledger.counts.finished == 3
    assert reason == f"the target is reached: score {target:g}"


def test_stagnation_counts_evaluations_since_the_best():
    losses = [{"loss": loss} for loss in (5.0, 4.0, 4.0, 9.0, 3.0, *[3.0] * 9)]
    ledger, reason = counting(losses, {"loss": "min"}, stagnation=4)
    assert ledger.counts.finished == 5 + 4
    assert reason == "no progress in 4 evaluations"


def test_progress_is_a_better_first_objective():
    better_by_the_second = [{"loss": 1.0, "size": -float(birth)} for birth in range(20)]
    ledger, _ = counting(better_by_the_second, {"loss": "min", "size": "min"}, stagnation=4)
    assert ledger.counts.finished == 5


def test_an_equal_that_was_born_earlier_but_came_later_is_no_progress():
    ledger = book(Listed(list(range(20))), space=NUMBERS, stagnation=4)
    searched(ledger, 3, pick=lambda n: n - 1, answer=lambda one: Outcome(one.id, {"loss": 1.0}))
    assert ledger.counts.finished == 5 + 2  # the two that were running may finish


def test_a_search_that_only_failed_stagnates_too():
    ledger = book(stagnation=4)
    _, stop = searched(ledger, 1, answer=failing)
    assert (ledger.counts.finished, stop.reason) == (4, "no progress in 4 evaluations")
