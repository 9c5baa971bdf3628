"""The final model of a search, as the user hands it over for export."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import nn

from evonas.errors import ExportError, complaint


@dataclass(frozen=True)
class Trained:
    """A trained model and what is known about it.

    Attributes:
        model: From one batch of input to one tensor of output.
        example: One batch of input, ``(B, ...)`` with B at least 1.
        scores: What it reached, by name, for instance ``{"test accuracy": 0.99}``.
        title: What it is, in a few words.
        notes: Anything else worth saying on the card.

    Raises:
        ExportError: A field is not what it should be.
    """

    model: nn.Module
    example: torch.Tensor
    scores: Mapping[str, float] = field(default_factory=dict)
    title: str = "model"
    notes: str = ""

    def __post_init__(self) -> None:
        """Refuse what could not be exported, by name."""
        self._require("model", isinstance(self.model, nn.Module), "a torch.nn.Module")
        self._require("example", isinstance(self.example, torch.Tensor), "a torch.Tensor")
        shape = tuple(self.example.shape)
        if len(shape) < 1 or shape[0] < 1:
            rule = "a batch of at least one input"
            raise ExportError(complaint("Trained.example", rule, shape, "put the batch in dimension 0"))
        self._require("scores", all(math.isfinite(score) for score in self.scores.values()), "finite numbers")

    def _require(self, name: str, holds: bool, rule: str) -> None:
        if not holds:
            remedy = "look at what retrain returns"
            raise ExportError(complaint(f"Trained.{name}", rule, getattr(self, name), remedy))
