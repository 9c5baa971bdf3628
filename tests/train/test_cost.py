import pytest
import torch
from torch import nn

from evonas.train.cost import flops, parameters

pytestmark = pytest.mark.torch


def test_parameters_counts_what_is_trained_once() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 4), nn.BatchNorm1d(4))
    assert parameters(model) == 12 + 4 + 16 + 4 + 8
    model[1].weight.requires_grad_(False)
    assert parameters(model) == 12 + 4 + 4 + 8
    assert parameters(nn.ModuleList([model, model])) == 12 + 4 + 4 + 8


def test_flops_of_one_input_with_two_a_multiply_add() -> None:
    model = nn.Sequential(nn.Conv2d(2, 5, 3, padding=1), nn.Flatten(), nn.Linear(5 * 16, 7))
    assert flops(model, torch.zeros(6, 2, 4, 4)) == 2 * (2 * 5 * 9 * 16 + 5 * 16 * 7)


def test_flops_leaves_the_model_as_it_was() -> None:
    model = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 2)).train()
    model[1].eval()
    flops(model, torch.ones(1, 3))
    assert [module.training for module in model.modules()] == [True, True, False]
    assert model[0].num_batches_tracked == 0
