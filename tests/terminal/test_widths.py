"""Terminals that draw a character wider or narrower than it is taken to be: no letter is lost."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tmux import Tmux, needs_tmux, shown_by_tmux
from tui.render.depth import Depth
from tui.terminal.cells import Cells
from tui.terminal.textual_internals import cell_len
from tui.text import clusters

SCRIPTS = [
    "❤️", "👩\u200d👩\u200d👧", "🇩🇪", "हिन्दी", "ส่วน", "น้ำ", "\u1112\u1161\u11ab", "e\u0301",
    "שלום", "1️⃣", "👍🏽", "நிலா", "বাংলা", "မြန်မာ", "⚠️", "☀", "가", "ｶﾞ", "日本", "ك",
]  # fmt: skip
"""What joins and combines: emoji, flags, vowel signs, jamo, marks, letters from right to left."""
LETTERS = "abcdefghijklmnopqrstuvwx"
Belief = Callable[[str], int]


def frames(texts: list[str]) -> str:
    """Each text pasted into its line where letters stood, as the terminal is sent it."""
    cells = Cells(Depth.NONE)
    cells.write("".join(f"\x1b[{line};1H{LETTERS}" for line in range(1, len(texts) + 1)))
    sent = cells.changes(60, 60)
    for line, text in enumerate(texts, start=1):
        row = f"ab{text}ef g"
        cells.write(f"\x1b[{line};1H{row}{' ' * (len(LETTERS) - cell_len(row))}")
    return sent + cells.changes(60, 60)


@needs_tmux
def test_tmux_shows_every_letter_and_no_stray_one(tmp_path: Path) -> None:
    rows = shown_by_tmux(frames(SCRIPTS), tmp_path, len(SCRIPTS))
    for text, row in zip(SCRIPTS, rows, strict=True):
        letters = "".join(row.split())
        # An emoji that tmux draws wider than its columns is cut by the letter behind it.
        shown = text if letters.startswith(f"ab{text}") else text[:1]
        assert letters == f"ab{shown}efg".replace(" ", ""), ascii(text)
        assert shown == text or unicodedata.category(text[0]) == "So", ascii(text)


# Terminals of other beliefs


def of_its_characters(cluster: str) -> int:
    """A terminal that knows of nothing that belongs together, and draws every emoji wide."""
    kinds = [(unicodedata.category(one), unicodedata.east_asian_width(one)) for one in cluster]
    return sum(
        0 if kind in ("Mn", "Me", "Cf") else 2 if wide in "WF" or kind == "So" else 1
        for kind, wide in kinds
    )


def of_its_first(cluster: str) -> int:
    """A terminal that gives everything the columns of its first character."""
    return 2 if unicodedata.east_asian_width(cluster[0]) in "WF" else 1


def shown_by_believer(sent: str, believes: Belief, columns: int = 60) -> dict[int, list[str]]:
    """The cells of a terminal that has beliefs; a part of a wide character is a blank."""
    rows: dict[int, list[str]] = {}
    line = column = 0
    sequence = re.compile(r"\x1b\[([0-9;]*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)")
    for numbers, final, move, text in sequence.findall(sent):
        values = [int(number or 1) for number in numbers.split(";")]
        if final == "H":
            line, column = values[0] - 1, (values[1] if len(values) > 1 else 1) - 1
        elif final == "G":
            column = values[0] - 1
        elif final == "C":
            column += values[0]
        elif move:
            line, column = (line + 1, column) if move == "\n" else (line, 0)
        row = rows.setdefault(line, [" "] * columns)
        for cluster in clusters(text):
            width = believes(cluster)
            for at in range(column, column + width):
                start = at
                while start and not row[start]:
                    start -= 1
                end = start + 1
                while end < columns and not row[end]:
                    end += 1
                if end - start > 1:
                    row[start:end] = [" "] * (end - start)
            row[column : column + width] = [cluster, *[""] * (width - 1)]
            column += width
    return rows


@pytest.mark.parametrize("believes", [of_its_characters, of_its_first, cell_len])
@pytest.mark.parametrize("text", SCRIPTS, ids=ascii)
def test_what_stands_behind_is_whole_whatever_the_terminal_believes(
    text: str, believes: Belief
) -> None:
    row = shown_by_believer(frames([text]), believes)[0]
    behind = 2 + cell_len(text)
    assert "".join(row[:2]) == "ab"
    assert "".join(row[behind:]).rstrip() in ("ef g", "efg"), "a blank may be drawn over"
    assert set("".join(row)) <= {*"abefg ", *text}, "no letter of before is left"


def test_a_character_drawn_over_blanks_is_not_cut() -> None:
    family = "👩\u200d👩\u200d👧"
    cells = Cells(Depth.NONE)
    sent = ""
    for text in (f"ab{family}       ef", f"ab{family}  x    ef", f"ab{family}       ef"):
        cells.write(f"\x1b[1;1H{text}")
        sent += cells.changes(60, 60)
    row = shown_by_believer(sent, of_its_characters)[0]
    assert row[2] == family
    assert "".join(row[11:]).strip() == "ef"
    cells.write(f"\x1b[1;1Hab         ef{' ' * 10}")
    row = shown_by_believer(sent + cells.changes(60, 60), of_its_characters)[0]
    assert "".join(row).split() == ["ab", "ef"]


def test_plain_text_costs_nothing_more() -> None:
    cells = Cells(Depth.NONE)
    cells.write(f"\x1b[1;1H{LETTERS} é → ▓▓ 日本 Привет")
    sent = cells.changes(60, 60)
    assert sent.count("\x1b[") == 2, "a style, and where the cursor goes at the end"


def test_a_joiner_at_the_end_joins_nothing_that_is_sent_behind_it() -> None:
    cells = Cells(Depth.NONE)
    cells.write("\x1b[1;1H\x1b[1ma\u200d\x1b[0m\x1b[2mb\x1b[0m")
    assert "\u200d" not in cells.changes(60, 60)


# Everywhere in the app


@needs_tmux
def test_every_text_of_the_app_keeps_its_letters_in_tmux(tmp_path: Path) -> None:
    words = "हिन्दी ส่วน ❤️ é 1️⃣ שלום"
    text = f"the {words} [MASK] cat."
    with Tmux(sys.executable, "-m", "tui", text, home=tmp_path, columns=120) as tmux:
        rows = tmux.wait_for(lambda shown: "not in the vocabulary" in shown)
        assert "".join(text.split()) in "".join("".join(rows[:2]).split()), "the field"
        candidates = [row for row in rows if re.match(r" *\d+ \S+ +0\.\d{3}", row)]
        assert len(candidates) > 5
        labels = [row[40:].split() for row in rows[3:]]
        for label in ("##\N{DOTTED CIRCLE}ि", "##ว", "##ו", "cat"):
            assert any(label in row for row in labels), f"the grid's label {label}"
        tmux.keys("i")
        tmux.keys("C-u")
        tmux.wait_for(lambda shown: "the हिन्दी" not in shown.splitlines()[0])
        tmux.paste("abcde")
        tmux.wait_for(lambda shown: "abcde" in shown)
        tmux.keys("BSpace", "BSpace", "BSpace")
        tmux.paste("❤️")
        rows = tmux.wait_for(lambda shown: "ab❤️" in shown)
        assert rows[0].split("embedded")[0].split() == ["ab❤️"], "no letter of before is left"
