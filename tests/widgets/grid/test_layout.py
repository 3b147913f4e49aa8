"""The grid's arithmetic, at every size and for any number of tokens."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Offset, Size

from tui.session.looks import NUMBERED, SHAPES
from tui.widgets.grid.layout import GUTTER, GridLayout

LAYOUTS = st.builds(
    lambda size, count, shapes, stack, gutter: (
        Size(*size),
        GridLayout.fit(
            Size(*size),
            ["token"] * count,
            ["##s"] * count,
            shapes=shapes,
            stack=stack,
            gutter=gutter,
        ),
    ),
    st.tuples(st.integers(10, 300), st.integers(4, 100)),
    st.integers(1, 512),
    st.sampled_from([SHAPES, SHAPES[-1:], SHAPES[:1], NUMBERED]),
    st.sampled_from([1, 2]),
    st.booleans(),
)


@given(LAYOUTS)
def test_everything_fits(drawn: tuple[Size, GridLayout]) -> None:
    size, layout = drawn
    assert layout.header + layout.lines * layout.rise <= max(size.height, layout.header)
    if layout.columns:
        assert layout.label_space + layout.columns * layout.cell <= size.width
    assert layout.lines * layout.stack >= min(layout.queries, layout.lines * layout.stack)
    assert layout.gutter in (0, GUTTER)


@given(LAYOUTS, st.data())
def test_scrolling_shows_the_cell(drawn: tuple[Size, GridLayout], data: st.DataObject) -> None:
    _, layout = drawn
    if not (layout.columns and layout.lines):
        return
    row = data.draw(st.integers(0, layout.queries - 1))
    column = data.draw(st.integers(0, layout.keys - 1))
    start = layout.clamp_scroll(data.draw(st.integers(0, 600)), data.draw(st.integers(0, 600)))
    scroll = layout.scroll_to(row, column, start)
    first, last = layout.visible_columns(scroll.x)
    assert first <= column < last
    line = row // layout.stack
    top = layout.first_line(scroll.y)
    assert top <= line < top + layout.lines
    assert row in layout.rows_of(line)
    assert scroll == layout.clamp_scroll(scroll.x, scroll.y)
    x = layout.label_space + column * layout.cell - scroll.x
    y = layout.header + line * layout.rise - scroll.y
    place = Offset(x, y + data.draw(st.integers(0, layout.rise - 1)))
    assert layout.line_at(place.y, scroll.y)[0] == line
    found = layout.cell_at(place, scroll)
    assert found is not None
    assert found[1] == column
    assert found[0] // layout.stack == line


def test_cells_are_square_where_they_fit_and_narrow_where_not() -> None:
    labels = ["word"] * 20
    assert GridLayout.fit(Size(60, 30), labels, labels).cell == 2
    assert GridLayout.fit(Size(40, 30), labels, labels).cell == 1
    assert GridLayout.fit(Size(40, 30), labels, labels, shapes=NUMBERED).cell == 3


def test_cells_grow_with_the_room_and_nothing_scrolls_for_it() -> None:
    labels = ["word"] * 12
    shapes = [
        (layout.cell, layout.rise)
        for size in (Size(40, 20), Size(60, 40), Size(60, 20), Size(100, 26), Size(100, 40))
        for layout in [GridLayout.fit(size, labels, labels)]
    ]
    assert shapes == [(2, 1), (4, 2), (2, 1), (4, 2), (6, 3)]


@given(st.integers(1, 60), st.tuples(st.integers(10, 300), st.integers(4, 100)))
def test_larger_cells_are_taken_only_where_all_of_them_fit(
    count: int, size: tuple[int, int]
) -> None:
    labels = ["some"] * count
    layout = GridLayout.fit(Size(*size), labels, labels)
    if layout.rise > 1:
        assert (layout.lines, layout.columns) == (layout.all_lines, layout.keys)


def test_labels_stand_level_above_wide_cells_if_a_few_lines_are_enough() -> None:
    short, long = ["word"] * 8, ["w" * 30] * 8
    level = GridLayout.fit(Size(100, 60), short, short)
    assert (level.cell, level.levels, level.header) == (6, 1, 1)
    upright = GridLayout.fit(Size(100, 60), long, long)
    assert (upright.cell, upright.levels, upright.header) == (6, 0, 30)


def test_an_overview_has_half_the_lines() -> None:
    labels = ["word"] * 41
    layout = GridLayout.fit(Size(100, 60), labels, labels, shapes=SHAPES[-1:], stack=2)
    assert layout.all_lines == 21
    assert list(layout.rows_of(20)) == [40]


def test_labels_are_never_in_the_way_of_cells() -> None:
    layout = GridLayout.fit(Size(40, 10), ["a" * 50] * 8, ["b" * 50] * 8, gutter=True)
    assert layout.columns == 8
    assert layout.header == 2
