"""A file is written whole or not at all, and never in the place of something else."""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from typing import Any, NoReturn

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tui.errors import SaveError
from tui.storage import files as files_module
from tui.storage.files import write_whole
from tui.storage.saving import picture_name, save_picture

NAME = "Attention_Layer1_Head1.png"
CAT = {"Title": "Layer 1 of 6", "Text": "The cat · 日本語 [MASK]"}
DOG = {"Title": "Layer 1 of 6", "Text": "The dog [MASK]"}


def picture(facts: dict[str, str], grey: int = 0) -> bytes:
    info = PngInfo()
    for name, fact in facts.items():
        info.add_itxt(name, fact)
    file = io.BytesIO()
    Image.new("L", (4, 4), grey).save(file, "PNG", pnginfo=info)
    return file.getvalue()


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def failing(code: int) -> Callable[..., NoReturn]:
    def fail(*_: Any, **__: Any) -> NoReturn:
        raise OSError(code, os.strerror(code))

    return fail


# Names


def test_names_count_from_1() -> None:
    assert picture_name(0, 0) == "Attention_Layer1_Head1.png"
    assert picture_name(7, 10) == "Attention_Layer8_Head11.png"


def test_names_say_what_else_decides_the_picture() -> None:
    name = picture_name(7, 10, ["perhead", "nospecials"])
    assert name == "Attention_Layer8_Head11_perhead_nospecials.png"


# Whole files


def test_a_file_is_written_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    for data in (b"one", b"the second is longer", b""):
        write_whole(path, data)
        assert path.read_bytes() == data
    assert files(tmp_path) == {"notes.txt"}


def test_a_file_has_the_permissions_that_any_new_file_has(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "ours", b"")
        save_picture(tmp_path, NAME, picture(CAT), CAT)
    finally:
        os.umask(before)
    for name in ("ours", NAME):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o640


@pytest.mark.parametrize("call", ["replace", "fsync", "open"])
@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_failure_leaves_what_was_there_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"before")
    monkeypatch.setattr(os, call, failing(code))
    with pytest.raises(SaveError) as caught:
        write_whole(path, b"after")
    monkeypatch.undo()
    assert path.read_bytes() == b"before"
    assert files(tmp_path) == {"notes.txt"}
    sentence = str(caught.value)
    assert str(tmp_path) in sentence
    assert "--save-dir" in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert sentence.count(". ") == 0


@pytest.mark.parametrize("call", ["replace", "fsync"])
def test_an_interrupt_leaves_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, call, interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "notes.txt", b"data")
    assert files(tmp_path) == set()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (errno.EACCES, "may not write there"),
        (errno.EROFS, "is read-only"),
        (errno.ENOSPC, "disk is full; free some space"),
    ],
)
def test_the_sentence_says_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, said: str
) -> None:
    monkeypatch.setattr(os, "open", failing(code))
    with pytest.raises(SaveError, match=said):
        write_whole(tmp_path / "notes.txt", b"data")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(SaveError, match=r"gone: the folder is not there"):
        write_whole(tmp_path / "gone" / "notes.txt", b"data")


def test_a_folder_in_the_place_of_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").mkdir()
    with pytest.raises(SaveError, match=r"notes\.txt: a folder has that name"):
        write_whole(tmp_path / "notes.txt", b"data")
    assert files(tmp_path) == {"notes.txt"}


def test_a_name_that_is_too_long_is_said(tmp_path: Path) -> None:
    with pytest.raises(SaveError, match="too long"):
        write_whole(tmp_path / ("x" * 400), b"data")
    assert files(tmp_path) == set()


def test_a_folder_s_name_cannot_reach_the_terminal(tmp_path: Path) -> None:
    folder = tmp_path / "a\x1b[31mb\nc"
    folder.write_bytes(b"")
    with pytest.raises(SaveError) as caught:
        save_picture(folder, NAME, picture(CAT), CAT)
    assert str(caught.value).isprintable()


# Pictures


def test_a_picture_is_saved_in_a_folder_made_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = save_picture(Path("new/screenshots"), NAME, picture(CAT), CAT)
    assert path.is_absolute()
    assert path == tmp_path / "new" / "screenshots" / NAME
    assert path.read_bytes() == picture(CAT)
    assert files(path.parent) == {NAME}


def test_a_picture_of_the_same_facts_is_replaced(tmp_path: Path) -> None:
    first = save_picture(tmp_path, NAME, picture(CAT, grey=1), CAT)
    second = save_picture(tmp_path, NAME, picture(CAT, grey=2), CAT)
    assert first == second
    assert second.read_bytes() == picture(CAT, grey=2)
    assert files(tmp_path) == {NAME}


def test_a_picture_of_other_facts_stays(tmp_path: Path) -> None:
    cow = {**CAT, "Text": "The cow"}
    paths = [save_picture(tmp_path, NAME, picture(facts), facts) for facts in (CAT, DOG, cow)]
    stem = NAME.removesuffix(".png")
    assert [path.name for path in paths] == [NAME, f"{stem}_2.png", f"{stem}_3.png"]
    assert [path.read_bytes() for path in paths] == [picture(facts) for facts in (CAT, DOG, cow)]
    again = save_picture(tmp_path, NAME, picture(DOG, grey=9), DOG)
    assert again == paths[1], "the one that shows the same, not a fourth"
    assert len(files(tmp_path)) == 3


def test_a_fact_more_or_less_is_something_else(tmp_path: Path) -> None:
    save_picture(tmp_path, NAME, picture(CAT), CAT)
    fewer = {"Title": CAT["Title"]}
    assert save_picture(tmp_path, NAME, picture(fewer), fewer).name.endswith("_2.png")
    more = {**CAT, "Scale": "per head"}
    assert save_picture(tmp_path, NAME, picture(more), more).name.endswith("_3.png")


@pytest.mark.parametrize(
    "data",
    [b"", b"no picture", picture(CAT)[:40], picture(CAT)[:-30], picture({})],
    ids=["empty", "text", "cut early", "cut late", "without facts"],
)
def test_what_cannot_be_read_is_not_replaced(tmp_path: Path, data: bytes) -> None:
    (tmp_path / NAME).write_bytes(data)
    path = save_picture(tmp_path, NAME, picture(CAT), CAT)
    assert path.name.endswith("_2.png")
    assert (tmp_path / NAME).read_bytes() == data


def test_folders_pipes_and_broken_links_of_that_name_are_passed_over(tmp_path: Path) -> None:
    stem = NAME.removesuffix(".png")
    (tmp_path / NAME).mkdir()
    pipe = tmp_path / f"{stem}_2.png"
    os.mkfifo(pipe)
    # Whoever opens the pipe to read meets this writer, instead of hanging the test.
    writer = Thread(target=lambda: os.close(os.open(pipe, os.O_WRONLY)), daemon=True)
    writer.start()
    (tmp_path / f"{stem}_3.png").symlink_to(tmp_path / "outside" / "gone.png")
    assert save_picture(tmp_path, NAME, picture(CAT), CAT).name == f"{stem}_4.png"
    assert writer.is_alive(), "the pipe was opened"
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    writer.join(5)
    os.close(reader)


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.png"
    elsewhere.write_bytes(picture(CAT, grey=1))
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / NAME).symlink_to(elsewhere)
    path = save_picture(folder, NAME, picture(CAT, grey=2), CAT)
    assert path == folder / NAME
    assert not path.is_symlink()
    assert elsewhere.read_bytes() == picture(CAT, grey=1)


@pytest.mark.parametrize("name", ["", "..", "../x.png", "a/b.png", "/x.png"])
def test_a_name_never_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(AssertionError):
        save_picture(tmp_path / "pictures", name, b"", {})
    assert files(tmp_path) == set()


@pytest.mark.parametrize("below", ["", "deeper/still"])
def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    folder = tmp_path / "file" / below
    with pytest.raises(SaveError, match="a part of that path is a file") as caught:
        save_picture(folder, NAME, picture(CAT), CAT)
    assert str(folder) in str(caught.value)


def test_an_unknown_home_is_said() -> None:
    with pytest.raises(SaveError, match="no such home folder; choose another"):
        save_picture(Path("~nobody-has-this-name/x"), NAME, picture(CAT), CAT)


def test_home_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert save_picture(Path("~/x"), NAME, picture(CAT), CAT) == tmp_path / "x" / NAME


# Two apps in one folder


def without_links(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", failing(errno.EPERM))


@pytest.mark.parametrize("links", [True, False], ids=["links", "no links"])
@pytest.mark.parametrize(("theirs", "suffix"), [(DOG, "_2.png"), (CAT, "Head1.png")])
def test_a_picture_made_in_between_is_looked_at(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    links: bool,
    theirs: dict[str, str],
    suffix: str,
) -> None:
    """The other app's file appears after ours was written beside, before it takes the name."""
    if not links:
        without_links(monkeypatch)
    write_beside = files_module._write_beside

    def and_they_save(path: Path, data: bytes, *instead: str) -> Path:
        if path.name == NAME and not path.exists():
            path.write_bytes(picture(theirs, grey=7))
        return write_beside(path, data, *instead)

    monkeypatch.setattr(files_module, "_write_beside", and_they_save)
    path = save_picture(tmp_path, NAME, picture(CAT), CAT)
    assert path.name.endswith(suffix)
    assert path.read_bytes() == picture(CAT)
    if theirs is DOG:
        assert (tmp_path / NAME).read_bytes() == picture(DOG, grey=7)
    assert files(tmp_path) == {NAME, path.name}


@pytest.mark.parametrize("links", [True, False], ids=["links", "no links"])
def test_many_at_once_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    if not links:
        without_links(monkeypatch)
    everything = [{"Text": f"sentence {number}"} for number in range(12)]
    with ThreadPoolExecutor(6) as pool:
        paths = list(
            pool.map(lambda facts: save_picture(tmp_path, NAME, picture(facts), facts), everything)
        )
    assert len(set(paths)) == 12
    assert files(tmp_path) == {path.name for path in paths}
    for path, facts in zip(paths, everything, strict=True):
        assert path.read_bytes() == picture(facts)


def test_without_links_a_failure_gives_the_name_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_links(monkeypatch)
    monkeypatch.setattr(os, "replace", failing(errno.ENOSPC))
    with pytest.raises(SaveError, match="full"):
        save_picture(tmp_path, NAME, picture(CAT), CAT)
    assert files(tmp_path) == set()
