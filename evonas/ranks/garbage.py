"""Keeps Python's garbage collector from searching a history that only grows again and again."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def survivors_spared(wanted: Callable[[], bool]) -> Iterator[None]:
    """Let what survives a full collection be left out of later ones, while ``wanted`` says so.

    Else they take longer and longer: a tenth of a second after 100,000 evaluations, in which nothing is
    handed out. Not for a process that evaluates: what a user's code dropped later would stay.
    """

    def spare(phase: str, info: Mapping[str, int]) -> None:
        if phase == "stop" and info["generation"] == 2 and wanted():
            gc.freeze()

    gc.callbacks.append(spare)
    try:
        yield
    finally:
        gc.callbacks.remove(spare)
        gc.unfreeze()
