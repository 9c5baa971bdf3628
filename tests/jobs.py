"""Tiny searches in real processes: written, started, killed, and looked at afterwards."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from evonas.ranks import launch

DEADLINE = 60.0
"""Seconds after which a process counts as hanging; nothing here takes a tenth of it."""

BUDGET = 24

MPIRUN = launch.mpirun() if find_spec("mpi4py") else None
MPI_VERSION = launch.mpirun_version(MPIRUN) if MPIRUN else ""

NEEDS_MPI = [pytest.mark.mpi, pytest.mark.skipif(not MPIRUN, reason="needs mpirun and mpi4py")]
NEEDS_SURVIVAL = [
    pytest.mark.mpi,
    pytest.mark.skipif(
        not launch.survives_dead_ranks(MPI_VERSION), reason="needs an MPI that survives a dead rank"
    ),
]
"""Open MPI 5 is one; MPICH is none: a virtual environment with the wheels mpich and mpi4py tries the rest."""

WORKERS = {"inline": [], "local": ["--workers", "2"], "mpi": ["--workers", "2", "--mpi"]}
"""What to say on the command line for each transport."""

EVERY_TRANSPORT = ["inline", "local", pytest.param("mpi", marks=NEEDS_MPI)]
TRANSPORTS_WITH_PROCESSES = EVERY_TRANSPORT[1:]

SLOW = 'time.sleep(0 if (HERE / "hurry").exists() else 0.2)'
"""An evaluation that leaves time to interfere, until the run is resumed."""

SEARCH = '''\
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import evonas

HERE = Path(__file__).parent


def first_time(name):
    """Return whether no process asked this before."""
    try:
        os.close(os.open(HERE / name, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


{head}


def evaluate(architecture, context):
    with (HERE / "evaluations.log").open("a") as log:
        log.write(f"{{os.getpid()}} {{context.seed}}\\n")
    {body}
    return architecture["x"] + architecture["y"]


space = evonas.Space({{"x": evonas.Int(1, 1000), "y": evonas.Real(0, 1)}})
search = evonas.Search(
    space=space,
    evaluate=evaluate,
    objectives={{"value": "max"}},
    budget={budget},
    deterministic={lag},
    migration=evonas.Migration(every=3),
    {more}
)
if __name__ == "__main__":
    search.run(folder="run")
'''


class Workplace:
    """A folder with a search file, the run that comes of it, and the log of what was evaluated.

    Args:
        folder: Where the files lie.
        body: What happens in an evaluation; it sees ``architecture``, ``context`` and ``first_time``.
        head: What happens when the file is loaded.
        more: Further arguments of the search.
        lag: What ``deterministic`` is.
    """

    def __init__(
        self, folder: Path, body: str = "pass", head: str = "", more: str = "", lag: int | None = 4
    ) -> None:
        self.folder = folder
        text = SEARCH.format(head=head, body=body, budget=BUDGET, more=more, lag=lag)
        (folder / "search.py").write_text(text)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the search to its end; export is not what these tests are about."""
        return evonas("run", "search.py", "--run", "run", "--no-export", *words, cwd=self.folder)

    def resume(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Resume the run to its end, in a hurry."""
        (self.folder / "hurry").touch()
        return evonas("resume", "run", "--no-export", *words, cwd=self.folder)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start the search as the leader of a process group, deaf to no signal.

        A job started in the background, as some CI does, ignores SIGINT and hands that on.
        """
        command = [sys.executable, "-m", "evonas", "run", "search.py", "--run", "run", "--no-export", *words]
        own = self.folder / "temporary"
        own.mkdir(exist_ok=True)
        with (self.folder / "output.txt").open("w") as output:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                env=os.environ | {"TMPDIR": str(own)},  # see process
                stdout=output,
                stderr=output,
                text=True,
                start_new_session=True,
                preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads here
            )

    def ended(self, job: subprocess.Popen[str]) -> str:
        """Wait for the end of a started search; return its exit code and all that it said."""
        try:
            job.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            job.kill()  # its workers follow it
            job.wait()
            raise
        return f"{job.returncode}: {(self.folder / 'output.txt').read_text()}"

    def await_outcomes(self, number: int) -> None:
        """Wait until so many outcomes are in the journal."""
        until(lambda: len(self.outcomes) >= number, f"{number} outcomes")

    @property
    def outcomes(self) -> list[dict[str, Any]]:
        """The complete outcomes in the journals of all islands."""
        complete: list[str] = []
        for journal in sorted((self.folder / "run").glob("journal-*.jsonl")):
            complete += journal.read_text().split("\n")[1:-1]
        return [line for line in map(json.loads, complete) if "evaluated" in line]

    @property
    def names(self) -> list[str]:
        """The ids in the journals of candidates with an outcome, sorted."""
        return sorted(outcome["evaluated"] for outcome in self.outcomes)

    @property
    def summary(self) -> dict[str, Any]:
        """The figures of the finished run, and of each of its islands."""
        figures: dict[str, Any] = json.loads((self.folder / "run" / "summary.json").read_text())
        return figures

    @property
    def begun(self) -> list[tuple[int, int]]:
        """The evaluations ever begun, as ``(process, seed)``."""
        lines = (self.folder / "evaluations.log").read_text().splitlines()
        return [(int(pid), int(seed)) for pid, seed in map(str.split, lines)]


def evonas(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command ``evonas``."""
    return process(sys.executable, "-m", "evonas", *words, cwd=cwd)


def mpi_job(ranks: int, *command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command under mpirun as a user of a cluster would type it."""
    assert MPIRUN
    return process(*launch.job_command(MPIRUN, MPI_VERSION, ranks, command), cwd=cwd)


def process(*command: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run any command to its end.

    It has a folder for temporary files of its own: of two ``mpirun`` that share one, the first to end may
    remove what the other one is about to use, which then fails to start.
    """
    with tempfile.TemporaryDirectory() as own:
        return subprocess.run(
            command,
            cwd=cwd,
            env=os.environ | {"TMPDIR": own} | environment,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition."""
    end = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {DEADLINE:.0f} s for {what}")
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Return whether a process runs; one that only waits to be reaped does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def children(pid: int) -> list[int]:
    """Return the processes that a process started: local workers, or mpirun's ranks."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def ranks(job: subprocess.Popen[str]) -> dict[int, int]:
    """Return the processes that an mpirun of Open MPI started, by rank."""
    found = {}
    for pid in children(job.pid):
        variables = dict(
            word.partition("=")[::2] for word in Path(f"/proc/{pid}/environ").read_text().split("\0")
        )
        found[int(variables["OMPI_COMM_WORLD_RANK"])] = pid
    return found
