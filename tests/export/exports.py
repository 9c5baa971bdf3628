"""Models and records that the export tests share."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

RECORD = {
    "id": "0-12",
    "architecture": {"stem": 8, "blocks": [{"type": "conv", "kernel": 3}]},
    "objectives": {"accuracy": 0.9875},
    "metrics": {"parameters": 1234},
    "seed": 3,
    "lineage": [
        {"id": "0-1", "objectives": {"accuracy": 0.5}, "parents": []},
        {"id": "0-7", "objectives": {"accuracy": 0.75}, "parents": ["0-1"]},
    ],
    "space": "5eed",
    "space_size": float("inf"),
    "strategy": "RegularizedEvolution(population=16, tournament=4)",
    "evaluations": 64,
    "evonas": "0.1.0",
    "created": "2025-01-01 00:00:00",
}


class Residual(nn.Module):
    """A block with a shortcut and a scale of its own."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv2d(width, width, 3, padding=1) for _ in range(2)])
        self.scale = nn.Parameter(torch.full((1, width, 1, 1), 0.5))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(x + self.scale * self.convs[1](F.gelu(self.convs[0](x))))


class Small(nn.Module):
    """Nested modules, a shared one, parameters, buffers, functions, methods and slices."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, 8, (3, 1), padding=(1, 0), bias=False), nn.BatchNorm2d(8), nn.SiLU()
        )
        self.blocks = nn.ModuleList([Residual(8), Residual(8)])
        self.pool = nn.MaxPool2d(2)
        self.register_buffer("mean", torch.full((8,), 0.1), persistent=False)
        self.head = nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)
        for block in self.blocks:
            x = self.pool(block(x))  # one module, used twice
        left, right = x.chunk(2, dim=1)
        x = torch.cat([right, left], dim=1)[:, :, 0:1, :].mean((2, 3)) - self.mean
        return self.head(F.dropout(x, 0.5, self.training)) * 2**0.5


class Undecided(nn.Module):
    """Torch.fx cannot follow an ``if`` on values; torch.export cannot either."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(x) if x.sum() > 0 else -self.head(x)


def settled(model: nn.Module) -> nn.Module:
    """Return ``model`` in eval mode with random weights and running statistics, none at its default."""
    generator = torch.Generator().manual_seed(0)
    for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
        if tensor.is_floating_point():
            lowest = 0.5 if name.endswith("running_var") else -0.1
            tensor.data.copy_(torch.rand(tensor.shape, generator=generator) * 0.25 + lowest)
    return model.eval()
