"""How long a forward pass takes here, on one thread."""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from evonas.export.parity import Run, random_batch

BATCHES = (1, 32)
SECONDS = 0.2  # of measuring, for each batch size


def median_milliseconds(run: Run, example: torch.Tensor, batch: int) -> float:
    """Return the median time of one forward pass over ``batch`` random inputs, after three to warm up."""
    images = random_batch(example, batch)
    for _ in range(3):
        run(images)
    times: list[float] = []
    while sum(times) < SECONDS and len(times) < 200:
        start = time.perf_counter()
        run(images)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute on one thread inside the block."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def processor() -> str:
    """Return the name of this machine's processor, as well as the system knows it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
