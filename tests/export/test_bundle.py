import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from exports import RECORD, Small, Undecided, settled
from torch import nn

from evonas.errors import ExportError
from evonas.export import bundle, formats, model_files
from evonas.export.trained import Trained
from evonas.export.written import Written

pytestmark = pytest.mark.torch

EVERY = ["architecture.json", "model.safetensors", "model.py", "model.pt2", "model.onnx", "card.md"]


def trained(model: nn.Module | None = None) -> Trained:
    scores = {"test accuracy": 0.98765, "parameters": 3011}
    return Trained(model or settled(Small()), torch.rand(1, 1, 8, 8), scores, "Small net", "Notes here.")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("export") / "runs" / "best"


@pytest.fixture(scope="module")
def written(folder: Path) -> list[Written]:
    """Export in a process of its own, which shows what reaches the user's screen: nothing."""
    script = "from test_bundle import *; print(bundle.write(Path(sys.argv[1]), RECORD, trained()))"
    paths = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    files: list[Written] = eval(done.stdout)  # anything else printed would not be Python
    return files


def test_every_file_is_there_and_exact(folder: Path, written: list[Written]) -> None:
    assert [file.name for file in written] == EVERY
    assert sorted(entry.name for entry in folder.iterdir()) == sorted(EVERY)
    assert all(file.skipped is None and file.bytes == (folder / file.name).stat().st_size for file in written)
    errors = {file.name: file.error for file in written if file.error is not None}
    assert sorted(errors) == ["model.onnx", "model.pt2", "model.py", "model.safetensors"]
    assert max(errors.values()) < 1e-6
    assert [entry.name for entry in folder.parent.iterdir()] == ["best"]  # nothing left of the workshop


def test_architecture_json_holds_the_record_and_the_scores(folder: Path, written: list[Written]) -> None:
    record = json.loads((folder / "architecture.json").read_text(), parse_constant=pytest.fail)
    assert record == {
        **RECORD,
        "space_size": "inf",
        "scores": {"test accuracy": 0.98765, "parameters": 3011.0},
    }


@pytest.mark.parametrize(
    ("name", "load"),
    [
        ("model.py", formats.load_source),
        ("model.pt2", formats.load_program),
        ("model.onnx", formats.load_onnx),
    ],
)
@pytest.mark.parametrize("batch", [1, 3, 64])
def test_any_batch_goes_in(
    folder: Path, written: list[Written], name: str, load: Callable[[Path], formats.Run], batch: int
) -> None:
    images = torch.rand(batch, 1, 8, 8)
    with torch.no_grad():
        expected = settled(Small())(images).numpy()
    assert np.allclose(load(folder / name)(images), expected, atol=1e-6)


def test_card_tells_all(folder: Path, written: list[Written]) -> None:
    card = (folder / "card.md").read_text()
    told = [
        "# Small net",
        "Notes here.",
        "| test accuracy | 0.9877 |",
        "| parameters | 3,011 |",
        '"kernel": 3',
    ]
    told += [
        "accuracy 0.9875",
        "RegularizedEvolution(population=16, tournament=4)",
        "64 evaluations",
        "| seed | 3 |",
    ]
    told += ["| space | 5eed |", "0-1 (accuracy 0.5) → 0-7 (accuracy 0.75)", "FLOPs", "| onnxruntime | 32 |"]
    told += [f"| `{file.name}` | {file.bytes:,} |" for file in written if file.name != "card.md"]
    assert [words for words in told if words not in card] == []


def test_snippets_of_the_card_run(folder: Path, written: list[Written]) -> None:
    snippets = re.findall(r"```python\n(.*?)```", (folder / "card.md").read_text(), re.DOTALL)
    assert len(snippets) == 3
    outputs = []
    for snippet in snippets:
        command = [sys.executable, "-B", "-W", "error", "-c", snippet]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        outputs.append(np.array(re.findall(r"-?\d+\.\d+", done.stdout), dtype=float))
    assert all(np.allclose(output, outputs[0], atol=1e-3) and len(output) == 3 for output in outputs)


def test_without_a_model_there_is_the_architecture_and_how_to_get_one(tmp_path: Path) -> None:
    written = bundle.write(tmp_path / "best", RECORD, None)
    assert [file.name for file in written] == ["architecture.json", "card.md"]
    assert "Search(..., retrain=retrain)" in (tmp_path / "best" / "card.md").read_text()


def test_what_cannot_be_written_is_skipped_with_its_reason(tmp_path: Path) -> None:
    model = Undecided().train()
    written = bundle.write(tmp_path / "best", RECORD, Trained(model, torch.rand(2, 4)))
    skipped = {file.name: file.skipped for file in written if file.skipped is not None}
    assert list(skipped) == ["model.py", "model.pt2", "model.onnx"]
    assert skipped["model.py"].startswith("torch.fx cannot trace it (TraceError")
    assert sorted(entry.name for entry in (tmp_path / "best").iterdir()) == [
        "architecture.json",
        "card.md",
        "model.safetensors",
    ]
    card = (tmp_path / "best" / "card.md").read_text()
    assert all(f"`{name}` could not be written: {reason}" in card for name, reason in skipped.items())
    assert "```python" not in card
    assert model.training  # the user's model is left as it was


def corrupted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one file be damaged between writing and checking."""
    changed = []
    for form in formats.FORMATS:

        def damage(exportable: formats.Exportable, path: Path, form: formats.Format = form) -> None:
            form.write(exportable, path)
            raw = bytearray(path.read_bytes())
            weights = exportable.model.head.weight.detach().numpy().tobytes()
            start = raw.index(weights[:12]) if form.name != "model.py" else raw.index(b"1.414")
            raw[start : start + 4] = np.float32(3).tobytes() if form.name != "model.py" else b"1.41"[::-1]
            path.write_bytes(raw)

        changed.append(formats.Format(form.name, damage, form.error) if form.name == name else form)
    monkeypatch.setattr(model_files, "FORMATS", tuple(changed))


@pytest.mark.parametrize("name", ["model.safetensors", "model.py", "model.pt2", "model.onnx"])
def test_damaged_file_stops_the_export_and_keeps_the_old_one(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle.write(tmp_path / "best", RECORD, None)
    before = (tmp_path / "best" / "card.md").read_text()
    corrupted(name, monkeypatch)
    with pytest.raises(ExportError, match=re.escape(name)):
        bundle.write(tmp_path / "best", RECORD, trained())
    assert (tmp_path / "best" / "card.md").read_text() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["best"]


def test_later_export_replaces_an_earlier_one_as_a_whole(tmp_path: Path) -> None:
    bundle.write(tmp_path / "best", RECORD, Trained(Undecided(), torch.rand(2, 4)))
    assert (tmp_path / "best" / "model.safetensors").exists()
    bundle.write(tmp_path / "best", RECORD, None)
    assert sorted(entry.name for entry in (tmp_path / "best").iterdir()) == ["architecture.json", "card.md"]


class Broken(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise ValueError("odd size")


class Twice(nn.Module):
    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return x, x


@pytest.mark.parametrize(
    ("model", "complaint"),
    [
        (Broken(), "does not run on its example: ValueError: odd size"),
        (Twice(), "one tensor can be exported"),
    ],
)
def test_model_that_cannot_be_exported_at_all(tmp_path: Path, model: nn.Module, complaint: str) -> None:
    with pytest.raises(ExportError, match=complaint):
        bundle.write(tmp_path / "best", RECORD, Trained(model, torch.rand(2, 4)))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"model": "resnet"},
        {"example": np.zeros((1, 2))},
        {"example": torch.zeros(())},
        {"example": torch.zeros(0, 2)},
        {"scores": {"accuracy": float("nan")}},
    ],
)
def test_trained_refuses_by_name(fields: dict[str, object]) -> None:
    with pytest.raises(ExportError, match=f"Trained.{next(iter(fields))}"):
        Trained(**{"model": nn.Identity(), "example": torch.zeros(1, 2), **fields})
