"""Coroutines at work as strategies: rounds, runs, penalties, memory, news."""

import copy
import math

import numpy as np
import pytest

from evonas import Choice, Int, Real, Space
from evonas.evolve.continuous.strategy import PATIENCE, STALE, ContinuousStrategy
from evonas.evolve.objectives import Objectives
from evonas.evolve.records import Failure, Outcome

PLANE = Space([Real(0, 1), Real(0, 1)])
LOSS = Objectives({"loss": "min"})
LIMITED = Objectives({"loss": "min"}, {"load": "<= 1"})


class Scripted(ContinuousStrategy):
    """Runs that yield what a function says, and note what they begin with and are sent."""

    def __init__(self, method):
        self.method, self.starts, self.sent = method, [], []
        super().__init__()

    def rounds(self, start):
        self.starts.append(start)
        return self.method(self, start)


def random_rounds(size, n=math.inf):
    """Return a method of ``n`` rounds of ``size`` random points."""

    def method(strategy, start):
        rounds = 0
        while rounds < n:
            rounds += 1
            strategy.sent.append((start.number, (yield start.rng.random((size, len(start.point))))))

    return method


def begun(method, space=PLANE, objectives=LOSS, seed=0, island=0):
    return Scripted(method).on(space, objectives, seed, island)


def told(strategy, candidates, loss=lambda x: float(np.sum(x)), load=0.0):
    for one in candidates:
        strategy.tell([Outcome(one.id, {"loss": loss(one.genome.values)}, {"load": load})])


def test_a_round_is_sent_its_costs_in_the_order_of_its_points():
    strategy = begun(random_rounds(5))
    candidates = strategy.ask(5)
    told(strategy, candidates[::-1])
    (_, costs), *rest = strategy.sent
    assert costs.tolist() == [one.genome.values.sum() for one in candidates] and not rest


def test_while_a_round_waits_another_run_begins_and_the_first_goes_on_first():
    strategy = begun(random_rounds(2))
    first, second = strategy.ask(2), strategy.ask(2)
    assert [start.number for start in strategy.starts] == [0, 1]
    told(strategy, second)
    told(strategy, first)
    assert [number for number, _ in strategy.sent] == [1, 0]
    point = strategy.ask(1)[0].genome.values
    assert point.tolist() not in [one.genome.values.tolist() for one in first + second]
    assert len(strategy.starts) == 2


def test_the_first_run_begins_in_the_centre_and_the_next_elsewhere():
    strategy = begun(random_rounds(1, n=1))
    for _ in range(4):
        told(strategy, strategy.ask(1))
    points = [tuple(start.point) for start in strategy.starts]
    assert points[0] == (0.5, 0.5) and len(set(points)) == len(points) >= 4
    other_island = begun(random_rounds(1), island=1)
    other_island.ask(1)
    assert tuple(other_island.starts[0].point) != (0.5, 0.5)


def test_runs_begin_at_what_was_injected_the_best_first():
    strategy = begun(random_rounds(1, n=1))
    genomes = [PLANE.genome(x) for x in ([0.5, 0.75], [0.25, 0.125])]
    for genome in genomes:
        strategy.inject(genome)
    told(strategy, strategy.ask(2))
    for _ in range(2):
        told(strategy, strategy.ask(1))
    assert [start.point.tolist() for start in strategy.starts[:2]] == [[0.25, 0.125], [0.5, 0.75]]


def test_the_first_run_begins_at_the_best_that_is_known_from_elsewhere():
    strategy, other = begun(random_rounds(1)), begun(random_rounds(8), island=1)
    strangers = [
        LOSS.individual(one, Outcome(one.id, {"loss": sum(one.genome.numbers)})) for one in other.ask(8)
    ]
    strategy.welcome(strangers, lambda residents, immigrants: residents)
    strategy.ask(1)
    best = min(strangers, key=lambda one: one.costs)
    assert strategy.starts[0].point == pytest.approx(best.genome.values)


def test_what_comes_from_elsewhere_is_news_for_every_run():
    strategy, other = begun(random_rounds(1)), begun(random_rounds(1), island=1)
    told(strategy, strategy.ask(1))
    strategy.ask(2)
    (one,) = other.ask(1)
    stranger = LOSS.individual(one, Outcome(one.id, {"loss": 7.0}))
    strategy.welcome([stranger], lambda residents, immigrants: residents)
    for start in strategy.starts:
        ((point, cost),) = start.news
        assert (point.tolist(), cost) == (one.genome.values.tolist(), 7.0)


def test_failures_cost_more_than_all_that_did_not_fail():
    strategy = begun(random_rounds(4))
    for _ in range(3):
        *good, bad = strategy.ask(4)
        strategy.tell([Outcome(bad.id, failure=Failure("no"))])
        told(strategy, good)
    for _, costs in strategy.sent:
        assert np.isfinite(costs).all() and costs[3] > costs[:3].max()


def test_until_somebody_keeps_the_limits_violations_are_minimized():
    strategy = begun(random_rounds(3), objectives=LIMITED)
    candidates = strategy.ask(3)
    for one, load in zip(candidates, (4.0, 2.0, 3.0), strict=True):
        told(strategy, [one], load=load)
    assert np.argsort(strategy.sent[0][1]).tolist() == [1, 2, 0]


def test_the_first_that_keeps_the_limits_is_where_the_next_run_begins():
    strategy = begun(random_rounds(2), objectives=LIMITED)
    told(strategy, strategy.ask(2), load=2.0)
    (hope,) = strategy.ask(1)
    told(strategy, [hope], load=0.5)
    strategy.ask(1)
    assert strategy.starts[-1].point == pytest.approx(hope.genome.values)
    assert strategy.starts[-1].number == 1


def test_violations_cost_more_than_feasible_points_the_more_the_worse():
    strategy = begun(random_rounds(3), objectives=LIMITED)
    for loads in ((0.5, 1.0, 0.2), (0.9, 2.0, 5.0)):
        for one, load in zip(strategy.ask(3), loads, strict=True):
            told(strategy, [one], load=load)
    (_, fine), (_, costs) = strategy.sent
    assert max(*fine, costs[0]) < costs[1] < costs[2]


def test_points_that_where_refuses_are_answered_without_a_birth():
    space = Space([Real(0, 1), Real(0, 1)], where=lambda x: x[0] < 0.3)
    strategy = begun(random_rounds(10), space=space)
    for _ in range(40):
        (one,) = strategy.ask(1)
        assert one.genome.values[0] < 0.3
        told(strategy, [one])
    assert len(strategy.sent) > 5 and all(np.isfinite(costs).all() for _, costs in strategy.sent)


def test_where_it_refuses_nearly_everything_random_genomes_are_proposed():
    space = Space([Real(0, 1)] * 2, where=lambda x: x[0] < 0.002)
    strategy = begun(random_rounds(10), space=space)
    told(strategy, strategy.ask(3))
    assert strategy.births == 3


def test_nothing_is_proposed_twice_and_a_method_that_repeats_itself_is_ended():
    def stubborn(strategy, start):
        while True:
            strategy.sent.append((yield np.array([start.point])))

    strategy = begun(stubborn)
    keys = set()
    for _ in range(10):
        (one,) = strategy.ask(1)
        told(strategy, [one])
        keys.add(one.genome.key)
    assert len(keys) == 10
    assert len(strategy.sent) <= 10 * (STALE + 1)


def test_a_point_that_is_being_evaluated_is_waited_for_by_all_who_want_it():
    def same(strategy, start):
        strategy.sent.append((start.number, (yield np.array([[0.25, 0.25], [0.25, 0.25]]))))
        yield start.rng.random((1, 2))

    strategy = begun(same)
    candidates = strategy.ask(2)
    told(strategy, candidates[:1])
    assert [costs.tolist() for _, costs in strategy.sent] == [[0.5, 0.5]] * len(strategy.sent)
    assert {0, 1} <= {number for number, _ in strategy.sent} and len(strategy.starts) < 10


def test_in_a_small_space_everything_is_proposed_before_anything_twice():
    space = Space([Choice([1, 2, 3]), Int(1, 4)])
    strategy = begun(random_rounds(4), space=space)
    keys = set()
    for _ in range(60):
        (one,) = strategy.ask(1)
        keys.add(one.genome.key)
        told(strategy, [one])
    assert len(keys) == 12


def test_a_round_does_not_wait_for_ever():
    strategy = begun(random_rounds(3))
    lost, *others = strategy.ask(3)
    told(strategy, others)
    for _ in range(6 * PATIENCE):
        told(strategy, strategy.ask(1))
    costs = next(costs for number, costs in strategy.sent if number == 0)
    assert costs[0] > costs[1:].max()
    told(strategy, [lost])  # too late, but no harm
    assert lost.id in {one.id for one in strategy.residents} | {lost.id}


@pytest.mark.parametrize("nonsense", [[[math.nan, 0.5]], np.empty((0, 2))])
def test_a_method_that_computes_nonsense_is_held_to_have_converged(nonsense):
    def method(strategy, start):
        strategy.sent.append((yield start.rng.random((1, 2))))
        yield np.array(nonsense)

    strategy = begun(method)
    for _ in range(5):
        told(strategy, strategy.ask(1))
    assert len(strategy.starts) >= 4


def test_a_method_whose_matrix_breaks_down_is_held_to_have_converged():
    def method(strategy, start):
        yield start.rng.random((1, 2))
        np.linalg.cholesky(-np.eye(2))
        yield start.rng.random((1, 2))

    strategy = begun(method)
    for _ in range(3):
        told(strategy, strategy.ask(1))
    assert [start.number for start in strategy.starts] == [0, 1, 2]


def test_a_method_with_nothing_to_say_leaves_random_search():
    def silent(strategy, start):
        return
        yield

    strategy = begun(silent)
    assert len({one.genome.key for one in strategy.ask(10)}) == 10


def test_it_hears_how_many_evaluations_run_at_once():
    strategy = begun(random_rounds(4))
    waiting = strategy.ask(10)
    told(strategy, waiting)
    strategy.ask(1)
    assert strategy.starts[0].workers == 10


def test_a_copy_in_the_middle_of_a_round_goes_on_alike():
    strategy = begun(random_rounds(3))
    told(strategy, strategy.ask(4))
    candidates = strategy.ask(4)
    told(strategy, candidates[:2])
    twin = copy.deepcopy(strategy)
    for one in (strategy, twin):
        told(one, candidates[2:])
    for _ in range(10):
        asked = strategy.ask(2)
        assert twin.ask(2) == asked
        told(strategy, asked)
        told(twin, asked)


def test_all_digits_of_linear_axes_are_kept():
    def differences(strategy, start):
        yield np.array([[0.5, 0.5], [0.5 + 2**-40, 0.5]])

    first, second = begun(differences).ask(2)
    assert second.genome.values[0] - first.genome.values[0] == 2**-40
