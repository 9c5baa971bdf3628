"""A folder that is replaced as a whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from evonas.errors import ExportError, complaint


@contextmanager
def replaced(folder: Path, names: Collection[str]) -> Iterator[Path]:
    """Give an empty folder to write into; when the block ends well, it takes the place of ``folder``.

    Until then ``folder`` is untouched, whatever happens.

    Args:
        folder: Need not exist; its parents are made.
        names: Files that an earlier write may have left; a folder that holds others is not replaced.

    Raises:
        ExportError: ``folder`` is a file, or holds what is not ours to remove.
    """
    folder = folder.resolve()
    _refuse_foreign(folder, names)
    folder.parent.mkdir(parents=True, exist_ok=True)
    # A sibling, so that both are on one file system and renaming is one step.
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as workshop:
        fresh, old = Path(workshop, "fresh"), Path(workshop, "old")
        fresh.mkdir()
        yield fresh
        if folder.exists():
            folder.rename(old)
        try:
            fresh.rename(folder)
        except OSError:
            if old.exists():
                old.rename(folder)
            raise


def _refuse_foreign(folder: Path, names: Collection[str]) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ExportError(complaint("export folder", "a folder", str(folder), "choose another name"))
    foreign = sorted({entry.name for entry in folder.iterdir()} - {*names, "__pycache__"})
    if foreign:
        remedy = f"choose a new folder; {folder} would be replaced as a whole"
        raise ExportError(complaint("export folder", "nothing in it but an earlier export", foreign, remedy))
