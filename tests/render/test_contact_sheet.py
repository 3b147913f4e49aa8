"""The page of all heads: exact greys, every head in its place, type that can be read in print."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tui.render.contact_sheet import (
    DPI,
    FRAME,
    GAP,
    INK,
    LABEL,
    MARGIN,
    PAPER,
    SMALL,
    ContactSheet,
    SheetLayout,
    draw,
    metadata,
    png,
)
from tui.render.signed_colours import signed_colours


def sheet(layers: int = 3, heads: int = 4, count: int = 9, **changes: Any) -> ContactSheet:
    weights = np.random.default_rng(0).dirichlet([0.3] * count, (layers, heads, count))
    plain = ContactSheet(
        tokens=tuple(f"token{place}" for place in range(count)),
        brightness=weights.astype(np.float32),
        masks=(2,),
        text="The cat, despite the noise, [MASK] gracefully.",
        model="embedded",
        view="raw weights",
        scale="absolute",
        full="1",
    )
    return replace(plain, **changes)


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image).astype(int)  # [y, x]


def top_of(page: np.ndarray, layout: SheetLayout) -> int:
    """Where the first head's square begins: behind the first line of its frame."""
    column = page[:, layout.left + 3]
    frame = np.flatnonzero(column == FRAME)
    return int(frame[0]) + 1


def squares(shown: ContactSheet, page: np.ndarray) -> np.ndarray:
    """Each head's pixels, `[layer, head, y, x]`."""
    layout = SheetLayout.of(shown)
    top = top_of(page, layout)
    layers, heads = shown.brightness.shape[:2]
    corners = [
        [layout.corner(layer, head, top) for head in range(heads)] for layer in range(layers)
    ]
    side = layout.square
    return np.array([[page[y : y + side, x : x + side] for x, y in row] for row in corners])


@pytest.mark.parametrize("count", [1, 9, 64, 300])
def test_every_pixel_of_every_cell_of_every_head_has_its_grey(count: int) -> None:
    shown = sheet(2, 3, count, masks=())
    found = squares(shown, pixels(draw(shown)))
    cell = SheetLayout.of(shown).cell
    wanted = np.floor(shown.brightness.astype(np.float64) * 255 + 0.5)
    assert (found == wanted.repeat(cell, axis=2).repeat(cell, axis=3)).all()


def test_layers_run_down_and_heads_across() -> None:
    weights = np.zeros((3, 4, 5, 5), dtype=np.float32)
    weights[2, 1] = 1
    shown = sheet(3, 4, 5, brightness=weights, tokens=tuple("abcde"))
    bright = squares(shown, pixels(draw(shown))).mean(axis=(2, 3))
    assert np.argwhere(bright == 255).tolist() == [[2, 1]]
    assert (np.delete(bright.ravel(), 2 * 4 + 1) == 0).all()


def test_more_than_white_is_white_and_what_is_no_number_black() -> None:
    weights = np.array([[[[2.0, np.nan], [0.5, -1.0]]]], dtype=np.float32)
    shown = sheet(1, 1, 2, brightness=weights)
    found = squares(shown, pixels(draw(shown)))[0, 0]
    assert sorted(np.unique(found).tolist()) == [0, 128, 255]


def test_of_a_long_text_no_strong_weight_is_lost() -> None:
    weights = np.zeros((1, 1, 1100, 1100), dtype=np.float32)
    weights[0, 0, 1099, 7] = 0.8
    shown = sheet(1, 1, 1100, brightness=weights, tokens=("w",) * 1100, masks=())
    layout = SheetLayout.of(shown)
    assert layout.pool == 3
    found = squares(shown, pixels(draw(shown)))[0, 0]
    assert np.argwhere(found).tolist() == [[1099 // 3, 7 // 3]]
    assert found.max() == 204


def test_signed_numbers_have_the_colours_of_their_signs() -> None:
    weights = np.random.default_rng(1).normal(0, 0.5, (2, 3, 6, 6)).astype(np.float32)
    shown = sheet(2, 3, 6, brightness=np.abs(weights), tokens=tuple("abcdef"), below=weights < 0)
    image, layout = draw(shown), SheetLayout.of(shown)
    top = top_of(pixels(image.convert("L")), layout)
    page, cell = pixels(image), layout.cell
    for layer in range(2):
        for head in range(3):
            x, y = layout.corner(layer, head, top)
            seen = page[y : y + layout.square : cell, x : x + layout.square : cell]
            wanted = signed_colours(np.abs(weights[layer, head]), weights[layer, head] < 0)
            assert (seen == wanted).all()
    around = page[:top, : layout.left - 20]
    assert (around == around[..., :1]).all(), "the rest of the page is grey"
    facts = metadata(shown)
    assert (facts["Blue"], facts["Orange"]) == ("−1", "+1")
    assert "White" not in facts
    facts = metadata(replace(shown, full="each head's own ceiling"))
    assert facts["Blue"] == "minus each head's own ceiling"


def test_of_a_long_text_the_strongest_keeps_its_sign() -> None:
    sizes = np.zeros((1, 1, 1100, 1100), dtype=np.float32)
    sizes[0, 0, 3, 4], sizes[0, 0, 4, 4] = 0.8, 0.3
    below = np.zeros(sizes.shape, dtype=bool)
    below[0, 0, 3, 4] = True
    shown = sheet(1, 1, 1100, brightness=sizes, tokens=("w",) * 1100, masks=(), below=below)
    image, layout = draw(shown), SheetLayout.of(shown)
    x, y = layout.corner(0, 0, top_of(pixels(image.convert("L")), layout))
    blue = signed_colours(np.array([0.8], dtype=np.float32), np.array([True]))[0]
    assert (pixels(image)[y + 1, x + 1] == blue).all()


def test_bars_point_at_the_masks() -> None:
    shown = sheet(2, 2, 8, masks=(5,))
    layout, page = SheetLayout.of(shown), pixels(draw(shown))
    top = top_of(page, layout)
    for layer in range(2):
        for head in range(2):
            x, y = layout.corner(layer, head, top)
            rows = np.flatnonzero(page[y : y + layout.square, x - 5] == INK) // layout.cell
            columns = np.flatnonzero(page[y - 5, x : x + layout.square] == INK) // layout.cell
            assert set(rows.tolist()) == set(columns.tolist()) == {5}


@pytest.mark.parametrize(("layers", "heads", "count"), [(1, 1, 3), (6, 12, 25), (24, 16, 40)])
def test_the_page_has_room_for_everything(layers: int, heads: int, count: int) -> None:
    shown = sheet(layers, heads, count, text="word " * 60, model="m" * 200)
    page = pixels(draw(shown))
    near = MARGIN // 2
    for edge in (page[:near], page[-near:], page[:, :near], page[:, -near:]):
        assert (edge == PAPER).all()
    assert page.shape[1] >= 2480, "as wide as A4 at least"


def test_the_type_is_legible_when_the_page_is_printed() -> None:
    """12 × 12 heads on A3: labels of at least 7 points, the caption of at least 5."""
    shown = sheet(12, 12, 64)
    image = draw(shown)
    inches = (11.7, 16.5)  # A3
    dots = max(side / inch for side, inch in zip(image.size, inches, strict=True))
    assert LABEL / dots * 72 >= 7
    assert SMALL / dots * 72 >= 5
    assert SheetLayout.of(shown).cell >= 3, "a cell is more than a dot"
    assert GAP / dots > 0.05


def test_all_heads_and_tokens_are_named() -> None:
    plain = sheet()
    for changes in (
        {"tokens": ("other", *plain.tokens[1:])},
        {"text": "Another."},
        {"model": "bert"},
        {"view": "averaged"},
        {"scale": "per head"},
        {"full": "0.5"},
    ):
        assert draw(replace(plain, **changes)).tobytes() != draw(plain).tobytes(), changes


def test_the_file_says_what_it_shows_and_how_large_it_prints() -> None:
    shown = sheet(text="a\x1b[31m 日本")
    with Image.open(io.BytesIO(png(shown))) as picture:
        assert picture.text == metadata(shown)  # type: ignore[attr-defined]
        assert metadata(shown)["Title"] == "All heads: 3 layers × 4 heads"
        assert round(picture.info["dpi"][0]) == DPI
        assert picture.mode == "L"
        assert "\x1b" not in metadata(shown)["Text"]
