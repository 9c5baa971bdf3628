"""Genomes as points, and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas import Cell, Choice, Int, Permutation, Real, Repeat, Space, Subset
from evonas.errors import SpaceError
from evonas.evolve.unit_cube import UnitCube, reflected

TREE = {
    "layers": Repeat(Choice({"conv": {"width": Int(8, 64, log=True)}, "skip": {}}), 1, 4),
    "rate": Real(1e-4, 1e-1, log=True),
    "members": Subset(["a", "b", "c"], 1, 2),
    "order": Permutation(["a", "b", "c", "d"]),
    "nodes": Cell(Choice(["a", "b"]), 1, 3),
    "edges": Cell(Choice(["a", "b"]), 1, 3, on="edges"),
}
EVERYTHING = Space(TREE)


@given(st.integers(0, 2**32))
def test_every_genome_lies_at_its_point(seed):
    rng, cube = np.random.default_rng(seed), UnitCube(EVERYTHING)
    genome = EVERYTHING.sample(rng)
    point = cube.point(genome, rng)
    assert ((point >= 0) & (point <= 1)).all()
    back, rate = cube.genome(point), EVERYTHING.decode(genome)["rate"]
    decoded = EVERYTHING.decode(back)
    assert decoded.pop("rate") == pytest.approx(rate, rel=1e-9)
    assert decoded == {key: value for key, value in EVERYTHING.decode(genome).items() if key != "rate"}


@given(st.integers(0, 2**32))
def test_every_point_is_a_genome(seed):
    rng = np.random.default_rng(seed)
    genome = UnitCube(EVERYTHING).genome(rng.random(EVERYTHING.n_genes))
    assert EVERYTHING.encode(EVERYTHING.decode(genome)) == genome


def test_options_have_equal_parts_of_their_axis_and_numbers_their_range():
    space = Space([Choice([7, 8, 9]), Int(1, 4), Real(1, 100, log=True)])
    cube = UnitCube(space)
    shares = (np.array([each] * 3) for each in (0.0, 0.3, 0.5, 0.7, 1.0))
    first, *_, middle, _, last = (space.decode(cube.genome(each)) for each in shares)
    assert (first, last) == ([7, 1, 1.0], [9, 4, 100.0])
    assert middle[0] == 8 and middle[2] == pytest.approx(10)


def test_points_outside_are_folded_back():
    assert reflected(np.array([-0.25, 0.5, 1.25, 2.25])) == pytest.approx([0.25, 0.5, 0.75, 0.25])


BOX = Space([Real(-5, 5), Real(1e-3, 10, log=True), Real(0, 1e9)])


@given(st.lists(st.floats(-0.1, 1.1), min_size=3, max_size=3))
def test_a_box_of_numbers_takes_a_short_way_to_the_same_genomes(point):
    others = Space({"box": BOX, "more": Choice([1, 2])})
    one, other = UnitCube(BOX).genome(np.array(point)), UnitCube(others).genome(np.array([*point, 0.0]))
    assert one.values.tolist() == other.values[:3].tolist()
    assert BOX.genome(one.values) == one and one.key == BOX.genome(one.values).key


def test_exact_cubes_keep_all_digits_of_linear_axes_only():
    point = np.array([1 / 3, 1 / 3, 1 / 7])
    exact, short = (UnitCube(BOX, exact=exact).genome(point).values for exact in (True, False))
    assert exact[0] == -5 + 10 * (1 / 3) != short[0]
    assert exact[1] == short[1]
    assert exact == pytest.approx(short, rel=1e-11)


@pytest.mark.parametrize("space", [BOX, EVERYTHING])
def test_what_is_not_a_number_is_refused(space):
    with pytest.raises(SpaceError, match="expected a number, got nan"):
        UnitCube(space).genome(np.full(space.n_genes, np.nan))
