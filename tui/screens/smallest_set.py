"""The smallest set that was found: the curve of its pruning, and what it does elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.evidence.smallest_set import curve_of, heads_named
from tui.experiments.effect_over_list import how_cut
from tui.experiments.smallest_set import ONE_OF_MANY
from tui.screens.page_screen import PageScreen
from tui.text import mask_said, visible
from tui.widgets.text.curve_page import CurvePage
from tui.widgets.text.line import Line
from tui.widgets.text.page import Page
from tui.widgets.text.tab_separated import tab_separated

if TYPE_CHECKING:
    from tui.experiments.smallest_set import SmallestSet


class SmallestSetScreen(PageScreen):
    """The curve of the candidate's log p over the heads that are left."""

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

    def compose_page(self) -> ComposeResult:
        """A title, the curve, what is to be known of it, what is said, and the keys."""
        yield Line(keep="left", id="title")
        yield CurvePage(ascii_only=self.session.options.ascii_only, id="curve")
        yield Page(focusable=False, id="worth")

    @property
    def to_copy(self) -> tuple[str, str]:
        """The curve: a line a point."""
        if (found := self.session.pruning.found) is None:
            return "", ""
        curve = curve_of(found)
        points = zip(curve.x.tolist(), curve.y.tolist(), strict=True)
        return "", tab_separated([(curve.x_label, curve.y_label), *points])

    @property
    def is_open(self) -> bool:
        """Whether the session still has what this shows."""
        return self.session.pruning.is_open

    @property
    def about_list(self) -> Sequence[str]:
        """The set, and everything that is to be known of it."""
        found = self.session.pruning.found
        return (found.said, *self._known(found)) if found else ()

    def _known(self, found: SmallestSet) -> Iterator[str]:
        """The heads of the set, how others are cut, at which mask; and how it does over a list."""
        at = mask_said(found.mask, len(self.session.answer.masks))
        yield f"Heads: {heads_named(found)}; {how_cut(found.by, found.means)}."
        if at:
            yield f"Measured{at}."
        yield ONE_OF_MANY
        if (over_list := self.session.pruning.over_list) is not None:
            yield f"{over_list.said} {over_list.missing}".strip()

    def show_page(self) -> None:
        """Bring the title, the page and the readout up to date."""
        if (found := self.session.pruning.found) is None:
            return
        self.query_one("#title", Line).left = Text(f" {found.said}", style="bold")
        most = max(1, self.size.height // 2 - 2)
        self.tell_sentences("#worth", [*map(visible, self._known(found))], "dim", most)
        self.query_one(CurvePage).show_curve(curve_of(found))
