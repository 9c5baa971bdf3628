"""Measure in this run the service times that feed the model.

What a manager takes comes from short real runs with one worker: ``manager_busy`` in the summary, once with
evaluations that take no time, many a message, and once with short sleeps, one a message. A line through
both gives seconds a message and seconds an outcome. The same runs give what a worker takes, from the time
on a core between its evaluations less that of its looks for messages. ``ping.py`` gives the rest.

One worker's message is a round of its own. What of it is paid once a round, however many messages share it,
is found by a real run with many workers: it is what lets the model be as fast as that.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, fields, replace
from pathlib import Path

import numpy as np
from assumptions import Looks, ServiceTimes, Setup
from numpy.typing import NDArray
from real_runs import HERE, Run, Seen, cores, mpi_job, observe
from simulation import simulate
from sleeping_times import durations

SLEEPS = (0.0, 3e-3)
"""Seconds an evaluation in the runs that are measured: for many a message, and for one."""

MOST = 60_000
"""Evaluations in a run."""

PING_SECONDS = 60.0

CROWD, CROWD_SLEEP = 16, 3e-3
"""Workers of the run that shares rounds, and seconds of an evaluation in it."""

HALVINGS = 8
"""Of the interval in which the share of a round is sought."""


def measured(seconds: float, repeats: int, seed: int) -> ServiceTimes:
    """Return the service times on this machine.

    Args:
        seconds: About how long each real run shall take.
        repeats: Of each real run; the fastest counts, for whatever else the machine does only adds.
        seed: Of the model, where it is asked.
    """
    ping = json.loads(mpi_job(2, [sys.executable, str(HERE / "ping.py")], PING_SECONDS).splitlines()[-1])
    looks = Looks(ping["oversleep"])
    rows = []
    for sleep in SLEEPS:
        runs = [_shares(seen, looks, ping["look"]) for seen in _observed(sleep, seconds, repeats)]
        rows.append(np.min(runs, axis=0))
    messages, managers, workers, sizes = np.array(rows).T  # each (runs,), an evaluation
    message, outcome = _line(messages, managers)
    worker_message, worker_task = _line(messages, workers)
    message_bytes, outcome_bytes = _line(2 * messages, sizes)
    alone = ServiceTimes(
        round=0.0,
        message=message,
        outcome=outcome,
        worker_message=worker_message,
        worker_task=worker_task,
        message_bytes=message_bytes,
        outcome_bytes=outcome_bytes,
        **ping,
    )
    return _shared(alone, seconds, repeats, seed)


def load(path: Path) -> ServiceTimes:
    """Return service times that were written before."""
    found = json.loads(path.read_text())
    names = [field.name for field in fields(ServiceTimes)]
    if sorted(found) != sorted(names):
        sys.exit(f"{path}: expected the numbers {', '.join(names)}, got {', '.join(found)}; measure again")
    return ServiceTimes(**found)


def save(times: ServiceTimes, path: Path) -> None:
    """Write service times, to be loaded again."""
    path.write_text(json.dumps(asdict(times), indent=2) + "\n")


def _shared(alone: ServiceTimes, seconds: float, repeats: int, seed: int) -> ServiceTimes:
    """Return service times in which part of a message is paid once a round, as a crowd of workers shows."""
    times, low, high = alone, 0.0, 1.0
    count = max(100 * CROWD, int(seconds / (alone.message + alone.outcome)))
    runs = [observe(Run(CROWD + 1, 1, CROWD_SLEEP, 0.5, count)) for _ in range(repeats)]
    fastest = max(seen.evaluations_per_second for seen in runs)
    setup = Setup(
        workers=CROWD,
        evaluations=count,
        durations=durations(CROWD_SLEEP, 0.5) + alone.oversleep,
        cores=cores(),
    )
    for _ in range(HALVINGS):
        share = (low + high) / 2
        times = replace(alone, round=share * alone.message, message=(1 - share) * alone.message)
        slow = simulate(setup, times, np.random.default_rng(seed)).evaluations_per_second < fastest
        low, high = (share, high) if slow else (low, share)
    return times


def _observed(sleep: float, seconds: float, repeats: int) -> list[Seen]:
    """Run searches of about so many seconds: a short one says how many evaluations that takes."""
    trial = observe(Run(2, 1, sleep, 0.0, 200))
    evaluations = int(min(MOST, max(200, seconds * trial.evaluations_per_second)))
    return [observe(Run(2, 1, sleep, 0.0, evaluations), gaps=True) for _ in range(repeats)]


def _shares(seen: Seen, looks: Looks, look: float) -> tuple[float, float, float, float]:
    """Return an evaluation's messages to the manager, manager's seconds, worker's seconds, and bytes."""
    summary = seen.summary
    if "manager_busy" not in summary:
        sys.exit("measure: expected manager_busy in summary.json, got none; update evonas")
    managed = summary["manager_busy"] * summary["session_seconds"] / summary["session_evaluations"]
    messages = summary["messages_per_evaluation"] / 2  # each is answered by one
    return messages, managed, _between(seen, looks, look), summary["bytes_per_evaluation"]


def _between(seen: Seen, looks: Looks, look: float) -> float:
    """Return a worker's seconds on a core from one evaluation to the next, but for its looks."""
    walls = [wall for worker in seen.gaps for wall in worker["walls"]]
    if not walls:
        sys.exit("measure: expected workers to tell of their gaps, got nothing; give more --seconds")
    spent: float = sum(worker["cores"] for worker in seen.gaps)
    return max(spent - look * sum(map(looks.count, walls)), 0.0) / len(walls)


def _line(messages: NDArray[np.float64], totals: NDArray[np.float64]) -> tuple[float, float]:
    """Return what a message and what an outcome contribute to the totals; neither is negative.

    Args:
        messages: For each outcome, in each run.
        totals: For each outcome, in each run.
    """
    scale = 1 / totals.clip(1e-9)  # each run counts alike
    table = np.stack([messages, np.ones_like(messages)], axis=1)  # (runs, 2)
    message, outcome = np.linalg.lstsq(table * scale[:, None], totals * scale, rcond=1e-3)[0]
    if message < 0:
        return 0.0, float(totals.mean())
    if outcome < 0:
        return float(totals.sum() / messages.sum()), 0.0
    return float(message), float(outcome)
