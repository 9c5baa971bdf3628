"""Kill whole jobs at random moments and resume them with fewer or more ranks and islands, until complete.

    python experiments/chaos/elastic_resume.py --runs 50
    python experiments/chaos/elastic_resume.py --only 17

A run is two to four sessions, each drawn anew: 1 to 4 islands, in this process, on local workers or on MPI
ranks, 1 to 7 workers. All but the last are cut off: every process of theirs gets SIGKILL at once, at some
share of what is left of the budget, or some time after the start, perhaps before there is any journal. The
next session is ``evonas resume``, or the same ``evonas run`` where there is nothing to resume yet. Islands
come and go: what those that are dropped have finished counts.

Promises: the last session ends by itself with exit code 0, as does one that is done before it is cut off;
the journals and the summary count exactly the budget; what stood in the journals when a session was cut off
stands there still, and no outcome is without a birth before it; no candidate counts twice; no process is left
behind.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from campaign import Play, campaign, parser
from jobs import SEARCH, Job, evonas
from promises import CODE, ENDS, LEFT, Lines, Verdict, examined, journalled, n_lines

PACES = (0.0, 0.002, 0.005, 0.01)  # seconds of an evaluation


@dataclass(frozen=True)
class Session:
    """What is drawn for a session.

    Attributes:
        workers: That evaluate.
        mpi: Whether they are ranks.
        islands: Of the search, from now on.
        share: Of what is left of the budget after which it is cut off.
        seconds: After which it is cut off instead, if not None.
    """

    workers: int
    mpi: bool
    islands: int
    share: float
    seconds: float | None

    def __str__(self) -> str:
        """Return it in short."""
        kind = "mpi" if self.mpi else "local" if self.workers > 1 else "inline"
        return f"{kind} {self.workers} / {self.islands}"


def drawn(rng: np.random.Generator, options: argparse.Namespace) -> Session:
    """Return a session."""
    mpi = bool(rng.random() < 0.6)
    workers = int(rng.integers(2 if mpi else 1, options.workers + 1))
    early = float(rng.uniform(0.2, 2.5)) if rng.random() < 0.25 else None
    islands = int(rng.integers(1, options.islands + 1))
    return Session(workers, mpi, islands, float(rng.uniform(0.05, 0.9)), early)


def command(session: Session, run: Path) -> list[str]:
    """Return how to start a session, or to go on with it."""
    begun = (run / "run.json").exists()
    words: list[object] = ["resume", run.name] if begun else ["run", "search.py", "--run", run.name]
    words += ["--no-export", "--workers", session.workers]
    words += ["--mpi"] if session.mpi else []
    # Islands stay as they were unless said otherwise.
    words += ["--islands", session.islands] if session.islands > 1 or n_journals(run) > 1 else []
    return evonas(*words)


def n_journals(run: Path) -> int:
    """Return how many islands a run has had so far."""
    return len(list(run.glob("journal-*.jsonl")))


def moment(session: Session, run: Path, budget: int) -> Callable[[], bool]:
    """Return the condition upon which a session is cut off."""
    if session.seconds is not None:
        end = time.monotonic() + session.seconds
        return lambda: time.monotonic() > end
    done = n_lines(run, "evaluated")
    wanted = done + session.share * (budget - done)
    return lambda: n_lines(run, "evaluated") >= max(wanted, 1)


def played(
    sessions: list[Session], search: str, budget: int, options: argparse.Namespace, folder: Path
) -> tuple[Verdict, str]:
    """Play a run; return what came of it, and how it went."""
    (folder / "search.py").write_text(search)
    run = folder / "run"
    verdict: Verdict = {ENDS: "", CODE: "", LEFT: ""}
    seen: list[Lines] = []
    note = []
    for session in sessions:
        last = session is sessions[-1]
        end = time.monotonic() + options.patience
        with Job(folder, command(session, run)) as job:
            cut = not last and job.until(moment(session, run, budget), end)
            if not cut:
                finished(job, end, verdict)
        seen.append(journalled(run))
        share = n_lines(run, "evaluated") / budget
        note.append(f"{'cut off' if cut else 'ended'} at {share:.0%}")
        if any(verdict.values()):
            break
    return verdict | examined(run, budget, seen), ", ".join(note)


def finished(job: Job, end: float, verdict: Verdict) -> None:
    """Note whether a session that nobody cuts off ends as it should."""
    code = job.wait(end)
    if code is None:
        verdict[ENDS] = "still there"
    else:
        left = job.left()
        verdict |= {CODE: f"got {code}" if code else "", LEFT: f"{left} processes" if left else ""}


def main(arguments: list[str]) -> int:
    """Play as the options say."""
    options = parser(__doc__, 50)
    options.add_argument("--islands", type=int, default=4, help="at most (default: %(default)s)")
    options.add_argument("--workers", type=int, default=7, help="at most (default: %(default)s)")
    options.add_argument("--budget", type=int, default=400, help="of a run (default: %(default)s)")
    given = options.parse_args(arguments)
    plays = []
    for index in range(given.runs):
        rng = np.random.default_rng([given.seed, index])
        sessions = [drawn(rng, given) for _ in range(rng.integers(2, 5))]
        pace, seed = float(rng.choice(PACES)), int(rng.integers(2**31))
        search = SEARCH.format(pace=pace, budget=given.budget, seed=seed, deterministic=None)
        told = f"pace {pace}, workers / islands: {', then '.join(map(str, sessions))}"
        play = partial(played, sessions, search, given.budget, given)
        plays.append(Play(f"cut off {len(sessions) - 1} times", told, play))
    return campaign("elastic_resume", plays, given)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
