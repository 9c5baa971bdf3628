"""The examples in this room's docstrings run as they stand."""

import doctest

import pytest

from evonas.space import decisions, space


@pytest.mark.parametrize("module", [decisions, space])
def test_examples_in_docstrings(module):
    failed, tried = doctest.testmod(module)
    assert tried > 0
    assert failed == 0
