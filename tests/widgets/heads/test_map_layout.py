"""Every head has its place on the map, whatever the model and the terminal."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.geometry import Size

from tui.widgets.heads.head_map import HeadMap, MapContent
from tui.widgets.heads.map_layout import LEAST, MapLayout


@given(st.integers(1, 24), st.integers(1, 16), st.integers(40, 300), st.integers(8, 100), st.data())
@settings(max_examples=200)
def test_every_head_has_its_place(
    layers: int, heads: int, width: int, height: int, data: st.DataObject
) -> None:
    layout = MapLayout.fit(Size(width, height), layers, heads)
    assert layout.label + heads * (layout.width + 1) + 1 <= width
    assert 1 + layout.shown * layout.lines <= height
    assert layout.shown == layers or layout.lines == 1, "it scrolls only where lines are short"
    layer, head = data.draw(st.integers(0, layers - 1)), data.draw(st.integers(0, heads - 1))
    first = layout.first(layer, data.draw(st.integers(0, layers)))
    assert first <= layer < first + layout.shown
    x = layout.label + head * (layout.width + 1) + 1
    y = 1 + (layer - first) * layout.lines
    assert layout.head_at(x, y, first) == (layer, head)
    assert layout.head_at(x, 0, first) is None


@pytest.mark.parametrize(
    ("layers", "heads", "size", "thumbnails"),
    [
        (6, 12, (80, 20), True),
        (12, 12, (120, 36), True),
        (12, 12, (80, 20), False),
        (24, 16, (200, 56), True),
        (24, 16, (120, 36), False),
        (1, 1, (40, 8), True),
    ],
)
def test_thumbnails_where_there_is_room(
    layers: int, heads: int, size: tuple[int, int], thumbnails: bool
) -> None:
    layout = MapLayout.fit(Size(*size), layers, heads)
    assert layout.has_thumbnails is thumbnails
    assert not thumbnails or (layout.width >= LEAST[0] and layout.lines >= LEAST[1])


class Shown(App[None]):
    """The map and nothing else."""

    def compose(self) -> ComposeResult:
        yield HeadMap(" ░▒▓█")


@pytest.mark.parametrize("shape", [(1, 1), (12, 12), (24, 16)])
@pytest.mark.parametrize("tokens", [3, 32])
async def test_marks_say_where_one_is_and_what_was_asked(
    shape: tuple[int, int], tokens: int
) -> None:
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 255, (*shape, tokens, tokens), dtype=np.uint8)
    lit = np.zeros(shape, bool)
    lit[-1, -1] = True
    app = Shown()
    async with app.run_test(size=(80, 20)) as pilot:
        map_ = app.query_one(HeadMap)
        content = MapContent(pictures, rng.random(shape, dtype=np.float32), lit)
        for layer in (0, shape[0] - 1):
            map_.show_heads(content, (layer, 0), made_of=(content,))
            await pilot.pause()
            lines = ["".join(segment.text for segment in strip) for strip in map_.lines]
            layout = map_.arrangement
            assert layout is not None
            at = 1 + (layer - layout.first(layer, map_._first)) * layout.lines
            assert lines[at][: layout.label + 1] == f"{layer + 1:>{layout.label}}▐"
            assert all(len(line) <= 80 for line in lines)
        map_.cursor = (0, 0)
        if shape != (1, 1):
            map_.cursor = (shape[0] - 1, 0)
            assert any("›" in segment.text for strip in map_.lines for segment in strip)


async def test_a_thumbnail_is_drawn_as_bright_as_it_is() -> None:
    pictures = np.zeros((2, 2, 4, 4), dtype=np.uint8)
    pictures[0, 1] = 255
    app = Shown()
    async with app.run_test(size=(60, 20)) as pilot:
        map_ = app.query_one(HeadMap)
        content = MapContent(pictures)
        map_.show_heads(content, (1, 0), made_of=(content,))
        await pilot.pause()
        assert map_.shows_thumbnails
        layout = map_.arrangement
        assert layout is not None
        strip = map_.lines[1]
        full = map_.get_component_rich_style("map--pixels")
        assert full.color is not None

        def background(head: int) -> object:
            x = layout.label + head * (layout.width + 1) + 2
            [segment] = strip.crop(x, x + 1)
            assert segment.style is not None
            return segment.style.bgcolor

        assert background(1) == full.color
        assert background(0) == full.bgcolor
