import numpy as np
import pytest
import torch
from torch import nn

from evonas.errors import EvonasError, SearchError
from evonas.train.augmentation import Augmentation
from evonas.train.classifier import accuracy, fit
from evonas.train.images import ImageData, digits, split
from evonas.train.recipe import Recipe
from evonas.train.reproducible import reproducible

pytestmark = pytest.mark.torch


def small(seed: int = 0) -> nn.Module:
    with reproducible(seed):
        return nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.Flatten(),
            nn.Dropout(0.2),
            nn.Linear(512, 10),
        )


def some_digits() -> tuple[ImageData, ImageData]:
    train, validation, _ = split(digits(), (0.3, 0.1, 0.6), seed=0)
    return train, validation


def weights(model: nn.Module) -> bytes:
    return b"".join(tensor.numpy().tobytes() for tensor in model.state_dict().values())


def test_it_learns_and_reports_every_epoch() -> None:
    train, validation = some_digits()
    reports: list[tuple[int, float]] = []
    model = small()
    history = fit(
        model,
        train,
        Recipe(epochs=6),
        validation=validation,
        report=lambda step, value: reports.append((step, value)),
    )
    assert history.accuracies[-1] > 0.85
    assert history.losses[-1] < history.losses[0]
    assert reports == list(enumerate(history.accuracies, start=1))
    assert accuracy(model, validation) == history.accuracies[-1]
    assert not model.training


@pytest.mark.parametrize("augment", [None, Augmentation()])
def test_equal_seeds_give_equal_weights(augment: Augmentation | None) -> None:
    train, validation = some_digits()
    results = []
    for seed, scored in ((3, None), (3, validation), (4, None)):
        model = small()
        torch.rand(7)  # somebody else draws in between
        fit(model, train, Recipe(epochs=1, seed=seed, augment=augment), validation=scored)
        results.append(weights(model))
    assert results[0] == results[1]
    assert results[0] != results[2]


def test_global_state_is_left_alone() -> None:
    train, _ = some_digits()
    torch.manual_seed(11)
    expected = torch.rand(3)
    torch.manual_seed(11)
    threads = torch.get_num_threads()
    fit(small(), train, Recipe(epochs=1, augment=Augmentation()))
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads


def test_global_state_is_restored_after_an_error() -> None:
    state, threads = torch.random.get_rng_state(), torch.get_num_threads()
    with pytest.raises(KeyError), reproducible(1):
        torch.rand(1)
        raise KeyError
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.get_num_threads() == threads


def test_threads_follow_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    with reproducible(0):
        assert torch.get_num_threads() == 2
    monkeypatch.delenv("OMP_NUM_THREADS")
    with reproducible(0):
        assert torch.get_num_threads() == 1


def test_augmentation_is_off_unless_asked_for() -> None:
    seen: list[torch.Tensor] = []

    class Spy(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.head = nn.Linear(64, 10)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            seen.append(x)
            return self.head(x.flatten(1))

    train, _ = some_digits()
    known = {image.tobytes() for image in train.images}
    fit(Spy(), train, Recipe(epochs=1))
    assert all(image.numpy().tobytes() in known for batch in seen for image in batch)
    assert sum(map(len, seen)) == len(train)


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
@pytest.mark.parametrize("schedule", ["cosine", "onecycle", "constant"])
def test_every_optimizer_and_schedule_trains(optimizer: str, schedule: str) -> None:
    train, validation = some_digits()
    recipe = Recipe(epochs=3, learning_rate=0.01, optimizer=optimizer, schedule=schedule, label_smoothing=0.1)
    assert fit(small(), train, recipe, validation=validation).accuracies[-1] > 0.7


def test_weight_decay_spares_biases_and_normalization() -> None:
    decayed, spared = Recipe(weight_decay=0.5).make_optimizer(small()).param_groups
    assert (decayed["weight_decay"], spared["weight_decay"]) == (0.5, 0.0)
    assert [p.ndim for p in decayed["params"]] == [4, 2]
    assert len(spared["params"]) == 4


def test_bfloat16_trains_too() -> None:
    train, validation = some_digits()
    recipe = Recipe(epochs=3, precision="bfloat16", device="auto" if not torch.cuda.is_available() else "cpu")
    assert fit(small(), train, recipe, validation=validation).accuracies[-1] > 0.7


def test_diverged_training_says_so() -> None:
    train, _ = some_digits()
    with pytest.raises(EvonasError, match="training loss in epoch 1: expected a finite number"):
        fit(small(), train, Recipe(epochs=2, optimizer="sgd", learning_rate=1e20))


@pytest.mark.parametrize(
    "field",
    [
        {"epochs": 0},
        {"batch": 0},
        {"learning_rate": 0.0},
        {"learning_rate": float("nan")},
        {"weight_decay": -1.0},
        {"label_smoothing": 1.0},
        {"optimizer": "lion"},
        {"schedule": "step"},
        {"precision": "int8"},
    ],
)
def test_recipe_refuses_by_name(field: dict[str, object]) -> None:
    with pytest.raises(SearchError, match=f"Recipe.{next(iter(field))}"):
        Recipe(**field)


def test_one_image_and_partial_batches() -> None:
    data = ImageData(np.zeros((3, 1, 8, 8), np.float32), np.zeros(3, np.int64), 10)
    fit(small(), data, Recipe(epochs=1, batch=2, schedule="cosine"))
    assert accuracy(small(), data, batch=2) in (0.0, 1.0)
