"""What the documents show works as shown: doctests of every module, and the README's Python."""

import doctest
import pkgutil
import re
from importlib import import_module
from pathlib import Path

import pytest

import evonas

ROOT = Path(__file__).parent.parent
PROGRAMS = {"evonas.__main__", "evonas.ranks.mpi"}  # one runs when imported, the other starts MPI
MODULES = [m.name for m in pkgutil.walk_packages(evonas.__path__, "evonas.") if m.name not in PROGRAMS]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_hold(name: str) -> None:
    if name.startswith(("evonas.train.", "evonas.export.")):
        pytest.importorskip("torch")
    assert doctest.testmod(import_module(name)).failed == 0


def test_the_readme_runs_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "readme"}
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        exec(block, names)
    search = names["search"]
    assert isinstance(search, evonas.Search)
    assert search.run().best.objectives["loss"] < 0.1
    found = names["result"]
    assert isinstance(found, evonas.Minimum)
    assert found.fun < 1e-6


def test_the_sessions_in_the_readme_go_as_shown() -> None:
    sessions = re.findall(r"```pycon\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert len(sessions) == 1
    for text in sessions:
        session = doctest.DocTestParser().get_doctest(text, {}, "README.md", None, 0)
        assert doctest.DocTestRunner().run(session).failed == 0


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "search_spaces/README.md"])
def test_every_path_that_a_document_names_exists(document: str) -> None:
    text = (ROOT / document).read_text()
    for path in re.findall(r"`((?:evonas|tests|experiments|search_spaces)/[\w/.-]*)`", text):
        assert (ROOT / path).exists(), f"{document} names {path}, which is not there"
