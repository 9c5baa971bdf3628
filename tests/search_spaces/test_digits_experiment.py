import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evonas import Context
from evonas.export import bundle

pytestmark = pytest.mark.torch

FILE = Path(__file__).parents[2] / "experiments" / "digits_cnn.py"


def experiment(monkeypatch: pytest.MonkeyPatch, *words: str) -> dict[str, Any]:
    """Execute the file as ``evonas run`` does."""
    monkeypatch.setattr(sys, "argv", [str(FILE), *words])
    return runpy.run_path(str(FILE))


def quick(names: dict[str, Any], architecture: dict[str, Any]) -> Any:
    """Return the retrained model after one epoch instead of many."""
    task = names["task"]
    names["retrain"].__globals__["task"] = type(task)(**{**vars(task), "final_epochs": 1})
    return names["retrain"](architecture, Context(seed=0))


def cheap(names: dict[str, Any]) -> dict[str, Any]:
    space = names["search"].space
    rng = np.random.default_rng(0)
    return min(
        (space.decode(space.sample(rng)) for _ in range(30)), key=lambda a: (len(a["blocks"]), a["stem"])
    )


def test_evaluation_is_reproducible_and_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    names = experiment(monkeypatch)
    context = Context(seed=3, fidelity=0.4)
    outcomes = [names["evaluate"](cheap(names), context) for _ in range(2)]
    assert outcomes[0] == outcomes[1]
    assert outcomes[0].keys() == {"accuracy", "parameters"}
    assert [step for step, _ in context.reports] == [1, 2, 1, 2]


def test_final_model_is_scored_by_onnxruntime_on_the_same_test_split(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    names = experiment(monkeypatch)
    trained = quick(names, cheap(names))
    assert set(trained.scores) == {"test accuracy", "parameters", "flops"}
    bundle.write(tmp_path / "best", {"architecture": cheap(names)}, trained)
    correct = round(trained.scores["test accuracy"] * 180)
    line = names["score"](tmp_path / "best" / "model.onnx")
    assert line == f"{correct} of 180 correct ({correct / 1.8:.2f} %)"


def test_splits_share_no_image_with_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    splits = experiment(monkeypatch)["splits"]()
    sizes = [len(part) for part in (splits.train, splits.validation, splits.final, splits.test)]
    assert sizes == [1078, 539, 1617, 180]
    seen = {image.tobytes() for image in splits.final.images}
    assert all(image.tobytes() in seen for image in [*splits.train.images, *splits.validation.images])
    assert sum(image.tobytes() in seen for image in splits.test.images) <= 2  # some digits are drawn twice


def test_fashion_mnist_evaluates_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    arrays = {f"{part}_x": rng.integers(0, 256, (300, 28, 28), np.uint8) for part in ("train", "test")}
    labels = {f"{part}_y": np.arange(300) % 10 for part in ("train", "test")}
    np.savez(tmp_path / "fashion.npz", **arrays, **labels)
    names = experiment(
        monkeypatch,
        "--data",
        "fashion-mnist",
        "--data-path",
        str(tmp_path / "fashion.npz"),
        "--evaluations",
        "3",
    )
    assert names["search"].limits().evaluations == 3
    assert 0 <= names["evaluate"](cheap(names), Context(fidelity=0.25))["accuracy"] <= 1


def test_help_tells_and_reading_the_file_loads_no_torch() -> None:
    script = "import runpy, sys; runpy.run_path(sys.argv.pop()); print('torch' in sys.modules)"
    for command, told in (([str(FILE), "--help"], "fashion-mnist"), (["-c", script, str(FILE)], "False")):
        done = subprocess.run(
            [sys.executable, *command],
            capture_output=True,
            text=True,
            cwd=FILE.parents[1],
            env={"PYTHONPATH": "."},
            check=False,
        )
        assert told in done.stdout, done.stderr
