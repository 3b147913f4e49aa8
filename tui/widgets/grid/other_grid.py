"""B beside A: its head, a line that says so, and its sentence's grid under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical

from tui.session.model_state import short_name
from tui.text import visible
from tui.widgets.grid.content import GridContent
from tui.widgets.grid.view import GridView
from tui.widgets.text.answer_lines import readout
from tui.widgets.text.line import Line

if TYPE_CHECKING:
    from tui.session.session import Session


class OtherGrid(Vertical):
    """Shows B at the same head, its cursor on the partners of A's tokens."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="other")
        self._session = session
        self._line = Line(keep="left")
        self._grid = GridView()
        self._drawn: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        """The line, and the grid."""
        yield self._line
        yield self._grid

    def show(self) -> None:
        """Bring it up to date with the session."""
        comparing = self._session.comparing
        if not comparing.has_head:
            return
        viewing, grid = comparing.viewing_b, self._grid
        grid.looks = self._session.looking.looks
        made_of = viewing.displayed, viewing.drawn_scale
        if made_of != self._drawn:
            self._drawn = made_of
            grid.content = GridContent.of(viewing)
        grid.cursor = viewing.cursor
        name = short_name(viewing.answer.model.name)
        of = "" if viewing.answer.model.name == self._session.answer.model.name else f" · {name}"
        said = readout(viewing, viewing.cursor)
        self._line.left = Text(f" B{visible(of)} · {said}", style="bold")
