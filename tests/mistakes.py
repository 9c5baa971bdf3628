"""How bad inputs are made, and what evonas says to them: a message, whichever way the input comes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import evonas
from evonas import Int, Space, cli
from evonas.errors import EvonasError
from evonas.evaluate.evaluator import Context
from evonas.evaluate.guard import guarded
from evonas.evolve.objectives import Objectives
from evonas.evolve.records import CandidateId, Outcome

SPACE = Space(Int(1, 9))


@dataclass(frozen=True)
class Case:
    """A bad input.

    Attributes:
        shown: Makes it, in a folder of its own, and returns the message that a user sees.
        expected: The part of the message that says what would be right.
        got: The part that says what was wrong.
        remedy: The part that says what to do.
        needs: The package without which the input cannot even be made.
    """

    shown: Callable[[Path], str]
    expected: str
    got: str
    remedy: str
    needs: str = "evonas"


def raised(call: Callable[[], object]) -> Callable[[Path], str]:
    """Return the message of the error that Python code raises."""

    def shown(folder: Path) -> str:
        try:
            with _at_home(folder):
                call()
        except EvonasError as error:
            return str(error)
        return "(nothing was said)"

    return shown


def search(**changes: Any) -> Callable[[Path], str]:
    """Return what a search says that is declared with these changes."""
    usual: dict[str, Any] = {"space": SPACE, "evaluate": float, "objectives": {"x": "max"}, "budget": 9}
    return raised(lambda: evonas.Search(**{**usual, **changes}))


def evaluated(value: Any, *objectives: str) -> Callable[[Path], str]:
    """Return why an evaluation fails that returns ``value``."""

    def shown(folder: Path) -> str:
        directions = Objectives(dict.fromkeys(objectives or ("accuracy",), "max"))
        outcome = guarded(lambda architecture, context: value, 3, Context(), CandidateId(0, 0), directions)
        return outcome.failure.reason if outcome.failure else "(nothing was said)"

    return shown


FILE = """
import evonas
space = evonas.Space(evonas.Int(1, 9))
search = evonas.Search(space=space, evaluate=float, objectives={"x": "max"}, budget=9)
"""
RUN = ["run", "search.py", "--run", "there", "--no-export"]


def command(*words: str, text: str = FILE) -> Callable[[Path], str]:
    """Return what the command line says beside a search file of this text."""

    def shown(folder: Path) -> str:
        (folder / "search.py").write_text(text)
        said = io.StringIO()
        with _at_home(folder), redirect_stderr(said), redirect_stdout(io.StringIO()):
            try:
                code: object = cli.main(words)
            except SystemExit as end:
                code = end.code
        return _said(code, said.getvalue())

    return shown


def process(*words: str, text: str = FILE, first: str = "", **environment: str) -> Callable[[Path], str]:
    """Return what the command line says in a process of its own.

    Args:
        words: The command line.
        text: The search file beside it.
        first: Python code that goes before the command.
        environment: Variables to set.
    """

    def shown(folder: Path) -> str:
        (folder / "search.py").write_text(text)
        program = f"import sys\n{first}\nfrom evonas.cli import main\nsys.exit(main({list(words)}))"
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=folder,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return _said(done.returncode, done.stderr)

    return shown


@contextmanager
def _at_home(folder: Path) -> Iterator[None]:
    """Work in a folder; what loading a search file changes is put back afterwards."""
    before, argv, path = Path.cwd(), sys.argv[:], sys.path[:]
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
        sys.argv[:], sys.path[:] = argv, path


def _said(code: object, text: str) -> str:
    return text.strip() if code in (1, 2) else f"(exit code {code})"


def after(
    change: Callable[[Path], object], *words: str, text: str = FILE, first: str = FILE
) -> Callable[[Path], str]:
    """Return what the command line says after a run was made of the first text and its folder was changed."""

    def shown(folder: Path) -> str:
        command(*RUN, text=first)(folder)
        change(folder / "there")
        return command(*words, text=text)(folder)

    return shown


def journal(change: Callable[[list[str]], list[str]]) -> Callable[[Path], object]:
    """Return a change of a run's folder that changes the lines of its journal."""

    def changed(there: Path) -> None:
        path = there / "journal-0.jsonl"
        path.write_text("\n".join(change(path.read_text().splitlines())) + "\n")

    return changed


def stranger(there: Path) -> None:
    """Leave a folder that is no run, but not empty."""
    (there / "journal-0.jsonl").rename(there / "thesis.tex")


def born_elsewhere(lines: list[str]) -> list[str]:
    """Change the genome of the first birth."""
    birth = json.loads(lines[1])
    return [lines[0], json.dumps({**birth, "genome": [10 - birth["genome"][0] or 1]}), *lines[2:]]


def told_twice() -> None:
    """Tell a strategy the same outcome twice."""
    strategy = evonas.RandomSearch(SPACE)
    (candidate,) = strategy.ask()
    strategy.tell([Outcome(candidate.id, {"loss": 1.0})] * 2)


def without(package: str) -> str:
    """Return code that makes a package as good as not installed."""
    return f"sys.modules[{package!r}] = None"


NO_MPIRUN = "sys.executable = '/nowhere/python'"
EXITING = f"{FILE}\nraise SystemExit('no data')"
RUNNING = f"{FILE}\nsearch.run()"
EXPORTING = RUN[:-1]
TWO = f"{FILE}\nfirst, second = search, space and evonas.Search(**vars(search))\ndel search"


def retraining(value: str) -> str:
    """Return a search file whose ``retrain`` returns this expression."""
    return FILE.replace("budget=9", f"budget=9, retrain=lambda architecture: {value}")


def message(case: Case) -> str:
    """Return what a case says, made in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        return case.shown(Path(folder)).replace(f"{Path(folder).resolve()}/", "")
