"""Random shifts, rotations and scalings for images too small for anything wilder."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch.nn import functional as F

from evonas.errors import SearchError, complaint


@dataclass(frozen=True)
class Augmentation:
    """How far a training image may be moved; each image draws anew in every epoch.

    Attributes:
        shift: At most so many pixels, in either direction and on either axis.
        degrees: At most so much rotation about the centre, either way.
        scale: At most this share larger or smaller; 0.1 is 10 %.

    Raises:
        SearchError: A bound is negative, or ``scale`` is not below 1.
    """

    shift: float = 1.0
    degrees: float = 10.0
    scale: float = 0.1

    def __post_init__(self) -> None:
        """Refuse bounds that mean nothing."""
        for name in ("shift", "degrees", "scale"):
            if not 0 <= getattr(self, name) < (1 if name == "scale" else math.inf):
                rule = "a number from 0" + (" to below 1" if name == "scale" else "")
                remedy = "0 switches it off"
                raise SearchError(complaint(f"Augmentation.{name}", rule, getattr(self, name), remedy))

    def __call__(self, images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Return moved copies of ``images``, ``(B, C, H, W)``; uncovered pixels become 0.

        Args:
            images: Any floating type, on any device.
            generator: A CPU generator, so that every device draws the same numbers.
        """
        theta = self._affine(len(images), images.shape[2:], generator).to(images)
        grid = F.affine_grid(theta, list(images.shape), align_corners=False)  # (B, H, W, 2)
        return F.grid_sample(images, grid, padding_mode="zeros", align_corners=False)

    def _affine(self, batch: int, size: torch.Size, generator: torch.Generator) -> torch.Tensor:
        """Return ``(B, 2, 3)`` maps from target to source; the unit is half an image, as in grid_sample."""
        draws = 2 * torch.rand(4, batch, generator=generator) - 1
        angle = draws[0] * math.radians(self.degrees)
        zoom = 1 + draws[1] * self.scale
        cosine, sine = zoom * torch.cos(angle), zoom * torch.sin(angle)
        height, width = size
        across = draws[2] * self.shift * 2 / width  # a pixel is 2 / width of the axis
        down = draws[3] * self.shift * 2 / height
        rows = [cosine, -sine, across, sine, cosine, down]
        return torch.stack(rows, dim=1).reshape(batch, 2, 3)
