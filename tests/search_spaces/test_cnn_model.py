from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from evonas.export.flat import flatten
from evonas.export.formats import load_source
from evonas.export.source import write_source
from evonas.train import cost
from evonas.train.reproducible import reproducible
from search_spaces.cnn.model import build
from search_spaces.cnn.space import multiply_adds, parameters, space

pytestmark = pytest.mark.torch


def sampled(n: int, size: int, channels: int, seed: int = 0) -> list[Mapping[str, Any]]:
    networks = space(size, channels)
    rng = np.random.default_rng(seed)
    return [networks.decode(networks.sample(rng)) for _ in range(n)]


def built(architecture: Mapping[str, Any], channels: int) -> nn.Module:
    with reproducible(0):
        return build(architecture, channels, 10)


@pytest.mark.parametrize(("size", "channels"), [(8, 1), (28, 1), (32, 3)])
def test_every_sample_goes_forward_and_backward(size: int, channels: int) -> None:
    for architecture in sampled(15, size, channels):
        model = built(architecture, channels)
        logits = model(torch.rand(3, channels, size, size))
        assert logits.shape == (3, 10)
        logits.square().mean().backward()
        assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


@pytest.mark.parametrize(("size", "channels"), [(8, 1), (28, 1), (32, 3)])
def test_closed_forms_count_as_torch_does(size: int, channels: int) -> None:
    for architecture in sampled(25, size, channels, seed=1):
        model = built(architecture, channels)
        assert cost.parameters(model) == parameters(architecture, channels, 10)
        flops = cost.flops(model, torch.zeros(1, channels, size, size))
        assert flops == 2 * multiply_adds(architecture, channels, 10, size)


@pytest.mark.parametrize(("size", "channels"), [(8, 1), (28, 1)])
def test_every_sample_is_exported_as_source_exactly(tmp_path: Path, size: int, channels: int) -> None:
    for architecture in sampled(25, size, channels, seed=2):
        model = built(architecture, channels)
        model(torch.rand(8, channels, size, size))  # moves the running statistics off their start
        model.eval()
        flat = flatten(model)
        images = torch.rand(3, channels, size, size)
        (tmp_path / "model.py").write_text(write_source(flat, "A sample.", images))
        state = {name: tensor.clone() for name, tensor in flat.state_dict().items()}
        save_file(state, tmp_path / "model.safetensors")
        with torch.no_grad():
            assert np.array_equal(load_source(tmp_path / "model.py")(images), model(images).numpy())


def test_equal_seeds_build_equal_weights() -> None:
    (architecture,) = sampled(1, 8, 1)
    first, again = built(architecture, 1), built(architecture, 1)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True))
