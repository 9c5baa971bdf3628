"""Does a written file compute what the trained model computes?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from evonas.errors import ExportError, complaint
from evonas.export.written import BATCHES, TOLERANCE

Run = Callable[[torch.Tensor], NDArray[Any]]


def random_batch(example: torch.Tensor, batch: int, seed: int = 0) -> torch.Tensor:
    """Return ``(batch, ...)`` random input like ``example``: standard normal, or integers of its range."""
    generator = torch.Generator().manual_seed(seed)
    shape = (batch, *example.shape[1:])
    if example.is_floating_point():
        return torch.randn(shape, generator=generator).to(example.dtype)
    low, high = int(example.min()), int(example.max()) + 1
    return torch.randint(low, high, shape, generator=generator).to(example.dtype)


def largest_error(name: str, run: Run, reference: Run, example: torch.Tensor) -> float:
    """Return the largest absolute difference between two forward passes, over random batches of 1, 2 and 5.

    Args:
        name: Of the file that ``run`` was read from.
        run: Under test.
        reference: The truth.
        example: One batch of input.

    Raises:
        ExportError: They differ by more than ``TOLERANCE``, or in shape; names the file.
    """
    worst = 0.0
    for batch in BATCHES:
        images = random_batch(example, batch, seed=batch)
        got, expected = run(images), reference(images)
        if got.shape != expected.shape:
            raise _mismatch(name, f"output of shape {expected.shape} for a batch of {batch}", got.shape)
        error, limit = _difference(got, expected), TOLERANCE * max(1.0, _largest(expected))
        if not error <= limit:  # also true of NaN
            raise _mismatch(name, f"the model's output within {limit:g} for a batch of {batch}", error)
        worst = max(worst, error)
    return worst


def _difference(got: NDArray[Any], expected: NDArray[Any]) -> float:
    """Return the largest absolute difference; equal infinities and NaN at the same place do not differ."""
    with np.errstate(invalid="ignore"):
        same = (got == expected) | (np.isnan(got) & np.isnan(expected))
        return float(np.where(same, 0.0, np.abs(got - expected)).max(initial=0.0))


def _largest(values: NDArray[Any]) -> float:
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))


def _mismatch(name: str, rule: str, got: object) -> ExportError:
    remedy = "this file does not reproduce the model; please report it with the model"
    return ExportError(complaint(name, rule, got, remedy))
