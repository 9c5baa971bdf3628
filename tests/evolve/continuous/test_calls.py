"""Functions that call, as coroutines that ask."""

import numpy as np
import pytest

from evonas.evolve.continuous.calls import rounds_of


def test_what_is_asked_for_is_yielded_and_what_is_sent_is_answered():
    heard = []

    def minimize(evaluate):
        for n in (1, 3):
            heard.append(evaluate(np.full((n, 2), n)).tolist())

    rounds = rounds_of(minimize)
    assert next(rounds).tolist() == [[1, 1]]
    assert rounds.send(np.array([5.0])).tolist() == [[3, 3]] * 3
    with pytest.raises(StopIteration):
        rounds.send(np.array([1.0, 2.0, 3.0]))
    assert heard == [[5.0], [1.0, 2.0, 3.0]]


def test_many_run_side_by_side_within_each_other():
    def inner(evaluate):
        evaluate(np.zeros((1, 1)))

    def outer(evaluate):
        for points in rounds_of(inner):
            evaluate(points + 1)
            break

    one, other = rounds_of(outer), rounds_of(outer)
    assert next(one) == next(other) == 1.0


def test_errors_come_through():
    def fails(evaluate):
        evaluate(np.zeros((1, 1)))
        raise ZeroDivisionError

    rounds = rounds_of(fails)
    next(rounds)
    with pytest.raises(ZeroDivisionError):
        rounds.send(np.zeros(1))


def test_one_that_is_given_up_leaves_its_function():
    left = []

    def minimize(evaluate):
        try:
            evaluate(np.zeros((1, 1)))
        finally:
            left.append(True)

    rounds = rounds_of(minimize)
    next(rounds)
    rounds.close()
    del rounds
    assert left == [True]


def test_a_function_that_never_asks_is_over_at_once():
    assert list(rounds_of(lambda evaluate: None)) == []
