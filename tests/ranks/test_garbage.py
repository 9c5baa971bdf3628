"""A host's history is not searched for garbage again and again."""

import gc

import pytest

from evonas.ranks.garbage import survivors_spared


@pytest.fixture(autouse=True)
def nothing_frozen():
    gc.collect()
    assert gc.get_freeze_count() == 0
    yield
    assert gc.get_freeze_count() == 0, "the collector is left as it was"


def test_what_survives_is_spared_until_the_end():
    with survivors_spared(lambda: True):
        gc.collect()
        assert gc.get_freeze_count() > 1000


def test_not_in_a_process_that_evaluates():
    with survivors_spared(lambda: False):
        gc.collect()
        assert gc.get_freeze_count() == 0


def test_an_error_inside_leaves_it_as_it_was_too():
    with pytest.raises(ZeroDivisionError), survivors_spared(lambda: True):
        gc.collect()
        _ = 1 / 0
