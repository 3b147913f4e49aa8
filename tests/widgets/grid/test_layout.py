"""The grid's arithmetic, at every size and for any number of tokens."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Offset, Size

from tui.widgets.grid.layout import GUTTER, GridLayout

LAYOUTS = st.builds(
    lambda size, count, cell, stack, gutter: (
        Size(*size),
        GridLayout.fit(
            Size(*size), ["token"] * count, ["##s"] * count, cell=cell, stack=stack, gutter=gutter
        ),
    ),
    st.tuples(st.integers(10, 300), st.integers(4, 100)),
    st.integers(1, 512),
    st.sampled_from([None, 1, 3]),
    st.sampled_from([1, 2]),
    st.booleans(),
)


@given(LAYOUTS)
def test_everything_fits(drawn: tuple[Size, GridLayout]) -> None:
    size, layout = drawn
    assert layout.header + layout.lines <= max(size.height, layout.header)
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
    assert scroll.y <= line < scroll.y + layout.lines
    assert row in layout.rows_of(line)
    assert scroll == layout.clamp_scroll(scroll.x, scroll.y)
    x = layout.label_space + column * layout.cell - scroll.x
    found = layout.cell_at(Offset(x, layout.header + line - scroll.y), scroll)
    assert found is not None
    assert found[1] == column
    assert found[0] // layout.stack == line


def test_cells_are_square_where_they_fit_and_narrow_where_not() -> None:
    labels = ["word"] * 20
    assert GridLayout.fit(Size(60, 30), labels, labels).cell == 2
    assert GridLayout.fit(Size(40, 30), labels, labels).cell == 1
    assert GridLayout.fit(Size(40, 30), labels, labels, cell=3).cell == 3


def test_an_overview_has_half_the_lines() -> None:
    labels = ["word"] * 41
    layout = GridLayout.fit(Size(100, 60), labels, labels, cell=1, stack=2)
    assert layout.all_lines == 21
    assert list(layout.rows_of(20)) == [40]


def test_labels_are_never_in_the_way_of_cells() -> None:
    layout = GridLayout.fit(Size(40, 10), ["a" * 50] * 8, ["b" * 50] * 8, gutter=True)
    assert layout.columns == 8
    assert layout.header == 2
