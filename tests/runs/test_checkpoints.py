"""What an evaluation leaves for the next one of the same architecture."""

import json
import re
from pathlib import Path

import pytest
from jobs import evonas as command

import evonas
from evonas.errors import SearchError
from evonas.evaluate.evaluator import Context
from evonas.evolve.strategies.successive_halving import SuccessiveHalving

HALVING = SuccessiveHalving(fidelities=(1, 3, 9))

SEARCH = """
import evonas
from evonas.evolve.strategies.successive_halving import SuccessiveHalving

def evaluate(x, context):
    file = context.checkpoint / "epochs"
    done = int(file.read_text()) if file.exists() else 0
    file.write_text(str(int(context.fidelity)))
    return {"loss": (x - 0.3) ** 2, "continued": done}

search = evonas.Search(
    space=evonas.Space(evonas.Real(0, 1)),
    evaluate=evaluate,
    objectives={"loss": "min"},
    strategy=SuccessiveHalving(fidelities=(1, 3, 9)),
    budget=40,
    MORE
)
"""


def search(evaluate, **how):
    settings = {"strategy": HALVING, "budget": 40, "space": evonas.Space(evonas.Int(0, 999)), **how}
    return evonas.Search(evaluate=evaluate, objectives={"loss": "min"}, **settings)


def test_outside_of_a_run_there_is_none():
    assert Context(fidelity=3).checkpoint is None


@pytest.mark.parametrize(
    "more, words", [("", []), ("", ["--workers", "2"]), ("timeout=60", ["--workers", "2"])]
)
def test_a_promoted_architecture_goes_on_where_its_evaluation_ended(more, words, tmp_path):
    (tmp_path / "study.py").write_text(SEARCH.replace("MORE", more))
    done = command("run", "study.py", "--run", "there", *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in (tmp_path / "there/journal-0.jsonl").read_text().splitlines()[1:]]
    fidelities = {line["born"]: line["fidelity"] for line in lines if "born" in line}
    outcomes = [line for line in lines if "evaluated" in line]
    went_on = {(fidelities[one["evaluated"]], one["metrics"]["continued"]) for one in outcomes}
    assert went_on == {(1, 0), (3, 1), (9, 3)}


def test_what_is_never_asked_for_is_never_made(tmp_path):
    result = search(lambda x, context: float(x)).run(folder=tmp_path / "run")
    assert not (result.folder / "checkpoints").exists()


def test_islands_do_not_share_them(tmp_path):
    kept = []

    def evaluate(x, context):
        kept.append(context.checkpoint)
        return float(x)

    space = evonas.Space(evonas.Int(1, 2))
    result = search(evaluate, space=space, strategy=evonas.RandomSearch(), islands=2).run(
        folder=tmp_path / "run"
    )
    places = {path.relative_to(result.folder / "checkpoints") for path in kept}
    assert len(places) == 4
    assert all(re.fullmatch(r"[01]/[0-9a-f]{32}", str(place)) for place in places)


def test_the_best_of_a_run_is_one_that_was_evaluated_fully(tmp_path):
    result = search(lambda x, context: x + 1000.0 * context.fidelity).run(folder=tmp_path / "run")
    assert result.best.objectives["loss"] >= 9000
    assert Path(result.folder, "best").is_dir()


def test_a_run_too_short_for_a_full_evaluation_tells_the_best_so_far(tmp_path):
    result = search(lambda x, context: x + 1000.0 * context.fidelity, budget=5).run(folder=tmp_path / "run")
    assert 3000 <= result.best.objectives["loss"] < 4000


def test_an_island_of_one_fidelity_has_no_method_that_chooses_it():
    said = r"Island: fidelity: expected none, for SuccessiveHalving chooses it, got 4; leave it out"
    with pytest.raises(SearchError, match=said):
        search(float, islands=[evonas.Island(fidelity=4)])
    search(float, islands=[evonas.Island(strategy=evonas.RandomSearch(), fidelity=4)])
