"""Where a search comes from: any Python file that defines one."""

import sys

import pytest

from evonas.errors import RunError
from evonas.runs.source import Source
from evonas.search import Search

IMPORTS = "import evonas\n"
MAKE = "evonas.Search(space=evonas.Space(evonas.Int(1, 9)), evaluate=float, objectives={'x': 'max'}, budget="


@pytest.fixture(autouse=True)
def _own_argv_and_path(monkeypatch):
    monkeypatch.setattr(sys, "argv", sys.argv[:])
    monkeypatch.setattr(sys, "path", sys.path[:])


@pytest.fixture
def load(tmp_path):
    """Return a function that writes a file and loads the search in it."""

    def written(text, *arguments):
        file = tmp_path / "study.py"
        file.write_text(IMPORTS + text)
        return Source(str(file), None, arguments).load()

    return written


@pytest.mark.parametrize(
    "text, budget",
    [
        (f"search = {MAKE}3)", 3),
        (f"study = {MAKE}4)", 4),
        (f"other = {MAKE}3)\nsearch = {MAKE}5)", 5),
    ],
    ids=["named search", "the only one", "named search among others"],
)
def test_the_search_in_a_file_is_found(text, budget, load):
    search = load(text)
    assert isinstance(search, Search)
    assert search.budget == budget


@pytest.mark.parametrize(
    "text, said",
    [
        ("search = 3", "expected a module-level search, got none; write search = evonas.Search"),
        (f"a = {MAKE}3)\nb = {MAKE}3)", "expected a module-level search, got several: a, b; write search = "),
        ("import sys\nsys.exit('no data')", "got one that ends itself with 'no data'"),
        ("def broken(:", "study.py: SyntaxError: "),
        ("import no_such_module", "study.py: ModuleNotFoundError: No module named 'no_such_module'"),
        (f"search = {MAKE}0)", "study.py: Budget: evaluations: expected"),
    ],
    ids=["none", "several", "exits", "syntax", "import", "search error"],
)
def test_a_file_without_a_usable_search_is_refused(text, said, load):
    with pytest.raises(RunError, match=said) as caught:
        load(text)
    assert "study.py" in str(caught.value)


def test_the_users_traceback_is_shown_and_none_of_ours(load):
    with pytest.raises(RunError) as caught:
        load("def widths():\n    return 1 / 0\n\nwidths()")
    message = str(caught.value)
    assert "study.py: ZeroDivisionError: division by zero\nTraceback" in message
    assert "in widths" in message
    assert "evonas/source.py" not in message


def test_a_file_that_runs_its_search_while_being_loaded_is_told_where_to_put_that(load):
    with pytest.raises(
        RunError, match=r'search.run\(\): expected .* put this under: if __name__ == "__main__":'
    ):
        load(f"search = {MAKE}3)\nsearch.run()")


def test_an_error_of_ours_is_shown_at_the_users_line_that_caused_it(load):
    with pytest.raises(RunError) as caught:
        load("space = evonas.Space(\n    evonas.Int(9, 1)\n)")
    assert "study.py: Int(9, 1): expected low < high" in str(caught.value)
    assert "    evonas.Int(9, 1)\n" in str(caught.value)
    assert "decisions.py" not in str(caught.value)
    assert "<string>" not in str(caught.value)


def test_a_file_sees_its_own_words_and_its_own_folder(load, tmp_path):
    (tmp_path / "beside.py").write_text("BUDGET = 6")
    search = load(f"import sys\nimport beside\nsearch = {MAKE}beside.BUDGET + len(sys.argv))", "--deep", "3")
    assert search.budget == 9


def test_a_file_may_have_help_of_its_own(load, capsys):
    with pytest.raises(SystemExit) as caught:
        load("import argparse\nargparse.ArgumentParser(description='digits').parse_args()", "--help")
    assert caught.value.code == 0
    assert "digits" in capsys.readouterr().out


def test_a_file_may_define_dataclasses(load):
    text = "from dataclasses import dataclass\n@dataclass\nclass Task:\n    epochs: int = 3\n"
    assert load(f"{text}search = {MAKE}Task().epochs)").budget == 3


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(RunError, match=r"gone.py: expected a Python file .*, got no file; check the path"):
        Source(str(tmp_path / "gone.py")).load()


def test_a_search_that_is_no_scripts_variable_has_no_source(load):
    assert Source.of(load(f"search = {MAKE}3)")) is None
