"""A screen's cells become pixels: lines and blocks join, letters stay in their cells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tui.render import typeface
from tui.render.block_glyphs import block_glyph
from tui.render.screen_picture import (
    SIZE,
    CellStyle,
    ScreenCell,
    cell_size,
    draw_screen,
)
from tui.render.typeface import MONO, MONO_BOLD, font_for

PLAIN = CellStyle((200, 210, 220), (10, 20, 30))
WIDTH, HEIGHT = cell_size(SIZE)
LINES = [chr(code) for code in range(0x2500, 0x2580)]
BLOCKS = [chr(code) for code in range(0x2580, 0x25A0)]

# Which arms each of some characters has, and how heavy: left, up, right, down.
ARMS = {
    "─": "1010", "━": "2020", "│": "0101", "═": "3030", "║": "0303", "┌": "0011", "┛": "2200",
    "├": "0111", "┿": "2121", "╋": "2222", "╬": "3333", "╔": "0033", "╒": "0031", "╢": "1303",
    "╪": "3131", "╥": "1013", "╴": "1000", "╻": "0002", "╼": "1020", "╿": "0201", "╭": "0011",
    "╯": "1100", "╃": "2211", "┩": "2201", "╀": "1211",
}  # fmt: skip


def row(text: str, style: CellStyle = PLAIN) -> list[ScreenCell]:
    """Cells of one column each; `…` behind a wide character is its second one."""
    return [ScreenCell("" if character == "…" else character, style) for character in text]


def pixels(*rows: list[ScreenCell]) -> np.ndarray:
    return np.asarray(draw_screen(rows))  # [y, x, channel]


def shares(*rows: list[ScreenCell]) -> np.ndarray:
    """How much of each pixel is ink, `[y, x]`."""
    front, back = PLAIN.foreground[0], PLAIN.background[0]
    return (pixels(*rows)[..., 0].astype(float) - back) / (front - back)


def edges(character: str) -> list[np.ndarray]:
    """The ink at a cell's left, upper, right and lower edge."""
    ink = block_glyph(character, WIDTH, HEIGHT)
    assert ink is not None
    return [ink[:, 0], ink[0], ink[:, -1], ink[-1]]


# Lines and blocks


def test_cells_are_two_halves_and_eight_eighths() -> None:
    assert (WIDTH, HEIGHT) == (12, 24)
    assert all(side % 2 == 0 for size in range(6, 40) for side in cell_size(size))


@pytest.mark.parametrize("size", [(12, 24), (7, 15), (9, 18), (20, 41)])
def test_every_line_and_block_has_ink(size: tuple[int, int]) -> None:
    for character in LINES + BLOCKS:
        ink = block_glyph(character, *size)
        assert ink is not None
        assert ink.shape == size[::-1]
        assert 0 <= ink.min() <= ink.max() <= 1
        assert ink.any(), character


def test_each_looks_like_no_other() -> None:
    inks = {character: block_glyph(character, 24, 48) for character in LINES + BLOCKS}
    assert len({ink.tobytes() for ink in inks.values() if ink is not None}) == 160


@pytest.mark.parametrize("character", ["a", "▲", "■", "", "──", "\u2500\u0301"])
def test_other_characters_are_the_font_s(character: str) -> None:
    assert block_glyph(character, WIDTH, HEIGHT) is None


@pytest.mark.parametrize("character", ARMS)
def test_arms_meet_those_of_the_next_cell(character: str) -> None:
    """An arm's ink at the edge is that of a whole line of its weight, whatever else is there."""
    for side, weight in enumerate(ARMS[character]):
        line = {"0": " ", "1": "─│", "2": "━┃", "3": "═║"}[weight]
        found = edges(character)[side]
        wanted = np.zeros_like(found) if line == " " else edges(line[side % 2])[side]
        assert np.allclose(found, wanted, atol=0.05), side  # an arc's edge is soft


@pytest.mark.parametrize("character", [c for c in ARMS if c not in "╴╻"])
def test_arms_meet_in_the_middle(character: str) -> None:
    """From any inked pixel every other one of a single line is reached: nothing hangs loose."""
    ink = block_glyph(character, WIDTH, HEIGHT)
    assert ink is not None
    parts = _parts(ink > 0.3)
    assert parts == {"═": 2, "║": 2, "╬": 4, "╔": 2, "╢": 2}.get(character, 1)


def _parts(inked: np.ndarray) -> int:
    left = set(map(tuple, np.argwhere(inked).tolist()))
    count = 0
    while left:
        count += 1
        reached = [left.pop()]
        while reached:
            y, x = reached.pop()
            for place in ((y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)):
                if place in left:
                    left.remove(place)
                    reached.append(place)
    return count


def test_blocks_fill_what_they_name() -> None:
    def share(character: str) -> float:
        ink = block_glyph(character, WIDTH, HEIGHT)
        assert ink is not None
        return float(ink.mean())

    assert [share(c) for c in " ░▒▓█"[1:]] == [0.25, 0.5, 0.75, 1.0]
    assert [share(c) for c in "▁▂▃▄▅▆▇"] == [eighth / 8 for eighth in range(1, 8)]
    assert [share(c) for c in "▏▎▍▌▋▊▉"] == sorted(share(c) for c in "▏▎▍▌▋▊▉")
    assert share("▀") == share("▄") == share("▌") == share("▐") == share("▚") == 0.5
    assert share("▖") == 0.25
    assert share("▟") == 0.75


@pytest.mark.parametrize("character", "█▓▒░")
def test_shades_join_without_a_seam(character: str) -> None:
    page = pixels(*[row(character * 5)] * 3)
    assert len(np.unique(page.reshape(-1, 3), axis=0)) == 1


def test_a_frame_has_no_gap() -> None:
    page = shares(row("╭──╮"), row("│  │"), row("╰──╯"))
    top = page[HEIGHT // 2 - 1, WIDTH : 3 * WIDTH]
    left = page[HEIGHT : 2 * HEIGHT, WIDTH // 2]
    assert (top == 1).all()
    assert (left == 1).all()
    assert _parts(page > 0.3) == 1


def test_upper_and_lower_halves_meet() -> None:
    page = shares(row("▀"), row("▄"))
    assert page[:, 0].tolist() == [1] * (HEIGHT // 2) + [0] * HEIGHT + [1] * (HEIGHT // 2)


# Letters


def test_a_letter_is_drawn_in_its_own_cell_and_in_full() -> None:
    page = shares(row(" M "))
    assert page[:, :WIDTH].max() == page[:, 2 * WIDTH :].max() == 0
    assert page[:, WIDTH : 2 * WIDTH].max() == 1


def test_letters_of_a_word_stand_side_by_side() -> None:
    assert (pixels(row("ab"))[:, WIDTH:] == pixels(row(" b"))[:, WIDTH:]).all()


def test_all_ascii_has_ink_from_the_mono_font() -> None:
    for code in range(0x21, 0x7F):
        assert font_for(chr(code), MONO) == MONO
        assert font_for(chr(code), MONO_BOLD) == MONO_BOLD
        assert shares(row(chr(code))).max() > 0.5


def test_what_the_mono_font_lacks_comes_from_the_shipped_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(typeface, "_system_fonts", tuple)
    font_for.cache_clear()
    assert font_for("ש", MONO) == typeface.SHIPPED
    assert font_for("日", MONO) == MONO
    assert shares(row("日…")).any(), "its box"
    font_for.cache_clear()


def test_a_wide_character_is_centred_in_two_cells() -> None:
    page = shares(row("日…a"))
    inked = np.flatnonzero(page[:, : 2 * WIDTH].any(axis=0))
    assert abs((inked[0] + inked[-1]) / 2 - WIDTH) <= 2
    assert (page[:, 2 * WIDTH :] == shares(row("a"))).all()


def test_a_letter_wider_than_its_cell_is_made_smaller() -> None:
    page = shares(row("🎉a" if font_for("🎉", MONO) != MONO else "ﷺa"))
    assert (page[:, WIDTH:] == shares(row("a"))).all()


@pytest.mark.parametrize("change", ["bold", "italic", "underline", "strike", "reverse", "dim"])
def test_each_attribute_is_seen(change: str) -> None:
    changed = replace(PLAIN, **{change: True})  # type: ignore[arg-type]
    plain, other = pixels(row("g")), pixels(row("g", changed))
    assert plain.shape == other.shape
    assert (plain != other).any()


def test_bold_has_more_ink() -> None:
    assert shares(row("g", replace(PLAIN, bold=True))).sum() > 1.1 * shares(row("g")).sum()


def test_a_line_runs_through_spaces() -> None:
    page = shares(row("a b", replace(PLAIN, underline=True)))
    assert (page == 1).all(axis=1).any()


def test_reverse_changes_the_colors_over() -> None:
    swapped = replace(PLAIN, foreground=PLAIN.background, background=PLAIN.foreground)
    reverse = pixels(row("g█", replace(PLAIN, reverse=True)))
    assert (reverse == pixels(row("g█", swapped))).all()


def test_colors_are_exact() -> None:
    assert np.unique(pixels(row(" ")).reshape(-1, 3), axis=0).tolist() == [[10, 20, 30]]
    assert np.unique(pixels(row("█")).reshape(-1, 3), axis=0).tolist() == [[200, 210, 220]]
    dim = replace(PLAIN, dim=True)
    assert np.unique(pixels(row("█", dim)).reshape(-1, 3), axis=0).tolist() == [[105, 115, 125]]


def test_control_characters_are_replaced() -> None:
    assert (pixels(row("\x1b")) == pixels(row("\N{REPLACEMENT CHARACTER}"))).all()


# The picture


def test_a_picture_is_as_large_as_its_cells() -> None:
    assert draw_screen([row("abc")] * 5).size == (3 * WIDTH, 5 * HEIGHT)
    assert draw_screen([row("abc")] * 5, size=10).size < (3 * WIDTH, 5 * HEIGHT)


def test_lines_are_of_one_length() -> None:
    with pytest.raises(ValueError, match="one length"):
        draw_screen([row("abc"), row("ab")])
