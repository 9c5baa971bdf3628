"""Start contestants of the runtime benchmarks, each as an MPI job of its own, and read what they did."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from peers.job import STAMP

from evonas.ranks.launch import job_command, mpirun, mpirun_version

HERE = Path(__file__).resolve().parent
INSTALL = 'pip install "evonas[bench]"'
ENVIRONMENT = {"OMP_NUM_THREADS": "1"}  # a rank is one process on one core; x @ x needs no threads
SHORT = 100  # genes, whose messages leave at once
ENDING = 10.0  # seconds that a job has to end its ranks when it is out of time


@dataclass(frozen=True)
class Contestant:
    """A way to hand out evaluations.

    Attributes:
        label: Its name for people.
        package: What must be installed for it.
        program: Its file in this folder.
        options: Words that it is always given.
        managed: Whether its rank 0 evaluates nothing.
        install: How to get the package.
    """

    label: str
    package: str
    program: str
    options: tuple[str, ...] = ()
    managed: bool = True
    install: str = INSTALL


PROPULATE = "pip install --no-deps propulate && pip install colorlog deepdiff"
CONTESTANTS = {
    "evonas": Contestant("evonas", "evonas", "with_evonas"),
    "evonas-random": Contestant("evonas, random search", "evonas", "with_evonas", ("--strategy", "random")),
    "bare": Contestant("bare mpi4py loop, random points", "mpi4py", "bare"),
    "deap-generations": Contestant("DEAP by generations", "deap", "with_deap"),
    "deap-chunks": Contestant("DEAP by generations, in chunks", "deap", "with_deap", ("--mode", "chunks")),
    "deap-asynchronous": Contestant("DEAP asynchronous", "deap", "with_deap", ("--mode", "asynchronous")),
    "libensemble": Contestant("libEnsemble, random points", "libensemble", "with_libensemble"),
    "propulate": Contestant("Propulate", "propulate", "with_propulate", (), False, PROPULATE),
}


@dataclass(frozen=True)
class Task:
    """What all contestants of a round do.

    Attributes:
        ranks: MPI ranks of the job, a manager included.
        evaluations: The budget.
        genes: Real numbers in a candidate.
        mean: Seconds that an evaluation sleeps, on average.
        stragglers: Whether some evaluations sleep for far longer.
        islands: Islands, for contestants that have them.
        patience: Seconds after which the job is ended.
        counted: Whether Open MPI counts messages, without its fault tolerance, which excludes that.
    """

    ranks: int
    evaluations: int
    genes: int = 10
    mean: float = 0.0
    stragglers: bool = False
    islands: int = 1
    patience: float = 100.0
    counted: bool = False


@dataclass(frozen=True)
class Run:
    """What a contestant did.

    Attributes:
        finished: Whether it did all evaluations, and ended by itself and well.
        stamps: Start, end and seconds asleep of each evaluation, by their ends, ``(n, 3)``.
        messages: Messages that MPI sent, if they were counted.
        bytes: Bytes in them.
        figures: What evonas says of itself in its summary.
        log: What was printed.
    """

    finished: bool
    stamps: NDArray[np.float64]
    messages: int = 0
    bytes: int = 0
    figures: dict[str, Any] = field(default_factory=dict)
    log: str = ""

    @property
    def seconds(self) -> float:
        """Wall time from the first start to the last end."""
        return float(self.stamps[:, 1].max() - self.stamps[:, 0].min()) if len(self.stamps) else np.nan

    @property
    def rate(self) -> float:
        """Evaluations a second."""
        return len(self.stamps) / self.seconds if len(self.stamps) else 0.0

    @property
    def told(self) -> str:
        """How far it came, if not to the end."""
        return "" if self.finished else f"did not finish: {len(self.stamps):,} evaluations"


def present(names: Sequence[str]) -> list[str]:
    """Return those whose package is installed, telling of the others."""
    if mpirun() is None:
        sys.exit('mpirun is missing; pip install "evonas[mpi]"')
    missing = [name for name in names if importlib.util.find_spec(CONTESTANTS[name].package) is None]
    for name in missing:
        print(f"{name}: left out, it is missing; {CONTESTANTS[name].install}")
    return [name for name in names if name not in missing]


def compete(name: str, task: Task) -> Run:
    """Run one contestant in an empty folder of its own."""
    with tempfile.TemporaryDirectory(prefix="evonas-contest-") as place:
        folder = Path(place)
        log = folder / "log"
        finished = _finishes(_command(CONTESTANTS[name], task, folder), folder, log, task.patience)
        stamps = _stamps(folder)
        summary = folder / "run" / "summary.json"
        run = Run(
            finished and len(stamps) >= task.evaluations,
            stamps,
            *_traffic(folder),
            json.loads(summary.read_text()) if summary.exists() else {},
            log.read_text(errors="replace"),
        )
    if not run.finished:
        print(f"{name}: {run.told}; its last words:\n{run.log[-800:]}", flush=True)
    return run


def _command(contestant: Contestant, task: Task, folder: Path) -> list[str]:
    program = mpirun()
    assert program is not None
    version = mpirun_version(program)
    file = str(HERE / f"{contestant.program}.py")
    options = ["--evaluations", str(task.evaluations), "--genes", str(task.genes), "--stamps", str(folder)]
    options += ["--mean", str(task.mean), *(["--stragglers"] if task.stragglers else []), *contestant.options]
    command = [sys.executable, file, *options]
    is_ours = contestant.package == "evonas"
    if is_ours:
        islands = ["--islands", str(task.islands)] if task.islands > 1 else []
        words = ["run", file, "--run", str(folder / "run"), "--no-export", *islands, "--", *options]
        command = [sys.executable, "-m", "evonas", *words]
    open_mpi = "Open MPI" in version
    survivable = is_ours and not task.counted
    line = job_command(program, version if survivable or not open_mpi else "Open MPI", task.ranks, command)
    settings = {} if is_ours else {"mpi_yield_when_idle": "1"}  # ours sleeps when idle
    if contestant.package == "propulate" and task.genes > SHORT:
        settings |= {"btl_sm_eager_limit": "1000000"}  # else its blocking sends wait for each other for good
    if task.counted and contestant.package == "deap":
        line.append("--pickles")  # Open MPI's monitoring crashes on the communicators of mpi4py.futures
    elif task.counted:
        settings |= {"pml_monitoring_enable": "1", "pml_monitoring_enable_output": "3"}
        settings |= {"pml_monitoring_filename": str(folder / "traffic")}
    words = [word for setting in settings.items() for word in ("--mca", *setting)]
    return [line[0], *(words if open_mpi else []), *line[1:]]


def _finishes(line: list[str], folder: Path, log: Path, patience: float) -> bool:
    """Return whether a job ends by itself and well."""
    with log.open("wb") as output:
        job = subprocess.Popen(
            line,
            cwd=folder,
            env=os.environ | ENVIRONMENT,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            return job.wait(patience) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            _end(job)


def _end(job: subprocess.Popen[bytes]) -> None:
    """End a job that runs still: mpirun is asked first, for it alone knows its ranks."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if job.poll() is None:
            os.killpg(job.pid, sign)
            try:
                job.wait(ENDING)
            except subprocess.TimeoutExpired:
                continue


def _stamps(folder: Path) -> NDArray[np.float64]:
    parts = [np.fromfile(file).reshape(-1, STAMP.size // 8) for file in folder.glob("*.stamps")]
    stamps = np.concatenate([np.empty((0, 3)), *parts])
    stamps = stamps[stamps[:, 1] > 0]
    return stamps[np.argsort(stamps[:, 1])]


def _traffic(folder: Path) -> tuple[int, int]:
    """Return messages and bytes from the files that Open MPI's monitoring leaves, one a rank."""
    messages = size = 0
    for file in folder.glob("traffic.*.prof"):
        for found in re.finditer(r"^[EI]\t.*?(\d+) bytes\t(\d+) msgs", file.read_text(), re.MULTILINE):
            size += int(found[1])
            messages += int(found[2])
    return messages, size


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows, the first of which is the head, as a table in Markdown."""
    head, *rest = rows
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rest])


@contextmanager
def picture(path: Path, panels: int) -> Iterator[Any]:
    """Give axes to draw on, and keep the picture; None without matplotlib."""
    if importlib.util.find_spec("matplotlib") is None:
        print(f"no plot: matplotlib is missing; {INSTALL}")
        yield None
        return
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, panels, figsize=(5 * panels + 1, 4), squeeze=False, sharey=True)
    yield axes[0]
    figure.tight_layout()
    figure.savefig(path, dpi=120)
