"""A space and sampling shared by the tests of this room."""

import hypothesis
import numpy as np
import pytest

from evonas.space.decisions import Choice, Int, Real, Repeat
from evonas.space.space import Space

# The same examples on every run, and no deadline: a slow machine is no bug.
hypothesis.settings.register_profile("evonas", derandomize=True, deadline=None, max_examples=100)
hypothesis.settings.load_profile("evonas")


@pytest.fixture
def space():
    layer = Choice({"conv": {"kernel": Choice([3, 5, 7]), "width": Int(8, 64, log=True)}, "skip": {}})
    tree = {"layers": Repeat(layer, 1, 4), "rate": Real(1e-4, 1e-1, log=True), "bias": Real(-1, 1)}
    return Space(tree, where=lambda a: len(a["layers"]) < 4 or a["bias"] > 0)


@pytest.fixture
def rng():
    return np.random.default_rng(20240607)
