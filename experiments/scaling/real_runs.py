"""Start real searches on MPI ranks of this machine, and read from their folders how they went."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evonas.ranks.launch import job_command, mpirun, mpirun_version

HERE = Path(__file__).parent
PATIENCE = 180.0
"""Seconds for a job to start and to end beside its evaluations."""


TRIES = 3


class JobError(Exception):
    """An MPI job that failed."""


@dataclass(frozen=True)
class Run:
    """A real search.

    Attributes:
        ranks: Of the job; each island takes one for its manager.
        islands: How many.
        seconds: Mean of the evaluations' sleep.
        spread: Of the logarithms of their sleep.
        evaluations: The budget.
    """

    ranks: int
    islands: int
    seconds: float
    spread: float
    evaluations: int

    @property
    def workers(self) -> int:
        """Ranks that evaluate."""
        return self.ranks - self.islands


@dataclass(frozen=True)
class Seen:
    """What a real search did; the first two between 20 % and 80 % of its outcomes.

    Attributes:
        evaluations_per_second: Of all islands.
        worker_busy: Share of the workers' time that went to evaluations.
        summary: The run's ``summary.json``.
        gaps: Of each worker, as ``sleeping.py`` tells them.
    """

    evaluations_per_second: float
    worker_busy: float
    summary: dict[str, Any]
    gaps: list[dict[str, Any]]


def cores() -> int:
    """Return how many cores the ranks of a job share here."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def mpi_job(ranks: int, command: list[str], seconds: float) -> str:
    """Run a command on MPI ranks and return its standard output.

    Raises:
        JobError: It ended with another exit code than 0.
    """
    program = mpirun()
    if program is None:
        sys.exit('real runs: expected mpirun, got none; pip install "evonas[mpi]", or give --service-times')
    line = job_command(program, mpirun_version(program), ranks, command)
    try:
        done = subprocess.run(line, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        sys.exit(f"real runs: expected an end within {seconds:.0f} s, got none: {' '.join(line)}")
    if done.returncode:
        raise JobError(f"expected exit code 0, got {done.returncode}: {' '.join(line)}\n{done.stderr}")
    return done.stdout


def observe(run: Run, gaps: bool = False) -> Seen:
    """Run a real search and return how it went; start it again if mpirun fails, as it may under load."""
    for _ in range(TRIES):
        try:
            return _observed(run, gaps)
        except JobError as error:
            print(f"real runs: {error}", file=sys.stderr)
    sys.exit(f"real runs: expected {run} to work, got {TRIES} failures; see above")


def _observed(run: Run, gaps: bool) -> Seen:
    with tempfile.TemporaryDirectory(prefix="evonas-scaling-") as temporary:
        folder, told = Path(temporary, "run"), Path(temporary, "gaps")
        told.mkdir()
        words = ["run", str(HERE / "sleeping.py"), "--run", str(folder), "--no-export"]
        words += ["--evaluations", str(run.evaluations)]
        words += ["--islands", str(run.islands)] if run.islands > 1 else []
        words += ["--", "--seconds", str(run.seconds), "--spread", str(run.spread)]
        words += ["--gaps", str(told)] if gaps else []
        longest = 5 * run.evaluations * run.seconds / run.workers + PATIENCE
        mpi_job(run.ranks, [sys.executable, "-m", "evonas", *words], longest)
        return Seen(
            *_rates(folder, run.workers),
            json.loads((folder / "summary.json").read_text()),
            [json.loads(file.read_text()) for file in sorted(told.glob("*.json"))],
        )


def _rates(folder: Path, workers: int) -> tuple[float, float]:
    """Return evaluations a second, and the share of the workers' time that they took."""
    found: list[tuple[float, float]] = []
    for journal in folder.glob("journal-*.jsonl"):
        entries = (json.loads(line) for line in journal.read_text().splitlines() if '"evaluated"' in line)
        found += [(entry["at"], entry["seconds"]) for entry in entries]
    table = np.array(sorted(found))  # (N, 2)
    begin, end = len(table) // 5, 4 * len(table) // 5
    span = max(table[end, 0] - table[begin, 0], 1e-9)
    return (end - begin) / span, table[begin:end, 1].sum() / span / workers
