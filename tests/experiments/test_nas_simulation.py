"""The simulation behind the benchmark on published tables bills and times as it says."""

import sys
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "experiments" / "benchmarks"))

from nas.methods import Method
from nas.problems import Problem
from nas.results import hours_to, to_optimum
from nas.simulation import Trace, simulate

import evonas

CELLS = [(0,), (1,), (2,), (3,)]
PROBLEM = Problem(
    space=evonas.Space(evonas.Choice([0, 1, 2, 3])),
    options=(4,),
    keys={cell: CELLS[0] if cell == (3,) else cell for cell in CELLS},  # 3 is 0 in disguise
    accuracies=dict(zip(CELLS, [10.0, 30.0, 20.0, 10.0], strict=True)),
    seconds=dict(zip(CELLS, [4.0, 3.0, 1.0, 4.0], strict=True)),
)


class Scripted:
    """A method that proposes what it is given, in a circle, and remembers what it is told."""

    def __init__(self, cells):
        self.cells, self.told = cycle(cells), []

    def ask(self):
        cell = next(self.cells)
        return cell, cell

    def tell(self, token, accuracy):
        self.told.append((token, accuracy))


def simulated(cells, evaluations, in_flight):
    searcher = Scripted(cells)
    method = Method("scripted", "evonas", lambda problem, seed: searcher)
    return simulate(method, PROBLEM, 0, evaluations, in_flight), searcher.told


def test_one_at_a_time_adds_up():
    trace, told = simulated([(0,), (1,), (2,)], 3, in_flight=1)
    assert trace.regrets.tolist() == [20, 0, 0]
    assert trace.seconds.tolist() == [4, 7, 8]
    assert told == [((0,), 10), ((1,), 30), ((2,), 20)]


def test_in_flight_the_shortest_comes_first():
    trace, _ = simulated([(0,), (1,), (2,)], 3, in_flight=3)
    assert trace.regrets.tolist() == [10, 0, 0]
    assert trace.seconds.tolist() == [1, 3, 4]


def test_what_is_proposed_again_is_not_billed_but_told():
    trace, told = simulated([(0,), (3,), (0,), (2,)], 2, in_flight=2)
    assert trace.seconds.tolist() == [1, 4]
    assert told[0] == ((2,), 20)
    assert {cell: accuracy for cell, accuracy in told if cell != (2,)} == {(0,): 10, (3,): 10}


def test_a_method_that_is_stuck_finds_nothing_more():
    trace, _ = simulated([(0,)], 3, in_flight=1)
    assert trace.regrets.tolist() == [20, 20, 20]


def test_the_way_to_the_optimum_and_the_hours():
    fast = Trace(np.array([2.0, 0.0]), np.array([3600.0, 7200.0]))
    slow = Trace(np.array([2.0, 1.0]), np.array([3600.0, 10800.0]))
    assert to_optimum([fast, slow]).tolist() == [2, np.inf]
    assert hours_to(1.0, [fast, slow]) == pytest.approx(2)
    assert hours_to(0.5, [fast, slow]) == pytest.approx(3)
    assert hours_to(0.4, [fast, slow]) == np.inf
