"""The third page of the lens: a line a part of the logit, with a bar to the side of its sign."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from rich.text import Text

from tui.text import visible
from tui.widgets.text.diverging_bar import diverging_bar
from tui.widgets.text.fitting import align_left, align_right
from tui.widgets.text.page import Page
from tui.widgets.window import first_shown

if TYPE_CHECKING:
    from tui.experiments.direct import LogitPart
    from tui.session.logit_parts import PartsState

LONG, SHORT = 22, 10
"""Columns of a part's name, in words and in short."""

NUMBER = 9
"""Columns of a number."""

NARROW = 60
"""Columns of a page below which names are short."""

NOT_MEASURED = "–"
"""In the place of an effect that nobody has measured."""


class LensPartsPage(Page):
    """Draws as many parts as fit, and their sum below them.

    Args:
        ascii_only: bars are drawn in ASCII.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "lens--title", "lens--layer", "lens--cursor", "lens--word", "lens--chosen", "lens--bar",
    }  # fmt: skip

    def __init__(self, *, ascii_only: bool, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ascii = ascii_only
        self._content: PartsState | None = None
        self._first = 0

    def show_parts(self, content: PartsState) -> None:
        """Draw the parts as they are now; none draws nothing."""
        self._content = content
        self._draw()

    def on_resize(self) -> None:
        """Fit the page to its new size."""
        self._draw()

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"lens--{name}", partial=name == "cursor")

    @property
    def _is_narrow(self) -> bool:
        return self.size.width < NARROW

    @property
    def _name_room(self) -> int:
        return SHORT if self._is_narrow else LONG

    def _draw(self) -> None:
        content = self._content
        if content is None or content.sums is None or not self.size.area:
            self.show(())
            return
        listed = content.listed
        rows = max(1, self.size.height - 2)
        self._first = first_shown(self._first, content.row, rows, len(listed))
        largest = max(abs(part.value) for part in listed)
        shown = enumerate(listed[self._first : self._first + rows], self._first)
        lines = [self._line(part, at, content, largest) for at, part in shown]
        self.show([self._title(content), *lines, self._sum(content)])

    def _title(self, content: PartsState) -> Text:
        order = "largest first" if content.by_size else "in the model's order"
        title = Text().append(
            align_left(f" {order if not self._is_narrow else 'part'}", self._name_room + 1),
            self._style("title"),
        )
        title.append(align_right("direct", NUMBER), self._style("title"))
        title.append(align_right("cut", NUMBER), self._style("title"))
        if not self._is_narrow:
            cut = content.measured
            by = f"cut ({cut.by}): what the lead loses" if cut else "cut: e measures it"
            if cut and cut.so_far is not None:
                by = f"cut ({cut.by}): {cut.so_far.said}"
            title.append(f"  {by}", self._style("title"))
        return title

    def _line(self, part: LogitPart, at: int, content: PartsState, largest: float) -> Text:
        is_at_hand = at == content.row
        text = Text().append("▸" if is_at_hand else " ", self._style("layer"))
        name = _short(part) if self._is_narrow else part.name
        text.append(align_left(name, self._name_room), self._style("word"))
        text.append(align_right(f"{part.value:+.3f}", NUMBER), self._style("layer"))
        effect = content.effect(part)
        said = (
            f"{effect:+.3f}"
            if effect is not None
            else NOT_MEASURED
            if part.head is not None
            else ""
        )
        text.append(align_right(said, NUMBER), self._style("layer"))
        room = max(0, self.size.width - text.cell_len - 2)
        share = part.value / largest if largest else 0.0
        text.append(f" {diverging_bar(share, room, ascii_only=self._ascii)}", self._style("bar"))
        text.append(" " * max(0, self.size.width - text.cell_len))
        if is_at_hand:
            text.stylize(self._style("cursor"))
        return text

    def _sum(self, content: PartsState) -> Text:
        assert content.sums is not None
        text = Text(" ").append(align_left("sum", self._name_room), self._style("chosen"))
        text.append(align_right(f"{content.sums.total:+.3f}", NUMBER), self._style("chosen"))
        room = max(0, self.size.width - text.cell_len - 3)
        text.append(f" = {align_left(visible(content.whose), room)}", self._style("chosen"))
        return text


def _short(part: LogitPart) -> str:
    """A part's name in few columns: `2·5` is a head."""
    if part.layer is None:
        return part.kind
    return f"{part.layer + 1}·{'ff' if part.head is None else part.head + 1}"
