"""Keys behind the one that leaves, and windows that are too small: nothing falls over them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from tests.support import desk
from tui.dialogs.dialog import Dialog
from tui.dialogs.go_to import GoToDialog
from tui.dialogs.model_picker import KnownModels, ModelPicker
from tui.screens.session_screen import SessionScreen
from tui.session.effects import Redraw
from tui.terminal import textual_internals
from tui.terminal.textual_internals import GuardedApp
from tui.widgets.text.too_small import TooSmall

CAT = "The cat [MASK]."


class Nothing(Message):
    """Stands between two other messages."""


@pytest.mark.parametrize("key", ["m", "r", "f", "x", "a", "question_mark", "o"])
async def test_keys_behind_the_one_that_leaves_do_nothing(tmp_path: Path, key: str) -> None:
    async with desk(tmp_path, CAT) as app:
        app.app.exit()
        for name in (key, "down", "comma"):
            app.app.post_message(events.Key(name, None))


async def test_what_is_due_when_the_screens_have_gone_is_not_done(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT) as app:
        perform = app.main.perform
    assert not app.app.screen_stack
    await perform([Redraw.STATUS])


async def test_a_window_that_shrinks_while_the_program_is_left(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT, size=(20, 5)) as app:
        await app.main.query(TooSmall).remove()
        app.app.exit()
        SessionScreen.on_resize(app.main)
        assert not app.main.query(TooSmall)


async def test_sizes_in_quick_succession_come_to_rest_at_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a large screen is laid out new sizes arrive, and other things in between."""
    is_out_of_date, taken = textual_internals._is_out_of_date, list[Size]()

    def noted(guarded: GuardedApp, widget: Widget, message: Message) -> bool:
        if is_out_of_date(guarded, widget, message):
            return True
        if widget is not screen or not isinstance(message, events.Resize):
            return False
        taken.append(message.size)
        return len(taken) > 50  # it would go on for ever, and nothing else would have its turn

    async with desk(tmp_path, CAT, size=(80, 24)) as app:
        screen = app.main
        monkeypatch.setattr(textual_internals, "_is_out_of_date", noted)
        app.app._size = Size(200, 60)
        for size in ((20, 5), (200, 60)):
            screen.post_message(events.Resize.from_dimensions(size, None))
            screen.post_message(Nothing())
        await asyncio.sleep(1)
        assert 0 < len(taken) < 10
        assert screen.size == Size(200, 60)


@pytest.mark.parametrize("keys", [("m",), ("r",), ("f",), ("a",), ("o",)], ids=" ".join)
async def test_what_happens_while_a_screen_is_being_opened(
    tmp_path: Path, keys: tuple[str, ...]
) -> None:
    async with desk(tmp_path, CAT) as app:
        await app.press("f", "escape", *keys)  # the cache's models are known, a board was open
        again: Screen[Any]
        if isinstance(app.app.screen, SessionScreen):
            again = type(app.app.screen)(app.session, app.main.perform)
        else:
            again = ModelPicker(
                lambda: KnownModels("embedded", app.session.models.cached, offline=True)
            )
        waiting = app.app.push_screen(again)
        assert app.app.screen is again
        assert not again.is_mounted
        await app.main.perform([Redraw.EVERYTHING])
        await waiting
        await app.settle()
        assert app.text


@pytest.mark.parametrize("key", ["m", "r", "f", "a"])
async def test_each_screen_says_that_the_window_is_too_small(tmp_path: Path, key: str) -> None:
    async with desk(tmp_path, CAT, size=(80, 24)) as app:
        await app.press(key)
        before = app.text
        await app.pilot.resize_terminal(20, 5)
        await app.settle()
        assert "20×5 is too small" in app.text
        await app.pilot.resize_terminal(80, 24)
        await app.settle()
        assert app.text == before


async def test_an_enter_behind_the_escape_that_closed_its_dialog(tmp_path: Path) -> None:
    async with desk(tmp_path, CAT) as app:
        await app.press("o")
        picker = app.app.screen
        assert isinstance(picker, ModelPicker)
        await app.press("escape")
        field = Input("embedded")
        picker.on_input_submitted(Input.Submitted(field, "embedded"))
        await app.settle()
        assert app.app.screen is app.main


@pytest.mark.parametrize("typed", ["2 5", "99 99"])
async def test_an_enter_behind_the_escape_that_left_going_to_a_head(
    tmp_path: Path, typed: str
) -> None:
    async with desk(tmp_path, CAT) as app:
        await app.press("g")
        dialog = app.app.screen
        assert isinstance(dialog, GoToDialog)
        await app.press("escape")
        dialog.on_input_submitted(Input.Submitted(Input(typed), typed))
        await app.settle()
        assert app.app.screen is app.main


@pytest.mark.parametrize("key", ["o", "g", "v", "a", "question_mark", "colon"])
async def test_a_dialog_that_has_closed_closes_nothing_else(tmp_path: Path, key: str) -> None:
    async with desk(tmp_path, CAT) as app:
        await app.press(key)
        dialog = app.app.screen
        assert isinstance(dialog, Dialog)
        await app.press("escape")
        await app.settle()
        assert app.app.screen is app.main
        await app.press("m")
        board = app.app.screen
        dialog.dismiss()
        await app.settle()
        assert app.app.screen is board is not app.main


async def test_the_columns_that_are_shown_are_counted_whenever_they_change(tmp_path: Path) -> None:
    text = "the quick brown fox and the lazy dog [MASK] over the old fence" + " and over it" * 9
    async with desk(tmp_path, text, size=(200, 60)) as app:
        assert "columns: " not in app.status
        grid = app.main.grid
        for width in (40, 30, 150):  # the grid alone: its screen may have been told before it
            grid.styles.max_width = width
            async with asyncio.timeout(10):
                while (grid.size.width < 100) is not (width < 100) or grid.size.width > width:
                    await asyncio.sleep(0.01)
            await app.settle()
            shown, count = grid.columns_shown
            assert (shown < count) is (width < 100)
            assert (shown < count) is ("columns: " in app.status)
            assert shown == count or f"columns: {shown} of {count} shown" in app.status
