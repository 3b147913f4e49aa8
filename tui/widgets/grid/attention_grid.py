"""The grid: one head's attention as shaded blocks, queries down the side, keys across the top."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import var

from tui.lazy import np
from tui.widgets.grid.content import GridCell, GridContent
from tui.widgets.grid.view import GridView

_MOVE = Binding.Group("move the token cursor: key left, query down, query up, key right")
_EDGE = Binding.Group("cursor to the first / last key")
_PAGE = Binding.Group("cursor a page of queries up / down")


class AttentionGrid(GridView, can_focus=True, inherit_bindings=False):
    """Owns its cursor and its scroll position; keys and the mouse move both."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h", "move(0, -1)", "token", group=_MOVE, id="cursor-left"),
        Binding("j", "move(1, 0)", "token", group=_MOVE, id="cursor-down"),
        Binding("k", "move(-1, 0)", "token", group=_MOVE, id="cursor-up"),
        Binding("l", "move(0, 1)", "token", group=_MOVE, id="cursor-right"),
        Binding("home", "edge(-1)", "ends", group=_EDGE, id="first-key"),
        Binding("end", "edge(1)", "ends", group=_EDGE, id="last-key"),
        Binding("pageup", "page(-1)", "page", group=_PAGE, id="page-up"),
        Binding("pagedown", "page(1)", "page", group=_PAGE, id="page-down"),
        Binding(
            "asterisk",
            "strongest",
            "strongest",
            id="strongest",
            tooltip="cursor to the row's strongest key, then to the next strongest",
        ),
    ]

    hovered: var[GridCell | None] = var(None)
    """The cell under the mouse."""

    _strongest_at: GridCell | None = None

    class CursorMoved(Message):
        """The cursor is at another cell."""

        def __init__(self, cell: GridCell) -> None:
            super().__init__()
            self.cell = cell

    class Hovered(Message):
        """The mouse is over another cell, or over none any more."""

        def __init__(self, cell: GridCell | None) -> None:
            super().__init__()
            self.cell = cell

    def watch_content(self, old: GridContent | None, new: GridContent | None) -> None:
        """Draw it; the mouse is over a cell of the old one."""
        if not (old and new and old.has_frame_of(new)):
            self.hovered = None
        super().watch_content(old, new)

    def watch_cursor(self, old: GridCell, new: GridCell) -> None:
        """Redraw the cross-hair and tell whoever reads the weight out."""
        super().watch_cursor(old, new)
        self.post_message(self.CursorMoved(new))

    def watch_hovered(self, cell: GridCell | None) -> None:
        """Tell whoever reads the weight out."""
        self.post_message(self.Hovered(cell))

    # Actions

    def action_move(self, down: int, right: int) -> None:
        """Move the cursor by rows and columns."""
        if self.content is None:
            return
        queries, keys = self.content.queries, self.content.keys
        row = queries.index(self.cursor.query) + down
        column = keys.index(self.cursor.key) + right
        self.cursor = GridCell(
            queries[min(max(row, 0), len(queries) - 1)], keys[min(max(column, 0), len(keys) - 1)]
        )

    def action_edge(self, side: int) -> None:
        """Move the cursor to the first (-1) or last (1) key of its row."""
        self.action_move(0, side * self._layout.keys)

    def action_page(self, direction: int) -> None:
        """Move the cursor by as many rows as are on screen."""
        layout = self._layout
        self.action_move(direction * max(1, (layout.lines - 1) * layout.stack), 0)

    def action_strongest(self) -> None:
        """Go to the next weaker weight of the row; from the weakest back to the strongest."""
        if self.content is None:
            return
        keys = np.array(self.content.keys)
        row = np.nan_to_num(self.content.weights[self.cursor.query, keys], nan=-np.inf)
        order: list[int] = keys[np.argsort(-row, kind="stable")].tolist()
        at = order.index(self.cursor.key)
        best = self.cursor == self._strongest_at
        self.cursor = GridCell(
            self.cursor.query, order[(at + 1) % len(order)] if best else order[0]
        )
        self._strongest_at = self.cursor

    # Focus: nothing here looks different with it, so nothing is drawn anew as Textual would do.

    def on_focus(self, event: events.Focus) -> None:
        """Take the focus."""
        event.prevent_default()
        self.has_focus = True
        if self.parent is not None:
            self.parent.post_message(events.DescendantFocus(self))

    def on_blur(self, event: events.Blur) -> None:
        """Give the focus away."""
        event.prevent_default()
        self.has_focus = False
        if self.parent is not None:
            self.parent.post_message(events.DescendantBlur(self))

    # Mouse

    def _cell_at(self, event: events.MouseEvent) -> GridCell | None:
        place = self._layout.cell_at(event.offset, self.scroll_offset)
        if self.content is None or place is None:
            return None
        return GridCell(self.content.queries[place[0]], self.content.keys[place[1]])

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Put the cursor where the mouse is."""
        self.cursor = self._cell_at(event) or self.cursor

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Read out what is under the mouse."""
        self.hovered = self._cell_at(event)

    def on_leave(self) -> None:
        """Read out what is under the cursor again."""
        self.hovered = None

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll down."""
        self._wheel(event, 0, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll up."""
        self._wheel(event, 0, -1)

    def on_mouse_scroll_right(self, event: events.MouseScrollRight) -> None:
        """Scroll to the right."""
        self._wheel(event, 1, 0)

    def on_mouse_scroll_left(self, event: events.MouseScrollLeft) -> None:
        """Scroll to the left."""
        self._wheel(event, -1, 0)

    def _wheel(self, event: events.MouseEvent, right: int, down: int) -> None:
        event.stop()
        event.prevent_default()
        if event.shift:
            right, down = down, 0
        offset = self._layout.clamp_scroll(
            self.scroll_offset.x + 2 * right * self._layout.cell, self.scroll_offset.y + 2 * down
        )
        self._scroll_cells(offset.x, offset.y)
