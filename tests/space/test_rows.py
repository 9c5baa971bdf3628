"""Architectures as rows of a table, there and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_trees import trees

from evonas import Space
from evonas.space.rows import cell, flat, literal, nested

PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()


@given(trees(), st.integers(0, 2**32))
def test_an_architecture_comes_back_from_its_cells(tree, seed):
    space = Space(tree)
    genome = space.sample(np.random.default_rng(seed))
    row = {path: cell(value) for path, value in flat(space.decode(genome)).items()}
    back = nested({path: literal(text) for path, text in row.items()})
    assert space.encode(back) == genome


@given(PLAIN)
def test_a_value_comes_back_from_its_text(value):
    assert literal(cell(value)) == value


@pytest.mark.parametrize("text", ["nan", "conv 3x3", "007", "[1,", "{[]: 1}", "a.b", "(" * 300])
def test_what_is_no_literal_is_text(text):
    assert literal(text) == text


def test_empty_parts_are_values():
    architecture = {"blocks": [], "head": {}, "rows": [[1, 2], []]}
    assert nested(flat(architecture)) == architecture
    assert flat(3) == {"architecture": 3}
    assert nested({"": "an index", "x": 1}) == {"x": 1}
