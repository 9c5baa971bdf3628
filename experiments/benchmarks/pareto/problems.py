"""Published tables with several objectives, and how much of a true front is found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from moocore import filter_dominated, hypervolume
from numpy.typing import NDArray

import evonas
from search_spaces.nasbench201 import table as nasbench201
from search_spaces.nasbench_macro import table as nasbench_macro

Cell = tuple[int, ...]
"""An architecture: the option of every decision."""

BEYOND = 0.1
"""How far the reference point lies beyond the worst of the true front, as a share of the front's width."""
PROBLEMS = {
    "macro-2": ("macro", {"accuracy": "max", "multiply_adds": "min"}),
    "macro-3": ("macro", {"accuracy": "max", "multiply_adds": "min", "parameters": "min"}),
    "cifar10-edgegpu": ("cifar10", {"accuracy": "max", "edgegpu_latency": "min"}),
    "cifar100-pixel3": ("cifar100", {"accuracy": "max", "pixel3_latency": "min"}),
    "ImageNet16-raspi4": ("ImageNet16-120", {"accuracy": "max", "raspi4_latency": "min"}),
}
"""The table and the objectives of each problem."""


@dataclass(frozen=True)
class Problem:
    """What became of every architecture of a table, in several objectives.

    Attributes:
        space: What our methods search.
        objectives: Directions by name.
        options: How many options each decision has.
        keys: What stands for all architectures that count as the same one, by architecture.
        costs: ``(n_objectives,)`` by architecture, scaled to the true front: 0 its best, 1 its worst.
        volume: What the true front dominates below the reference point.
    """

    space: evonas.Space
    objectives: dict[str, str]
    options: tuple[int, ...]
    keys: dict[Cell, str]
    costs: dict[Cell, NDArray[np.float64]]
    volume: float

    def values(self, cell: Cell) -> dict[str, float]:
        """Return the objectives of an architecture, each in its own direction."""
        signs = {name: 1.0 if direction == "min" else -1.0 for name, direction in self.objectives.items()}
        scaled = zip(signs.items(), self.costs[cell].tolist(), strict=True)
        return {name: sign * cost for (name, sign), cost in scaled}

    def share(self, costs: NDArray[np.float64]) -> float:
        """Return how much of the true front's hypervolume these costs dominate."""
        return float(hypervolume(costs, ref=1 + BEYOND)) / self.volume


def load(name: str, folder: Path) -> Problem:
    """Return a problem, from the files of its table in ``folder``.

    Raises:
        SearchError: There is no such file, or it lacks something.
    """
    data_set, objectives = PROBLEMS[name]
    table = nasbench_macro.load(folder) if data_set == "macro" else nasbench201.load(data_set, folder)
    signs = {"min": 1.0, "max": -1.0}
    columns = [signs[direction] * table.values(metric) for metric, direction in objectives.items()]
    costs = np.column_stack(columns).astype(float)
    costs = np.where(np.isnan(costs), np.nanmax(costs, axis=0), costs)  # where a device cannot run it
    front = filter_dominated(costs)
    low, width = front.min(axis=0), np.maximum(np.ptp(front, axis=0), 1e-12)
    scaled = (costs - low) / width
    cells: list[Cell] = [tuple(genome) for genome in table.genomes.tolist()]
    keys = {cell: table.space.genome(cell).key for cell in cells}
    options = tuple(int(most) + 1 for most in table.genomes.max(axis=0))
    volume = float(hypervolume((front - low) / width, ref=1 + BEYOND))
    return Problem(table.space, objectives, options, keys, dict(zip(cells, scaled, strict=True)), volume)
