"""Libraries that call the function they minimize, turned into coroutines that ask for it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeAlias

import greenlet

from evonas.evolve.continuous.rounds import Costs, Points, Rounds

Evaluate: TypeAlias = Callable[[Points], Costs]


def rounds_of(minimize: Callable[[Evaluate], object]) -> Rounds:
    """Return the rounds of ``minimize(evaluate)``, which calls ``evaluate`` where it needs costs.

    It runs on a stack of its own, which is left at each call and entered again with the costs: no thread, and
    nothing that happens at the same time. What it returns is dropped.

    >>> import numpy as np
    >>> rounds = rounds_of(lambda evaluate: evaluate(np.zeros((2, 3))))
    >>> next(rounds).shape
    (2, 3)
    """

    def asked(points: Points) -> Costs:
        parent = stack.parent
        assert parent is not None  # it began within a coroutine
        costs: Costs = parent.switch(points)
        return costs

    stack = greenlet.greenlet(minimize)
    points = stack.switch(asked)
    try:
        while not stack.dead:
            costs = yield points
            stack.parent = greenlet.getcurrent()
            points = stack.switch(costs)
    except GeneratorExit:  # given up: the function ends where it waits
        with suppress(RuntimeError):  # at the end of the process it may have ended before
            stack.parent = greenlet.getcurrent()
            stack.throw()
        raise
