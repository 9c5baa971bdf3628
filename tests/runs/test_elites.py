"""What a search by MAP-Elites leaves: elites in the result, a table, a picture."""

import csv
import json
from dataclasses import replace

import pytest

import evonas
from evonas import Choice, Descriptor, Int, MapElites, Search, Space

AXES = {
    "depth": Descriptor(0, 4, 4, of=lambda a: a["depth"]),
    "size": Descriptor(1, 1000, 3, log=True),
}
SEARCH = Search(
    space=Space({"depth": Int(0, 3), "width": Int(1, 300, log=True), "kind": Choice(["a b", None, "3"])}),
    evaluate=lambda a: {"loss": float(a["width"] % 7), "size": a["width"]},
    objectives={"loss": "min"},
    strategy=MapElites(descriptors=AXES, initial=40),
    budget=100,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("runs") / "illuminated"


@pytest.fixture(scope="module")
def result(folder):
    return SEARCH.run(folder=folder)


def place(architecture):
    return architecture["depth"], len(str(architecture["width"])) - 1


def test_the_result_has_the_best_of_each_cell(result):
    assert len(result.elites) > 9
    assert len({place(elite.architecture) for elite in result.elites}) == len(result.elites)
    assert [place(elite.architecture) for elite in result.elites] == sorted(
        place(elite.architecture) for elite in result.elites
    )
    best = min(elite.objectives["loss"] for elite in result.elites)
    assert best == result.best.objectives["loss"]


def test_the_table_has_a_row_for_each_and_can_be_begun_with(result, folder, tmp_path):
    with (folder / "elites.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["width"]) for row in rows] == [e.architecture["width"] for e in result.elites]
    assert list(rows[0]) == ["depth", "width", "kind", "size", "loss"]
    again = replace(SEARCH, start=folder / "elites.csv", budget=1).run(folder=tmp_path / "again")
    assert len(again.elites) >= len(result.elites)
    assert again.best.objectives["loss"] <= result.best.objectives["loss"]


def test_the_summary_tells_how_many_there_are_and_draws_them(folder, capsys, result):
    figures = json.loads((folder / "summary.json").read_text())
    assert figures["elites"]["cells"] == 12
    assert len(figures["elites"]["costs"]) == len(result.elites)
    replace(SEARCH, budget=101).run(folder=folder)
    said = capsys.readouterr().out
    assert f"{len(result.elites)} of 12 cells, kept in elites.csv" in said
    assert "↑ size 1 to 1000" in said


def test_islands_share_one_map(tmp_path):
    result = replace(SEARCH, islands=2).run(folder=tmp_path / "run")
    assert len({place(elite.architecture) for elite in result.elites}) == len(result.elites) > 9


def test_other_methods_leave_none(tmp_path):
    result = replace(SEARCH, strategy=evonas.RandomSearch(), budget=5).run(folder=tmp_path / "run")
    assert result.elites == ()
    assert "elites" not in result.figures
    assert not (tmp_path / "run" / "elites.csv").exists()
