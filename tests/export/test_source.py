import subprocess
import sys
from pathlib import Path

import pytest
import torch
from exports import Residual, Small, Undecided, settled
from safetensors.torch import save_file
from torch import fx, nn
from torch.nn import functional as F

from evonas.errors import ExportError
from evonas.export.flat import flatten, readable
from evonas.export.formats import load_source
from evonas.export.source import write_source

pytestmark = pytest.mark.torch


def write(folder: Path, model: nn.Module, example: torch.Tensor, docstring: str = "A model.") -> str:
    flat = flatten(model)
    source = write_source(flat, docstring, example)
    (folder / "model.py").write_text(source)
    save_file(
        {name: tensor.clone() for name, tensor in flat.state_dict().items()}, folder / "model.safetensors"
    )
    return source


def test_small_model_reads_as_written_by_hand(tmp_path: Path) -> None:
    source = write(tmp_path, settled(Small()), torch.zeros(1, 1, 8, 8))
    body = source[source.index("class Model") : source.index("def load")]
    assert (
        body
        == '''class Model(nn.Module):
    """Takes a batch, ``(B, 1, 8, 8)``."""

    def __init__(self) -> None:
        super().__init__()
        self.stem1 = nn.Conv2d(1, 8, kernel_size=(3, 1), padding=(1, 0), bias=False)
        self.stem2 = nn.BatchNorm2d(8)
        self.stem3 = nn.SiLU()
        self.block1_conv1 = nn.Conv2d(8, 8, kernel_size=3, padding=1)
        self.block1_conv2 = nn.Conv2d(8, 8, kernel_size=3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.block2_conv1 = nn.Conv2d(8, 8, kernel_size=3, padding=1)
        self.block2_conv2 = nn.Conv2d(8, 8, kernel_size=3, padding=1)
        self.head = nn.Linear(8, 3)
        self.block1_scale = nn.Parameter(torch.empty(1, 8, 1, 1))
        self.block2_scale = nn.Parameter(torch.empty(1, 8, 1, 1))
        self.mean = nn.Buffer(torch.empty(8))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem1(x)
        x = self.stem2(x)
        x = self.stem3(x)
        y = self.block1_scale
        z = self.block1_conv1(x)
        z = F.gelu(z)
        z = self.block1_conv2(z)
        y = y * z
        x = x + y
        x = F.relu(x)
        x = self.pool(x)
        y = self.block2_scale
        z = self.block2_conv1(x)
        z = F.gelu(z)
        z = self.block2_conv2(z)
        y = y * z
        x = x + y
        x = F.relu(x)
        x = self.pool(x)
        x = x.chunk(2, dim=1)
        y = x[0]
        x = x[1]
        x = torch.cat([x, y], dim=1)
        x = x[:, :, 0:1, :]
        x = x.mean((2, 3))
        y = self.mean
        x = x - y
        x = F.dropout(x, p=0.5, training=False)
        x = self.head(x)
        x = x * 1.4142135623730951
        return x


'''
    )


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_it_computes_the_same_for_any_batch(tmp_path: Path, batch: int) -> None:
    model = settled(Small())
    write(tmp_path, model, torch.zeros(1, 1, 8, 8))
    images = torch.rand(batch, 1, 8, 8)
    with torch.no_grad():
        assert torch.equal(torch.from_numpy(load_source(tmp_path / "model.py")(images)), model(images))


def test_it_runs_alone_in_a_fresh_process(tmp_path: Path) -> None:
    write(tmp_path, settled(Small()), torch.zeros(1, 1, 8, 8))
    script = (
        "import runpy, sys\n"
        "sys.modules['evonas'] = None\n"  # so that importing it fails
        "runpy.run_path('model.py', run_name='__main__')\n"
    )
    command = [sys.executable, "-I", "-W", "error", "-c", script]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("(2, 3)\n", "")


def test_it_is_formatted(tmp_path: Path) -> None:
    class Wide(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.depthwise = nn.Conv2d(16, 16, 3, padding="same", groups=16, bias=False, dilation=(2, 1))
            self.every = nn.Conv2d(
                16, 16, (3, 5), 1, "same", (2, 1), 16, False, "replicate", dtype=torch.float64
            )

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = self.depthwise(x)
            y = self.every(y.double()).to(torch.float32).clamp(min=-float("inf"))
            return torch.cat(
                [F.interpolate(y, scale_factor=(2.0, 2.0), mode="bilinear", align_corners=False)] * 9, 1
            )

    for model, shape in ((Small(), (1, 1, 8, 8)), (Wide(), (1, 16, 4, 4))):
        write(tmp_path, settled(model), torch.zeros(shape), 'Long "words".\n\nWith a \\ and a """ in it.')
        for command in (["format", "--check"], ["check", "--select", "E,F,I,B"]):
            ruff = [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", "model.py"]
            done = subprocess.run(ruff, cwd=tmp_path, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + (tmp_path / "model.py").read_text()


def test_weights_must_fit_exactly(tmp_path: Path) -> None:
    write(tmp_path, settled(Residual(4)), torch.zeros(1, 4, 3, 3))
    save_file({"scale": torch.zeros(1, 4, 1, 1)}, tmp_path / "model.safetensors")
    with pytest.raises(RuntimeError, match="Missing key"):
        load_source(tmp_path / "model.py")


def test_integers_go_in_too(tmp_path: Path) -> None:
    model = settled(nn.Sequential(nn.Embedding(7, 4), nn.Flatten(), nn.Linear(12, 2)))
    source = write(tmp_path, model, torch.tensor([[0, 6, 3]]))
    assert "self.layer1 = nn.Embedding(7, 4)" in source
    assert "torch.randint(0, 7, (2, 3), dtype=torch.int64)" in source
    tokens = torch.tensor([[1, 2, 3], [4, 5, 6]])
    with torch.no_grad():
        assert torch.equal(torch.from_numpy(load_source(tmp_path / "model.py")(tokens)), model(tokens))


def test_the_model_is_not_touched() -> None:
    model = settled(Small())
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    flatten(model).state_dict()["stem1.weight"].zero_()
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("blocks.0.conv", "block1_conv"),
        ("features.11", "feature12"),
        ("0.1", "layer1" + "2"),
        ("class.0.x-y", "class1_x_y"),
        ("stem.conv", "stem_conv"),
        ("_private", "private"),
    ],
)
def test_names(path: str, name: str) -> None:
    assert readable(path) == name


def test_names_that_would_clash_get_an_ending(tmp_path: Path) -> None:
    class Clash(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.block1 = nn.Linear(2, 2)
            self.blocks = nn.ModuleList([nn.Linear(2, 2)])
            self.add_module("lambda", nn.Linear(2, 2))
            self.inner = nn.ModuleDict({"_0": nn.Linear(2, 2)})
            self.inner_ = nn.Identity()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = getattr(self, "lambda")(self.blocks[0](self.block1(x)))
            return self.inner_(self.inner["_0"](x))

    model = settled(Clash())
    source = write(tmp_path, model, torch.zeros(1, 2))
    assert all(f"self.{name} = " in source for name in ("block1", "block1_", "lambda_", "inner__0", "inner_"))
    with torch.no_grad():
        images = torch.rand(3, 2)
        assert torch.equal(torch.from_numpy(load_source(tmp_path / "model.py")(images)), model(images))


@fx.wrap
def homemade(x: torch.Tensor) -> torch.Tensor:
    return x * 2


class CallsForeign(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return homemade(x)


class TwoInputs(nn.Module):
    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return x + y


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (Undecided(), r"torch\.fx cannot trace it \(TraceError"),
        (CallsForeign(), "homemade, which is not a function of torch"),
        (TwoInputs(), "takes 2 inputs"),
    ],
)
def test_what_cannot_be_written_says_why(model: nn.Module, reason: str) -> None:
    with pytest.raises(ExportError, match=reason):
        write_source(flatten(model.eval()), "", torch.zeros(1, 4))
