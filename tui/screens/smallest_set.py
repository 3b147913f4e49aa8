"""The smallest set that was found: the curve of its pruning, and what it does elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from tui.evidence.smallest_set import curve_of, heads_named
from tui.experiments.smallest_set import ONE_OF_MANY
from tui.screens.session_screen import Perform, SessionScreen, keys_of
from tui.session.effects import Redraw
from tui.text import visible
from tui.widgets.text.answer_lines import activity
from tui.widgets.text.curve_page import CurvePage
from tui.widgets.text.fitting import wrap
from tui.widgets.text.key_line import KeyLine
from tui.widgets.text.line import Line
from tui.widgets.text.page import Page
from tui.widgets.text.status_line import StatusLine
from tui.widgets.text.tab_separated import tab_separated

if TYPE_CHECKING:
    from tui.session.session import Session


class SmallestSetScreen(SessionScreen, ModalScreen[None]):
    """The curve of the candidate's log p over the heads that are left."""

    CSS_PATH = "smallest_set.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "s", "do('pruning.save')", "save", id="set-save",
            tooltip="save the curve as a picture",
        ),
        Binding(
            "L", "do('pruning.try_list')", "over list", id="set-list",
            tooltip="try the set on the other sentences of the list",
        ),
        Binding(
            "escape,F,q,ctrl+c", "do('pruning.close')", "close", id="set-close", tooltip="back"
        ),
        Binding("ctrl+q", "app.quit", "quit", show=False),
    ]  # fmt: skip

    PLACE = "smallest-set"

    def __init__(self, session: Session, perform: Perform) -> None:
        super().__init__(session, perform, classes="smallest-set")
        self._is_up = False

    def compose(self) -> ComposeResult:
        """A title, the curve, what is to be known of it, what is said, and the keys."""
        yield Line(keep="left", id="title")
        yield CurvePage(ascii_only=self.session.options.ascii_only, id="curve")
        yield Page(focusable=False, id="worth")
        yield StatusLine(id="about")
        yield KeyLine(id="keys")

    @property
    def to_copy(self) -> tuple[str, str]:
        """The curve: a line a point."""
        if (found := self.session.pruning.found) is None:
            return "", ""
        curve = curve_of(found)
        points = zip(curve.x.tolist(), curve.y.tolist(), strict=True)
        return "", tab_separated([(curve.x_label, curve.y_label), *points])

    def on_mount(self) -> None:
        """Show everything."""
        self._is_up = True
        self.query_one(KeyLine).show(*keys_of(self))
        self.show(Redraw.EVERYTHING)

    def on_resize(self) -> None:
        """Break the sentences below the curve anew."""
        super().on_resize()
        if self._is_up:
            self.show(Redraw.EVERYTHING)

    def show(self, what: Redraw) -> None:
        """Bring the screen up to date, unless it is about to close."""
        if not self._is_up or not self.is_attached or not self.session.pruning.is_open:
            return
        if what >= Redraw.BOARD:
            self._show_set()
        line = self.query_one("#about", StatusLine)
        line.said = visible(self.session.message)
        line.right = activity(self.session)

    def _show_set(self) -> None:
        found, over_list = self.session.pruning.found, self.session.pruning.over_list
        if found is None:
            return
        self.query_one("#title", Line).left = Text(f" {found.said}", style="bold")
        known = [f"Heads: {heads_named(found)}.", ONE_OF_MANY]
        if over_list is not None:
            known.append(f"{over_list.said} {over_list.missing}".strip())
        width = max(20, self.size.width - 2)
        lines = [line for sentence in known for line in wrap(visible(sentence), width)]
        worth = self.query_one("#worth", Page)
        lines = lines[: max(1, self.size.height // 2 - 2)]
        if worth.styles.height is None or worth.size.height != len(lines):
            worth.styles.height = len(lines)
        worth.show([Text(f" {line}", style="dim") for line in lines])
        self.query_one(CurvePage).show_curve(curve_of(found))
