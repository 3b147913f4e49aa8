"""The grid as it is drawn: labels, cells, scrolling; the mouse's part stands beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.analysis.hiding import MOSTLY
from tui.session.looks import Looks
from tui.widgets.grid.content import GridContent
from tui.widgets.grid.layout import GridLayout
from tui.widgets.grid.level_labels import PLAIN_STEM, STEM, level_line
from tui.widgets.text.fitting import align_right, upright

HIDDEN = "hid"
"""The title over the gutter."""


class GridView(ScrollView, inherit_bindings=False):
    """Draws only the lines that are visible, and redraws only those that changed.

    The cursor is a cross-hair on the two labels, never a block over the weight it points at.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "grid--label",
        "grid--mask",
        "grid--second",
        "grid--cursor",
        "grid--gutter",
        "grid--cells",
        "grid--mask-cells",
        "grid--faint-cells",
        "grid--strong-cells",
        "grid--below-cells",
    }

    content: var[GridContent | None] = var(None)
    """The head that is drawn; None draws nothing."""

    looks: var[Looks] = var(Looks)
    """How it is drawn."""

    cursor: var[tuple[int, int]] = var((0, 0))
    """The query and key of the token cursor."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._layout = GridLayout.fit(Size(0, 0), (), ())
        self._lines: dict[tuple[int, bool], list[Segment]] = {}  # by line, and whether its middle

    @property
    def columns_shown(self) -> tuple[int, int]:
        """How many of the columns are on screen, and how many there are."""
        first, last = self._layout.visible_columns(self.scroll_offset.x)
        return last - first, self._layout.keys

    @property
    def cell_width(self) -> int:
        """Columns of a cell."""
        return self._layout.cell

    @property
    def fitting_width(self) -> int:
        """Columns of a cell if none were wished for."""
        return self._fitted(replace(self.looks, size=None)).cell

    # State

    def watch_content(self, old: GridContent | None, new: GridContent | None) -> None:
        """Redraw what changed: with the same labels, only the rows whose cells did."""
        if not (old and new and old.has_frame_of(new)):
            self._arrange()
            return
        drawn, self._lines = self._lines, {}
        top = self._layout.first_line(self.scroll_offset.y)
        for line in range(top, top + self._layout.lines):
            segments = drawn.get((line, True))
            if self._cells(line) != segments or not _same_gutter(old, new, self._queries(line)):
                self.refresh(self._layout.line_of(line * self._layout.stack, self.scroll_offset.y))

    def watch_looks(self) -> None:
        """Draw everything anew."""
        self._arrange()

    def watch_cursor(self, old: tuple[int, int], new: tuple[int, int]) -> None:
        """Redraw the labels that the cross-hair leaves and reaches."""
        self._keep_in_view(new)
        if old[0] != new[0]:
            self._refresh_row_label(old[0])
            self._refresh_row_label(new[0])
        if old[1] != new[1]:
            for key in (old[1], new[1]):
                if self.content and key in self.content.keys:
                    column = self.content.keys.index(key)
                    self.refresh(self._layout.column_label(column, self.scroll_offset.x))

    def validate_cursor(self, cell: tuple[int, int]) -> tuple[int, int]:
        """Draw the cursor on tokens that are shown: the nearest ones."""
        if self.content is None:
            return 0, 0
        return _nearest(self.content.queries, cell[0]), _nearest(self.content.keys, cell[1])

    # Drawing

    def render_line(self, y: int) -> Strip:
        """One line of the widget: of the column labels, or a row with its label in front."""
        layout = self._layout
        line, part = layout.line_at(y, self.scroll_offset.y)
        if self.content is None or y >= layout.header + layout.lines * layout.rise:
            segments = []
        elif y < layout.header:
            segments = self._level_line(y) if layout.levels else self._header_line(y)
        elif line < layout.all_lines:
            segments = self._cell_line(line, is_middle=part == layout.middle)
        else:
            segments = []
        return Strip(segments).adjust_cell_length(self.size.width, self._style("cells"))

    def _header_line(self, y: int) -> list[Segment]:
        assert self.content is not None
        layout = self._layout
        first, last = layout.visible_columns(self.scroll_offset.x)
        corner = HIDDEN if layout.gutter and y == layout.header - 1 else ""
        segments = [
            Segment(" " * layout.label + corner.rjust(layout.gutter), self._style("gutter"))
        ]
        run, run_style = " ", self._style("label")
        pad = " " if layout.cell > 2 else ""
        for key in self.content.keys[first:last]:
            style = self._label_style(key, self.cursor[1])
            text = upright(self.content.labels[key], layout.header, layout.cell - len(pad))[y]
            if style is not run_style:
                segments.append(Segment(run, run_style))
                run, run_style = "", style
            run += pad + text
        segments.append(Segment(run, run_style))
        return segments

    def _level_line(self, y: int) -> list[Segment]:
        """A line of labels that stand level above their columns."""
        assert self.content is not None
        layout, blank = self._layout, self._style("label")
        first, last = layout.visible_columns(self.scroll_offset.x)
        keys = self.content.keys[first:last]
        labels = [self.content.labels[key] for key in keys]
        corner = HIDDEN if layout.gutter and y == layout.header - 1 else ""
        margin = " " * layout.label + corner.rjust(layout.gutter) + " "
        aside = max(0, self.size.width - layout.label_space - len(keys) * layout.cell)
        stem = STEM if self.looks.shading.has_blocks else PLAIN_STEM
        pieces = level_line(
            labels, y, levels=layout.levels, cell=layout.cell, first=first, aside=aside, stem=stem
        )
        return [
            Segment(margin, self._style("gutter")),
            *(
                Segment(
                    text,
                    blank if column is None else self._label_style(keys[column], self.cursor[1]),
                )
                for text, column in pieces
                if text
            ),
        ]

    def _cell_line(self, line: int, *, is_middle: bool = True) -> list[Segment]:
        assert self.content is not None
        content, layout = self.content, self._layout
        queries = self._queries(line)
        named = [query for query in queries if query == self.cursor[0]] or [
            query for query in queries if query in content.masks
        ]
        query = (named or queries)[0]
        cells = Segment(" ", self._style("cells")), *self._cells(line, is_middle=is_middle)
        if not is_middle:
            return [Segment(" " * (layout.label + layout.gutter), self._style("label")), *cells]
        segments = [
            Segment(
                align_right(content.labels[query], layout.label),
                self._label_style(query, self.cursor[0]),
            ),
            *cells,
        ]
        if content.hidden is not None and layout.gutter:
            share = float(content.hidden[query])
            style = self._style("mask" if share > MOSTLY else "gutter")
            segments.insert(1, Segment(f"{share:>{layout.gutter}.0%}", style))
        return segments

    def _cells(self, line: int, *, is_middle: bool = True) -> list[Segment]:
        """The cells of a line that are on screen, kept until they change.

        Args:
            line: which line of cells.
            is_middle: it is the line of the screen in their middle, which has the numbers.
        """
        place = line, is_middle or not self.looks.numbers
        if place not in self._lines:
            from tui.widgets.grid.paint import cells  # the first frame has none

            assert self.content is not None
            first, last = self._layout.visible_columns(self.scroll_offset.x)
            self._lines[place] = cells(
                self.content,
                self.looks,
                self._queries(line),
                self.content.keys[first:last],
                self._layout.cell,
                self._style,
                has_numbers=is_middle,
            )
        return self._lines[place]

    def _queries(self, line: int) -> list[int]:
        """The tokens whose rows are in a line."""
        assert self.content is not None
        return [self.content.queries[row] for row in self._layout.rows_of(line)]

    def _label_style(self, token: int, at_cursor: int) -> Style:
        assert self.content is not None
        if token == at_cursor:
            return self._style("cursor")
        if token in self.content.masks:
            return self._style("mask")
        is_second = self.content.second is not None and token >= self.content.second
        return self._style("second" if is_second else "label")

    def _style(self, part: str) -> Style:
        return self.get_component_rich_style(f"grid--{part}")

    # Layout and scrolling

    def on_resize(self) -> None:
        """Fit the grid to its new size."""
        self._arrange()

    def notify_style_update(self) -> None:
        """Draw in the colours of another theme."""
        super().notify_style_update()
        self._lines.clear()

    def _arrange(self) -> None:
        self._layout = self._fitted(self.looks)
        self._lines.clear()
        self.virtual_size = self._layout.virtual_size
        self.cursor = self.validate_cursor(self.cursor)
        self._keep_in_view(self.cursor)
        self.refresh()

    def _fitted(self, looks: Looks) -> GridLayout:
        """The layout of what is drawn, in this size."""
        content = self.content
        if content is None:
            return GridLayout.fit(self.size, (), ())
        return GridLayout.fit(
            self.size,
            [content.labels[query] for query in content.queries],
            [content.labels[key] for key in content.keys],
            shapes=looks.shapes,
            stack=looks.stack,
            gutter=content.hidden is not None,
        )

    def _keep_in_view(self, cell: tuple[int, int]) -> None:
        if self.content is None or cell[0] not in self.content.queries:
            return
        row, column = self.content.queries.index(cell[0]), self.content.keys.index(cell[1])
        target = self._layout.scroll_to(row, column, self.scroll_offset)
        if target != self.scroll_offset:
            self._scroll_cells(target.x, target.y)

    def _scroll_cells(self, x: int, y: int) -> None:
        if x != self.scroll_offset.x:
            self._lines.clear()
        self.scroll_to(x, y, animate=False, force=True, immediate=True)

    def _refresh_row_label(self, query: int) -> None:
        if self.content and query in self.content.queries:
            row = self.content.queries.index(query)
            self.refresh(self._layout.row_label(row, self.scroll_offset.y))


def _nearest(tokens: tuple[int, ...], token: int) -> int:
    return min(tokens, key=lambda one: abs(one - token), default=0)


def _same_gutter(old: GridContent, new: GridContent, queries: list[int]) -> bool:
    if old.hidden is None or new.hidden is None:
        return True
    return all(f"{old.hidden[q]:.0%}" == f"{new.hidden[q]:.0%}" for q in queries)
