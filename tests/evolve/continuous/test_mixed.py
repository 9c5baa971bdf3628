"""CatCMA with margin: numbers and options of spaces."""

import numpy as np
import pytest
from evolve.continuous.driving import driven

from evonas import Choice, Int, Permutation, Real, Repeat, Space, Subset
from evonas.evolve.continuous.mixed import Axis, cat_cma
from evonas.evolve.strategies.cat_cma import MOST_LEVELS, axes_of
from evonas.evolve.unit_cube import UnitCube

SPACE = Space(
    {
        "rate": Real(1e-4, 1e-1, log=True),
        "width": Int(8, 64, log=True),
        "depth": Int(1, 4),
        "flag": Int(0, 1),
        "kind": Choice(["a", "b", "c"]),
        "many": Int(0, 10 * MOST_LEVELS),
        "some": Subset(["x", "y", "z"], 1, 2),
        "order": Permutation([1, 2, 3]),
        "list": Repeat(Choice(["p", "q"]), 1, 3),
    }
)


def axes(space):
    return [axis for locus in space.loci for axis in axes_of(locus)]


def test_every_gene_has_an_axis():
    assert len(axes(SPACE)) == SPACE.n_genes


def test_levels_are_where_the_values_are():
    space = Space([Int(8, 64, log=True), Int(1, 4), Choice(["a", "b", "c"])])
    cube, rng = UnitCube(space), np.random.default_rng(0)
    for place, (axis, values) in enumerate(
        zip(axes(space), (range(8, 65), range(1, 5), range(3)), strict=True)
    ):
        assert len(axis.levels) == len(values)
        for level, value in zip(axis.levels, values, strict=True):
            point = rng.random(3)
            point[place] = level
            assert cube.genome(point).values[place] == value


def test_options_and_numbers_are_told_apart():
    known = axes(Space([Real(0, 1), Int(0, 5), Int(0, 1), Choice(["a", "b", "c"]), Int(0, 1000)]))
    assert [(len(axis.levels), axis.is_ordered) for axis in known] == [
        (0, True),
        (6, True),
        (2, False),
        (3, False),
        (0, True),
    ]


@pytest.mark.parametrize(
    "kinds",
    [
        [Axis()] * 2
        + [Axis((0.1, 0.3, 0.5, 0.7, 0.9))] * 2
        + [Axis((1 / 6, 0.5, 5 / 6), is_ordered=False)] * 3,
        [Axis((0.25, 0.75), is_ordered=False)] * 8,
        [Axis((0.1, 0.3, 0.5, 0.7, 0.9))] * 6,
    ],
    ids=["all", "options", "whole numbers"],
)
def test_it_finds_the_best_values_of_all(kinds):
    best = np.array([axis.levels[-1] if axis.levels else 0.7 for axis in kinds])

    def cost(points):
        return ((points - best) ** 2).sum(axis=1)

    points, costs = driven(lambda start: cat_cma(start, kinds), cost, len(kinds), 3000, 1e-9)
    assert costs.min() <= 1e-9
    for column, axis in zip(points.T, kinds, strict=True):
        assert not axis.levels or set(column) <= set(axis.levels)
