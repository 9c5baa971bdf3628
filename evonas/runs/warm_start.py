"""What a search begins with: architectures, or what earlier searches found."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evonas.errors import SearchError, complaint
from evonas.evolve.strategy import whole
from evonas.space.space import Space

REMEDY = "give a list of architectures, or the path of a run's folder or of a CSV"


@dataclass(frozen=True)
class WarmStart:
    """What is known before a search begins, and how far it counts.

    Results of an earlier run, or rows of a CSV with a column a decision (``stem``, ``blocks[0].kernel``) and
    one an objective, are *known* if they fit the space whole and have every objective: the strategy learns
    them, they answer proposals of the same architecture, and they compete for the best, as if they had been
    evaluated here, at no cost. What fits only in part, because the spaces share only some decisions, or lacks
    an objective, is evaluated first: the best ``most``, with what they do not decide drawn at random. The
    search says what did not fit.

    >>> WarmStart("runs/cifar10-1", known=False, most=10)
    WarmStart('runs/cifar10-1', known=False, most=10)

    Args:
        source: The folder of a run, the path of a CSV, or a list of architectures to be evaluated first, in
            that order.
        known: False trusts no earlier result, because the task is another one: the best are evaluated first.
        most: How many of a run or a CSV are evaluated first, at most.
        space: The space of the run, if it is another one than the search's.

    Raises:
        SearchError: A setting cannot be used.
    """

    source: str | Path | Sequence[Any]
    known: bool = True
    most: int = 20
    space: Space | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.source, str | Path | list | tuple) or not self.source:
            raise SearchError(complaint("start", "architectures or a path", self.source, REMEDY))
        if not isinstance(self.known, bool):
            remedy = "write known=False where the task is another one"
            raise SearchError(complaint("WarmStart: known", "True or False", self.known, remedy))
        whole("WarmStart: most", self.most, 0)
        if self.space is not None and not isinstance(self.space, Space):
            remedy = "give the space of the earlier search"
            raise SearchError(complaint("WarmStart: space", "a Space", self.space, remedy))

    def __repr__(self) -> str:
        if not isinstance(self.source, str | Path):
            return f"WarmStart({len(self.source)} architectures)"
        space = f", space={self.space.fingerprint!r}" if self.space else ""
        return f"WarmStart({str(self.source)!r}, known={self.known}, most={self.most}{space})"

    def identity(self, space: Space) -> str:
        """Return a text that changes with what a search on ``space`` begins with.

        Raises:
            SpaceError: An architecture is none of the space.
        """
        if isinstance(self.source, str | Path):
            return repr(self)
        keys = "".join(space.encode(architecture).key for architecture in self.source)
        return f"{self!r} {hashlib.blake2b(keys.encode(), digest_size=8).hexdigest()}"


def warm_start(start: object) -> WarmStart | None:
    """Return what ``Search(start=)`` means; None if it begins with nothing.

    Raises:
        SearchError: It can be no beginning.
    """
    if start is None or isinstance(start, WarmStart):
        return start
    return WarmStart(start)  # type: ignore[arg-type]
