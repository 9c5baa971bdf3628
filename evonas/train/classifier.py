"""A training loop for small image classifiers: deterministic, lean, without a data loader."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from evonas.errors import EvonasError, complaint
from evonas.train.images import ImageData
from evonas.train.recipe import PRECISIONS, Recipe
from evonas.train.reproducible import reproducible

Report = Callable[[int, float], object]


@dataclass(frozen=True)
class History:
    """What happened in each epoch.

    Attributes:
        losses: Mean training loss.
        accuracies: Share of the validation images classified correctly; empty without validation.
    """

    losses: tuple[float, ...]
    accuracies: tuple[float, ...]


def fit(
    model: nn.Module,
    train: ImageData,
    recipe: Recipe,
    *,
    validation: ImageData | None = None,
    report: Report | None = None,
) -> History:
    """Train ``model`` in place and leave it in eval mode on the CPU.

    On one thread the same model, data and recipe give the same weights, bit by bit. Torch's global random
    state and thread count are the same after it as before.

    Args:
        model: From images ``(B, C, H, W)`` to logits ``(B, classes)``.
        train: What to learn from.
        recipe: How.
        validation: Scored after every epoch; nothing is learnt or selected from it.
        report: Called after every epoch, from epoch 1, as ``report(epoch, accuracy)``, or without
            ``validation`` as ``report(epoch, loss)``.

    Raises:
        EvonasError: The loss is no longer finite.
    """
    device = recipe.find_device()
    losses: list[float] = []
    accuracies: list[float] = []
    with reproducible(recipe.seed, device):
        model.to(device)
        for loss in _epochs(model, train, recipe, device):
            losses.append(loss)
            if validation is not None:
                accuracies.append(accuracy(model, validation))
            if report is not None:
                report(len(losses), (accuracies or losses)[-1])
    model.cpu().eval()
    return History(tuple(losses), tuple(accuracies))


def accuracy(model: nn.Module, data: ImageData, batch: int = 256) -> float:
    """Return the share of ``data`` that ``model``, in eval mode, classifies correctly, in 0..1.

    Args:
        model: It stays where it is, and is left in eval mode.
        data: Images and their true labels.
        batch: Images at a time; bounds memory only.
    """
    device = next((tensor.device for tensor in model.parameters()), torch.device("cpu"))
    model.eval()
    correct = 0
    with torch.no_grad():
        for start in range(0, len(data), batch):
            part = slice(start, start + batch)
            images = torch.from_numpy(data.images[part]).to(device)
            guesses = model(images).argmax(dim=1).cpu()
            correct += int((guesses == torch.from_numpy(data.labels[part])).sum())
    return correct / len(data)


def _epochs(model: nn.Module, train: ImageData, recipe: Recipe, device: torch.device) -> Iterator[float]:
    """Train one epoch at a time and yield its mean loss."""
    images, labels = torch.from_numpy(train.images), torch.from_numpy(train.labels)
    images, labels = images.to(device), labels.to(device)
    optimizer = recipe.make_optimizer(model)
    steps = math.ceil(len(train) / recipe.batch)
    schedule = recipe.make_schedule(optimizer, recipe.epochs * steps)
    generator = torch.Generator().manual_seed(recipe.seed)
    for epoch in range(1, recipe.epochs + 1):
        model.train()
        total = torch.zeros((), device=device)
        for rows in torch.randperm(len(train), generator=generator).tensor_split(steps):
            batch = images[rows.to(device)]  # (B, C, H, W)
            if recipe.augment is not None:
                batch = recipe.augment(batch, generator)
            loss = _step(model, batch, labels[rows.to(device)], optimizer, recipe)
            schedule.step()
            total += loss * len(rows)
        yield _finite(float(total) / len(train), epoch, recipe)


def _step(
    model: nn.Module,
    batch: torch.Tensor,
    labels: torch.Tensor,
    optimizer: torch.optim.Optimizer,
    recipe: Recipe,
) -> torch.Tensor:
    """Take one optimizer step and return the loss before it."""
    optimizer.zero_grad(set_to_none=True)
    precision = PRECISIONS[recipe.precision]
    with torch.autocast(batch.device.type, precision, enabled=precision is not torch.float32):
        loss = F.cross_entropy(model(batch), labels, label_smoothing=recipe.label_smoothing)
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return loss.detach()


def _finite(loss: float, epoch: int, recipe: Recipe) -> float:
    if math.isfinite(loss):
        return loss
    remedy = f"lower the learning rate, {recipe.learning_rate:g}, or normalize the activations"
    raise EvonasError(complaint(f"training loss in epoch {epoch}", "a finite number", loss, remedy))
