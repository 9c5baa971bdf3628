"""How an MPI job is started here, and whether this process is part of one; needs no MPI itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from evonas.errors import TransportError

SIZE_VARIABLES = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PALS_RANKID", "PMIX_RANK", "MV2_COMM_WORLD_SIZE")
"""Each is set in its ranks by some launcher: Open MPI, MPICH and Intel MPI, Cray, Slurm's srun, MVAPICH."""


def launched_by_mpi(environment: Mapping[str, str] | None = None) -> bool:
    """Return whether a launcher such as mpirun or srun started this process as a rank."""
    environment = os.environ if environment is None else environment
    return any(name in environment for name in SIZE_VARIABLES)


def mpirun() -> Path | None:
    """Return the mpirun that fits this Python: the one beside it, else the first on the path."""
    beside = Path(sys.executable).parent / "mpirun"
    found = beside if beside.exists() else shutil.which("mpirun")
    return Path(found) if found else None


def mpirun_version(program: Path) -> str:
    """Return the first line of ``mpirun --version``.

    Raises:
        TransportError: It cannot be run.
    """
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TransportError(f"{program}: expected mpirun to tell its version, got {error}") from error
    return (done.stdout.strip() or done.stderr.strip() or "unknown").splitlines()[0]


def survives_dead_ranks(version: str) -> bool:
    """Return whether an mpirun of this version line can be asked for fault tolerance (ULFM)."""
    _, open_mpi, number = version.partition("Open MPI) ")
    return bool(open_mpi) and number.split(".")[0].isdigit() and int(number.split(".")[0]) >= 5


def job_command(program: Path, version: str, ranks: int, command: Sequence[str]) -> list[str]:
    """Return the command line that starts ``command`` on ``ranks`` ranks of this machine."""
    flags: list[str] = []
    if "Open MPI" in version:
        flags += ["--oversubscribe", "--bind-to", "none"]  # more ranks than cores; threads may roam
        flags += ["--allow-run-as-root"] if os.geteuid() == 0 else []
    if survives_dead_ranks(version):
        flags += ["--with-ft", "ulfm"]
    return [str(program), *flags, "-n", str(ranks), *command]


def replace_by_job(ranks: int, command: Sequence[str]) -> None:
    """Become an MPI job: this process is replaced by mpirun, which thus gets its signals and exit code.

    Raises:
        TransportError: There is no mpirun.
    """
    program = mpirun()
    if program is None:
        remedy = 'install one with pip install "evonas[mpi]", or load the module of your cluster'
        raise TransportError(f"--mpi: expected mpirun beside Python or on the path, got none; {remedy}")
    sys.stdout.flush()
    sys.stderr.flush()
    line = job_command(program, mpirun_version(program), ranks, command)
    os.execv(line[0], line)
