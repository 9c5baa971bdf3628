"""Small image data sets as plain numpy arrays: what is in them, where they come from, how they are split."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from evonas.errors import SearchError, complaint
from evonas.train.files import read_arrays


@dataclass(frozen=True)
class ImageData:
    """Images with their labels.

    Attributes:
        images: ``(N, C, H, W)`` float32 in 0..1.
        labels: ``(N,)`` int64 in 0..classes-1.
        classes: How many classes there are, seen here or not.

    Raises:
        SearchError: Shapes, types or ranges do not fit together.
    """

    images: NDArray[np.float32]
    labels: NDArray[np.int64]
    classes: int

    def __post_init__(self) -> None:
        """Refuse data that a training loop would only stumble over later."""
        if self.images.ndim != 4 or self.images.dtype != np.float32:
            _refuse("images", "float32 of shape (N, C, H, W)", f"{self.images.dtype} {self.images.shape}")
        if self.labels.shape != self.images.shape[:1] or self.labels.dtype != np.int64:
            rule = f"int64 of shape ({len(self.images)},)"
            _refuse("labels", rule, f"{self.labels.dtype} {self.labels.shape}")
        if len(self) == 0:
            _refuse("images", "at least one", 0)
        low, high = self.images.min(), self.images.max()
        if not (low >= 0 and high <= 1):  # also true of NaN
            _refuse("images", "values in 0..1", (float(low), float(high)))
        if self.labels.min() < 0 or self.labels.max() >= self.classes:
            _refuse("labels", f"0..{self.classes - 1}", (int(self.labels.min()), int(self.labels.max())))

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.images)

    @property
    def channels(self) -> int:
        """How many channels an image has; 1 is grey."""
        return int(self.images.shape[1])

    @property
    def size(self) -> int:
        """The shorter side of an image in pixels."""
        return int(min(self.images.shape[2:]))

    def take(self, rows: NDArray[np.integer]) -> ImageData:
        """Return the images at ``rows``, in that order."""
        return ImageData(self.images[rows], self.labels[rows], self.classes)


def digits() -> ImageData:
    """Return scikit-learn's bundled handwritten digits: 1,797 grey images of 8x8 pixels in 10 classes.

    Raises:
        SearchError: scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        remedy = 'pip install "evonas[digits]"'
        raise SearchError(
            complaint("digits", "scikit-learn, which brings the images", str(error), remedy)
        ) from error
    bunch = load_digits()
    images = (bunch.images / 16.0).astype(np.float32)[:, None]  # (N, 1, 8, 8); 16 grey levels
    return ImageData(images, bunch.target.astype(np.int64), classes=10)


def fashion_mnist(path: str | Path) -> tuple[ImageData, ImageData]:
    """Return Fashion-MNIST's 60,000 training and 10,000 test images, grey, 28x28, in 10 classes.

    Args:
        path: The folder of the four IDX files, gzipped or not, as Debian's ``dataset-fashion-mnist``
            installs them in ``/usr/share/datasets/fashion-mnist``; or one ``.npz`` of ``train_x, train_y,
            test_x, test_y`` (or Keras' ``x_train, ...``). Any data set of that form will do, MNIST too.

    Raises:
        SearchError: Files are missing or malformed.
    """
    arrays = read_arrays(Path(path))
    classes = 1 + max(int(arrays[f"{part}_y"].max(initial=0)) for part in ("train", "test"))
    train, test = (
        ImageData(_unit(arrays[f"{part}_x"]), arrays[f"{part}_y"].astype(np.int64), classes)
        for part in ("train", "test")
    )
    return train, test


def split(data: ImageData, fractions: tuple[float, ...], seed: int) -> tuple[ImageData, ...]:
    """Split into disjoint parts that hold every class in the same proportion, up to one image.

    Args:
        data: What to split.
        fractions: The share of each part; they sum to 1. Part sizes are exact up to rounding.
        seed: The same seed gives the same parts, on any machine.

    Raises:
        SearchError: A fraction is not positive, they do not sum to 1, or a part would be empty.
    """
    if min(fractions, default=0.0) <= 0 or abs(sum(fractions) - 1) > 1e-9:
        _refuse("fractions", "positive numbers that sum to 1", fractions)
    order = _interleaved(data.labels, np.random.default_rng(seed))
    cuts = np.rint(np.cumsum(fractions)[:-1] * len(data)).astype(int)
    parts = np.split(order, cuts)
    if min(map(len, parts)) == 0:
        _refuse("fractions", f"parts of at least one of {len(data)} images", fractions)
    return tuple(data.take(np.sort(part)) for part in parts)


def _interleaved(labels: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.intp]:
    """Return a random order in which every stretch holds the classes in proportion.

    Images of a class of n take the places 1/2n, 3/2n, ... of the unit interval at random; sorted by place,
    any two cuts enclose each class's fair share.
    """
    places = np.empty(len(labels))
    for label in np.unique(labels):
        rows = rng.permutation(np.flatnonzero(labels == label))
        places[rows] = (np.arange(len(rows)) + 0.5) / len(rows)
    return np.lexsort((rng.random(len(labels)), places))


def _unit(pixels: NDArray[np.generic]) -> NDArray[np.float32]:
    """Return ``(N, H, W)`` or ``(N, H, W, C)`` bytes as ``(N, C, H, W)`` float32 in 0..1."""
    images = pixels[:, None] if pixels.ndim == 3 else np.moveaxis(pixels, -1, 1)
    return np.ascontiguousarray(images, dtype=np.float32) / np.float32(255)


def _refuse(what: str, rule: str, got: object) -> NoReturn:
    raise SearchError(complaint(what, rule, got, "check the data and how they are loaded"))
