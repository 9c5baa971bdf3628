"""The command ``evonas``: its help, its words, its exit codes."""

import json
import sys

import pytest
from jobs import BUDGET, Workplace, evonas, process

import evonas as package
from evonas import cli


@pytest.mark.parametrize(
    "command", [[], ["run"], ["resume"], ["export"], ["show"], ["slurm"], ["doctor"]], ids=" ".join
)
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main([*command, "--help"])
    assert caught.value.code == 0
    assert " ".join(["usage: evonas", *command]) in capsys.readouterr().out


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"evonas {package.__version__}\n"


@pytest.mark.parametrize(
    "text, seconds",
    [
        ("90", 90),
        ("0.5", 0.5),
        ("45s", 45),
        ("30m", 1800),
        ("1.5h", 5400),
        ("2d", 172_800),
        ("5:30", 330),
        ("1:30:00", 5400),
    ],
)
def test_times_are_written_as_people_and_batch_systems_do(text, seconds):
    words = ["run", "FILE", "--time-limit", text]
    assert cli._parser().parse_args(words).time_limit == seconds


@pytest.mark.parametrize("text", ["0", "-5", "soon", "1:2", "0:00", "3w", "nan", "inf", ""])
def test_other_times_are_refused(text, capsys):
    with pytest.raises(SystemExit) as caught:
        cli._parser().parse_args(["run", "FILE", f"--time-limit={text}"])
    assert caught.value.code == 2
    assert f"got {text!r}" in capsys.readouterr().err


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """A search in the working folder; loading it here changes no other test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", sys.argv[:])
    monkeypatch.setattr(sys, "path", sys.path[:])
    return Workplace(tmp_path)


def test_options_take_the_place_of_what_the_file_says(workplace):
    words = ["--evaluations", "5", "--seed", "9", "--deterministic", "2", "--no-export"]
    assert cli.main(["run", "search.py", *words]) == 0
    about = json.loads((workplace.folder / "runs" / "search-1" / "run.json").read_text())
    assert about["budget"]["evaluations"] == 5
    assert (about["search"]["seed"], about["search"]["deterministic"]) == (9, 2)


def test_a_finished_run_goes_on_with_more_evaluations(workplace, capsys):
    assert cli.main(["run", "search.py", "--run", "run", "--evaluations", "5", "--no-export"]) == 0
    assert cli.main(["resume", "run", "--no-export"]) == 0
    assert workplace.summary["evaluations"] == 5
    assert cli.main(["resume", "run", "--evaluations", "8", "--no-export"]) == 0
    assert workplace.summary["evaluations"] == len(set(workplace.names)) == 8


def test_a_run_that_was_killed_before_its_journal_began_is_resumed(workplace):
    assert cli.main(["run", "search.py", "--run", "run", "--evaluations", "5", "--no-export"]) == 0
    for file in ("journal-0.jsonl", "summary.json"):
        (workplace.folder / "run" / file).unlink()
    assert cli.main(["resume", "run", "--no-export"]) == 0
    assert workplace.summary["evaluations"] == 5


@pytest.fixture
def free(workplace):
    """The same search, running free, so that it may change its islands; it is interrupted once."""
    body = 'if len((HERE / "evaluations.log").read_text().split()) == 14: raise KeyboardInterrupt'
    return Workplace(workplace.folder, body, lag=None)


@pytest.mark.parametrize("first, then", [(3, 1), (1, 3), (2, 5)])
def test_an_interrupted_run_goes_on_with_fewer_or_more_islands(first, then, free):
    words = ["--run", "run", "--no-export", "--islands", str(first)]
    assert cli.main(["run", "search.py", *words]) == cli.INTERRUPTED
    before = free.names
    assert len(before) == 6, "the seventh of them interrupted"
    assert cli.main(["resume", "run", "--no-export", "--islands", str(then)]) == 0
    assert set(before) <= set(free.names)
    assert free.summary["evaluations"] == len(free.names) == len(set(free.names)) == BUDGET
    assert [island["island"] for island in free.summary["islands"]] == list(range(then))
    assert json.loads((free.folder / "run" / "run.json").read_text())["islands"] == then


def test_deterministic_islands_keep_their_number(workplace, capsys):
    assert cli.main(["run", "search.py", "--run", "run", "--no-export", "--islands", "3"]) == 0
    assert cli.main(["resume", "run", "--no-export", "--islands", "2"]) == cli.FAILED
    assert "depend on their number: expected 3, got 2" in capsys.readouterr().err
    assert cli.main(["resume", "run", "--no-export", "--evaluations", "30"]) == 0
    assert [island["evaluations"] for island in workplace.summary["islands"]] == [10, 10, 10]


def test_words_after_a_double_dash_are_the_files(workplace):
    file = workplace.folder / "search.py"
    file.write_text(file.read_text().replace("budget=24", "budget=len(sys.argv)"))
    assert cli.main(["run", "search.py", "--run", "run", "--no-export", "--", "--seed", "--mpi"]) == 0
    assert workplace.summary["evaluations"] == 3
    assert cli.main(["resume", "run", "--no-export"]) == 0


def test_the_best_is_exported_at_the_end_or_later(workplace, capsys):
    assert cli.main(["run", "search.py", "--run", "run", "--evaluations", "5"]) == 0
    assert cli.main(["export", "run", "--to", "model"]) == 0
    one, other = (
        json.loads((f / "architecture.json").read_text())
        for f in (workplace.folder / "run" / "best", workplace.folder / "model")
    )
    assert one["architecture"] == other["architecture"]
    assert "architecture.json" in capsys.readouterr().out


def test_a_search_needs_no_torch_to_its_very_end(workplace):
    program = "import sys; sys.modules['torch'] = None; from evonas.cli import main; sys.exit(main())"
    done = process(sys.executable, "-c", program, "run", "search.py", cwd=workplace.folder)
    assert done.returncode == 0, done.stderr
    assert "architecture.json" in done.stdout


def test_an_error_is_one_message_and_exit_code_1(workplace, capsys):
    assert cli.main(["run", "gone.py"]) == cli.FAILED
    assert capsys.readouterr().err.startswith("evonas: ")


def test_the_installed_command_works(tmp_path):
    done = evonas("--version", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"evonas {package.__version__}\n")
