"""The benchmark of black-box optimizers bills, scores and remembers as it says."""

import math
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy")

sys.path.insert(0, str(Path(__file__).parents[2] / "experiments" / "benchmarks"))

from blackbox.bill import TARGETS, FrontBill, Spent, TargetBill, marks
from blackbox.methods import AUTO
from blackbox.problems import Case, Problem, load
from blackbox.runs import Run, Task, gather, read
from blackbox.score import (
    Cell,
    area,
    best_per_function,
    difference,
    honest_best_per_function,
    mean,
    scores,
    speedup,
)
from blackbox.tables import by_method, told

NEVER = [0.0] * 51
LINE = Problem(np.array([0.0]), np.array([10.0]), lambda point: float(point[0]) + 5.0, 5.0)
"""Heights above the optimum are the points themselves."""


def a_run(method, figures, function=1, instance=1, budget=100):
    task = Task(Case("bbob", 2, function, instance), method, budget, 1, 0)
    return Run(task, budget, 0.5, "", figures)


def test_the_area_is_that_of_the_issue():
    half_way = math.sqrt(5 * 500)  # in logarithms
    assert area([half_way] * 51, 5, 500) == pytest.approx(0.5)
    assert area([1.0] * 51, 5, 500) == 1.0
    assert area([500.0] * 51, 5, 500) == 0.0
    assert area([1.0] * 17 + [half_way] * 17 + [0.0] * 17, 5, 500) == pytest.approx((1 + 0.5 + 0) / 3)


def test_a_smaller_budget_is_scored_from_the_same_hits():
    found = scores([a_run("slsqp", [20.0] * 51, budget=1000)], Cell("bbob", 2, 1, 100))
    assert found["slsqp"][1, 1, 0] == pytest.approx((math.log(200) - math.log(20)) / math.log(100))
    assert area([201.0] * 51, 2, 200) == 0.0


def test_who_knows_its_budget_is_scored_at_this_budget_only():
    runs = [a_run("nevergrad", [2.0] * 51, budget=1000)]
    assert scores(runs, Cell("bbob", 2, 1, 100)) == {}
    assert mean(scores(runs, Cell("bbob", 2, 1, 1000))["nevergrad"]) == 1.0


def test_a_bill_notes_the_first_hit_of_every_target():
    bill = TargetBill(LINE, 4)
    assert [bill(point) for point in ([9.0], [1.0], [5.0])] == [14.0, 6.0, 10.0]
    hits = np.array(bill.figures())
    assert set(hits[TARGETS >= 9]) == {1}
    assert set(hits[(TARGETS >= 1) & (TARGETS < 9)]) == {2}
    assert set(hits[TARGETS < 1]) == {0}
    bill.at(np.array([-5.0]))  # the lower corner, in the cube that peers see
    assert bill.figures()[-1] == 4
    with pytest.raises(Spent):
        bill([0.0])
    assert bill.evaluations == 4


def test_rounds_hold_as_many_as_are_in_flight():
    bill = TargetBill(LINE, 3, in_flight=4)
    bill.many([[9.0]] * 5)
    assert (bill.rounds, bill.evaluations) == (2, 5)
    bill([0.0])
    assert (bill.rounds, bill.evaluations) == (3, 6)
    assert bill.figures()[-1] == 3


def test_what_lies_outside_of_the_box_counts_as_its_nearest_point():
    assert TargetBill(LINE, 1)([-3.0]) == 5.0


def test_noise_is_told_but_does_not_hit_targets():
    problem = Problem(LINE.lower, LINE.upper, LINE.true, 5.0, noise=lambda height, rng: height - 100.0)
    bill = TargetBill(problem, 1)
    assert bill([9.0]) == 5.0 + 9.0 - 100.0
    assert bill.figures() == TargetBill(LINE, 1).figures()[:0] + [1.0] * 6 + [0.0] * 45


def test_hypervolume_grows_to_that_of_the_box_between_ideal_and_nadir():
    square = Problem(np.zeros(2), np.ones(2), lambda p: p, np.zeros(2), worst=np.ones(2))
    bill = FrontBill(square, 100)
    bill([0.5, 0.5])
    bill([0.0, 0.9])
    bill([0.9, 0.9])
    found = bill.figures()
    assert len(found) == 51
    assert marks(2, 100)[[0, -1]].tolist() == [2, 100]
    assert found[0] == found[-1] == pytest.approx(0.25 + 0.05)


@pytest.mark.parametrize(
    ("values", "others", "expected"),
    [
        ({1: [0.3, 0.5], 2: [0.4, 0.4]}, {1: [0.1, 0.1], 2: [0.2, 0.2]}, (0.25, math.sqrt(0.02 / 2) / 2)),
        ({1: [0.5], 2: [0.3]}, {1: [0.2], 2: [0.2]}, (0.2, 0.1)),
    ],
)
def test_differences_are_paired(values, others, expected):
    left, right = (
        {(f, i, 0): value for f, row in one.items() for i, value in enumerate(row)}
        for one in (values, others)
    )
    assert difference(left, right) == pytest.approx(expected)
    assert difference(right, left)[0] == pytest.approx(-expected[0])


def test_the_best_peer_is_chosen_with_or_without_the_instance_itself():
    found = {"a": {(1, 1, 0): 1.0, (1, 2, 0): 0.0}, "b": {(1, 1, 0): 0.4, (1, 2, 0): 0.4}}
    assert mean(best_per_function(found, ["a", "b"])) == pytest.approx(0.5)  # a
    assert mean(honest_best_per_function(found, ["a", "b"])) == pytest.approx(0.2)  # b, then a


def test_speedup_counts_targets_that_both_hit():
    alone = [a_run("bipop", [8.0] * 2 + [0.0] * 49)]
    together = [one._replace(task=one.task._replace(in_flight=8)) for one in (a_run("bipop", [2.0] * 51),)]
    assert speedup(alone, together) == (pytest.approx(4.0), 2)
    assert "| 8 | 4.000 | 2 |" in told([*alone, *together], [])


def test_tables_tell_scores_by_group_and_differences():
    runs = [a_run(AUTO, [2.0] * 51), a_run("slsqp", NEVER), a_run(AUTO, NEVER, 6), a_run("slsqp", NEVER, 6)]
    cell = Cell("bbob", 2, 1, 100)
    head, auto, slsqp = by_method(cell, scores(runs, cell))
    assert head[:4] == ["method", "score", "separable", "moderate"]
    assert auto[:4] == ["evonas auto", "0.500", "1.000", "0.000"]
    assert slsqp[1] == "0.000"
    assert slsqp[-2] == "+0.500 ± 0.500"
    assert "ahead on 1 of 2" in told(runs, [cell])


def test_functions_have_the_optimum_that_they_are_said_to_have():
    pytest.importorskip("cocoex")
    for suite in ("bbob", "bbob-relative-noise", "bbob-moved", "bbob-mixint"):
        problem = load(Case(suite, 5, 3, 2))
        rng = np.random.default_rng(0)
        points = [problem.inside(rng.uniform(problem.lower, problem.upper)) for _ in range(100)]
        heights = [problem.true(point) - problem.best for point in points]
        assert 0 < min(heights) < 1e4
    best = problem.true.optimum()
    assert problem.true(problem.inside(best)) == problem.best


def test_runs_are_gathered_once_and_peers_faults_are_told(tmp_path):
    pytest.importorskip("cocoex")
    path = tmp_path / "runs.csv"
    task = Task(Case("bbob", 2, 1, 1), "slsqp", 20, 1, 0)
    (first,) = gather(path, [task], jobs=1)
    assert first.evaluations == 40
    assert first.error == ""
    assert min(first.figures) > 0  # SLSQP solves the sphere
    assert read(path)[task].figures == first.figures
    list(gather(path, [task._replace(seed=1)], jobs=1))
    assert len(read(path)) == 2
