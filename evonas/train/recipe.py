"""How to train: everything but the model and the data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.optim import lr_scheduler

from evonas.errors import SearchError, complaint
from evonas.train.augmentation import Augmentation

OPTIMIZERS = ("adamw", "sgd")
SCHEDULES = ("cosine", "onecycle", "constant")
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


@dataclass(frozen=True)
class Recipe:
    """A training recipe for small image classifiers.

    Attributes:
        epochs: Passes over the training images.
        batch: Images a step.
        learning_rate: Its peak.
        weight_decay: Decoupled for adamw; spares biases and normalization.
        optimizer: ``adamw``, or ``sgd`` with Nesterov momentum 0.9.
        schedule: ``cosine`` falls to 0; ``onecycle`` rises for 30 % of the steps, then falls; ``constant``.
        label_smoothing: Share of the target spread over all classes.
        augment: Off unless given.
        seed: Decides order, augmentation and dropout, not the model's initial weights.
        precision: ``float32``, or ``bfloat16`` for autocast.
        device: ``cpu``, ``cuda`` (or ``cuda:1`` ...), or ``auto``: CUDA if there is one.

    Raises:
        SearchError: A field makes no sense.
    """

    epochs: int = 10
    batch: int = 64
    learning_rate: float = 3e-3
    weight_decay: float = 0.01
    optimizer: str = "adamw"
    schedule: str = "onecycle"
    label_smoothing: float = 0.0
    augment: Augmentation | None = None
    seed: int = 0
    precision: str = "float32"
    device: str = "cpu"

    def __post_init__(self) -> None:
        """Refuse fields that make no sense, by name."""
        self._require("epochs", self.epochs >= 1, "at least 1")
        self._require("batch", self.batch >= 1, "at least 1")
        self._require("learning_rate", 0 < self.learning_rate < math.inf, "a positive number")
        self._require("weight_decay", 0 <= self.weight_decay < math.inf, "a number from 0")
        self._require("label_smoothing", 0 <= self.label_smoothing < 1, "a share from 0 to below 1")
        self._require("optimizer", self.optimizer in OPTIMIZERS, f"one of {OPTIMIZERS}")
        self._require("schedule", self.schedule in SCHEDULES, f"one of {SCHEDULES}")
        self._require("precision", self.precision in PRECISIONS, f"one of {tuple(PRECISIONS)}")

    def _require(self, name: str, holds: bool, rule: str) -> None:
        if not holds:
            remedy = "see evonas.train.recipe.Recipe"
            raise SearchError(complaint(f"Recipe.{name}", rule, getattr(self, name), remedy))

    def find_device(self) -> torch.device:
        """Return the device asked for; CUDA is never chosen unasked."""
        if self.device == "auto":
            return torch.device("cuda" if torch.cuda.is_available() else "cpu")
        return torch.device(self.device)

    def make_optimizer(self, model: nn.Module) -> torch.optim.Optimizer:
        """Return the optimizer of ``model``'s parameters."""
        groups = [
            {"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": self.weight_decay},
            {"params": [p for p in model.parameters() if p.ndim <= 1], "weight_decay": 0.0},
        ]
        if self.optimizer == "sgd":
            return torch.optim.SGD(groups, self.learning_rate, momentum=0.9, nesterov=True)
        return torch.optim.AdamW(groups, self.learning_rate)

    def make_schedule(self, optimizer: torch.optim.Optimizer, steps: int) -> Any:
        """Return torch's learning-rate schedule over ``steps`` optimizer steps."""
        if self.schedule == "cosine":
            return lr_scheduler.CosineAnnealingLR(optimizer, steps)
        if self.schedule == "onecycle":
            return lr_scheduler.OneCycleLR(optimizer, self.learning_rate, total_steps=steps)
        return lr_scheduler.ConstantLR(optimizer, factor=1.0)
