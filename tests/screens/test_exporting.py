"""`S` and `p`: every head as a file while the app goes on, and the screen itself."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from PIL import Image

from tests.support import desk
from tui.render.screen_picture import draw_screen
from tui.session.choice import Choice
from tui.storage.saving import picture_metadata
from tui.terminal.screen_cells import screen_cells

TEXT = "The cat [MASK]."


def pictures(folder: Path) -> list[Path]:
    return sorted((folder / "pictures").glob("Attention_*.png"))


async def test_all_heads_are_saved_while_the_app_goes_on(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        at.client.stops_jobs_at = 5
        await at.pilot.press("S", "right", "right")
        await at.stopped()
        assert "saving 5 of 73" in at.screen[-2]
        assert "Head 3 of 12" in at.text
        at.client.goes_on.set()
        await at.settle()
        assert at.status == f"Saved 73 pictures in {tmp_path / 'pictures'}."
        assert "saving" not in at.screen[-2].replace("Saved", "")
        found = pictures(tmp_path)
        assert len(found) == 73
        facts = picture_metadata(tmp_path / "pictures" / "Attention_Layer6_Head12.png")
        assert facts is not None
        assert (facts["Text"], facts["Scale"], facts["Model"]) == (TEXT, "absolute", "embedded")
        await at.press("S")
        assert "73 of them were there already" in at.status


async def test_saving_is_stopped_and_goes_on(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        at.client.stops_jobs_at = 4
        await at.pilot.press("S")
        await at.stopped()
        await at.pilot.press("S")
        assert "already; ctrl+c stops that" in at.text
        await at.pilot.press("ctrl+c")
        at.client.goes_on.set()
        await at.settle()
        assert "S goes on" in at.status
        assert 3 < len(pictures(tmp_path)) < 73
        await at.press("S")
        assert len(pictures(tmp_path)) == 73
        assert "were there already" in at.status
        assert at.app.is_running


async def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "pictures").write_bytes(b"")
    async with desk(tmp_path, TEXT) as at:
        await at.press("S")
        assert "a part of that path is a file" in at.status
        await at.press("p")
        assert "a part of that path is a file" in at.status


async def test_leaving_ends_the_saving(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        at.client.stops_jobs_at = 1
        await at.pilot.press("S")
        await at.stopped()
        client = at.client
    while client.works:
        time.sleep(0.01)
    assert len(pictures(tmp_path)) < 73
    for path in pictures(tmp_path):
        assert picture_metadata(path) is not None, "whole"


async def test_nothing_to_save_is_said(tmp_path: Path) -> None:
    async with desk(tmp_path, "") as at:
        await at.press("S")
        assert "nothing" in at.status


async def test_the_screen_is_saved_as_it_is_seen(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT, size=(90, 30)) as at:
        await at.press("right")
        seen = np.asarray(draw_screen(screen_cells(at.app.screen)))
        await at.press("p")
        path = tmp_path / "pictures" / "Screen_Layer1_Head2.png"
        assert at.status == f"Saved {path} and {path.stem}.svg"
        with Image.open(path) as picture:
            assert (np.asarray(picture) == seen).all()
            assert picture.text["Text"] == TEXT  # type: ignore[attr-defined]
        svg = path.with_suffix(".svg").read_text(encoding="utf-8")
        assert svg.startswith("<svg")
        assert "gracefully" not in svg
        assert "Head&#160;2" in svg


async def test_the_screen_s_facts_are_those_of_both_that_are_compared(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        other = "The dogs [MASK] today."
        await at.perform(list(at.session.comparing.choose(Choice.of_text(other))))
        assert at.session.comparing.shown_side == "A−B"
        await at.press("p")
        (path,) = (tmp_path / "pictures").glob("Screen_*.png")
        facts = picture_metadata(path)
        assert facts is not None
        assert (facts["Text"], facts["Other text"]) == (TEXT, other)
        assert facts["Other model"] == "embedded"
        assert "unaligned" in facts["Notes"]
        await at.press("s")
        (saved,) = (tmp_path / "pictures").glob("*_difference_*.png")
        assert str(saved) in at.status
        at.session.comparing._found = None  # B is gone, and is not asked for again yet
        await at.press("p", "s", "a")
        assert at.app.is_running
        screens = [picture_metadata(one) for one in (tmp_path / "pictures").glob("Screen_*.png")]
        assert sum("Other text" in (one or {}) for one in screens) == 1


async def test_of_a_window_without_room_there_is_no_picture(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT, size=(90, 30)) as at:
        for columns, lines in ((500, 1), (1, 60), (39, 11)):
            await at.pilot.resize_terminal(columns, lines)
            await at.press("p")
        assert not (tmp_path / "pictures").exists()
        assert not list(tmp_path.rglob("errors/*"))


async def test_another_screen_is_another_file(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.press("p")
        await at.shows("Head1.svg")
        await at.press("h", "p")
        await at.shows("Head1_2.svg")
        names = {path.name for path in (tmp_path / "pictures").iterdir()}
        assert names == {
            f"Screen_Layer1_Head1{n}.{kind}" for n in ("", "_2") for kind in ("png", "svg")
        }
        await at.press("l", "h")
        assert "Head1" not in at.status
        await at.press("p")
        await at.shows("Head1_2.svg")
        assert {path.name for path in (tmp_path / "pictures").iterdir()} == names
