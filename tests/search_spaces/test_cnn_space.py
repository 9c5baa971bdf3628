import sys
from subprocess import run

import numpy as np
import pytest

from search_spaces.cnn.space import multiply_adds, parameters, space


@pytest.mark.parametrize(("size", "channels"), [(8, 1), (28, 1), (32, 3)])
def test_samples_leave_two_pixels_and_keep_to_their_bounds(size: int, channels: int) -> None:
    networks = space(size, channels, max_parameters=100_000, max_multiply_adds=2_000_000)
    rng = np.random.default_rng(0)
    for _ in range(100):
        architecture = networks.decode(networks.sample(rng))
        pools = sum(block["type"] == "pool" for block in architecture["blocks"])
        assert size >> pools >= 2
        assert parameters(architecture, channels, 10) <= 100_000
        assert multiply_adds(architecture, channels, 10, size) <= 2_000_000


def test_space_is_declared_without_torch() -> None:
    script = "import sys; import search_spaces.cnn.space as s; s.space(8); sys.exit('torch' in sys.modules)"
    assert run([sys.executable, "-c", script], check=False).returncode == 0


def test_equal_arguments_give_equal_spaces() -> None:
    assert space(8).fingerprint == space(8).fingerprint
    assert space(8).fingerprint != space(28).fingerprint
