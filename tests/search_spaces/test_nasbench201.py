import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from promises import Promises
from published import published_file
from torch import nn

from evonas import Space
from evonas.errors import SpaceError
from evonas.train import cost
from search_spaces.nasbench201 import table
from search_spaces.nasbench201.model import Cell, build
from search_spaces.nasbench201.space import (
    EDGES,
    OPERATIONS,
    canonical,
    from_string,
    multiply_adds,
    parameters,
    space,
    to_string,
)

pytestmark = pytest.mark.torch

CELLS = [dict(zip(EDGES, chosen, strict=True)) for chosen in itertools.product(OPERATIONS, repeat=6)]
PRIME = 2**61 - 1
CUBIC = (0, 0, 10**17 + 3, 10**17 + 13, 10**17 + 19)
LINEAR = (0, 1, 10**16 + 61, 10**16 + 69, 10**16 + 79)


@pytest.fixture
def published() -> Path:
    return published_file("nasbench201.npz")


class TestNASBench201(Promises):
    name = "nasbench201"
    size = 15_625

    def space(self) -> Space:
        return space()

    def build(self, architecture: Mapping[str, Any]) -> nn.Module:
        return build(architecture, 3, 10, width=8, cells=1)

    def example(self) -> torch.Tensor:
        return torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))


def computed(cell: Mapping[str, str]) -> int:
    """Return what a cell makes of a number, its operations being polynomials that make 0 of 0."""
    vertices = [PRIME // 3]
    for target in (1, 2, 3):
        brought = [(OPERATIONS.index(cell[f"{i}>{target}"]), vertices[i]) for i in range(target)]
        vertices.append(sum(CUBIC[k] * x**3 + LINEAR[k] * x for k, x in brought) % PRIME)
    return vertices[-1]


def test_cells_of_one_class_compute_the_same() -> None:
    classes: dict[str, set[int]] = {}
    for cell in CELLS:
        classes.setdefault(canonical(cell), set()).add(computed(cell))
    assert all(len(results) == 1 for results in classes.values())
    assert len(classes) == 6_466
    assert len(set().union(*classes.values())) == 4_930  # the authors' rule tells some equal cells apart


def test_the_classes_are_those_of_the_table(published: Path) -> None:
    cells = table.load(path=published)
    first: dict[str, int] = {}
    found = [first.setdefault(canonical(cells.architecture(row)), row) for row in range(15_625)]
    with np.load(published) as file:
        assert found == file["isomorph"].tolist()


def test_equivalent_cells_share_a_key_unless_they_are_kept_apart() -> None:
    through = dict.fromkeys(EDGES, "none") | {"0>1": "nor_conv_3x3", "1>3": "skip_connect"}
    other = dict.fromkeys(EDGES, "none") | {"0>1": "skip_connect", "1>3": "nor_conv_3x3"}
    merged, apart = space(), space(merge=False)
    assert merged.encode(through).key == merged.encode(other).key
    assert apart.encode(through).key != apart.encode(other).key


def test_the_notation_of_the_benchmark_goes_both_ways() -> None:
    text = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|"
    assert from_string(text)["2>3"] == "nor_conv_1x1"
    assert to_string(from_string(text)) == text
    assert len({to_string(cell) for cell in CELLS}) == 15_625
    assert all(from_string(to_string(cell)) == cell for cell in CELLS)


@pytest.mark.parametrize("text", ["", "|none~0|", "|conv~0|+|none~0|none~1|+|none~0|none~1|none~2|"])
def test_another_notation_is_refused(text: str) -> None:
    with pytest.raises(SpaceError, match=r"expected the form \|none~0\|\+"):
        from_string(text)


def test_the_vertices_are_sums() -> None:
    x = torch.rand(2, 4, 6, 6)
    skips = Cell(dict.fromkeys(EDGES, "skip_connect"), 4)
    assert torch.equal(skips(x), 4 * x)
    assert not Cell(dict.fromkeys(EDGES, "none"), 4)(x).any()
    pools = Cell(dict.fromkeys(EDGES, "none") | {"0>3": "avg_pool_3x3"}, 4)
    torch.testing.assert_close(
        pools(x)[:, :, 0, 0], x[:, :, :2, :2].mean((2, 3))
    )  # the border is not counted


@pytest.mark.parametrize("settings", [{}, {"width": 8, "cells": 2}])
def test_closed_forms_count_as_torch_does(settings: dict[str, int], rng: np.random.Generator) -> None:
    for number in rng.choice(15_625, 5, replace=False):
        model = build(CELLS[number], 1, 12, **settings)
        assert cost.parameters(model) == parameters(CELLS[number], 1, 12, **settings)
        flops = cost.flops(model, torch.zeros(1, 1, 16, 16))
        assert flops == 2 * multiply_adds(CELLS[number], 1, 12, image_size=16, **settings)


@pytest.mark.parametrize("data_set", table.DATA_SETS)
def test_closed_forms_equal_the_table(published: Path, data_set: str) -> None:
    cells = table.load(data_set, published)
    classes, size = table.CLASSES[data_set], table.IMAGE_SIZES[data_set]
    architectures = [cells.architecture(row) for row in range(15_625)]
    counted = [parameters(cell, classes=classes) for cell in architectures]
    assert counted == cells.values("parameters").tolist()
    counted = [multiply_adds(cell, classes=classes, image_size=size) for cell in architectures]
    assert counted == cells.values("multiply_adds").tolist()


def test_parameters_of_networks_equal_the_table(published: Path, rng: np.random.Generator) -> None:
    tables = {data_set: table.load(data_set, published) for data_set in table.DATA_SETS}
    for number, row in enumerate(rng.choice(15_625, 120, replace=False)):
        data_set = table.DATA_SETS[number % 3]
        cells = tables[data_set]
        with torch.device("meta"):
            model = build(cells.architecture(row), classes=table.CLASSES[data_set])
        assert cost.parameters(model) == cells.values("parameters")[row]
