"""A folder holds one run of one search, written by one process at a time."""

import json
from dataclasses import replace

import pytest

import evonas
from evonas.errors import JournalError, RunError
from evonas.runs.folder import RunFolder
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
    journal, _ = folder.open(SEARCH)
    folder.describe(SEARCH, Source("/somewhere/study.py", "search", ("--deep",)))
    journal.close()
    return folder


def test_a_fresh_folder_has_the_next_number(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert str(RunFolder.fresh("digits").path) == "runs/digits-1"
    (tmp_path / "runs" / "digits-1").mkdir(parents=True)
    assert str(RunFolder.fresh("digits").path) == "runs/digits-2"


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
        RunFolder(folder.path / "below").open(SEARCH)


@pytest.mark.parametrize(
    "field, value, said",
    [
        ("seed", 6, "seed: 5 there, 6 here"),
        ("objectives", {"x": "min"}, "objectives: {'x': 'max'} there, {'x': 'min'} here"),
        (
            "strategy",
            evonas.RandomSearch(),
            r"strategy: 'RegularizedEvolution\(.*' there, 'RandomSearch\(\)'",
        ),
        ("deterministic", 4, "deterministic: None there, 4 here"),
        ("space", evonas.Space(evonas.Int(1, 8)), "space: '.{16}' there, '.{16}' here"),
    ],
)
def test_another_search_is_refused_with_the_field_that_differs(begun, field, value, said):
    with pytest.raises(RunError, match=rf"holds another search \({said}.*give another --run"):
        begun.check(replace(SEARCH, **{field: value}))


def test_a_larger_budget_is_the_same_search(begun):
    begun.check(replace(SEARCH, budget=300))


def test_two_processes_cannot_write_one_run(begun):
    journal, _ = begun.open(SEARCH)
    with pytest.raises(RunError, match="another process is writing this run; wait for it, or end it"):
        begun.open(SEARCH)
    journal.close()
    begun.open(SEARCH)[0].close()


def test_a_run_knows_how_to_go_on(begun):
    source, changes = begun.source()
    assert source == Source("/somewhere/study.py", "search", ("--deep",))
    assert (changes.evaluations, changes.seed, changes.deterministic) == (3, 5, None)


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
    begun.journal.write_text(json.dumps({"evonas_journal": 99}) + "\n")
    with pytest.raises(JournalError, match=r"journal-0.jsonl:1: expected the header of a journal"):
        begun.check(SEARCH)
