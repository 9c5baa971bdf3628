"""A map of elites as lines of text: the darker a cell, the better its elite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SHADES = "░▒▓█"
"""From the worst quarter of the elites to the best; an empty cell is a dot."""


def pictured(elites: Mapping[str, Any]) -> list[str]:
    """Return a map's picture, if it has one or two axes: the first to the right, the second upwards.

    Args:
        elites: As ``summary.json`` holds them.
    """
    axes = elites["axes"]
    if len(axes) > 2:
        return []
    ranked = sorted(elites["costs"], key=lambda row: row[-1], reverse=True)
    shades = {
        (row[0], row[1] if len(axes) > 1 else 0): SHADES[rank * len(SHADES) // len(ranked)]
        for rank, row in enumerate(ranked)
    }
    height = axes[1]["bins"] if len(axes) > 1 else 1
    picture = [
        "".join(2 * shades.get((column, row), "·") for column in range(axes[0]["bins"]))
        for row in reversed(range(height))
    ]
    labels = [f"{axis['name']} {axis['low']:g} to {axis['high']:g}" for axis in axes]
    upwards = [f"↑ {labels[1]}"] if len(axes) > 1 else []
    return [*upwards, *picture, f"→ {labels[0]}; dark is good"]
