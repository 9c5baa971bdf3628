"""A search that begins with architectures, or with what earlier ones found."""

import csv
import json
from dataclasses import replace

import pytest

import evonas
from evonas import Choice, Int, Real, Search, Space, WarmStart
from evonas.errors import RunError, SearchError, SpaceError
from evonas.runs.folder import RunFolder

SPACE = Space({"x": Int(0, 99), "y": Int(0, 99)})


def loss(architecture):
    distance = abs(architecture["x"] - 70) + 1.003 * abs(architecture["y"] - 20)  # no two are equal
    return {"loss": distance + 1e-6 * architecture["x"], "x": architecture["x"]}


SEARCH = Search(
    space=SPACE,
    evaluate=loss,
    objectives={"loss": "min"},
    strategy=evonas.RegularizedEvolution(population=10, tournament=4),
    budget=40,
)


@pytest.fixture
def earlier(tmp_path):
    """A finished run."""
    result = SEARCH.run(folder=tmp_path / "earlier")
    return result


def evaluated(folder, island=0):
    """Return the architectures that an island evaluated, in order."""
    lines = [json.loads(line) for line in (folder / f"journal-{island}.jsonl").read_text().splitlines()]
    return [tuple(line["genome"]) for line in lines if "born" in line and "same_as" not in line]


def written(path, *rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


class TestArchitectures:
    FIRST = ({"x": 70, "y": 20}, {"x": 1, "y": 2}, {"x": 3, "y": 4})

    def test_they_are_evaluated_first_in_their_order(self, tmp_path):
        result = replace(SEARCH, start=list(self.FIRST)).run(folder=tmp_path / "run")
        assert evaluated(tmp_path / "run")[:3] == [(70, 20), (1, 2), (3, 4)]
        assert result.best.id == "0-0"
        assert result.figures["evaluations"] == 40

    def test_islands_share_them(self, tmp_path):
        replace(SEARCH, start=list(self.FIRST), islands=2).run(folder=tmp_path / "run")
        assert evaluated(tmp_path / "run", 0)[:2] == [(70, 20), (3, 4)]
        assert evaluated(tmp_path / "run", 1)[:1] == [(1, 2)]

    def test_an_architecture_of_another_space_is_refused_at_once(self):
        with pytest.raises(SpaceError, match="x: expected an int from 0 to 99, got 100"):
            replace(SEARCH, start=[{"x": 100, "y": 0}])

    def test_they_are_part_of_what_a_search_is(self, tmp_path):
        search = replace(SEARCH, start=list(self.FIRST))
        search.run(folder=tmp_path / "run")
        for other in (None, list(self.FIRST[:2]), [*self.FIRST[::-1]]):
            with pytest.raises(RunError, match=r"holds another search \(start: "):
                replace(search, start=other).run(folder=tmp_path / "run")


class TestAnEarlierRun:
    def test_what_it_found_is_known_and_costs_nothing(self, earlier, tmp_path):
        result = replace(SEARCH, seed=1, budget=5, start=earlier.folder).run(folder=tmp_path / "run")
        assert result.figures["evaluations"] == 5
        assert result.best.objectives["loss"] <= earlier.best.objectives["loss"]
        assert not {*evaluated(tmp_path / "run")} & {*evaluated(earlier.folder)}

    def test_its_best_is_exported_if_nothing_better_is_found(self, earlier, tmp_path):
        search = replace(SEARCH, budget=1, start=str(earlier.folder), strategy=evonas.RandomSearch())
        result = search.run(folder=tmp_path / "run")
        assert result.best.architecture == earlier.best.architecture
        assert result.best.metrics == earlier.best.metrics
        exported = json.loads((tmp_path / "run" / "best" / "architecture.json").read_text())
        assert exported["architecture"] == earlier.best.architecture
        assert exported["evaluations"] == 1

    def test_the_strategy_goes_on_from_it(self, earlier, tmp_path):
        strategy = SEARCH.ledger(0, 10)
        folder = RunFolder(tmp_path / "run")
        folder.make()
        search = replace(SEARCH, start=earlier.folder)
        folder.inherit(search)
        folder.heritage(search).begin(strategy)
        living = strategy._strategy.residents
        assert len(living) == 10
        assert living[-1].costs == (earlier.best.objectives["loss"],), "the best is the youngest"

    @pytest.mark.parametrize(
        "strategy",
        [
            evonas.RegularizedEvolution(population=10, tournament=4),
            evonas.GeneticAlgorithm(population=10),
            evonas.SurrogateAssistedEvolution(),
            evonas.MapElites(descriptors={"x": evonas.Descriptor(0, 100)}, initial=1),
        ],
        ids=["evolution", "genetic", "surrogate", "map"],
    )
    def test_no_method_begins_at_random_once_it_knows_enough(self, strategy, earlier, tmp_path):
        search = replace(SEARCH, strategy=strategy, budget=8, deterministic=1, start=earlier.folder)
        search.run(folder=tmp_path / "run")
        lines = (tmp_path / "run" / "journal-0.jsonl").read_text().splitlines()
        born = [line for line in lines if line.startswith('{"born"')]
        assert sum('"parents":["65535-' in line for line in born) > len(born) / 3

    def test_a_target_that_is_known_needs_no_evaluation(self, earlier, tmp_path):
        worst = evonas.Budget(target=earlier.best.objectives["loss"])
        result = replace(SEARCH, start=earlier.folder, budget=worst).run(folder=tmp_path / "run")
        assert result.figures["evaluations"] == 0
        assert result.ending == "complete"

    @pytest.mark.parametrize("settings", [{}, {"deterministic": 4}, {"islands": 2}])
    def test_it_survives_resuming_even_without_the_source(self, settings, earlier, tmp_path):
        search = replace(SEARCH, seed=3, start=WarmStart(earlier.folder, known=not settings), **settings)
        whole = search.run(folder=tmp_path / "whole")
        replace(search, budget=15).run(folder=tmp_path / "parts")
        earlier.folder.rename(tmp_path / "gone")
        parts = search.run(folder=tmp_path / "parts")
        assert parts.figures["digest"] == whole.figures["digest"] or "deterministic" not in settings
        assert parts.figures["evaluations"] == 40
        assert parts.best.objectives["loss"] <= earlier.best.objectives["loss"]

    def test_with_known_false_the_best_are_evaluated_again(self, earlier, tmp_path):
        start = WarmStart(earlier.folder, known=False, most=3)
        result = replace(SEARCH, seed=1, budget=3, start=start).run(folder=tmp_path / "run")
        assert evaluated(tmp_path / "run")[0] == tuple(earlier.best.architecture.values())
        assert result.best.id == "0-0"
        assert result.best.objectives == earlier.best.objectives

    def test_of_another_space_the_shared_decisions_are_taken_over(self, earlier, tmp_path, capsys):
        space = Space({"x": Int(0, 99), "rate": Real(0, 1), "kind": Choice(["a", "b"])})
        search = replace(SEARCH, space=space, evaluate=lambda a: a["x"], budget=4)
        with pytest.raises(RunError, match=r"expected a run on the space .*; give the space that"):
            replace(search, start=earlier.folder).run(folder=tmp_path / "run")
        start = WarmStart(earlier.folder, space=SPACE, most=4)
        replace(search, start=start).run(folder=tmp_path / "other")
        xs = [genome[0] for genome in evaluated(tmp_path / "other")]
        assert xs[0] == earlier.best.architecture["x"]
        assert {*xs} <= {genome[0] for genome in evaluated(earlier.folder)}
        said = capsys.readouterr().err
        assert "start: 0 results of" in said
        assert "start: rate is drawn at random in 40 of them" in said
        assert "start: left out of 40: y: the space has no such decision" in said

    def test_what_a_run_knew_is_handed_on(self, earlier, tmp_path):
        replace(SEARCH, budget=5, seed=1, start=earlier.folder).run(folder=tmp_path / "second")
        third = replace(SEARCH, seed=2, start=tmp_path / "second")
        folder = RunFolder(tmp_path / "third")
        folder.make()
        folder.inherit(third)
        assert len(folder.heritage(third).known) == 45

    def test_a_run_without_its_heritage_is_not_resumed(self, earlier, tmp_path):
        search = replace(SEARCH, start=earlier.folder)
        search.run(folder=tmp_path / "run")
        (tmp_path / "run" / "start.json").write_text("{}")
        with pytest.raises(RunError, match=r"start.json: cannot be read .*; restore it from a copy"):
            search.run(folder=tmp_path / "run")


class TestATable:
    def test_rows_with_every_objective_are_known_the_others_evaluated_first(self, tmp_path, capsys):
        rows = [("x", "y", "loss", "note"), (70, 20, 0.0, "good"), (1, "2.0", "", ""), (3, 4, "nan", "")]
        table = written(tmp_path / "known.csv", *rows)
        result = replace(SEARCH, start=table, budget=6).run(folder=tmp_path / "run")
        assert (result.best.architecture, result.best.objectives) == ({"x": 70, "y": 20}, {"loss": 0.0})
        assert evaluated(tmp_path / "run")[:2] == [(1, 2), (3, 4)]
        assert "neither decisions nor objectives here: note" in capsys.readouterr().err

    def test_rows_may_decide_in_part(self, tmp_path):
        table = written(tmp_path / "some.csv", ("x",), (70,), (71,))
        replace(SEARCH, start=table, budget=6).run(folder=tmp_path / "run")
        assert [x for x, _ in evaluated(tmp_path / "run")[:2]] == [70, 71]

    @pytest.mark.parametrize(
        "rows, said",
        [
            ([("a", "b"), (1, 2)], r"expected a column a decision, got \['a', 'b'\]; name columns by their"),
            ([("x", "y", "loss"), (100, 200, 1)], "expected results that fit the space, got none of 1"),
            ([], "expected a column a decision"),
        ],
    )
    def test_a_table_of_something_else_is_refused(self, rows, said, tmp_path):
        table = written(tmp_path / "other.csv", *rows)
        with pytest.raises(RunError, match=said):
            replace(SEARCH, start=table).run(folder=tmp_path / "run")

    def test_a_file_that_is_no_table_is_refused(self, tmp_path):
        (tmp_path / "zeros.csv").write_bytes(bytes(range(128, 256)))
        with pytest.raises(RunError, match="expected a CSV"):
            replace(SEARCH, start=tmp_path / "zeros.csv").run(folder=tmp_path / "run")


@pytest.mark.parametrize("path", ["nowhere", "empty"])
def test_a_missing_source_is_refused_before_anything_is_searched(path, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(RunError, match=r"start: expected .*run.*; give a list of architectures, or the path"):
        replace(SEARCH, start=tmp_path / path).run(folder=tmp_path / "run")


@pytest.mark.parametrize(
    "bad, said",
    [
        (lambda: replace(SEARCH, start=3), "start: expected architectures or a path, got 3; give a list"),
        (lambda: replace(SEARCH, start=[]), "start: expected architectures or a path"),
        (lambda: WarmStart("a", known=1), "WarmStart: known: expected True or False, got 1"),
        (lambda: WarmStart("a", most=-1), "WarmStart: most: expected a whole number, 0 or more, got -1"),
        (lambda: WarmStart("a", space="b"), "WarmStart: space: expected a Space, got 'b'"),
    ],
)
def test_settings_that_mean_nothing_are_refused(bad, said):
    with pytest.raises(SearchError, match=said):
        bad()
