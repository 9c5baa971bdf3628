"""Image data sets in files: the IDX format of MNIST and its kin, and numpy archives."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evonas.errors import SearchError, complaint

Arrays = dict[str, NDArray[np.generic]]

IDX_FILES = {
    "train_x": "train-images-idx3-ubyte",
    "train_y": "train-labels-idx1-ubyte",
    "test_x": "t10k-images-idx3-ubyte",
    "test_y": "t10k-labels-idx1-ubyte",
}
KERAS_NAMES = {"train_x": "x_train", "train_y": "y_train", "test_x": "x_test", "test_y": "y_test"}
REMEDY = (
    "name the folder of the IDX files (Debian: apt install dataset-fashion-mnist, "
    "then /usr/share/datasets/fashion-mnist) or an .npz file"
)


def read_arrays(path: Path) -> Arrays:
    """Return ``train_x, train_y, test_x, test_y`` from a folder of IDX files or one ``.npz``.

    Images are ``(N, H, W)`` or ``(N, H, W, C)`` uint8, labels ``(N,)`` integers.

    Raises:
        SearchError: ``path`` is missing, lacks an array, or holds a malformed one.
    """
    if path.is_dir():
        arrays: Arrays = {name: read_idx(_find(path, file)) for name, file in IDX_FILES.items()}
    elif path.is_file():
        arrays = _read_npz(path)
    else:
        raise SearchError(complaint("data path", "an existing folder or .npz file", str(path), REMEDY))
    for part in ("train", "test"):
        _check(path, part, arrays[f"{part}_x"], arrays[f"{part}_y"])
    return arrays


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Return the array of one IDX file of bytes, gzipped or not.

    The format: two zero bytes, the element type (8 is uint8), the number of axes, each axis' length as a
    big-endian 32-bit integer, then the elements in C order.

    Raises:
        SearchError: The file is not such a one, or is cut short.
    """
    raw = _content(path)
    if len(raw) < 4 or raw[:3] != b"\x00\x00\x08":
        raise _malformed(path, "an IDX file of bytes (it starts with 00 00 08)", raw[:4])
    axes = raw[3]
    shape = tuple(np.frombuffer(raw, ">u4", axes, 4).tolist()) if len(raw) >= 4 + 4 * axes else ()
    elements = raw[4 + 4 * axes :]
    if not shape or len(elements) != int(np.prod(shape)):
        raise _malformed(path, f"as many bytes as its header says, shape {shape}", f"{len(elements)} bytes")
    return np.frombuffer(elements, np.uint8).reshape(shape)


def _content(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
        return gzip.decompress(raw) if path.suffix == ".gz" else raw
    except (OSError, EOFError, zlib.error) as error:
        raise _malformed(path, "a readable file", str(error)) from error


def _find(folder: Path, name: str) -> Path:
    for candidate in (folder / name, folder / f"{name}.gz"):
        if candidate.is_file():
            return candidate
    found = sorted(entry.name for entry in folder.iterdir())
    raise SearchError(complaint(f"folder {folder}", f"a file {name} or {name}.gz", found, REMEDY))


def _read_npz(path: Path) -> Arrays:
    try:
        with path.open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            found: Arrays = dict(loaded) if isinstance(loaded, np.lib.npyio.NpzFile) else {}
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise _malformed(path, "a readable .npz archive", str(error)) from error
    stored = KERAS_NAMES if "x_train" in found else {name: name for name in KERAS_NAMES}
    if not set(stored.values()) <= set(found):
        raise _malformed(path, f"an .npz archive of {', '.join(stored.values())}", sorted(found))
    return {name: found[there] for name, there in stored.items()}


def _check(path: Path, part: str, images: NDArray[np.generic], labels: NDArray[np.generic]) -> None:
    if images.ndim not in (3, 4) or images.dtype != np.uint8:
        got = f"{images.dtype} {images.shape}"
        raise _malformed(path, f"{part} images as uint8 (N, H, W) or (N, H, W, C)", got)
    if labels.shape != images.shape[:1] or labels.dtype.kind not in "iu":
        got = f"{labels.dtype} {labels.shape}"
        raise _malformed(path, f"one integer label for each of {len(images)} {part} images", got)


def _malformed(path: Path, rule: str, got: object) -> SearchError:
    return SearchError(complaint(str(path), rule, got, "fetch the file again; " + REMEDY))
