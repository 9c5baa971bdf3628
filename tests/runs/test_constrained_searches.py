"""A search within limits, from declaring them to exporting the best."""

import json

import pytest

from evonas import Budget, Int, RandomSearch, RegularizedEvolution, Search, Space
from evonas.errors import ExportError, RunError, SearchError
from evonas.runs.folder import RunFolder
from evonas.runs.publish import publish

SPACE = Space({"width": Int(1, 40), "depth": Int(1, 9)})


def evaluate(architecture):
    return {"accuracy": architecture["width"] * architecture["depth"], "latency": architecture["width"] / 4}


def search(**changes):
    settings = {
        "space": SPACE,
        "evaluate": evaluate,
        "objectives": {"accuracy": "max"},
        "constraints": {"latency": "<= 5"},
        "strategy": RegularizedEvolution(population=10, tournament=4),
        "budget": 120,
    }
    return Search(**(settings | changes))


def test_the_best_keeps_the_limits_and_is_exported(tmp_path, capsys):
    result = search().run(folder=tmp_path / "run")
    assert result.best.is_feasible
    assert result.best.metrics["latency"] <= 5
    assert result.best.objectives["accuracy"] >= 140  # of 180
    assert json.loads((tmp_path / "run" / "best" / "architecture.json").read_text())
    assert "violates" not in capsys.readouterr().out


def test_an_infeasible_best_is_called_so_and_not_exported(tmp_path, capsys):
    impossible = search(constraints={"latency": "<= 0.1"}, budget=20)
    result = impossible.run(folder=tmp_path / "run")
    said = capsys.readouterr().out
    assert not result.best.is_feasible
    assert "violates constraints: accuracy" in said
    assert "nothing keeps all constraints yet, so nothing is exported" in said
    assert not (tmp_path / "run" / "best").exists()
    with pytest.raises(ExportError, match=r"expected an architecture that keeps .*<= 0.1.*; loosen them, or"):
        publish(impossible, RunFolder(tmp_path / "run"), tmp_path / "best")


def test_a_run_with_other_constraints_is_another_run(tmp_path):
    search(budget=5).run(folder=tmp_path)
    for constraints in ({}, {"latency": "<= 6"}):
        with pytest.raises(RunError, match=r"holds another search .constraints: "):
            search(budget=10, constraints=constraints).run(folder=tmp_path)
    assert search(budget=10).run(folder=tmp_path).figures["evaluations"] == 10


def test_a_target_is_reached_by_feasible_ones_only(tmp_path):
    budget = Budget(evaluations=300, target=170)
    result = search(budget=budget).run(folder=tmp_path)
    assert result.best.is_feasible and result.best.objectives["accuracy"] >= 170
    assert "the target is reached" in result.figures["reason"]


def test_islands_share_the_constraints(tmp_path):
    result = search(islands=2, strategy=RandomSearch(), budget=60).run(folder=tmp_path)
    assert result.best.is_feasible


def test_a_constraint_on_a_number_that_is_not_returned_fails_the_evaluation(tmp_path):
    search(constraints={"energy": "<= 1"}, budget=3).run(folder=tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "journal-0.jsonl").read_text().splitlines()]
    failures = [line["failure"] for line in lines if "failure" in line]
    assert len(failures) == 3
    assert "expected the constrained number 'energy', got {'accuracy': " in failures[0]


def test_unusable_constraints_are_refused_at_once():
    with pytest.raises(SearchError, match=r"constraint 'latency': expected .* got 5; write constraints="):
        search(constraints={"latency": 5})
