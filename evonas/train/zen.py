"""The Zen-score: how expressive a network is, without data and without training."""

from __future__ import annotations

import math

import torch
from torch import nn

STEP = 0.01
"""How far the second of two inputs lies from the first (alpha)."""


def zen(model: nn.Module, images: torch.Tensor) -> float:
    """Return how far the features move with the input, their scale regained (Lin et al. 2021).

    That is log E||f(x) - f(x + alpha e)|| + the sum over the batch normalizations of log sqrt(mean variance)
    (algorithm 1), x and e and all weights being normal. The paper takes residual connections out before; here
    they stay, for a network given as a module cannot be told how to do without.

    Args:
        model: In training mode; it is used up. Its features are what enters its last global pool, or else its
            last linear layer.
        images: Tells shape, type and device of x, ``(B, ...)``.

    Returns:
        The score; NaN if the model has neither pool nor linear layer, or takes no real numbers.
    """
    if not images.is_floating_point():
        return math.nan
    _redraw(model)
    features, scales = _listen(model, images)
    x = torch.randn_like(images)
    with torch.no_grad():
        model(x)
        regained = sum(scales)  # by the first of the two passes
        one = features.get("pool", features.get("linear"))
        model(x + STEP * torch.randn_like(x))
        other = features.get("pool", features.get("linear"))
    if one is None or other is None:
        return math.nan
    moved = float((one - other).flatten(1).norm(dim=1).mean())
    return math.log(moved) + regained if moved > 0 else -math.inf


def _redraw(model: nn.Module) -> None:
    """Draw weights from the normal distribution; biases are 0, normalizations change nothing."""
    for tensor in model.parameters():
        if tensor.ndim > 1:
            nn.init.normal_(tensor)
        else:
            nn.init.zeros_(tensor)
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._NormBase | nn.LayerNorm | nn.GroupNorm):
            module.reset_parameters()


def _listen(model: nn.Module, images: torch.Tensor) -> tuple[dict[str, torch.Tensor], list[float]]:
    """Return where a forward pass leaves its features, and the logarithms of what it divides by.

    Normalizations compute the variances themselves: with a momentum of 1 the running ones are the batch's.
    """
    features: dict[str, torch.Tensor] = {}
    scales: list[float] = []

    def keep(name: str, module: nn.Module) -> None:
        def hook(module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
            features[name] = inputs[0]

        module.register_forward_pre_hook(hook)

    def measure(module: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        n = output.numel() // output.shape[1]
        variance = float(module.get_buffer("running_var").mean()) * (n - 1) / n
        if variance > 0:  # what only zeros reach is not divided
            scales.append(0.5 * math.log(variance))

    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.momentum, module.track_running_stats = 1.0, True
            if module.running_var is None:
                module.running_mean, module.running_var = images.new_zeros(2, module.num_features)
            module.register_forward_hook(measure)
        elif isinstance(module, nn.AdaptiveAvgPool2d):
            keep("pool", module)
        elif isinstance(module, nn.Linear):
            keep("linear", module)
    return features, scales
