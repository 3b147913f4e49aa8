"""The base of the screens about all heads: a title, a page, a readout, the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType

from tui.analysis.columns import EFFECT, SHARE, table_number
from tui.screens.page_screen import PageScreen
from tui.text import visible
from tui.widgets.text.cut_line import CutLine
from tui.widgets.text.line import Line
from tui.widgets.text.page import Page
from tui.widgets.text.status_line import StatusLine

if TYPE_CHECKING:
    from tui.analysis.analysis import Analysis
    from tui.analysis.columns import HeadIndex


class AllHeadsScreen(PageScreen):
    """Shows all heads in one way; the session's `board` says where it stands."""

    CSS_PATH = ["page_screen.tcss", "all_heads.tcss"]  # noqa: RUF012 - as textual declares it
    BINDINGS: ClassVar[list[BindingType]] = []

    def compose_page(self) -> ComposeResult:
        """A title, what is cut, what shares are of, and the page."""
        yield Line(keep="left", id="title")
        yield CutLine(id="cut")
        yield Page(focusable=False, id="way")
        yield from self.compose_board()

    def compose_board(self) -> ComposeResult:
        """Everything between the title and the line at the bottom."""
        raise NotImplementedError

    @property
    def is_open(self) -> bool:
        """Whether the session still shows all heads."""
        return self.session.heads.board is not None

    def tell(self, title: Text, right: Text, about: Text) -> None:
        """Set the title, its right end, and the readout."""
        line = self.query_one("#title", Line)
        line.left, line.right = title, right
        self.query_one("#about", StatusLine).left = about

    def tell_way(self, *, shown: bool) -> None:
        """Say what shares are of, and where they go to, as long as any are shown."""
        said = self.session.from_b.said if shown else ""
        self.tell_sentences("#way", [said] if said else [], "dim")

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

    def about(self, head: HeadIndex, first: str = "") -> Text:
        """A head in one line: where it is, its label, and its statistics.

        Args:
            head: the layer and head, counted from 0.
            first: the number that heads are shaded by, which is said before all others.
        """
        text = Text(f" Layer {head[0] + 1} · Head {head[1] + 1}", style="bold")
        if label := self.label(head):
            text.append(f"  {label}", style="bold")
        effect, share = self.session.effects.of(head), self.session.from_b.of(head)
        numbers = dict(self.analysis.statistics.numbers)
        if first in (EFFECT.name, SHARE.name):
            measured = [share, effect] if first == SHARE.name else [effect, share]
        else:
            own = {**self.session.measured, **numbers}.get(first)
            measured = [f"{first} {table_number(float(own[head]))}"] if own is not None else []
            measured += [effect, share]
            numbers.pop(first, None)
        said = [f"{name} {table_number(float(values[head]))}" for name, values in numbers.items()]
        said = [*filter(None, measured), *said]
        return text.append(f" · {', '.join(said)}", style="not bold")
