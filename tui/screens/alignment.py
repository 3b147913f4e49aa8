"""The partners: which tokens of A and B stand for each other, corrected by typing two numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.screens.page_screen import PageScreen
from tui.text import visible
from tui.widgets.text.alignment_page import AlignmentPage, AlignmentRow, NumberedToken
from tui.widgets.text.line import Line
from tui.widgets.text.status_line import StatusLine
from tui.widgets.text.tab_separated import tab_separated

if TYPE_CHECKING:
    from tui.analysis.analysis import Analysis
    from tui.session.aligning import AlignedLine, Aligning

_MOVE = Binding.Group("previous / next line")
_PAGE = Binding.Group("a page of lines up / down")


class AlignmentScreen(PageScreen):
    """A line a pair, and a line a token that is alone; what is typed stands below."""

    CSS_PATH = ["page_screen.tcss", "alignment.tcss"]  # noqa: RUF012 - as textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "do('aligning.move', -1)", "move", group=_MOVE, id="partners-up"),
        Binding("k", "do('aligning.move', -1)", "move", show=False, id="partners-up-letter"),
        Binding("down", "do('aligning.move', 1)", "move", group=_MOVE, id="partners-down"),
        Binding("j", "do('aligning.move', 1)", "move", show=False, id="partners-down-letter"),
        Binding("pageup", "page(-1)", "page", group=_PAGE, show=False, id="partners-page-up"),
        Binding("pagedown", "page(1)", "page", group=_PAGE, show=False, id="partners-page-down"),
        *(
            Binding(digit, f"do('aligning.type', '{digit}')", "number", show=False)
            for digit in "0123456789"
        ),
        Binding("space", "do('aligning.type', ' ')", "next number", show=False),
        Binding(
            "enter", "do('aligning.enter')", "pair", id="partners-pair",
            tooltip="pair the two tokens whose numbers are typed, 4 6; 4 0 leaves A's 4 alone",
        ),
        Binding(
            "minus", "do('aligning.leave_alone')", "alone", id="partners-alone",
            tooltip="leave the token of A whose number is typed, or the one at hand, alone",
        ),
        Binding(
            "backspace", "do('aligning.erase')", "erase", show=False, id="partners-erase",
            tooltip="erase what is typed; where nothing is, leave the token at hand alone",
        ),
        Binding(
            "r", "do('aligning.restore')", "as found", id="partners-restore",
            tooltip="take all corrections back",
        ),
        Binding(
            "escape,A,q,ctrl+c", "do('aligning.close')", "close", id="partners-close",
            tooltip="back; corrections stay",
        ),
        Binding("ctrl+q", "app.quit", "quit", show=False),
    ]  # fmt: skip

    PLACE = "partners"

    def compose_page(self) -> ComposeResult:
        """A title, the list, what is typed or said, and the keys."""
        yield Line(keep="left", id="title")
        yield AlignmentPage(ascii_only=self.session.options.ascii_only, id="pairs")

    @property
    def state(self) -> Aligning:
        """Where it stands."""
        return self.session.aligning

    @property
    def is_open(self) -> bool:
        """Whether the session still has what this shows."""
        return self.state.is_open

    def show_page(self) -> None:
        """Bring the title, the page and the readout up to date."""
        state, lines = self.state, self.state.lines
        rows = [self._row(one) for one in lines]
        self.query_one(AlignmentPage).show_rows(rows, state.cursor)
        alone = sum(one.a is None or one.b is None for one in lines)
        by_hand = sum(one.by_hand for one in lines)
        said = (
            f"{_counted(len(lines) - alone, 'pair')} of A and B, {_counted(alone, 'token')} alone"
        )
        if by_hand:
            said += f", {_counted(by_hand, 'line')} by hand"
        self.query_one("#title", Line).left = Text(f" {state.problem or said}", style="bold")
        typed = f"pair: {state.typed}_" if state.typed else "type a number of A and one of B: 4 6"
        self.query_one("#about", StatusLine).left = Text(f" {typed}", style="bold")

    @property
    def to_copy(self) -> tuple[str, str]:
        """The list: a line a pair, or a token that is alone, with nothing beside it."""
        rows = (
            ["" if part is None else str(part) for part in (*row.a, *row.b)]
            for row in map(self._row, self.state.lines)
        )
        return "", tab_separated([["A", "token", "B", "token"], *rows])

    def _row(self, line: AlignedLine) -> AlignmentRow:
        b = self.session.comparing.b
        return AlignmentRow(
            _numbered(line.a, self.session.answer), _numbered(line.b, b), by_hand=line.by_hand
        )

    async def action_page(self, direction: int) -> None:
        """Go as many lines on as there is room for."""
        room = self.query_one(AlignmentPage).room
        await self.perform(self.state.move(direction * max(1, room - 1)))


def _numbered(token: int | None, analysis: Analysis | None) -> NumberedToken:
    if token is None or analysis is None:
        return None, ""
    return token + 1, visible(analysis.tokens[token].label)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
