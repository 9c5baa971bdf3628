"""Spaces and sampling shared by the tests of this room."""

import hypothesis
import numpy as np
import pytest

from evonas.space.decisions import Choice, Int, Real, Repeat
from evonas.space.space import Space

# The same examples on every run, and no deadline: a slow machine is no bug.
hypothesis.settings.register_profile("evonas", derandomize=True, deadline=None, max_examples=100)
hypothesis.settings.load_profile("evonas")


def blocks_tree():
    return {
        "stem": Choice([8, 16, 32]),
        "blocks": Repeat(
            Choice(
                {
                    "conv": {"kernel": Choice([3, 5]), "width": Int(8, 64, log=True)},
                    "pool": {"kind": Choice(["max", "average"])},
                    "skip": {},
                }
            ),
            1,
            6,
        ),
        "learning_rate": Real(1e-4, 1e-1, log=True),
    }


@pytest.fixture
def blocks():
    return Space(blocks_tree())


@pytest.fixture
def rng():
    return np.random.default_rng(20240607)
