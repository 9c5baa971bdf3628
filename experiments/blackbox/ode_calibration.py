"""Calibrate a simulation on MPI ranks; the job is killed in the middle, and resumed.

    python experiments/blackbox/ode_calibration.py
    python experiments/blackbox/ode_calibration.py --evaluations 300 --local

``repressilator.py`` beside this file says what is calibrated: 12 rates of an ODE model, from noisy
measurements, by runs that may fail or crash. Once half of the budget is spent every process of the job is
killed. ``evonas resume`` goes on; then the journal must hold each evaluation once. Without an MPI, or with
--local, worker processes of this machine take the ranks' place.

Writes runs/ode_calibration/ode_calibration.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from evonas.ranks.launch import mpirun

MODEL = Path(__file__).with_name("repressilator.py")
RUN = Path("runs/ode_calibration/run")
PATIENCE = 30.0  # seconds that killed ranks have to be gone


def main() -> int:
    """Search, kill, resume, look."""
    options = _options()
    shutil.rmtree(RUN.parent, ignore_errors=True)
    RUN.parent.mkdir(parents=True)
    workers = ["--workers", str(options.workers), *([] if options.local or not mpirun() else ["--mpi"])]
    budget = ["--evaluations", str(options.evaluations), "--no-export"]
    began = time.monotonic()
    killed_after = killed(["run", str(MODEL), "--run", str(RUN), *workers, *budget], options.evaluations // 2)
    print(f"killed every process after {killed_after:,} evaluations; resuming", flush=True)
    resumed(["resume", str(RUN), *workers, *budget])
    report = told(killed_after, time.monotonic() - began)
    (RUN.parent / "ode_calibration.md").write_text(report)
    print(report)
    return 0


def killed(words: list[str], after: int) -> int:
    """Begin a search, and kill all of it after so many evaluations; return how many were done."""
    job = subprocess.Popen([sys.executable, "-m", "evonas", *words], start_new_session=True)
    while job.poll() is None and len(outcomes()) < after:
        time.sleep(0.02)
    if job.poll() is None:
        os.killpg(job.pid, signal.SIGKILL)
    job.wait()
    return len(outcomes())


def resumed(words: list[str]) -> None:
    """Go on to the end, as soon as the last of the killed processes is gone."""
    deadline = time.monotonic() + PATIENCE
    while subprocess.run([sys.executable, "-m", "evonas", *words], check=False).returncode:
        if time.monotonic() > deadline:
            raise SystemExit("the run could not be resumed: see above")
        time.sleep(1.0)


def outcomes() -> list[dict[str, object]]:
    """Return what the journal holds of finished evaluations; a last line may be torn."""
    journal = RUN / "journal-0.jsonl"
    lines = journal.read_text().split("\n")[1:-1] if journal.exists() else []
    return [json.loads(line) for line in lines if line.startswith('{"evaluated"')]


def told(killed_after: int, seconds: float) -> str:
    """Return what came of it.

    Raises:
        AssertionError: Something was evaluated twice, or the figures do not fit the journal.
    """
    figures, done = json.loads((RUN / "summary.json").read_text()), outcomes()
    twice = [name for name, n in Counter(str(one["evaluated"]) for one in done).items() if n > 1]
    assert not twice, f"evaluated twice: {twice}"
    assert figures["evaluations"] == len(done), "the summary and the journal differ"
    reasons = Counter(str(one["failure"]) for one in done if "failure" in one)
    fits = [float(one["objectives"]["fun"]) for one in done if "failure" not in one]  # type: ignore[index]
    lines = [
        "| evaluations | killed after | failed | best fit | workers | seconds |",
        "|---|---|---|---|---|---|",
        f"| {len(done):,} | {killed_after:,} | {figures['failed']:,} | {min(fits):.3f} "
        f"| {figures['workers']} {figures['transport']} | {seconds:.0f} |",
        "",
        "A fit of 1 is as good as the measurements.",
        "",
        *(f"- failed {n:,} times: {reason}" for reason, n in reasons.most_common(5)),
    ]
    return "\n".join(lines) + "\n"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--evaluations", type=int, default=2000, help="budget of simulations (default: 2000)")
    parser.add_argument("--workers", type=int, default=4, help="ranks that simulate (default: 4)")
    parser.add_argument("--local", action="store_true", help="worker processes instead of MPI ranks")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
