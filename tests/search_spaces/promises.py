"""What every space of the library promises; each test file of a space subclasses ``Promises``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from evonas.export import bundle
from evonas.export.flat import flatten
from evonas.export.formats import load_source
from evonas.export.source import write_source
from evonas.export.trained import Trained
from evonas.space.space import Space
from evonas.train.reproducible import reproducible

README = Path(__file__).parents[2] / "search_spaces" / "README.md"


@pytest.mark.torch
class Promises:
    """Samples build, learn and are exported.

    Attributes:
        name: The folder under ``search_spaces/``.
        samples: How many random architectures go forward and backward.
        size: The size that the space has and its paragraph in the README tells.
    """

    name: ClassVar[str]
    samples: ClassVar[int] = 10
    size: ClassVar[int | float]

    def space(self) -> Space:
        """Return the space, at a size that is quick to build."""
        raise NotImplementedError

    def build(self, architecture: Mapping[str, Any]) -> nn.Module:
        """Return the untrained model of an architecture."""
        raise NotImplementedError

    def example(self) -> torch.Tensor:
        """Return one batch of input, at least two of them."""
        raise NotImplementedError

    def sampled(self, n: int, seed: int = 0) -> list[Any]:
        """Return random architectures."""
        space, rng = self.space(), np.random.default_rng(seed)
        return [space.decode(space.sample(rng)) for _ in range(n)]

    def built(self, architecture: Mapping[str, Any]) -> nn.Module:
        """Return a model whose weights are the same every time."""
        with reproducible(0):
            return self.build(architecture)

    def test_every_sample_goes_forward_and_backward(self) -> None:
        for architecture in self.sampled(self.samples):
            model = self.built(architecture)
            output = model(self.example())
            assert len(output) == len(self.example())
            assert output.isfinite().all(), architecture
            output.square().mean().backward()
            for name, parameter in model.named_parameters():
                assert parameter.grad is not None, f"{name} is not used: {architecture}"
                assert parameter.grad.isfinite().all(), f"{name}: {architecture}"

    def test_a_sample_is_exported_in_every_format(self, tmp_path: Path) -> None:
        # The shallowest of some, for torch's exporters take their time with every module.
        with torch.device("meta"):
            architecture = min(self.sampled(12, seed=1), key=lambda one: len([*self.build(one).modules()]))
        trained = Trained(self.built(architecture), self.example())
        files = bundle.write(tmp_path / "best", {"architecture": architecture}, trained)
        assert {file.name for file in files} >= {"model.py", "model.safetensors", "model.pt2", "model.onnx"}
        assert [file for file in files if file.skipped] == []

    def test_every_sample_is_exported_as_source_exactly(self, tmp_path: Path) -> None:
        example = self.example()
        for architecture in self.sampled(self.samples, seed=2):
            model = self.built(architecture).eval()
            flat = flatten(model)
            (tmp_path / "model.py").write_text(write_source(flat, "A sample.", example))
            state = {name: tensor.clone() for name, tensor in flat.state_dict().items()}
            save_file(state, tmp_path / "model.safetensors")
            with torch.no_grad():
                again = load_source(tmp_path / "model.py")(example)
                assert np.array_equal(again, model(example).numpy()), architecture

    def test_readme_tells_its_size(self) -> None:
        assert self.space().size == self.size
        paragraphs = [
            part for part in README.read_text().split("\n\n") if part.startswith(f"**{self.name}**")
        ]
        assert len(paragraphs) == 1, f"search_spaces/README.md has no paragraph on {self.name}"
        assert told(self.size) in paragraphs[0]


def told(size: float) -> str:
    """Return a number as the README writes it: 15,625 or 1.3 x 10¹⁸."""
    if size < 10**9:
        return f"{size:,}"
    digits, exponent = f"{size:.1e}".split("e+")
    return f"{digits} x 10{exponent.lstrip('0').translate(str.maketrans('0123456789', '⁰¹²³⁴⁵⁶⁷⁸⁹'))}"
