"""Small convolutional networks for image classification: from architecture to torch module."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

ACTIVATIONS = {"relu": nn.ReLU, "gelu": nn.GELU, "silu": nn.SiLU}
POOLS = {"max": nn.MaxPool2d, "average": nn.AvgPool2d}
GROUPS = 4  # divides every width of the space


class Classifier(nn.Module):
    """Stem, blocks, average pooling, dropout, linear: images ``(B, C, H, W)`` to logits ``(B, classes)``."""

    def __init__(self, architecture: Mapping[str, Any], channels: int, classes: int) -> None:
        """Build the network that ``architecture``, a value of this space, describes."""
        super().__init__()
        style = (architecture["normalization"], architecture["activation"])
        width = architecture["stem"]
        self.stem = unit(channels, width, 3, *style)
        self.blocks = nn.Sequential()
        for block in architecture["blocks"]:
            self.blocks.append(make_block(block, width, *style))
            width = block.get("width", width)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(architecture["dropout"])
        self.head = nn.Linear(width, classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the logits."""
        features = self.blocks(self.stem(images))  # (B, width, h, w)
        pooled = self.pool(features).flatten(1)  # (B, width)
        logits: torch.Tensor = self.head(self.dropout(pooled))
        return logits


class Residual(nn.Module):
    """Two convolutions around which the input is carried (He et al. 2016, figure 2)."""

    def __init__(self, width: int, kernel: int, normalization: str, activation: str) -> None:
        """Build a block that keeps width and size."""
        super().__init__()
        self.first = unit(width, width, kernel, normalization, activation)
        self.second = unit(width, width, kernel, normalization, None)
        self.act = ACTIVATIONS[activation]()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return ``act(x + second(first(x)))``, of the shape of ``x``."""
        out: torch.Tensor = self.act(x + self.second(self.first(x)))
        return out


def build(architecture: Mapping[str, Any], channels: int, classes: int) -> nn.Module:
    """Return the untrained network of ``architecture``; its weights draw from torch's global generator.

    Args:
        architecture: A value of ``search_spaces.cnn.space``.
        channels: Channels of the images.
        classes: Length of the logits.
    """
    return Classifier(architecture, channels, classes)


def make_block(block: Mapping[str, Any], before: int, normalization: str, activation: str) -> nn.Module:
    """Return one block that takes ``before`` channels."""
    if block["type"] == "pool":
        return POOLS[block["kind"]](2)
    if block["type"] == "residual":
        return Residual(before, block["kernel"], normalization, activation)
    if block["type"] == "conv":
        return unit(before, block["width"], block["kernel"], normalization, activation)
    return separable(before, block["width"], block["kernel"], normalization, activation)


def unit(before: int, after: int, kernel: int, normalization: str, activation: str | None) -> nn.Sequential:
    """Return convolution, normalization and activation; what is not wanted is left out."""
    bias = normalization == "none"
    conv = nn.Conv2d(before, after, kernel, padding=kernel // 2, bias=bias)
    return nn.Sequential(OrderedDict(conv=conv, **tail(after, normalization, activation)))


def separable(before: int, after: int, kernel: int, normalization: str, activation: str) -> nn.Sequential:
    """Return a depthwise, then a pointwise convolution, normalized once (MobileNet, Howard et al. 2017)."""
    depthwise = nn.Conv2d(before, before, kernel, padding=kernel // 2, groups=before, bias=False)
    pointwise = nn.Conv2d(before, after, 1, bias=normalization == "none")
    named = OrderedDict(depthwise=depthwise, pointwise=pointwise, **tail(after, normalization, activation))
    return nn.Sequential(named)


def tail(width: int, normalization: str, activation: str | None) -> dict[str, nn.Module]:
    """Return what follows a convolution, by name."""
    modules: dict[str, nn.Module] = {}
    if normalization == "batch":
        modules["norm"] = nn.BatchNorm2d(width)
    elif normalization == "group":
        modules["norm"] = nn.GroupNorm(GROUPS, width)
    if activation is not None:
        modules["act"] = ACTIVATIONS[activation]()
    return modules
