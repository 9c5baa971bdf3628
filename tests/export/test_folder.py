from pathlib import Path

import pytest

from evonas.errors import ExportError
from evonas.export.folder import replaced

NAMES = ("a.txt", "b.txt")


def fill(folder: Path, text: str) -> None:
    with replaced(folder, NAMES) as fresh:
        (fresh / "a.txt").write_text(text)


def test_new_folder_with_parents(tmp_path: Path) -> None:
    fill(tmp_path / "deep" / "down", "one")
    assert (tmp_path / "deep" / "down" / "a.txt").read_text() == "one"


def test_older_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    with replaced(tmp_path / "out", NAMES) as fresh:
        (fresh / "b.txt").write_text("old")
    fill(tmp_path / "out", "new")
    assert [entry.name for entry in (tmp_path / "out").iterdir()] == ["a.txt"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


def test_failure_leaves_the_older_folder(tmp_path: Path) -> None:
    fill(tmp_path / "out", "old")
    with pytest.raises(KeyError), replaced(tmp_path / "out", NAMES) as fresh:
        (fresh / "a.txt").write_text("half")
        raise KeyError
    assert (tmp_path / "out" / "a.txt").read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


def test_failing_rename_puts_the_older_folder_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path / "out", "old")
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if self.name == "fresh":
            raise OSError("disk on fire")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OSError, match="disk on fire"):
        fill(tmp_path / "out", "new")
    assert (tmp_path / "out" / "a.txt").read_text() == "old"


def test_other_peoples_files_are_not_removed(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(ExportError, match="thesis"):
        fill(tmp_path, "new")
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="a folder"):
        fill(tmp_path / "file", "new")
