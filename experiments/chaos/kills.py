"""Kill and stop ranks of MPI jobs at bad moments, and check that every run ends by itself, whole and right.

    python experiments/chaos/kills.py --runs 240 --jobs 2
    python experiments/chaos/kills.py --only 17
    python experiments/chaos/kills.py --runs 4 --faults worker-killed rank-0-stopped

A run has 4 to 12 ranks, 1 to 4 islands that migrate often, and evaluations of 0 to 20 ms, all drawn; every
third one is deterministic. The ranks are hit from outside, at a moment that the journals tell: somewhere in
the midst, when elites have just arrived, when the budget is spent, when the summary appears. The faults:

worker, manager, rank-0   that one is killed, or stopped (SIGSTOP) and never goes on
two, island               two ranks at once, all ranks of an island at once
successor                 a manager, and then whoever took its place
one-by-one                a worker, a little later another, a little later rank 0
migration, shutdown       any rank then

Promises: the job ends by itself with exit code 0; the journals and the summary count exactly the budget; what
stood in the journals when the blow fell stands there still, and no outcome is without a birth before it; no
candidate counts twice; the summary tells of deaths and of the islands that were taken over; a deterministic
search ends as it does undisturbed; no process is left behind. The note of a run tells how far it was at each
blow; "ended before" that it was too fast for it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
from campaign import Play, campaign, parser
from faults import FAULTS, KILL, Fault, Scene, Setting, lead, manager, midst
from jobs import SEARCH, Job, evonas, hit, on_ranks
from promises import CODE, DIGEST, ENDS, LEFT, TOLD, Verdict, examined, journalled, summary

DETERMINISTIC = 1 / 3  # of the runs
PACES = (0.0, 0.002, 0.005, 0.01, 0.02)  # seconds of an evaluation


def drawn(index: int, fault: Fault, options: argparse.Namespace) -> Setting:
    """Return what run ``index`` is."""
    rng = np.random.default_rng([options.seed, index])
    fewest, most = options.ranks
    ranks = int(rng.integers(fewest, most + 1))
    islands = int(rng.integers(fault.islands, max(options.islands, fault.islands) + 1))
    pace = float(rng.choice(PACES))
    budget = int(np.clip(options.seconds * (ranks - 1) / pace, 300, 1500)) if pace else 1500
    lag = ranks if rng.random() < DETERMINISTIC else None
    return Setting(ranks, islands, pace, budget, int(rng.integers(2**31)), lag)


def words(setting: Setting, run: str) -> list[object]:
    """Return what the command line says of a run."""
    islands = ["--islands", setting.islands] if setting.islands > 1 else []
    return ["run", "search.py", "--run", run, "--no-export", *islands]


def played(fault: Fault, setting: Setting, options: argparse.Namespace, folder: Path) -> tuple[Verdict, str]:
    """Play a run; return what came of it, and how it went."""
    (folder / "search.py").write_text(
        SEARCH.format(
            pace=setting.pace, budget=setting.budget, seed=setting.seed, deterministic=setting.deterministic
        )
    )
    end = time.monotonic() + options.patience
    rng = np.random.default_rng(setting.seed)
    with Job(folder, on_ranks(setting.ranks, evonas(*words(setting, "run")))) as job:
        scene = Scene(job, folder / "run", setting, rng)
        note = strike(scene, fault, end)
        code = job.wait(end)
        verdict = {ENDS: "" if code is not None else f"still there after {options.patience:.0f} s"}
        if code is not None:
            left = job.left()
            verdict[CODE] = f"got {code}" if code else ""
            verdict[LEFT] = f"{left} processes" if left else ""
    verdict |= examined(scene.run, setting.budget, scene.seen) | told(scene, fault)
    if setting.deterministic and code == 0:
        verdict |= compared(scene, options.patience)
    return verdict, "; ".join(note) if note else "ended before"


def strike(scene: Scene, fault: Fault, end: float) -> list[str]:
    """Wait for each moment and hit each victim; return whom it hit and how far the run was."""
    note: list[str] = []
    scene.job.until(lambda: scene.outcomes() > 0, end)
    scene.ranks = scene.job.ranks()
    for victims, moment in fault.blows:
        if not scene.job.until(moment(scene), end):
            break
        chosen = victims(scene)
        scene.seen.append(journalled(scene.run))
        reached = [rank for rank in chosen if rank in scene.ranks and hit(scene.ranks[rank], fault.signal)]
        scene.hit += chosen
        share = scene.outcomes() / scene.setting.budget
        missed = "" if reached == chosen else f" of {chosen}, the others had left,"
        note.append(f"hit {reached}{missed} at {share:.0%}")
    return note


def told(scene: Scene, fault: Fault) -> Verdict:
    """Return whether the summary tells of what surely had consequences: blows in the midst, by SIGKILL."""
    figures, (victims, moment) = summary(scene.run), fault.blows[0]
    if "deaths" not in figures or fault.signal != KILL or moment != midst or not scene.seen:
        return {}
    done = sum(line.startswith(b'{"evaluated"') for book in scene.seen[0].values() for line in book)
    share = done / scene.setting.budget  # near its end an island may need nobody any more
    if victims in (lead, manager) and share < 0.5 and not figures["takeovers"]:
        return {TOLD: "the summary tells of no takeovers"}
    return {TOLD: "the summary tells of no deaths" if share < 0.8 and not figures["deaths"] else ""}


def compared(scene: Scene, patience: float) -> Verdict:
    """Return whether the same search, undisturbed in one process, has the same digest."""
    deaths = b"died while evaluating"  # of one candidate, blow upon blow: a failure that belongs to the run
    if any(deaths in line for book in journalled(scene.run).values() for line in book):
        return {}
    folder = scene.run.parent
    command = evonas(*words(scene.setting, "undisturbed"))
    environment = os.environ | {"CHAOS_PACE": "0"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, timeout=patience, check=False
    )
    wanted, got = (summary(path).get("digest") for path in (folder / "undisturbed", scene.run))
    if done.returncode or wanted is None:
        return {DIGEST: f"the undisturbed run failed: {done.stderr.decode()[-200:]}"}
    return {DIGEST: "" if got == wanted else f"{got}, undisturbed {wanted}"}


def main(arguments: list[str]) -> int:
    """Play as the options say."""
    options = parser(__doc__, 210)
    options.add_argument("--faults", nargs="+", choices=FAULTS, default=list(FAULTS), help="these only")
    options.add_argument("--ranks", type=int, nargs=2, default=(4, 12), metavar=("FEWEST", "MOST"))
    options.add_argument("--islands", type=int, default=4, help="at most (default: %(default)s)")
    options.add_argument(
        "--seconds", type=float, default=2.5, help="an undisturbed run evaluates about so long"
    )
    given = options.parse_args(arguments)
    if given.ranks[0] < 4:
        options.error("--ranks: expected 4 or more, so that somebody is left")
    names = [name for name in given.faults if FAULTS[name].islands <= given.islands]
    if not names:
        options.error("--faults: expected one that makes sense with so few --islands")
    plays = []
    for index in range(given.runs):
        name = names[index % len(names)]
        setting = drawn(index, FAULTS[name], given)
        plays.append(Play(name, str(setting), partial(played, FAULTS[name], setting, given)))
    return campaign("kills", plays, given)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
