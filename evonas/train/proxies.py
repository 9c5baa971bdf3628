"""Zero-cost proxies: what an untrained network tells about the trained one, from one batch."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Collection, Iterator
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from evonas.errors import SearchError, complaint
from evonas.train.cost import flops, parameters
from evonas.train.reproducible import reproducible
from evonas.train.zen import zen

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

PROXIES = ("synflow", "naswot", "jacob_cov", "snip", "grad_norm", "zen", "parameters", "flops")
GRADIENTS = {"naswot", "jacob_cov", "snip", "grad_norm"}

NORMALIZATIONS = (nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm)
ACTIVATIONS = (nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.PReLU, nn.ELU, nn.SELU, nn.GELU, nn.SiLU, nn.Hardswish)


def proxies(
    model: nn.Module,
    images: torch.Tensor,
    labels: torch.Tensor,
    *,
    names: Collection[str] = PROXIES,
    loss: Loss = F.cross_entropy,
    seed: int = 0,
) -> dict[str, float]:
    """Return scores of an untrained network, to be reported beside the objectives as metrics.

    ===========  ====================================================================================
    synflow      logarithm of the synaptic flow: the sum over all weights of |weight x gradient| of the
                 network without normalization, all its weights taken as positive, fed with ones (Tanaka
                 et al. 2020, algorithm 1)
    naswot       log |K|, K counting the activations on which two images agree (Mellor et al. 2021)
    jacob_cov    how little the Jacobians of the images correlate (Mellor et al. 2020,
                 arXiv:2006.04647v1, with k = 1e-5)
    snip         sum of |weight x gradient of the loss| (Lee et al. 2019; as a score Abdelfattah et al. 2021)
    grad_norm    sum over the layers of the norm of that gradient (Abdelfattah et al. 2021)
    zen          Zen-score, as :func:`evonas.train.zen.zen` tells
    parameters   how many there are
    flops        floating-point operations for one image
    ===========  ====================================================================================

    Gradients of matrices and kernels count, as in the papers; those of biases and normalizations do not.
    The four of gradients and activations share one forward pass. The higher a score, the better the network
    is said to be. None is to be trusted alone: on some spaces they tell nothing.

    Args:
        model: Untrained; its weights, its buffers, its modes and torch's random state stay as they are.
        images: A batch ``(B, ...)``, on the model's device.
        labels: ``(B, ...)``, what the loss takes.
        names: Which scores are wanted; time is spent on these only.
        loss: ``loss(outputs, labels)``.
        seed: What is drawn is drawn from it: equal seeds, equal scores.

    Returns:
        The scores by name, in the order of ``names``; NaN where one cannot be computed or is not finite.

    Raises:
        SearchError: A name is unknown, or there are fewer than two images.
    """
    if unknown := [name for name in names if name not in PROXIES]:
        raise SearchError(complaint("proxies: names", f"some of {', '.join(PROXIES)}", unknown, "correct it"))
    if len(images) < 2:
        raise SearchError(complaint("proxies: images", "2 or more", len(images), "give a larger batch"))
    found: dict[str, float] = {}
    if "parameters" in names:
        found["parameters"] = parameters(model)
    if "flops" in names:
        found["flops"] = flops(model, images)
    if wanted := GRADIENTS & set(names):
        with reproducible(seed, images.device), torch.enable_grad():
            found |= _of_gradients(copy.deepcopy(model).train(), images, labels, loss, wanted)
    if "synflow" in names:
        with reproducible(seed, images.device), torch.enable_grad():
            found["synflow"] = _synflow(copy.deepcopy(model).double().eval(), images)
    if "zen" in names:
        with reproducible(seed, images.device):
            found["zen"] = zen(copy.deepcopy(model).train(), images)
    return {name: found[name] if math.isfinite(found[name]) else math.nan for name in names}


def _of_gradients(
    model: nn.Module, images: torch.Tensor, labels: torch.Tensor, loss: Loss, names: Collection[str]
) -> dict[str, float]:
    """Return the scores that one forward pass and its gradients give; uses up the model."""
    found: dict[str, float] = {}
    agreements = _Agreements(model, len(images)) if "naswot" in names else None
    has_jacobian = "jacob_cov" in names and images.is_floating_point()
    if has_jacobian:
        images = images.detach().clone().requires_grad_()
    outputs = model(images)
    if agreements is not None:
        found["naswot"] = agreements.score()
    if "jacob_cov" in names:
        found["jacob_cov"] = _jacob_cov(outputs, images) if has_jacobian else math.nan
    if {"snip", "grad_norm"} & set(names):
        weights = list(_weights(model))
        pairs = _with_gradients(loss(outputs, labels), weights)
        found["snip"] = sum(float((weight * gradient).abs().sum()) for weight, gradient in pairs)
        found["grad_norm"] = sum(float(gradient.norm()) for _, gradient in pairs)
    return found


class _Agreements:
    """Counts, while a model runs, on how many activations two images agree: both on, or both off.

    Args:
        model: Whose activations count, as far as they are modules.
        batch: How many images there are.
    """

    def __init__(self, model: nn.Module, batch: int) -> None:
        self._kernel: Any = 0.0  # (B, B) once an activation has run
        self._batch = batch
        for module in model.modules():
            if isinstance(module, ACTIVATIONS):
                module.register_forward_pre_hook(self._count)

    def _count(self, module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        if len(inputs[0]) == self._batch:
            on = (inputs[0].detach().flatten(1) > 0).float()  # (B, units)
            self._kernel = self._kernel + on @ on.T + (1 - on) @ (1 - on).T

    def score(self) -> float:
        """Return log |K|; minus infinity where two images have one code, NaN without activations."""
        if not isinstance(self._kernel, torch.Tensor):
            return math.nan
        return float(torch.linalg.slogdet(self._kernel.double()).logabsdet)


def _jacob_cov(outputs: torch.Tensor, images: torch.Tensor) -> float:
    (jacobian,) = torch.autograd.grad(outputs.sum(), images, retain_graph=True)
    correlation = torch.corrcoef(jacobian.flatten(1).double())  # (B, B)
    if not bool(correlation.isfinite().all()):  # an image that the network does not see
        return math.nan
    values = torch.linalg.eigvalsh(correlation) + 1e-5
    return -float((values.log() + 1 / values).sum())


def _synflow(model: nn.Module, images: torch.Tensor) -> float:
    for tensor in model.parameters():
        tensor.data.abs_()
    for module in model.modules():
        if isinstance(module, NORMALIZATIONS):
            module.register_forward_hook(lambda module, inputs, output: inputs[0])
    example = images[:1]
    if images.is_floating_point():
        example = torch.ones_like(example, dtype=torch.double)
    pairs = _with_gradients(model(example).sum(), list(_weights(model)))
    flow = sum(float((weight * gradient).abs().sum()) for weight, gradient in pairs)
    return math.log(flow) if flow > 0 else -math.inf


def _weights(model: nn.Module) -> Iterator[nn.Parameter]:
    """Yield matrices and kernels: biases and normalizations have one axis."""
    return (tensor for tensor in model.parameters() if tensor.requires_grad and tensor.ndim > 1)


def _with_gradients(
    value: torch.Tensor, weights: list[nn.Parameter]
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Return the weights on which a value depends, each with its gradient."""
    gradients = torch.autograd.grad(value, weights, retain_graph=True, allow_unused=True)
    pairs = zip(weights, gradients, strict=True)
    return [(weight.detach(), gradient) for weight, gradient in pairs if gradient is not None]
