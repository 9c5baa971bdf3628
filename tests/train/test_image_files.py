import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from evonas.errors import SearchError
from evonas.train.files import IDX_FILES, read_idx
from evonas.train.images import fashion_mnist

DATA = os.environ.get("EVONAS_DATA", Path(__file__).parents[3] / "shared" / "data")
SHARED = Path(DATA, "fashion_mnist.npz")


def arrays() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    sizes = {"train": 7, "test": 3}
    images = {f"{part}_x": rng.integers(0, 256, (n, 5, 6), np.uint8) for part, n in sizes.items()}
    labels = {f"{part}_y": np.arange(n).astype(np.uint8) for part, n in sizes.items()}
    return {**images, **labels}


def idx(array: np.ndarray) -> bytes:
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return header + array.tobytes()


def folder_of_idx(folder: Path, zipped: bool) -> Path:
    for name, array in arrays().items():
        raw = idx(array)
        path = folder / (IDX_FILES[name] + (".gz" if zipped else ""))
        path.write_bytes(gzip.compress(raw) if zipped else raw)
    return folder


def check(path: Path) -> None:
    train, test = fashion_mnist(path)
    expected = arrays()
    assert train.images.shape == (7, 1, 5, 6)
    assert test.images.shape == (3, 1, 5, 6)
    assert train.classes == test.classes == 7
    assert np.array_equal(np.rint(test.images[:, 0] * 255), expected["test_x"])
    assert np.array_equal(train.labels, expected["train_y"])


@pytest.mark.parametrize("zipped", [False, True])
def test_folder_of_idx_files(tmp_path: Path, zipped: bool) -> None:
    check(folder_of_idx(tmp_path, zipped))


@pytest.mark.parametrize("keras", [False, True])
def test_npz_under_either_naming(tmp_path: Path, keras: bool) -> None:
    named = {"_".join(reversed(name.split("_"))) if keras else name: a for name, a in arrays().items()}
    np.savez(tmp_path / "data.npz", **named)
    check(tmp_path / "data.npz")


def test_colour_images_are_turned_channels_first(tmp_path: Path) -> None:
    coloured = {
        name: np.stack([a, a, 255 - a], axis=-1) if a.ndim == 3 else a for name, a in arrays().items()
    }
    np.savez(tmp_path / "data.npz", **coloured)
    train, _ = fashion_mnist(tmp_path / "data.npz")
    assert train.images.shape == (7, 3, 5, 6)
    assert np.allclose(train.images[:, 2], 1 - train.images[:, 0])


def test_missing_path_and_missing_file_say_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(SearchError, match="apt install dataset-fashion-mnist"):
        fashion_mnist(tmp_path / "nowhere")
    folder_of_idx(tmp_path, zipped=True)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(SearchError, match="t10k-labels-idx1-ubyte"):
        fashion_mnist(tmp_path)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\x00\x08",
        b"\x00\x00\x0d\x01" + bytes(8),  # floats
        b"\x00\x00\x08\x03" + bytes(4),  # header cut short
        idx(np.zeros((3, 2), np.uint8))[:-1],
        idx(np.zeros((3, 2), np.uint8)) + b"\x00",
    ],
)
def test_malformed_idx_is_refused_by_file(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "broken-idx"
    path.write_bytes(raw)
    with pytest.raises(SearchError, match="broken-idx"):
        read_idx(path)


def test_broken_gzip_is_refused_by_file(tmp_path: Path) -> None:
    for cut in (b"not gzip", gzip.compress(idx(np.zeros(50, np.uint8)))[:-9]):
        (tmp_path / "cut.gz").write_bytes(cut)
        with pytest.raises(SearchError, match=r"cut\.gz"):
            read_idx(tmp_path / "cut.gz")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"test_y": None}, "archive of train_x"),
        ({"train_x": np.zeros((7, 5), np.uint8)}, "train images"),
        ({"train_x": np.zeros((7, 5, 6))}, "uint8"),
        ({"test_y": np.zeros(4, np.uint8)}, "one integer label for each of 3"),
        ({"test_y": np.zeros(3)}, "integer label"),
    ],
)
def test_malformed_npz_is_refused(tmp_path: Path, change: dict[str, np.ndarray], complaint: str) -> None:
    changed = {name: array for name, array in {**arrays(), **change}.items() if array is not None}
    np.savez(tmp_path / "data.npz", **changed)
    with pytest.raises(SearchError, match=complaint):
        fashion_mnist(tmp_path / "data.npz")


def test_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data.npz").write_bytes(b"hello")
    with pytest.raises(SearchError, match=r"data\.npz"):
        fashion_mnist(tmp_path / "data.npz")
    np.save(tmp_path / "array.npy", np.zeros(3))
    with pytest.raises(SearchError, match="archive of train_x"):
        fashion_mnist(tmp_path / "array.npy")


@pytest.mark.skipif(not SHARED.exists(), reason=f"needs {SHARED}")
def test_the_real_archive() -> None:
    train, test = fashion_mnist(SHARED)
    assert train.images.shape == (60000, 1, 28, 28)
    assert np.array_equal(np.bincount(test.labels), np.full(10, 1000))
