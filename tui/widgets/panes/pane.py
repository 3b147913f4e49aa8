"""A pane beside the grid: a title, and the map, the cursor's row or the head under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical

from tui.widgets.heads.head_map import HeadMap
from tui.widgets.heads.map_view import map_view
from tui.widgets.panes.head_page import head_page
from tui.widgets.text.line import Line
from tui.widgets.text.page import Page
from tui.widgets.text.row_bars import Bars, RowBars

if TYPE_CHECKING:
    from tui.session.panes import PaneKind
    from tui.session.session import Session


class Pane(Vertical):
    """Shows one thing at a time; it is made when there is first room for it."""

    def __init__(self, session: Session) -> None:
        super().__init__(classes="pane")
        self._session = session
        self._kind: PaneKind | None = None
        looks = session.looking.looks
        glyphs = looks.shading.glyphs
        self._title = Line(keep="left")
        self._map = HeadMap(glyphs.shades, below=glyphs.below, plain=looks.is_plain)
        self._map.can_focus = False
        self._row = RowBars(ascii_only=session.options.ascii_only)
        self._head = Page(focusable=False)

    def compose(self) -> ComposeResult:
        """The title, and everything that it can show."""
        yield self._title
        yield self._map
        yield self._row
        yield self._head

    def show(self, kind: PaneKind) -> None:
        """Bring it up to date with the session, showing this."""
        if kind != self._kind:
            self._kind = kind
            for name, widget in (("map", self._map), ("row", self._row), ("head", self._head)):
                widget.display = name == kind
            self.call_after_refresh(self._show_again)
        session = self._session
        if session.analysis is None or len(session.analysis.held) < session.analysis.model.layers:
            self._title.left = Text()
            for widget in (self._map, self._row, self._head):
                widget.display = False
            self._kind = None
            return
        if kind == "map":
            self._show_map()
        elif kind == "row":
            self._title.left = Text(" row", style="bold")
            self._row.content = Bars.of(session, session.comparing.shown)
        else:
            layer, head = session.head
            self._title.left = Text(f" head {layer + 1}·{head + 1}", style="bold")
            if width := self._head.size.width:  # else it is shown again once it has a size
                self._head.show(head_page(session, width))

    def _show_map(self) -> None:
        session, model = self._session, self._session.answer.model
        thumbnails = self._map.fits_thumbnails(model.layers, model.heads)
        view = map_view(session, session.heads.map_state, thumbnails=thumbnails)
        self._title.left = Text(f" {view.legend}")
        self._map.show_heads(view.content, session.head, view.made_of)

    def on_resize(self) -> None:
        """Fit to the new size."""
        self.call_after_refresh(self._show_again)

    def _show_again(self) -> None:
        if self._kind is not None:
            self.show(self._kind)
