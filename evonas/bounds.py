"""Boxes of numbers, as ``minimize`` takes them, turned into spaces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evonas.errors import SearchError, complaint
from evonas.space.decisions.numbers import Real
from evonas.space.space import Space

REMEDY = "write [(-5, 5)] * 10, or give an evonas.Space"


def box(bounds: object) -> Space:
    """Return the space of vectors within ``bounds``; where both are equal, nothing is decided.

    Args:
        bounds: ``(low, high)`` pairs, an ``(n, 2)`` array, or a ``scipy.optimize.Bounds``.

    Raises:
        SearchError: They are nothing of the kind, not finite, or in the wrong order.
    """
    ends = _ends(bounds)
    for number, (low, high) in enumerate(ends.tolist()):
        if not (np.isfinite(low) and np.isfinite(high)):
            remedy = "choose bounds wide enough, or minimize over a transformed number"
            raise SearchError(complaint(f"bounds[{number}]", "two finite numbers", (low, high), remedy))
        if low > high:
            raise SearchError(complaint(f"bounds[{number}]", "low <= high", (low, high), "swap them"))
    return Space([Real(low, high) if low < high else low for low, high in ends.tolist()])


def _ends(bounds: object) -> NDArray[np.float64]:
    """Return bounds as ``(n, 2)``."""
    if hasattr(bounds, "lb") and hasattr(bounds, "ub"):
        bounds = np.column_stack(np.broadcast_arrays(bounds.lb, bounds.ub))
    rule = "(low, high) pairs, an (n, 2) array, a scipy.optimize.Bounds or an evonas.Space"
    try:
        ends = np.asarray(bounds, dtype=np.float64)
    except (TypeError, ValueError):
        raise SearchError(complaint("bounds", rule, bounds, REMEDY)) from None
    if ends.ndim != 2 or ends.shape[1] != 2 or not len(ends):
        raise SearchError(complaint("bounds", rule, bounds, REMEDY))
    return ends


def starts(x0: Any, space: Space, *, is_box: bool) -> list[Any]:
    """Return the architectures that ``x0`` means: one, or several.

    Args:
        x0: A vector or a ``(k, n)`` array of them; of a space an architecture, or a list of them.
        space: Where they must lie.
        is_box: Whether the user gave bounds instead of a space.

    Raises:
        SearchError: One is none of the space.
    """
    if is_box:
        try:
            points = np.array(x0, dtype=np.float64, ndmin=2)
        except (TypeError, ValueError):
            raise SearchError(complaint("x0", "a vector, or a list of vectors", x0, REMEDY_X0)) from None
        found: Sequence[Any] = points.tolist() if points.ndim == 2 else [x0]
    else:
        found = [x0] if not isinstance(x0, list | tuple) or _fault(x0, space) is None else x0
    for one in found:
        if fault := _fault(one, space):
            rule = "a point within the bounds" if is_box else "an architecture of the space"
            raise SearchError(complaint("x0", rule, one, f"{REMEDY_X0} ({fault})"))
    return list(found)


REMEDY_X0 = "correct it, or leave it out to begin in the centre"


def _fault(architecture: Any, space: Space) -> str | None:
    """Return why something is no architecture of a space; None if it is one."""
    try:
        space.encode(architecture)
    except ValueError as error:
        return str(error)
    return None
