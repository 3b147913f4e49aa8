"""The grid: one head's attention as shaded blocks, queries down the side, keys across the top."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import var

from tui.widgets.grid.content import GridContent
from tui.widgets.grid.view import GridView

_FAR = 1_000_000
"""Columns from anywhere in a row to beyond its end."""

_MOVE = Binding.Group("move the token cursor: key left, query down, query up, key right")
_EDGE = Binding.Group("cursor to the first / last key")
_PAGE = Binding.Group("cursor a page of queries up / down")


class AttentionGrid(GridView, can_focus=True, inherit_bindings=False):
    """Owns its scroll position; where its cursor stands is the session's to say."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "h", "screen.do('looking.move_cursor', 0, -1)", "token", group=_MOVE, id="cursor-left"
        ),
        Binding(
            "j", "screen.do('looking.move_cursor', 1, 0)", "token", group=_MOVE, id="cursor-down"
        ),
        Binding(
            "k", "screen.do('looking.move_cursor', -1, 0)", "token", group=_MOVE, id="cursor-up"
        ),
        Binding(
            "l", "screen.do('looking.move_cursor', 0, 1)", "token", group=_MOVE, id="cursor-right"
        ),
        Binding(
            "home",
            f"screen.do('looking.move_cursor', 0, -{_FAR})",
            "ends",
            group=_EDGE,
            id="first-key",
        ),
        Binding(
            "end",
            f"screen.do('looking.move_cursor', 0, {_FAR})",
            "ends",
            group=_EDGE,
            id="last-key",
        ),
        Binding("pageup", "screen.page(-1)", "page", group=_PAGE, id="page-up"),
        Binding("pagedown", "screen.page(1)", "page", group=_PAGE, id="page-down"),
        Binding(
            "asterisk",
            "screen.do('looking.next_strongest')",
            "strongest",
            id="strongest",
            tooltip="cursor to the row's strongest key, then to the next strongest",
        ),
    ]

    hovered: var[tuple[int, int] | None] = var(None)
    """The cell under the mouse."""

    class Pointed(Message):
        """A cell was pointed at: the cursor is wanted there."""

        def __init__(self, cell: tuple[int, int]) -> None:
            super().__init__()
            self.cell = cell

    class Hovered(Message):
        """The mouse is over another cell, or over none any more."""

        def __init__(self, cell: tuple[int, int] | None) -> None:
            super().__init__()
            self.cell = cell

    class Arranged(Message):
        """There is room for more columns than before, or for fewer."""

    @property
    def page(self) -> int:
        """Rows that a page of the cursor has."""
        return max(1, (self._layout.lines - 1) * self._layout.stack)

    def watch_content(self, old: GridContent | None, new: GridContent | None) -> None:
        """Draw it; the mouse is over a cell of the old one."""
        if not (old and new and old.has_frame_of(new)):
            self.hovered = None
        super().watch_content(old, new)

    def watch_hovered(self, cell: tuple[int, int] | None) -> None:
        """Tell whoever reads the weight out."""
        self.post_message(self.Hovered(cell))

    def _arrange(self) -> None:
        before = self.columns_shown
        super()._arrange()
        if self.columns_shown != before:
            self.post_message(self.Arranged())

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

    def _cell_at(self, event: events.MouseEvent) -> tuple[int, int] | None:
        place = self._layout.cell_at(event.offset, self.scroll_offset)
        if self.content is None or place is None:
            return None
        return self.content.queries[place[0]], self.content.keys[place[1]]

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """The cursor is wanted where the mouse is."""
        if (cell := self._cell_at(event)) is not None:
            self.post_message(self.Pointed(cell))

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
            self.scroll_offset.x + 2 * right * self._layout.cell,
            self.scroll_offset.y + 2 * down * self._layout.rise,
        )
        self._scroll_cells(offset.x, offset.y)
