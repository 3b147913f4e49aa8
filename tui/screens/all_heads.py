"""The base of the screens about all heads: a title, a page, a readout, the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.widget import Widget

from tui.analysis.columns import table_number
from tui.screens.session_screen import Perform, SessionScreen, keys_of
from tui.session.effects import Redraw
from tui.text import visible
from tui.widgets.text.answer_lines import activity
from tui.widgets.text.cut_line import CutLine
from tui.widgets.text.fitting import wrap
from tui.widgets.text.key_line import KeyLine
from tui.widgets.text.line import Line
from tui.widgets.text.page import Page
from tui.widgets.text.status_line import StatusLine

if TYPE_CHECKING:
    from tui.analysis.analysis import Analysis
    from tui.analysis.columns import HeadIndex
    from tui.session.session import Session


class AllHeadsScreen(SessionScreen, ModalScreen[None]):
    """Shows all heads in one way; the session's `board` says where it stands."""

    CSS_PATH = "all_heads.tcss"
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012 - as textual declares it
        (0, "-short"),
        (20, "-tall"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, session: Session, perform: Perform) -> None:
        super().__init__(session, perform, classes="board")
        self._is_up = False

    def compose(self) -> ComposeResult:
        """A title, the page, what is read out, and the keys."""
        yield Line(keep="left", id="title")
        yield CutLine(id="cut")
        yield Page(focusable=False, id="way")
        yield from self.compose_page()
        yield StatusLine(id="about")
        yield KeyLine(id="keys")

    def compose_page(self) -> ComposeResult:
        """Everything between the title and the line at the bottom."""
        yield Widget()

    def on_mount(self) -> None:
        """Show everything."""
        self._is_up = True
        self.query_one(KeyLine).show(*keys_of(self))
        self.show(Redraw.EVERYTHING)

    def show(self, what: Redraw) -> None:
        """Bring the screen up to date, unless it is about to close."""
        if not self._is_up or self.session.heads.board is None or self.session.analysis is None:
            return
        if what >= Redraw.BOARD:
            self.show_board()
        line = self.query_one("#about", StatusLine)
        line.said = visible(self.session.message)
        line.right = activity(self.session)
        self.query_one(CutLine).tell(self.session)

    def show_board(self) -> None:
        """Bring the page, the title and the readout up to date."""
        raise NotImplementedError

    def tell(self, title: Text, right: Text, about: Text) -> None:
        """Set the title, its right end, and the readout."""
        line = self.query_one("#title", Line)
        line.left, line.right = title, right
        self.query_one("#about", StatusLine).left = about

    def tell_way(self, *, shown: bool) -> None:
        """Say what shares are of, and where they go to, as long as any are shown."""
        page, said = self.query_one("#way", Page), self.session.from_b.said if shown else ""
        lines = wrap(said, max(20, self.size.width - 2)) if said else []
        if page.display != bool(lines):
            page.display = bool(lines)
        if lines and (page.styles.height is None or page.styles.height.value != len(lines)):
            page.styles.height = len(lines)
        page.show([Text(f" {line}", style="dim") for line in lines])

    async def action_close(self) -> None:
        """Back to the grid."""
        await self.perform(self.session.heads.close())

    # What the session shows of heads

    @property
    def analysis(self) -> Analysis:
        """The answer on screen."""
        return self.session.viewing.answer

    @property
    def shades(self) -> str:
        """Characters from blank to full."""
        return self.session.looking.looks.shading.glyphs.shades

    def label(self, head: HeadIndex, *, brief: bool = False) -> str:
        """A head's label, or why no head has one, safe to be shown; empty if it earned none."""
        return visible(self.analysis.statistics.label(head, brief=brief))

    def about(self, head: HeadIndex) -> Text:
        """A head in one line: where it is, its label, and its statistics."""
        text = Text(f" Layer {head[0] + 1} · Head {head[1] + 1}", style="bold")
        if label := self.label(head):
            text.append(f"  {label}", style="bold")
        numbers = self.analysis.statistics.numbers.items()
        said = ", ".join(f"{name} {table_number(float(values[head]))}" for name, values in numbers)
        measured = self.session.effects.of(head), self.session.from_b.of(head)
        said = ", ".join(filter(None, [*measured, said]))
        return text.append(f" · {said}", style="not bold")
