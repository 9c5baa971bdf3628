"""What may happen to the ranks of a job: who is hit, when, and by which signal."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import numpy as np
from jobs import Job, Process
from promises import Lines, n_lines

MIDST = (0.1, 0.7)
"""Shares of the budget between which a run is in its midst."""


@dataclass(frozen=True)
class Setting:
    """What is drawn for a run.

    Attributes:
        ranks: Of the job.
        islands: Of the search.
        pace: Seconds of an evaluation.
        budget: Evaluations.
        seed: Of the search, and of the choice of victims.
        deterministic: The lag, or None.
    """

    ranks: int
    islands: int
    pace: float
    budget: int
    seed: int
    deterministic: int | None

    @property
    def blocks(self) -> list[range]:
        """The ranks, block by block; the first living one of each manages, the others work."""
        n = min(self.islands, max(1, self.ranks // 2))
        return [range(b * self.ranks // n, (b + 1) * self.ranks // n) for b in range(n)]


@dataclass
class Scene:
    """A run in progress.

    Attributes:
        job: Its processes.
        run: Its folder.
        setting: What was drawn for it.
        rng: Chooses moments and victims.
        ranks: The process of each rank.
        hit: The ranks that were hit so far, in order.
        seen: What the journals held at each blow.
    """

    job: Job
    run: Path
    setting: Setting
    rng: np.random.Generator
    ranks: dict[int, Process] = field(default_factory=dict)
    hit: list[int] = field(default_factory=list)
    seen: list[Lines] = field(default_factory=list)

    @property
    def living(self) -> list[list[int]]:
        """The ranks that were not hit yet, block by block; the first of each is its host."""
        blocks = [[rank for rank in block if rank not in self.hit] for block in self.setting.blocks]
        return [block for block in blocks if block]

    def any_of(self, ranks: Sequence[int], n: int = 1) -> list[int]:
        """Return some of the ranks."""
        return [int(rank) for rank in self.rng.choice(ranks, n, replace=False)]

    def outcomes(self) -> int:
        """Return how many outcomes the journals hold."""
        return n_lines(self.run, "evaluated")


Victims: TypeAlias = Callable[[Scene], list[int]]
"""Who is hit."""

Moment: TypeAlias = Callable[[Scene], Callable[[], bool]]
"""When: returns a condition to wait for."""


def worker(scene: Scene) -> list[int]:
    """Return any rank that manages nothing."""
    return scene.any_of([rank for block in scene.living for rank in block[1:]])


def manager(scene: Scene) -> list[int]:
    """Return any host but rank 0."""
    return scene.any_of([block[0] for block in scene.living if block[0] != 0])


def lead(scene: Scene) -> list[int]:
    """Return rank 0."""
    return [0]


def anyone(scene: Scene) -> list[int]:
    """Return a worker or, as often, a host."""
    return worker(scene) if scene.rng.random() < 0.5 else scene.any_of([block[0] for block in scene.living])


def two(scene: Scene) -> list[int]:
    """Return any two ranks."""
    return scene.any_of([rank for block in scene.living for rank in block], 2)


def island(scene: Scene) -> list[int]:
    """Return all ranks of a block."""
    return scene.living[int(scene.rng.integers(len(scene.living)))]


def successor(scene: Scene) -> list[int]:
    """Return who has taken the place of the last one hit."""
    block = next(block for block in scene.setting.blocks if scene.hit[-1] in block)
    return [next(rank for rank in block if rank not in scene.hit)]


def midst(scene: Scene) -> Callable[[], bool]:
    """Wait for some share of the budget."""
    wanted = float(scene.rng.uniform(*MIDST)) * scene.setting.budget
    return lambda: scene.outcomes() >= wanted


def a_little_later(scene: Scene) -> Callable[[], bool]:
    """Wait until the run has gone on, and perhaps a moment more, but not for long."""
    wanted = scene.outcomes() + int(scene.rng.integers(1, 1 + scene.setting.budget // 10))
    end = time.monotonic() + float(scene.rng.uniform(0.05, 2))
    return lambda: scene.outcomes() >= wanted or time.monotonic() > end


def migration(scene: Scene) -> Callable[[], bool]:
    """Wait until elites arrive, sometime in the midst."""
    so_far = scene.rng.uniform(*MIDST) * scene.setting.budget
    arrived: list[int] = []

    def now() -> bool:
        if not arrived and scene.outcomes() >= so_far:
            arrived.append(n_lines(scene.run, "arrived"))
        return bool(arrived) and n_lines(scene.run, "arrived") > arrived[0]

    return now


def shutdown(scene: Scene) -> Callable[[], bool]:
    """Wait until the budget is spent, or until the summary is there, and perhaps a moment more."""
    if scene.rng.random() < 0.5:
        return (scene.run / "summary.json").exists
    since: list[float] = []
    pause = float(scene.rng.choice([0.0, scene.rng.uniform(0, 0.3)]))

    def now() -> bool:
        if not since and scene.outcomes() >= scene.setting.budget:
            since.append(time.monotonic())
        return bool(since) and time.monotonic() >= since[0] + pause

    return now


KILL, STOP = signal.SIGKILL, signal.SIGSTOP


@dataclass(frozen=True)
class Fault:
    """Something that happens to a run.

    Attributes:
        blows: Who is hit, and when, one after the other.
        signal: By what.
        islands: The fewest with which it makes sense.
    """

    blows: tuple[tuple[Victims, Moment], ...]
    signal: signal.Signals = KILL
    islands: int = 1


FAULTS = {
    "worker-killed": Fault(((worker, midst),)),
    "manager-killed": Fault(((manager, midst),), islands=2),
    "rank-0-killed": Fault(((lead, midst),)),
    "two-killed": Fault(((two, midst),)),
    "island-killed": Fault(((island, midst),), islands=2),
    "successor-killed": Fault(((lead, midst), (successor, a_little_later))),
    "one-by-one-killed": Fault(((worker, midst), (worker, a_little_later), (lead, a_little_later))),
    "migration-killed": Fault(((anyone, migration),), islands=2),
    "shutdown-killed": Fault(((anyone, shutdown),)),
    "worker-stopped": Fault(((worker, midst),), STOP),
    "manager-stopped": Fault(((manager, midst),), STOP, islands=2),
    "rank-0-stopped": Fault(((lead, midst),), STOP),
    "two-stopped": Fault(((two, midst),), STOP),
    "migration-stopped": Fault(((anyone, migration),), STOP, islands=2),
    "shutdown-stopped": Fault(((anyone, shutdown),), STOP),
}
