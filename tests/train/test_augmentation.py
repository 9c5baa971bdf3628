import pytest
import torch

from evonas.errors import SearchError
from evonas.train.augmentation import Augmentation

pytestmark = pytest.mark.torch


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_all_bounds_zero_change_nothing() -> None:
    images = torch.rand(4, 2, 8, 9)
    assert torch.allclose(Augmentation(0, 0, 0)(images, generator()), images, atol=1e-5)


def test_images_move_within_bounds_and_each_by_itself() -> None:
    images = torch.zeros(200, 1, 9, 9)
    images[:, :, 4, 4] = 1
    moved = Augmentation(shift=1, degrees=0, scale=0)(images, generator())
    # The dot's mass is spread over its neighbours by interpolation; its centre tells the shift.
    centre = (moved[:, 0].sum(2) * torch.arange(9.0)).sum(1)
    assert torch.allclose(moved.sum((1, 2, 3)), torch.ones(200), atol=1e-4)
    assert (centre - 4).abs().max() <= 1.001
    assert centre.std() == pytest.approx(1 / 3**0.5, abs=0.1)  # uniform on -1..1


def test_equal_generators_move_alike() -> None:
    images = torch.rand(5, 1, 8, 8)
    first, again, other = (Augmentation()(images, generator(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("bounds", [{"shift": -1}, {"degrees": float("nan")}, {"scale": 1.0}])
def test_bounds_that_mean_nothing_are_refused(bounds: dict[str, float]) -> None:
    with pytest.raises(SearchError, match=f"Augmentation.{next(iter(bounds))}"):
        Augmentation(**bounds)
