"""Tells what works on this machine, by trying it, and how to mend what does not."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import evonas
from evonas.errors import TransportError
from evonas.ranks.launch import job_command, launched_by_mpi, mpirun, mpirun_version, survives_dead_ranks

SECONDS = 60.0
"""After so long an attempt counts as hanging."""

MPI_LIBRARY = "from evonas.ranks import mpi; print(mpi.library())"
DEVICES = (
    "import torch; print(torch.__version__, 'with', torch.cuda.device_count(), 'GPUs and', "
    "torch.get_num_threads(), 'threads')"
)
DYING_WORKER = """
import os, pathlib, signal
import evonas

def evaluate(architecture):
    try:
        pathlib.Path(__file__).with_name("died").touch(exist_ok=False)  # only the first one dies
    except FileExistsError:
        return architecture
    os.kill(os.getpid(), signal.SIGKILL)

space = evonas.Space(evonas.Int(1, 9))
search = evonas.Search(space=space, evaluate=evaluate, objectives={"x": "max"}, budget=9)
"""


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Attributes:
        what: Its name.
        works: Whether it does.
        detail: What was seen.
        remedy: What to do if it does not work.
        needed: Whether a search is impossible without it.
    """

    what: str
    works: bool
    detail: str
    remedy: str = ""
    needed: bool = False

    def __str__(self) -> str:
        sign = "ok     " if self.works else "MISSING"
        mend = f"\n{'':8}{'':16}-> {self.remedy}" if not self.works and self.remedy else ""
        return f"{sign} {self.what:15} {self.detail}{mend}"


def examine() -> int:
    """Print the findings one by one; return 0 if a search can run here at all, else 1."""
    if launched_by_mpi():
        print("evonas doctor starts MPI jobs of its own: run it without mpirun", file=sys.stderr)
        return 1
    able = True
    for finding in _findings():
        print(finding, flush=True)
        able = able and (finding.works or not finding.needed)
    return 0 if able else 1


def _findings() -> Iterator[Finding]:
    python = f"Python {platform.python_version()}, {platform.platform()}"
    yield Finding("evonas", True, f"{evonas.__version__} on {python}")
    yield Finding("cores", True, f"{os.cpu_count()}; more ranks than that are oversubscribed")
    for package in ("numpy", "deap", "rich"):
        yield _package(package, f"pip install {package}", needed=True)
    yield from _mpi()
    yield from _torch()


def _package(name: str, remedy: str, *, needed: bool = False) -> Finding:
    try:
        return Finding(name, True, importlib.metadata.version(name), needed=needed)
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, False, "not installed", remedy, needed)


def _mpi() -> Iterator[Finding]:
    """Look for an MPI that mpi4py loads and an mpirun that starts ranks, one of which may die."""
    library = _tried([sys.executable, "-c", MPI_LIBRARY])
    remedy = 'pip install "evonas[mpi]", or load the MPI module of your cluster; --workers N works without'
    yield Finding("MPI library", library.works, library.last_line, remedy)
    program = mpirun()
    if program is None:
        yield Finding("mpirun", False, "neither beside Python nor on the path", remedy)
    if program is None or not library.works:
        return
    try:
        version = mpirun_version(program)
    except TransportError as error:
        yield Finding("mpirun", False, str(error), remedy)
        return
    yield Finding("mpirun", True, f"{version}: {program}")
    yield _ranks(program, version)
    yield _survival(program, version)


def _ranks(program: Path, version: str) -> Finding:
    ranks = 2 * (os.cpu_count() or 1)
    started = _tried(job_command(program, version, ranks, [sys.executable, "-c", MPI_LIBRARY]))
    detail = f"{ranks} started on this machine" if started.works else started.last_line
    return Finding("ranks", started.works, detail, f"see what this prints: mpirun -n {ranks} hostname")


def _survival(program: Path, version: str) -> Finding:
    """Run a search of three ranks in which one kills itself."""
    remedy = "a dead rank ends the job; evonas resume goes on. Open MPI 5 and newer can survive it"
    if not survives_dead_ranks(version):
        return Finding("a dead rank", False, f"not with {version}", remedy)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "dying_worker.py"
        file.write_text(DYING_WORKER)
        search = [sys.executable, "-m", "evonas", "run", str(file), "--run", f"{folder}/run", "--no-export"]
        done = _tried(job_command(program, version, 3, search))
    died = "died" in done.output and done.works
    detail = "killed one of 3 ranks, the search went on" if died else done.last_line
    return Finding("a dead rank", died, detail, remedy)


def _torch() -> Iterator[Finding]:
    remedy = 'pip install "evonas[torch]"; needed for training and export'
    torch = _package("torch", remedy)
    if torch.works:
        tried = _tried([sys.executable, "-c", DEVICES])
        torch = Finding("torch", tried.works, tried.last_line, remedy)
    yield torch
    for package in ("safetensors", "onnx", "onnxscript", "onnxruntime"):
        yield _package(package, remedy)


@dataclass(frozen=True)
class Attempt:
    """A command that was run: whether it ended well, and what it printed."""

    works: bool
    output: str

    @property
    def last_line(self) -> str:
        """The last line printed, which tells most."""
        lines = self.output.strip().splitlines()
        return lines[-1] if lines else "it printed nothing"


def _tried(command: Sequence[str]) -> Attempt:
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Attempt(False, str(error))
    return Attempt(done.returncode == 0, done.stdout)
