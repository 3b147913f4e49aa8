"""With `NO_COLOR` set every screen, dialog and pane is drawn: Textual's own filter is in force."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import desk

TEXT = "The cat, despite the noise, [MASK] gracefully."
OVER = {
    "views": ("v",),
    "map": ("m", "n"),
    "table": ("r", "u"),
    "query": ("/",),
    "focus": ("f",),
    "lens": ("L", "tab", "tab"),
    "arrows": ("E",),
    "note": ("a",),
    "models": ("o",),
    "compare": ("=",),
    "word": ("W",),
    "go to": ("g",),
    "help": ("?",),
    "palette": (":",),
    "curve": ("F", "F"),
    "panes": ("backslash",),
    "list": ("x",),
    "overview": ("z", "#", "C"),
    "difference": ("=", "enter", "m", "=", "escape", "A"),
    "grid of layers": ("=", *"A dog, despite the noise, [MASK] gracefully.", "enter", "R", "R"),
}


@pytest.mark.parametrize("keys", OVER.values(), ids=OVER)
async def test_it_is_drawn_without_colours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...]
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with desk(tmp_path, TEXT, size=(200, 50)) as at:
        assert at.app.no_color
        before = at.text
        await at.press_each(*keys)
        at.app.refresh(layout=True)
        await at.settle()
        assert at.text != before
