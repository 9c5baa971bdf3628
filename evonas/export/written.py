"""What became of each file of an export."""

from __future__ import annotations

from dataclasses import dataclass

BATCHES = (1, 2, 5)
"""Sizes of the random batches on which a file is compared with the trained model."""

TOLERANCE = 1e-4
"""Largest difference that passes, as a share of the largest output, or of 1 where that is smaller."""


@dataclass(frozen=True)
class Written:
    """One file of an export, written or skipped.

    Attributes:
        name: Of the file.
        bytes: Its size; 0 where skipped.
        error: Largest absolute difference from the trained model; None where there is nothing to compare.
        skipped: Why there is no such file; None where there is one.
    """

    name: str
    bytes: int
    error: float | None = None
    skipped: str | None = None
