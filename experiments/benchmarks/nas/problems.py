"""Published tables as problems that every method searches alike: cells of whole numbers, looked up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import evonas
from search_spaces.nasbench201 import table as nasbench201
from search_spaces.nasbench_macro import table as nasbench_macro
from search_spaces.tables import Table

Cell = tuple[int, ...]
"""An architecture: the option of every decision."""

DATA_SETS = (*nasbench201.DATA_SETS, "macro")


@dataclass(frozen=True)
class Problem:
    """What became of every architecture of a table.

    Attributes:
        space: What our methods search.
        options: How many options each decision has.
        keys: The architecture that stands for all that count as the same one, by architecture.
        accuracies: Validation accuracy in percent, by architecture.
        seconds: How long its training takes; where the table does not tell, in proportion to
            multiply-adds, an hour on average.
    """

    space: evonas.Space
    options: tuple[int, ...]
    keys: dict[Cell, Cell]
    accuracies: dict[Cell, float]
    seconds: dict[Cell, float]

    @property
    def best(self) -> float:
        """The highest accuracy."""
        return max(self.accuracies.values())


def load(data_set: str, folder: Path) -> Problem:
    """Return the table on one data set, from its file in ``folder``.

    Raises:
        SearchError: There is no such file, or it lacks the architectures.
    """
    table = nasbench_macro.load(folder) if data_set == "macro" else nasbench201.load(data_set, folder)
    cells: list[Cell] = [tuple(genome) for genome in table.genomes.tolist()]
    firsts: dict[str, Cell] = {}
    keys = {cell: firsts.setdefault(table.space.genome(cell).key, cell) for cell in cells}
    accuracies = dict(zip(cells, table.values("accuracy").tolist(), strict=True))
    options = tuple(int(most) + 1 for most in table.genomes.max(axis=0))
    return Problem(table.space, options, keys, accuracies, dict(zip(cells, _seconds(table), strict=True)))


def _seconds(table: Table) -> list[float]:
    if "train_seconds" in table.columns:
        seconds = table.values("train_seconds")
    else:
        multiply_adds = table.values("multiply_adds").astype(float)
        seconds = 3600 * multiply_adds / multiply_adds.mean()
    values: list[float] = seconds.tolist()
    return values
