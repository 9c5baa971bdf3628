"""A folder holds one run of one search, written by one process at a time."""

import json
from dataclasses import replace

import pytest

import evonas
from evonas.errors import JournalError, RunError
from evonas.runs.folder import RunFolder
from evonas.runs.plan import Changes
from evonas.runs.source import Source

SEARCH = evonas.Search(
    space=evonas.Space(evonas.Int(1, 9)), evaluate=float, objectives={"x": "max"}, budget=3, seed=5
)


@pytest.fixture
def folder(tmp_path):
    return RunFolder(tmp_path / "run")


@pytest.fixture
def begun(folder):
    """The folder of a run that was begun, and left."""
    folder.make()
    journal, _ = folder.open(SEARCH, 0)
    folder.describe(SEARCH, Source("/somewhere/study.py", "search", ("--deep",)))
    journal.close()
    return folder


def test_a_fresh_folder_has_the_next_number(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    source = Source("/somewhere/digits.py")
    assert str(RunFolder.fresh(source)) == "runs/digits-1"
    (tmp_path / "runs" / "digits-1").mkdir(parents=True)
    assert str(RunFolder.fresh(source)) == "runs/digits-2"
    assert str(RunFolder.fresh(None)) == "runs/search-1"


def test_a_new_empty_or_own_folder_is_accepted(folder, begun, tmp_path):
    begun.check(SEARCH)
    RunFolder(tmp_path / "new").check(SEARCH)
    (tmp_path / "empty").mkdir()
    RunFolder(tmp_path / "empty").check(SEARCH)


def test_a_folder_of_other_files_is_refused(folder):
    folder.path.mkdir()
    (folder.path / "thesis.tex").touch()
    with pytest.raises(RunError, match="expected a new folder or a run, got other files; give another --run"):
        folder.check(SEARCH)


def test_a_file_is_no_folder(folder):
    folder.path.touch()
    with pytest.raises(RunError, match="expected a new folder or a run, got other files"):
        folder.check(SEARCH)
    with pytest.raises(RunError, match="expected a folder that can be made, got Not a directory; give"):
        RunFolder(folder.path / "below").make()


@pytest.mark.parametrize(
    "field, value, said",
    [
        ("seed", 6, "seed: 5 there, 6 here"),
        ("objectives", {"x": "min"}, "objectives: {'x': 'max'} there, {'x': 'min'} here"),
        (
            "strategy",
            evonas.RandomSearch(),
            r"strategy: 'SurrogateAssistedEvolution\(.*' there, 'RandomSearch\(\)'",
        ),
        ("deterministic", 4, "deterministic: None there, 4 here"),
        (
            "migration",
            evonas.Migration(every=7),
            r"migration: .Migration\(.*every=25.* there, .*every=7.* here",
        ),
        ("space", evonas.Space(evonas.Int(1, 8)), "space: '.{16}' there, '.{16}' here"),
    ],
)
def test_another_search_is_refused_with_the_field_that_differs(begun, field, value, said):
    with pytest.raises(RunError, match=rf"holds another search \({said}.*give another --run"):
        begun.check(replace(SEARCH, **{field: value}))


def test_the_description_that_cannot_be_read_is_told_by_name(begun):
    (begun.path / "run.json").write_text("[]")
    with pytest.raises(RunError, match=r"run.json: cannot be read"):
        begun.check(SEARCH)


@pytest.fixture
def three(folder):
    """The folder of a run on three islands, and the names of their journals."""
    search = replace(SEARCH, islands=3)
    folder.make()
    folder.describe(search, None)
    for island in range(3):
        folder.open(search, island)[0].close()
    return folder


def test_every_island_has_its_journal(three):
    assert three.islands == [0, 1, 2]
    assert [three.journal(island).name for island in three.islands][2] == "journal-2.jsonl"
    three.journal(3).touch()
    (three.path / "journal-x.jsonl").write_text("mine")
    assert three.islands == [0, 1, 2], "an empty one is not begun"


@pytest.mark.parametrize("islands, retired", [(1, [1, 2]), (3, []), (5, [])])
def test_a_run_goes_on_with_fewer_or_more_islands(islands, retired, three):
    search = replace(SEARCH, islands=islands)
    three.check(search)
    assert three.retired(search) == retired


def test_an_island_that_another_search_began_is_refused(three):
    differing = [evonas.Island(), evonas.Island(strategy=evonas.RandomSearch())]
    with pytest.raises(RunError, match=r"holds another search .strategy: 'Surro.* there, 'RandomSearch"):
        three.check(replace(SEARCH, islands=differing))
    with pytest.raises(RunError, match=r"holds another search .fidelity: None there, 2 here"):
        three.check(replace(SEARCH, islands=[evonas.Island(), evonas.Island(fidelity=2)]))


def test_deterministic_islands_keep_their_number(folder):
    search = replace(SEARCH, islands=3, deterministic=2)
    folder.make()
    folder.describe(search, None)
    folder.open(search, 0)[0].close()
    folder.check(search)
    with pytest.raises(RunError, match="depend on their number: expected 3, got 2; give another --run, or"):
        folder.check(replace(search, islands=2))


def test_the_budget_is_shared_by_what_the_journals_say(three):
    search = replace(SEARCH, islands=3, budget=8)
    assert [three.quota(search, island) for island in range(3)] == [3, 3, 2]
    endless = replace(search, budget=evonas.Budget(seconds=5))
    assert three.quota(endless, 0) is None


def test_a_larger_budget_is_the_same_search(begun):
    begun.check(replace(SEARCH, budget=300))


def test_two_processes_cannot_write_one_run(begun):
    journal, _ = begun.open(SEARCH, 0)
    with pytest.raises(RunError, match="another process is writing this run; wait for it, or end it"):
        begun.open(SEARCH, 0)
    journal.close()
    begun.open(SEARCH, 0)[0].close()


def test_a_run_knows_how_to_go_on(begun):
    source, changes = begun.source()
    assert source == Source("/somewhere/study.py", "search", ("--deep",))
    assert changes == Changes(evaluations=3, seed=5, deterministic=None, islands=1)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"source": {}}'])
def test_a_damaged_description_is_refused(begun, text):
    (begun.path / "run.json").write_text(text)
    with pytest.raises(RunError, match=r"run.json: cannot be read \(.*\); run the file with --run again"):
        begun.source()


def test_a_run_from_no_file_is_continued_in_python(begun):
    begun.describe(SEARCH, None)
    with pytest.raises(RunError, match=r"did not come from a file; go on with search.run\(folder=...\)"):
        begun.source()


def test_a_missing_run_is_refused(folder):
    with pytest.raises(RunError, match="expected the folder of a run, got none; look into runs/"):
        folder.source()


def test_a_foreign_journal_is_refused(begun):
    begun.journal(0).write_text(json.dumps({"evonas_journal": 99}) + "\n")
    with pytest.raises(JournalError, match=r"journal-0.jsonl:1: expected the header of a journal"):
        begun.check(SEARCH)
