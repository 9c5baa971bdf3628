import sys

import numpy as np
import pytest

from evonas.errors import SearchError
from evonas.train.images import ImageData, digits, split


def made(n: int, classes: int = 4) -> ImageData:
    rng = np.random.default_rng(0)
    images = rng.random((n, 1, 4, 4), dtype=np.float32)
    return ImageData(images, (np.arange(n) ** 2 % classes).astype(np.int64), classes)


def rows(data: ImageData) -> set[bytes]:
    return {image.tobytes() for image in data.images}


def test_digits_are_small_grey_images_in_ten_balanced_classes() -> None:
    data = digits()
    assert data.images.shape == (1797, 1, 8, 8)
    assert (data.channels, data.size, data.classes) == (1, 8, 10)
    assert data.images.min() == 0
    assert data.images.max() == 1
    assert np.bincount(data.labels).min() > 170


def test_missing_scikit_learn_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(SearchError, match=r'pip install "evonas\[digits\]"'):
        digits()


def test_split_is_disjoint_complete_and_of_the_sizes_asked_for() -> None:
    data = digits()
    train, validation, test = split(data, (0.6, 0.3, 0.1), seed=0)
    assert (len(train), len(validation), len(test)) == (1078, 539, 180)
    together = np.concatenate([part.images for part in (train, validation, test)])
    # Some digits are equal pixel by pixel, so multisets are compared.
    assert sorted(image.tobytes() for image in together) == sorted(image.tobytes() for image in data.images)


@pytest.mark.parametrize("seed", range(5))
def test_split_holds_every_class_in_proportion(seed: int) -> None:
    data = digits()
    share = np.bincount(data.labels) / len(data)
    for part in split(data, (0.6, 0.3, 0.1), seed):
        assert np.abs(np.bincount(part.labels, minlength=10) - share * len(part)).max() <= 1.5


def test_split_depends_on_the_seed_alone() -> None:
    data = made(200)
    first, again, other = (split(data, (0.5, 0.5), seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(first.images, again.images)
    assert rows(first) != rows(other)


@pytest.mark.parametrize("fractions", [(), (0.5,), (0.5, 0.6), (1.2, -0.2), (0.999, 0.001)])
def test_split_refuses_fractions_that_make_no_sense(fractions: tuple[float, ...]) -> None:
    with pytest.raises(SearchError, match="fractions"):
        split(made(20), fractions, seed=0)


@pytest.mark.parametrize(
    ("images", "labels", "complaint"),
    [
        (np.zeros((2, 4, 4), np.float32), np.zeros(2, np.int64), "images"),
        (np.zeros((2, 1, 4, 4)), np.zeros(2, np.int64), "images"),
        (np.full((2, 1, 4, 4), 255, np.float32), np.zeros(2, np.int64), "values in 0..1"),
        (np.full((2, 1, 4, 4), np.nan, np.float32), np.zeros(2, np.int64), "values in 0..1"),
        (np.zeros((0, 1, 4, 4), np.float32), np.zeros(0, np.int64), "at least one"),
        (np.zeros((2, 1, 4, 4), np.float32), np.zeros(3, np.int64), "labels"),
        (np.zeros((2, 1, 4, 4), np.float32), np.full(2, 3, np.int64), r"0\.\.2"),
    ],
)
def test_wrong_arrays_are_refused_by_name(images: np.ndarray, labels: np.ndarray, complaint: str) -> None:
    with pytest.raises(SearchError, match=complaint):
        ImageData(images, labels, classes=3)
