"""How every property is tried, and what the tests of several rooms share."""

import hypothesis
import numpy as np
import pytest

# The same examples on every run, and no deadline: a slow machine is no bug.
hypothesis.settings.register_profile("evonas", derandomize=True, deadline=None, max_examples=100)
hypothesis.settings.load_profile("evonas")


@pytest.fixture
def rng() -> np.random.Generator:
    """Randomness that is the same in every run."""
    return np.random.default_rng(20240607)
