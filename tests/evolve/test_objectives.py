"""Names, directions, and what cannot compete."""

import math

import numpy as np
import pytest

from evonas.errors import SearchError
from evonas.evolve.objectives import Objectives
from evonas.evolve.records import Candidate, CandidateId, Failure, Outcome
from evonas.space.genome import Genome

TWO = Objectives({"accuracy": "max", "parameters": "min"})
FIRST = CandidateId(0, 0)


def test_costs_are_in_declared_order_and_lower_is_better():
    assert TWO.costs({"parameters": 100, "accuracy": 0.9, "more": 1}) == (-0.9, 100.0)
    assert (list(TWO), len(TWO)) == (["accuracy", "parameters"], 2)


def test_directions_cannot_be_changed_from_outside():
    mine = {"loss": "min"}
    objectives = Objectives(mine)
    mine["other"] = "max"
    assert list(objectives) == ["loss"]


@pytest.mark.parametrize(
    "directions, said",
    [
        (
            {},
            'expected a dict of name: direction, got {}; write objectives={"accuracy": "max"}',
        ),
        ("loss", "objectives: expected a dict of name: direction, got 'loss'"),
        (["loss"], "objectives: expected a dict .* got \\['loss'\\]"),
        (
            {"loss": "down"},
            r"objective 'loss': expected \"min\" or \"max\", got 'down'; write .*'loss': \"min\"",
        ),
        ({"loss": -1}, "objective 'loss': expected .* got -1"),
        ({" ": "min"}, "objectives: expected names that are text, got ' '"),
        ({3: "min"}, "objectives: expected names that are text, got 3"),
    ],
)
def test_unusable_objectives_are_refused_by_name(directions, said):
    with pytest.raises(SearchError, match=said):
        Objectives(directions)


@pytest.mark.parametrize(
    "values, said",
    [
        ({"accuracy": 1.0}, "evaluate: expected the objective 'parameters', got {'accuracy': 1.0}; return"),
        ({"accuracy": math.nan, "parameters": 1}, "objective 'accuracy' is nan; only finite numbers"),
        ({"accuracy": 1.0, "parameters": math.inf}, "objective 'parameters' is inf; only finite numbers"),
    ],
)
def test_missing_and_infinite_objectives_become_failures(values, said):
    judged = TWO.judged(Outcome(FIRST, values, {"loss": 2.0}, seconds=3.0, worker=4, host="here"))
    assert said in judged.failure.reason
    assert judged == Outcome(
        FIRST, metrics={"loss": 2.0}, failure=judged.failure, seconds=3.0, worker=4, host="here"
    )


@pytest.mark.parametrize(
    "outcome",
    [Outcome(FIRST, {"accuracy": 0.5, "parameters": 3}), Outcome(FIRST, failure=Failure("no"))],
    ids=["good", "failed"],
)
def test_other_outcomes_are_judged_as_they_are(outcome):
    assert TWO.judged(outcome) is outcome


def test_an_individual_knows_its_candidate_and_costs():
    candidate = Candidate(FIRST, Genome(np.array([1.0]), np.array([True])))
    individual = TWO.individual(candidate, Outcome(FIRST, {"accuracy": 0.5, "parameters": 3}))
    assert (individual.id, individual.genome, individual.costs) == (FIRST, candidate.genome, (-0.5, 3.0))


def test_records_are_hard_to_spoil():
    candidate = Candidate(FIRST, Genome(np.array([1.0]), np.array([True])))
    with pytest.raises(AttributeError):
        candidate.genome = None
    assert str(CandidateId(2, 17)) == "2-17"
