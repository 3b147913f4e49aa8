"""Pictures of the screen in each colour mode, compared to kept ones.

What the real driver sends is drawn by an emulator, and its cells are written down: the characters,
and below them the style of each cell as a letter that a list at the end explains. Where a change of
the look is wanted, look at the new pictures and keep them:

    KEEP_PICTURES=1 python -m pytest tests/test_screen_pictures.py
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
from pyte.screens import Char

from tests.pty_terminal import Terminal

KEPT = Path(__file__).with_name("pictures")
PROGRAM = [sys.executable, str(Path(__file__).with_name("fixed_app.py"))]
COLUMNS, LINES = 80, 24
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

GRADIENT = "v v v v v v enter"
"""The keys that lead to numbers on both sides of 0."""

RUNS = {
    "truecolor": (["--color=truecolor"], {"glyphs": "", "grey": "c", "viridis": "c", "magma": "c"}),
    "truecolor_hidden": (
        ["--color=truecolor"],
        {"sink_glyphs": "down right t", "sink_cividis": "c c c c", "sink_numbers": "number_sign"},
    ),
    "256": (["--color=256"], {"viridis": "c c", "overview": "z", "cividis_numbers": "c c #"}),
    "16": (["--color=16"], {"grey": "c", "magma": "c c", "overview": "z", "list": "z x"}),
    "none": (["--color=none"], {"glyphs": "", "numbers": "#", "overview": "# z"}),
    "ascii": (["--color=none", "--ascii"], {"glyphs": "", "list": "d", "overview": "d z"}),
    "signed_truecolor": (
        ["--color=truecolor"],
        {"glyphs": GRADIENT, "overview": "z", "colours": "z c", "numbers": "number_sign"},
    ),
    "signed_256": (["--color=256"], {"colours": f"{GRADIENT} c", "overview": "z"}),
    "signed_16": (["--color=16"], {"glyphs": GRADIENT, "colours": "c"}),
    "signed_none": (["--color=none"], {"glyphs": GRADIENT}),
    "signed_ascii": (["--color=none", "--ascii"], {"glyphs": GRADIENT}),
    "contrast": (["--color=truecolor"], {"glyphs": "C", "cividis": "c c c c"}),
}


def said(cell: Char) -> str:
    """A cell's style in words; what a blank does not show is left out."""
    blank = cell.data == " "
    names = ("reverse", "underscore") if blank else ("bold", "italics", "underscore", "reverse")
    ink = cell.fg if not blank or cell.reverse else "blank"
    return " ".join([f"{ink} on {cell.bg}", *(name for name in names if getattr(cell, name))])


def picture(terminal: Terminal) -> str:
    """The screen, written down, without the line of keys: that changes with every new key."""
    letters: dict[str, str] = {}
    styles = []
    for line in range(LINES - 1):
        cells = [terminal.cell(column, line) for column in range(COLUMNS)]
        for cell in cells:
            letters.setdefault(said(cell), LETTERS[len(letters)])
        styles.append("".join(letters[said(cell)] for cell in cells))
    explained = [f"{letter}: {style}" for style, letter in letters.items()]
    shown = [line.rstrip() for line in terminal.display[: LINES - 1]]
    return "\n".join([*shown, "", *styles, "", *explained, ""])


@pytest.mark.parametrize("name", RUNS)
def test_the_screen_looks_as_it_did(name: str, tmp_path: Path) -> None:
    arguments, steps = RUNS[name]
    with Terminal([*PROGRAM, *arguments], columns=COLUMNS, lines=LINES, home=tmp_path) as terminal:
        terminal.wait_for("piece 6 of 10", timeout=30)  # the answer, not only its text
        terminal.wait_for("the cats")
        for step, keys in steps.items():
            for key in keys.replace("number_sign", "#").split():
                terminal.wait_idle(0.1)
                terminal.key(key)
            kept = KEPT / f"{name}_{step}.txt"
            if os.environ.get("KEEP_PICTURES"):
                terminal.wait_idle(1)
                kept.parent.mkdir(exist_ok=True)
                kept.write_text(picture(terminal), encoding="utf-8")
            wanted = kept.read_text(encoding="utf-8")
            until = time.monotonic() + 10
            terminal.wait_idle(0.15)
            while (drawn := picture(terminal)) != wanted and time.monotonic() < until:
                terminal.wait_idle(0.15)
            assert drawn.splitlines() == wanted.splitlines(), kept.name
        sent = terminal.raw.decode()
        if "--color=none" in arguments:
            assert "38;" not in sent
            assert "48;" not in sent
        if "--ascii" in arguments:
            assert sent.isascii()
        terminal.key("q")
        terminal.wait()
        terminal.assert_restored()
