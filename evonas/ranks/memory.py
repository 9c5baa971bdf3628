"""What both ends of a line remember of the genomes sent over it: a similar one is sent as a difference."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

FLOATS, SMALL, CHANGES = 0, 1, 2
KEPT = 8
"""Genomes that are remembered: any relative will do, and a manager remembers so many for each worker."""

LEAST_BYTES = 256
"""Genomes of fewer bytes are not compared: that takes longer than sending them."""

_BASE = struct.Struct("<B")


class Memory:
    """The last genomes sent over a line; the ends keep them alike by handling the same messages in order."""

    def __init__(self) -> None:
        self._kept: deque[NDArray[np.float64]] = deque(maxlen=KEPT)
        self._small = True  # so far all genes were whole numbers in 0..255

    def form(self, payload: bytes) -> tuple[int, int, bytes]:
        """Return how to send a genome: form, number of genes or changes, and the bytes.

        Args:
            payload: The genome's active genes, as ``Genome.payload`` has them.
        """
        n = len(payload) // 8
        if not self._small and len(payload) < LEAST_BYTES:  # the most frequent case
            return FLOATS, n, payload
        genes = np.frombuffer(payload, "<f8")
        self._small = self._small and _small(genes)
        whole = (SMALL, n, genes.astype("u1").tobytes()) if self._small else (FLOATS, n, payload)
        size = len(whole[2])
        if size < LEAST_BYTES:
            return whole
        base, places = self._nearest(genes)
        self._kept.append(genes)
        if base is None or 12 * len(places) >= size:
            return whole
        changes = places.astype("<u4").tobytes() + genes[places].tobytes()
        return CHANGES, len(places), _BASE.pack(base) + changes

    def genes(self, form: int, n: int, message: bytes, at: int) -> tuple[Sequence[float], int]:
        """Return the genome at a place of a message, and where it ends."""
        if form == FLOATS and 8 * n < LEAST_BYTES:  # the most frequent case
            return _doubles(n).unpack_from(message, at), at + 8 * n
        if form == FLOATS:
            genes, end = np.frombuffer(message, "<f8", n, at), at + 8 * n
        elif form == SMALL:
            genes, end = np.frombuffer(message, "u1", n, at).astype(np.float64), at + n
        else:
            (base,) = _BASE.unpack_from(message, at)
            at += _BASE.size
            genes = self._kept[base].copy()
            genes[np.frombuffer(message, "<u4", n, at)] = np.frombuffer(message, "<f8", n, at + 4 * n)
            end = at + 12 * n
        if form == CHANGES or end - at >= LEAST_BYTES:
            self._kept.append(genes)
        return genes.tolist(), end

    def _nearest(self, genes: NDArray[np.float64]) -> tuple[int | None, NDArray[np.intp]]:
        """Return which remembered genome differs in the fewest places, and in which."""
        best, places = None, np.empty(0, np.intp)
        for index, base in enumerate(self._kept):
            if len(base) == len(genes):
                differing = np.flatnonzero(base.view(np.int64) != genes.view(np.int64))  # -0.0 is not 0.0
                if best is None or len(differing) < len(places):
                    best, places = index, differing
        return best, places


@cache
def _doubles(n: int) -> struct.Struct:
    return struct.Struct(f"<{n}d")


def _small(genes: NDArray[np.float64]) -> bool:
    return bool(np.all(~np.signbit(genes) & (genes <= 255) & (genes == np.floor(genes))))
