"""Jobs to be disturbed: started in a folder of their own, looked at from outside, surely gone afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

from evonas.ranks.launch import job_command, mpirun, mpirun_version

LOOK = 0.002  # seconds between looks at a run: a blow shall hit the moment that it is meant for
GRACE = 5.0  # seconds that processes have to follow the job that they belonged to

Process: TypeAlias = tuple[int, str]
"""A process id and when it started, for ids are used again."""

SEARCH = """\
import os
import time

import evonas

PACE = float(os.environ.get("CHAOS_PACE", "{pace}"))


def evaluate(architecture):
    if PACE:
        time.sleep(PACE)
    return sum(value * value for value in architecture.values())


space = evonas.Space({{f"x{{i}}": evonas.Real(-5, 5) for i in range(4)}})
often = {{"migration": evonas.Migration(every=5, adaptive=False)}} if hasattr(evonas, "Migration") else {{}}
search = evonas.Search(
    space=space,
    evaluate=evaluate,
    objectives={{"loss": "min"}},
    strategy=evonas.RegularizedEvolution(),
    budget={budget},
    seed={seed},
    deterministic={deterministic},
    **often,
)
"""
"""A search whose evaluations sleep; the environment can hurry it."""


def evonas(*words: object) -> list[str]:
    """Return the command line of ``evonas``."""
    return [sys.executable, "-m", "evonas", *map(str, words)]


def on_ranks(ranks: int, command: list[str]) -> list[str]:
    """Return the command line that runs a command on MPI ranks."""
    program = mpirun()
    if program is None:
        sys.exit('no mpirun: pip install "evonas[mpi]"')
    return job_command(program, mpirun_version(program), ranks, command)


class Job:
    """A running command, leader of its processes; whoever is left when the context ends is killed.

    Args:
        folder: Where it runs; its output is added to ``output.txt`` there.
        command: What to run.
        environment: Variables to add.
    """

    def __init__(self, folder: Path, command: list[str], **environment: str) -> None:
        # Killed ranks leave their shared memory behind: let it lie where it can be removed.
        shared = Path("/dev/shm")
        self._shared = Path(tempfile.mkdtemp(prefix="chaos-", dir=shared if shared.is_dir() else None))
        environment |= {"OMPI_MCA_btl_sm_backing_directory": str(self._shared), "OMP_NUM_THREADS": "1"}
        environment["TMPDIR"] = str(self._shared)  # of two mpirun that share one, one may fail to start
        self._known: set[Process] = set()
        with (folder / "output.txt").open("a") as output:
            print("$", *command, file=output, flush=True)
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def __enter__(self) -> Job:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        shutil.rmtree(self._shared, ignore_errors=True)

    @property
    def code(self) -> int | None:
        """The exit code; None while it runs."""
        return self._process.poll()

    def ranks(self) -> dict[int, Process]:
        """Return the processes of the living ranks by rank; of local workers there are none."""
        found: dict[int, Process] = {}
        for pid in _children(self._process.pid):
            with suppress(OSError):
                variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
                rank = [value for value in variables if value.startswith(b"OMPI_COMM_WORLD_RANK=")]
                found |= {int(value.partition(b"=")[2]): (pid, _began(pid)) for value in rank}
        return found

    def until(self, condition: Callable[[], bool], end: float) -> bool:
        """Wait for a condition; return False if the job ends before, or the clock passes ``end``."""
        looks = 0
        while not condition():
            if self.code is not None or time.monotonic() > end:
                return False
            looks += 1
            if looks % 50 == 0:
                self._note()
            time.sleep(LOOK)
        return True

    def wait(self, end: float) -> int | None:
        """Return the exit code, or None if the job still runs when the clock passes ``end``."""
        self.until(lambda: False, end)
        return self.code

    def left(self) -> int:
        """Return how many processes outlived the job, after a while of grace."""
        end = time.monotonic() + GRACE
        while (left := sum(map(_alive, self._known))) and time.monotonic() < end:
            time.sleep(0.05)
        return left

    def kill(self) -> None:
        """Kill the job with all that it started, and wait until they are gone."""
        self._note()
        for process in self._known:
            hit(process, signal.SIGKILL)
        self._process.wait()
        end = time.monotonic() + GRACE
        while any(map(_alive, self._known)) and time.monotonic() < end:
            time.sleep(0.01)

    def _note(self) -> None:
        """Remember all processes of the job, for once their parents are dead nothing leads to them."""
        seen = [pid for pid, began in self._known if _alive((pid, began))]
        seen += [self._process.pid] if self.code is None else []
        for pid in seen:  # it grows meanwhile
            seen += _children(pid)
        self._known |= {(pid, began) for pid in seen if (began := _began(pid))}


def _children(pid: int) -> list[int]:
    children: list[int] = []
    with suppress(OSError):  # it may end meanwhile
        for path in Path(f"/proc/{pid}/task").glob("*/children"):
            children += map(int, path.read_text().split())
    return children


def _began(pid: int) -> str:
    """Return when a process started; empty if it is gone, or waits to be reaped."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def _alive(process: Process) -> bool:
    pid, began = process
    return _began(pid) == began


def hit(process: Process, number: signal.Signals) -> bool:
    """Send a signal; return False if the process has ended already."""
    if _alive(process):
        with suppress(ProcessLookupError):
            os.kill(process[0], number)
            return True
    return False
