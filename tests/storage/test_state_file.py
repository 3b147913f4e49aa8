"""Files of the state folder: made when first needed, and failures that name the way out."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.storage.test_saving import failing
from tui.errors import SaveError
from tui.storage import history, kept_place, last_model
from tui.storage.state_file import write_state

WRITES: dict[str, Callable[[Path], None]] = {
    "history": lambda path: history.add(path, "The cat [MASK]."),
    "model": lambda path: last_model.save(path, "somebody/model"),
    "place": lambda path: kept_place.save(path, kept_place.KeptPlace(text="x"), path.parent),
}
every_write = pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)


def said(caught: pytest.ExceptionInfo[SaveError]) -> str:
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert sentence.count(". ") == 0
    assert sentence.isprintable()
    return sentence


@every_write
def test_the_folder_is_made(tmp_path: Path, write: Callable[[Path], None]) -> None:
    path = tmp_path / "new" / "state" / "file"
    write(path)
    assert path.stat().st_size
    assert [one.name for one in path.parent.iterdir()] == ["file"]


@every_write
def test_writing_the_same_again_changes_nothing(
    tmp_path: Path, write: Callable[[Path], None]
) -> None:
    path = tmp_path / "file"
    write(path)
    before = path.stat().st_ino
    write(path)
    assert path.stat().st_ino == before


@every_write
def test_a_file_in_the_place_of_the_folder(tmp_path: Path, write: Callable[[Path], None]) -> None:
    (tmp_path / "state").write_bytes(b"")
    with pytest.raises(SaveError) as caught:
        write(tmp_path / "state" / "file")
    sentence = said(caught)
    assert "a part of that path is a file" in sentence
    assert "XDG_STATE_HOME" in sentence
    assert "--save-dir" not in sentence, "which decides about other files"


@every_write
@pytest.mark.parametrize("call", ["mkdir", "open", "replace", "fsync"])
def test_a_folder_that_may_not_be_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path], None], call: str
) -> None:
    monkeypatch.setattr(os, call, failing(errno.EACCES))
    with pytest.raises(SaveError) as caught:
        write(tmp_path / "state" / "file")
    monkeypatch.undo()
    sentence = said(caught)
    assert "may not write there" in sentence
    assert "XDG_STATE_HOME" in sentence
    assert "--save-dir" not in sentence


def test_a_folder_in_the_place_of_the_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    with pytest.raises(SaveError, match="a folder has that name; rename it"):
        write_state(tmp_path / "file", b"x")


def test_a_current_folder_that_has_been_removed_has_a_place_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    path = kept_place.place_file(tmp_path / "state", Path())
    kept_place.save(path, kept_place.KeptPlace(text="x"), Path())
    assert kept_place.load(path).text == "x"
    with pytest.raises(SaveError, match="the folder is not there"):
        write_state(Path("state/file"), b"x")


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\x1b[2J\n"])
def test_the_last_model_is_the_default_where_none_is_known(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "model.txt"
    if content is not None:
        path.write_bytes(content)
    assert last_model.load(path, "usual") == "usual"


def test_a_model_in_a_folder_of_any_name(tmp_path: Path) -> None:
    path = tmp_path / "model.txt"
    last_model.save(path, "/models/\udcff")
    assert path.read_bytes() == b"/models/\xff\n"
    assert last_model.load(path, "usual").isprintable()
