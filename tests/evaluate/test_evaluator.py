"""What an evaluator may look like, what it may return, and what becomes of everything else."""

import functools
import math

import numpy as np
import pytest

from evonas.errors import SearchError
from evonas.evaluate.evaluator import Context, caller, takes_context
from evonas.evaluate.guard import guarded
from evonas.evolve.objectives import Objectives
from evonas.evolve.records import CandidateId

NAME = CandidateId(0, 3)
ARCHITECTURE = {"width": 8}


class Tensor:
    """A tensor with one element, as far as Python can tell."""

    def __float__(self):
        return 0.5

    def __repr__(self):
        return "Tensor"  # in the name of a test: the same in every process that runs tests


def outcome_of(evaluate, objectives=("accuracy",), context=None):
    directions = Objectives(dict.fromkeys(objectives, "max"))
    return guarded(caller(evaluate), ARCHITECTURE, context or Context(seed=11), NAME, directions)


@pytest.mark.parametrize(
    "value, number",
    [
        (0.5, 0.5),
        (2, 2.0),
        (True, 1.0),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3.0),
        (np.array(0.5), 0.5),
        (Tensor(), 0.5),
        ({"accuracy": 0.5}, 0.5),
        ({"accuracy": Tensor()}, 0.5),
    ],
    ids=repr,
)
def test_any_number_counts(value, number):
    outcome = outcome_of(lambda architecture: value)
    assert outcome.objectives == {"accuracy": number}
    assert type(outcome.objectives["accuracy"]) is float
    assert (outcome.id, outcome.failure) == (NAME, None)


def test_numbers_that_are_no_objectives_become_metrics():
    outcome = outcome_of(lambda a: {"parameters": 10, "accuracy": 0.5, "gap": math.nan})
    assert outcome.objectives == {"accuracy": 0.5}
    np.testing.assert_equal(outcome.metrics, {"parameters": 10.0, "gap": math.nan})


class Odd(Exception):
    pass


def raising(error):
    def evaluate(architecture):
        raise error

    return evaluate


@pytest.mark.parametrize(
    "evaluate, reason",
    [
        (lambda a: None, "evaluate: accuracy: expected a number, got None; did it forget to return?"),
        (lambda a: "0.5", "evaluate: accuracy: expected a number, got '0.5'; return a number, or"),
        (lambda a: [0.5, 0.6], "evaluate: accuracy: expected a number, got [0.5, 0.6]"),
        (lambda a: 1j, "evaluate: accuracy: expected a number, got 1j"),
        (lambda a: math.nan, "evaluate: objective 'accuracy' is nan"),
        (lambda a: -math.inf, "evaluate: objective 'accuracy' is -inf"),
        (lambda a: 10**400, "evaluate: objective 'accuracy' is inf"),
        (
            lambda a: {"loss": 1},
            "evaluate: expected the objective 'accuracy', got {'loss': 1.0}; return {'ac",
        ),
        (lambda a: {"accuracy": None}, "evaluate: accuracy: expected a number, got None"),
        (lambda a: a["depth"], "KeyError: 'depth'"),
        (raising(Odd("so what")), "test_evaluator.Odd: so what"),
        (raising(RuntimeError("first line\nsecond line")), "RuntimeError: first line"),
        (raising(MemoryError()), "MemoryError"),
        (raising(SystemExit(3)), "SystemExit: 3"),
        (raising(GeneratorExit()), "GeneratorExit"),
        (lambda a: eval("1 +"), "SyntaxError: invalid syntax"),
    ],
)
def test_everything_else_is_a_failure_with_a_reason_of_one_line(evaluate, reason):
    failure = outcome_of(evaluate).failure
    assert failure.reason.startswith(reason)
    assert "\n" not in failure.reason


def test_several_objectives_want_names():
    failure = outcome_of(lambda a: 0.5, ("accuracy", "parameters")).failure
    assert "expected a dict of objectives, got 0.5; return {'accuracy': ..., 'parameters'" in failure.reason


def test_a_traceback_begins_in_the_users_code():
    traceback = outcome_of(lambda a: a["depth"]).failure.traceback
    assert traceback.startswith("Traceback (most recent call last):")
    assert 'lambda a: a["depth"]' in traceback
    assert "evonas/evaluate" not in traceback


def test_what_a_function_returned_has_no_traceback():
    assert outcome_of(lambda a: None).failure.traceback == ""


def test_an_interrupt_from_the_keyboard_goes_through():
    with pytest.raises(KeyboardInterrupt):
        outcome_of(raising(KeyboardInterrupt))


def test_reports_are_kept_even_of_an_evaluation_that_fails():
    def evaluate(architecture, context):
        context.report(1, np.float32(0.25))
        context.report(np.int64(2), 0.5)
        raise ValueError

    outcome = outcome_of(evaluate)
    assert outcome.reports == ((1, 0.25), (2, 0.5))
    assert outcome.seconds >= 0


def test_the_context_tells_the_seed():
    assert outcome_of(lambda a, context: context.seed).objectives == {"accuracy": 11}


def plain(architecture):
    return 1


def contextual(architecture, context):
    return 2


def optional(architecture, context=None):
    return 2 if context else 1


class Trainer:
    def __call__(self, architecture, context):
        return 2

    def method(self, architecture):
        return 1


@pytest.mark.parametrize(
    "evaluate, arguments",
    [
        (plain, 1),
        (lambda a, *, epochs=3: 1, 1),
        (functools.partial(lambda epochs, a: 1, 3), 1),
        (Trainer().method, 1),
        (contextual, 2),
        (optional, 2),
        (lambda *both: len(both), 2),
        (Trainer(), 2),
    ],
)
def test_a_function_gets_as_many_arguments_as_it_takes(evaluate, arguments):
    assert takes_context(evaluate) == (arguments == 2)
    assert caller(evaluate)(ARCHITECTURE, Context()) == arguments


@pytest.mark.parametrize("evaluate", [lambda: 1, lambda a, b, c: 1, lambda a, *, must: 1, 3, "plain", max])
def test_a_function_of_other_arguments_is_refused(evaluate):
    with pytest.raises(SearchError, match=r"evaluate: expected a function.*, got .*; write def evaluate"):
        takes_context(evaluate)
