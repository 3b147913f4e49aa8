"""The app started again in the same folder is where it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support import Desk, desk
from tui.storage import kept_place
from tui.storage.kept_place import KeptPlace

TEXT = "The cat, despite the noise, [MASK] gracefully and [MASK]."


def again(folder: Path, **options: Any) -> Any:
    """The app, started as the command line does it."""
    file = folder / "session.json"
    return desk(
        folder, options.pop("text", None), place=kept_place.load(file), place_file=file, **options
    )


def place(at: Desk) -> tuple[str, int, int, tuple[int, int], str]:
    reading = at.session.viewing
    assert reading.analysis is not None
    return (
        reading.analysis.text,
        reading.layer,
        reading.head,
        at.main.grid.cursor,
        reading.scale.name,
    )


async def test_everything_is_where_it_was(tmp_path: Path) -> None:
    async with again(tmp_path) as at:
        await at.ask(TEXT)
        await at.press("right", "right", "down", "n", "n", "]", "k", "k", "l")
        before = place(at)
        assert before[1:3] == (1, 2)
    async with again(tmp_path) as at:
        assert place(at) == before
        assert at.main.sentence.value == TEXT
        assert at.session.filling.mask == 1


async def test_what_was_switched_on_is_on(tmp_path: Path) -> None:
    async with again(tmp_path) as at:
        await at.ask(TEXT)
        await at.press("t", "c", "c", "#", "x", "d", "C")
        before = at.session.looking.toggles
        assert before == {
            "hides": True, "ramp": "viridis", "numbers": True, "overview": False,
            "incoming": True, "bars": True, "contrast": True, "words": False,
            "cells": "", "pane": "map",
        }  # fmt: skip
        text = at.text
    async with again(tmp_path) as at:
        assert at.session.looking.toggles == before
        await at.press("tab")
        assert at.text.splitlines()[2:-2] == text.splitlines()[2:-2]


async def test_a_text_that_is_given_goes_before_the_one_that_is_kept(tmp_path: Path) -> None:
    async with again(tmp_path) as at:
        await at.ask(TEXT)
        await at.press("right", "n", "k", "k")
        before = place(at)
    async with again(tmp_path, text="A dog [MASK] here.") as at:
        now = place(at)
        assert now[0] == "A dog [MASK] here."
        assert now[1:3] == before[1:3]
        assert now[3][0] == 3, "the mask's row"
        assert now[4] == before[4]


async def test_layer_and_head_that_are_asked_for_go_first(tmp_path: Path) -> None:
    async with again(tmp_path) as at:
        await at.ask(TEXT)
        await at.press("right")
    async with again(tmp_path, layer=4, head=5) as at:
        assert place(at)[1:3] == (4, 5)


async def test_it_is_kept_on_change_and_not_at_the_end_alone(tmp_path: Path) -> None:
    async with again(tmp_path) as at:
        await at.ask(TEXT)
        await at.press("right", "right", "right")
        await at.pilot.pause(0.6)
        await at.settle()
        kept = kept_place.load(tmp_path / "session.json")
        assert (kept.text, kept.model, kept.head) == (TEXT, "embedded", 3)


async def test_a_session_of_a_larger_model_still_opens(tmp_path: Path) -> None:
    kept = KeptPlace(
        text=TEXT, layer=40, head=60, query=900, key=900, mask=7, scale="gone", view="gone"
    )
    kept_place.save(tmp_path / "session.json", kept, tmp_path)
    async with again(tmp_path) as at:
        _, layer, head, cursor, scale = place(at)
        assert (layer, head) == (5, 11)
        assert cursor[0] < 20
        assert scale == "per head"
        await at.press("tab", "h", "left")
        assert "Head 11 of 12" in at.text


async def test_a_folder_that_takes_nothing_is_no_reason_to_complain(tmp_path: Path) -> None:
    (tmp_path / "session.json").mkdir()
    async with again(tmp_path) as at:
        await at.ask(TEXT)
        await at.press("right")
        await at.pilot.pause(0.6)
        await at.settle()
        assert "Head 2 of 12" in at.text
        assert "annot" not in at.status


async def test_nothing_is_kept_where_nothing_is_to_be_kept(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.press("right")
    assert not list(tmp_path.glob("*.json"))


async def test_nothing_is_written_before_there_is_something_to_keep(tmp_path: Path) -> None:
    async with again(tmp_path, text="") as at:
        await at.pilot.pause(0.6)
        await at.settle()
    assert not (tmp_path / "session.json").exists()


def test_the_file_can_be_read_by_a_person(tmp_path: Path) -> None:
    kept_place.save(tmp_path / "s.json", KeptPlace(text="a 日本"), tmp_path)
    text = (tmp_path / "s.json").read_text(encoding="utf-8")
    assert "日本" in text
    assert json.loads(text)["folder"] == str(tmp_path)
