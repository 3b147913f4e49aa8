"""The screen as files: what was seen, and never in the place of another screen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tui.errors import SaveError
from tui.evidence.screen_picture import ScreenPicture
from tui.render import typeface
from tui.render.screen_picture import CellStyle, ScreenCell, draw_screen
from tui.storage.saving import picture_metadata

STYLE = CellStyle((255, 255, 255), (0, 0, 0))


def cells(*lines: str) -> list[list[ScreenCell]]:
    return [[ScreenCell(character, STYLE) for character in line] for line in lines]


SCREEN = ScreenPicture(
    cells=cells("cat", "sat"), svg="<svg>cat</svg>", text="The cat [MASK].", model="embedded",
    layer=0, head=4,
)  # fmt: skip


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_both_files_show_what_was_seen(tmp_path: Path) -> None:
    picture, drawing = SCREEN.save(tmp_path / "new").paths
    assert picture == tmp_path / "new" / "Screen_Layer1_Head5.png"
    assert drawing == picture.with_suffix(".svg")
    with Image.open(picture) as opened:
        assert (np.asarray(opened) == np.asarray(draw_screen(SCREEN.cells))).all()
    facts = picture_metadata(picture)
    assert facts is not None
    assert (facts["Text"], facts["Layer"], facts["Head"]) == ("The cat [MASK].", "1", "5")
    assert drawing.read_text() == "<svg>cat</svg>"
    assert names(tmp_path / "new") == {picture.name, drawing.name}


def test_the_same_screen_is_the_same_files(tmp_path: Path) -> None:
    assert SCREEN.save(tmp_path) == SCREEN.save(tmp_path)
    assert len(names(tmp_path)) == 2


def test_what_the_picture_shows_as_boxes_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typeface, "_system_fonts", lambda: ())
    typeface.font_for.cache_clear()
    boxed = replace(SCREEN, cells=cells("猫猫猫", "sat"))
    assert "fonts-noto-cjk" in boxed.save(tmp_path).missing_fonts
    assert SCREEN.save(tmp_path).missing_fonts == ""
    typeface.font_for.cache_clear()


def test_another_screen_is_other_files(tmp_path: Path) -> None:
    before = SCREEN.save(tmp_path).paths
    kept = [path.read_bytes() for path in before]
    other = replace(SCREEN, cells=cells("dog", "sat"), svg="<svg>dog</svg>")
    assert [path.name for path in other.save(tmp_path).paths] == [
        "Screen_Layer1_Head5_2.png",
        "Screen_Layer1_Head5_2.svg",
    ]
    assert [path.read_bytes() for path in before] == kept


def test_characters_that_no_file_can_hold(tmp_path: Path) -> None:
    odd = replace(SCREEN, cells=cells("\ud800"), svg="<svg>\ud800</svg>")
    assert odd.save(tmp_path).paths[1].read_text() == "<svg>?</svg>"


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SaveError, match="a part of that path is a file"):
        SCREEN.save(tmp_path / "file")
