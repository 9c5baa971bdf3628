import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from evonas.errors import SearchError
from evonas.train.proxies import PROXIES, proxies
from search_spaces.nasbench201.model import build

CELL = dict.fromkeys(("0>1", "0>2", "1>2", "0>3", "1>3", "2>3"), "nor_conv_3x3")
RANDOM = torch.randn(6, 3, 8, 8, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(6)


def linear(*rows: list[float]) -> nn.Linear:
    """Return a layer of these weights without bias."""
    layer = nn.Linear(len(rows[0]), len(rows), bias=False)
    layer.weight.data = torch.tensor(rows)
    return layer


def score(model: nn.Module, name: str, images: torch.Tensor = RANDOM, **settings: object) -> float:
    return proxies(model, images, LABELS[: len(images)], names=[name], **settings)[name]


def network() -> nn.Module:
    torch.manual_seed(3)
    return build(CELL, width=4, cells=1)


def test_synflow_of_two_layers_is_twice_the_flow_through_positive_weights() -> None:
    model = nn.Sequential(linear([1.0, -2.0], [3.0, 4.0]), linear([1.0, -1.0]))
    # A path from each input to the output: 1*1 + 2*1 + 3*1 + 4*1 = 10, once for each layer.
    assert score(model, "synflow", torch.zeros(2, 2)) == pytest.approx(math.log(20))


def test_synflow_sees_no_normalization_and_no_data() -> None:
    plain = nn.Sequential(linear([1.0, -2.0], [3.0, 4.0]), linear([1.0, -1.0]))
    normed = nn.Sequential(plain[0], nn.BatchNorm1d(2), nn.LayerNorm(2), plain[1])
    assert score(normed, "synflow", torch.rand(2, 2)) == pytest.approx(math.log(20))


def test_snip_and_grad_norm_of_one_weight() -> None:
    images, labels = torch.tensor([[1.0], [3.0]]), torch.ones(2, 1)
    # The loss is the mean of (2x - 1)^2: its gradient is the mean of 2 (2x - 1) x = 16.
    found = proxies(linear([2.0]), images, labels, names=["snip", "grad_norm"], loss=F.mse_loss)
    assert found == {"snip": pytest.approx(32), "grad_norm": pytest.approx(16)}


def test_naswot_counts_the_activations_on_which_images_agree() -> None:
    images = torch.tensor([[1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]])
    model = nn.Sequential(linear([1.0, 0.0], [0.0, 1.0]), nn.ReLU())
    kernel = [[2, 0, 1], [0, 2, 1], [1, 1, 2]]
    assert score(model, "naswot", images) == pytest.approx(math.log(np.linalg.det(kernel)))


def test_jacob_cov_is_that_of_the_correlations_of_the_jacobians() -> None:
    images = torch.tensor([[1.0, 1.0, 1.0], [1.0, 1.0, -1.0]])
    model = nn.Sequential(nn.ReLU(), linear([1.0, 2.0, 4.0]))
    values = np.linalg.eigvalsh(np.corrcoef([[1, 2, 4], [1, 2, 0]])) + 1e-5
    assert score(model, "jacob_cov", images) == pytest.approx(-np.sum(np.log(values) + 1 / values))


def test_zen_regains_the_scale_that_a_normalization_takes() -> None:
    def model(*between: nn.Module) -> nn.Module:
        conv = nn.Conv2d(1, 1, 3, padding=1, bias=False)
        return nn.Sequential(conv, *between, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1, 2))

    images = torch.zeros(8, 1, 32, 32)
    with_norm, without = (score(one, "zen", images) for one in (model(nn.BatchNorm2d(1)), model()))
    assert with_norm == pytest.approx(without, abs=0.02)


def test_zen_of_one_map_is_that_of_a_step_of_normal_noise() -> None:
    model = nn.Sequential(nn.AdaptiveAvgPool2d(1))  # the features are the images themselves
    images = torch.zeros(8, 1, 64, 64)
    assert score(model, "zen", images) == pytest.approx(math.log(0.01 * 64), abs=0.02)


def test_a_wider_network_scores_higher() -> None:
    torch.manual_seed(0)
    narrow, wide = (proxies(build(CELL, width=w, cells=1), RANDOM, LABELS) for w in (2, 8))
    assert all(wide[name] > narrow[name] for name in ("synflow", "naswot", "zen", "parameters", "flops"))


def test_all_scores_come_finite_and_in_the_order_asked_for() -> None:
    found = proxies(network(), RANDOM, LABELS)
    assert tuple(found) == PROXIES
    assert all(math.isfinite(value) for value in found.values())


def test_nothing_is_left_behind() -> None:
    model = network()
    model.stage1.eval()
    weights = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    modes, state = [module.training for module in model.modules()], torch.get_rng_state()
    hooks = [len(module._forward_pre_hooks) for module in model.modules()]
    proxies(model, RANDOM, LABELS)
    assert all(torch.equal(weights[name], tensor) for name, tensor in model.state_dict().items())
    assert [module.training for module in model.modules()] == modes
    assert [len(module._forward_pre_hooks) for module in model.modules()] == hooks
    assert all(tensor.grad is None for tensor in model.parameters())
    assert torch.equal(torch.get_rng_state(), state)
    assert not RANDOM.requires_grad


def test_equal_seeds_give_equal_scores_whatever_else_is_asked_for() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(192, 10), nn.ReLU(), nn.Linear(10, 6))
    together = proxies(model, RANDOM, LABELS, seed=5)
    torch.manual_seed(77)
    assert {name: score(model, name, seed=5) for name in PROXIES} == together
    assert score(model, "zen", seed=6) != together["zen"]


def test_it_works_where_gradients_are_switched_off() -> None:
    with torch.no_grad():
        assert proxies(network(), RANDOM, LABELS) == proxies(network(), RANDOM, LABELS)


def test_what_cannot_be_computed_is_nan() -> None:
    same = torch.ones(2, 3, 8, 8)
    assert math.isnan(score(network(), "naswot", same)), "two images with one code"
    broken = network()
    broken.head.weight.data.fill_(math.inf)
    found = proxies(broken, RANDOM, LABELS)
    assert math.isnan(found["snip"])
    assert math.isnan(found["synflow"])
    assert found["parameters"] > 0


def test_a_model_of_tokens_has_no_jacobian_but_synflow() -> None:
    model = nn.Sequential(nn.Embedding(9, 4), nn.Flatten(), nn.Linear(12, 6))
    found = proxies(model, torch.randint(9, (6, 3)), LABELS)
    assert math.isfinite(found["synflow"])
    assert math.isfinite(found["grad_norm"])
    assert math.isnan(found["jacob_cov"])
    assert math.isnan(found["zen"])
    assert math.isnan(found["naswot"]), "it has no activations"


def test_unknown_names_and_single_images_are_refused() -> None:
    with pytest.raises(SearchError, match=r"proxies: names: expected some of synflow.*got \['zne'\]"):
        proxies(network(), RANDOM, LABELS, names=["zne"])
    with pytest.raises(SearchError, match="proxies: images: expected 2 or more, got 1; give a larger batch"):
        proxies(network(), RANDOM[:1], LABELS[:1])
