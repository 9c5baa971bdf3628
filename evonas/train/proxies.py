"""Zero-cost proxies: what an untrained network tells about the trained one, from one batch."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from typing import Any

import torch
from torch import nn
from torch.func import functional_call
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
    The four of gradients and activations share one forward pass, snip and grad_norm one backward pass, too;
    convolutions on CPUs are faster if model and images come in ``torch.channels_last``. The higher a score,
    the better the network is said to be. None is to be trusted alone: on some spaces they tell nothing.

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
    if {"synflow", "zen", *GRADIENTS} & set(names):
        model = copy.deepcopy(model)  # once: each of the following leaves the weights, but the last
    if wanted := GRADIENTS & set(names):
        with reproducible(seed, images.device), torch.enable_grad():
            found |= _of_gradients(model.train(), images, labels, loss, wanted)
    if "synflow" in names:
        with reproducible(seed, images.device), torch.enable_grad():
            found["synflow"] = _synflow(model.eval(), images)
    if "zen" in names:
        with reproducible(seed, images.device):
            found["zen"] = zen(model.train(), images)
    return {name: found[name] if math.isfinite(found[name]) else math.nan for name in names}


def _of_gradients(
    model: nn.Module, images: torch.Tensor, labels: torch.Tensor, loss: Loss, names: Collection[str]
) -> dict[str, float]:
    """Return the scores that one forward pass and its gradients give; buffers change."""
    found: dict[str, float] = {}
    has_jacobian = "jacob_cov" in names and images.is_floating_point()
    if has_jacobian:
        images = images.detach().clone().requires_grad_()
    agreements = _Agreements(len(images))
    with agreements.counted(model) if "naswot" in names else ExitStack():
        outputs = model(images)
    if "naswot" in names:
        found["naswot"] = agreements.score()
    if "jacob_cov" in names:
        found["jacob_cov"] = _jacob_cov(outputs, images) if has_jacobian else math.nan
    if {"snip", "grad_norm"} & set(names):
        weights = [tensor for tensor in model.parameters() if _counts(tensor)]
        pairs = _with_gradients(loss(outputs, labels), weights)
        found["snip"] = sum(float((weight * gradient).abs().sum()) for weight, gradient in pairs)
        found["grad_norm"] = sum(float(gradient.norm()) for _, gradient in pairs)
    return found


class _Agreements:
    """Counts, while a model runs, on how many activations two images agree: both on, or both off.

    Args:
        batch: How many images there are.
    """

    def __init__(self, batch: int) -> None:
        self._kernel: Any = 0.0  # (B, B) once an activation has run
        self._batch = batch

    def counted(self, model: nn.Module) -> ExitStack:
        """Return the context in which a model's activations count, as far as they are modules."""
        hooks = ExitStack()
        for module in model.modules():
            if isinstance(module, ACTIVATIONS):
                hooks.enter_context(module.register_forward_pre_hook(self._count))
        return hooks

    def _count(self, module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        if len(inputs[0]) == self._batch:
            on = (inputs[0].detach().flatten(1) > 0).float()  # (B, units)
            both = (on @ on.T).double()
            each = both.diagonal()
            neither = on.shape[1] - each[:, None] - each + both
            self._kernel = self._kernel + both + neither

    def score(self) -> float:
        """Return log |K|; minus infinity where two images have one code, NaN without activations."""
        if not isinstance(self._kernel, torch.Tensor):
            return math.nan
        return float(torch.linalg.slogdet(self._kernel).logabsdet)


def _jacob_cov(outputs: torch.Tensor, images: torch.Tensor) -> float:
    (jacobian,) = torch.autograd.grad(outputs.sum(), images, retain_graph=True)
    correlation = torch.corrcoef(jacobian.flatten(1).double())  # (B, B)
    if not bool(correlation.isfinite().all()):  # an image that the network does not see
        return math.nan
    values = torch.linalg.eigvalsh(correlation) + 1e-5
    return -float((values.log() + 1 / values).sum())


def _synflow(model: nn.Module, images: torch.Tensor) -> float:
    """Return the logarithm of the flow, in double precision: single does not hold that of deep networks."""
    tensors = {name: buffer.double() for name, buffer in model.named_buffers() if buffer.is_floating_point()}
    weights = []
    for name, parameter in model.named_parameters():
        tensors[name] = parameter.detach().double().abs()
        if _counts(parameter):
            weights.append(tensors[name].requires_grad_())
    example = images[:1]
    if images.is_floating_point():
        example = torch.ones_like(example, dtype=torch.double)
    with ExitStack() as hooks:
        for module in model.modules():
            if isinstance(module, NORMALIZATIONS):
                hook = module.register_forward_hook(lambda module, inputs, output: inputs[0])
                hooks.enter_context(hook)
        pairs = _with_gradients(functional_call(model, tensors, (example,)).sum(), weights)
    flow = sum(float((weight * gradient).abs().sum()) for weight, gradient in pairs)
    return math.log(flow) if flow > 0 else -math.inf


def _counts(parameter: nn.Parameter) -> bool:
    """Tell matrices and kernels from biases and normalizations, which have one axis."""
    return parameter.requires_grad and parameter.ndim > 1


def _with_gradients(
    value: torch.Tensor, weights: Sequence[torch.Tensor]
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Return the weights on which a value depends, each with its gradient."""
    gradients = torch.autograd.grad(value, weights, allow_unused=True)
    pairs = zip(weights, gradients, strict=True)
    return [(weight.detach(), gradient) for weight, gradient in pairs if gradient is not None]
