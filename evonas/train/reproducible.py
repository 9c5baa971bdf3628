"""The same seed, the same result: torch's global state, set for a while and put back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def reproducible(seed: int, device: torch.device | str = "cpu") -> Iterator[None]:
    """Seed torch's global generators and fix its threads inside the block; restore both after it.

    Sums depend on how many threads share them, so torch gets ``OMP_NUM_THREADS`` of them (1 if unset),
    whatever else runs on this machine.

    Args:
        seed: Any integer from 0 to 2**64 - 1.
        device: Where the block computes; the generator of a CUDA device is seeded and restored too.
    """
    device = torch.device(device)
    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.default_generator.manual_seed(seed)
        if device.type == "cuda":
            torch.cuda.manual_seed(seed)
        torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
        try:
            yield
        finally:
            torch.set_num_threads(threads)
