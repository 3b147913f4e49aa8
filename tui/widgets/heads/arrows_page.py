"""The list of likely arrows: which, how strong, what its cut should do, and what it does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from rich.text import Text

from tui.analysis.columns import NO_NUMBER
from tui.analysis.decimals import WEIGHT_DECIMALS
from tui.terminal.textual_internals import cell_len
from tui.widgets.text.bar_list import bar
from tui.widgets.text.fitting import align_left, align_right
from tui.widgets.text.page import Page
from tui.widgets.window import first_shown

HEAD = 7
"""Columns of the cursor's mark, and of layer and head."""

NUMBER = 9
"""Columns of a number, the blank before it included."""

BAR, WIDEST_BAR = 6, 24
"""Columns of a bar, at least and at most."""

NAMES = 19
"""Columns of the two tokens' names that are wanted before there is a weight, or a bar."""


@dataclass(frozen=True, slots=True)
class ArrowLine:
    """One arrow.

    Attributes:
        head: its layer and head, such as `2·5`.
        names: its two tokens, safe to be shown, such as `cat → mat`.
        weight: its attention weight.
        estimate: of its effect; NaN if there is none.
        effect: as measured; NaN where scores are no numbers.
    """

    head: str
    names: str
    weight: float
    estimate: float
    effect: float


class ArrowsPage(Page):
    """Draws as many lines, and of each as much, as fit.

    Args:
        ascii_only: bars, and the cursor's mark, are drawn in ASCII.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "arrows--title", "arrows--number", "arrows--cursor", "arrows--names", "arrows--bar",
        "arrows--below",
    }  # fmt: skip

    def __init__(self, *, ascii_only: bool, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ascii = ascii_only
        self._arrows: Sequence[ArrowLine] = ()
        self._decimals = WEIGHT_DECIMALS
        self._cursor = self._first = 0

    def show_arrows(self, arrows: Sequence[ArrowLine], cursor: int, decimals: int) -> None:
        """Draw a list.

        Args:
            arrows: the arrows, from the top.
            cursor: the one at hand.
            decimals: how many decimals estimates and effects have.
        """
        self._arrows, self._cursor, self._decimals = arrows, cursor, decimals
        self._draw()

    def on_resize(self) -> None:
        """Fit the list to its new size."""
        self._draw()

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"arrows--{name}", partial=name == "cursor")

    def _draw(self) -> None:
        if not self._arrows or not self.size.area:
            self.show(())
            return
        room = self.size.width - HEAD - 2 * NUMBER
        has_weight = room >= NAMES + NUMBER
        room -= NUMBER * has_weight
        longest = max(cell_len(one.names) for one in self._arrows)
        wide = max(NAMES, min(longest, room - BAR - 1))
        names = wide if room >= wide + BAR + 1 else room
        rows = max(1, self.size.height - 1)
        self._first = first_shown(self._first, self._cursor, rows, len(self._arrows))
        title = align_left(" head", HEAD) + align_left("query → key", names)
        columns = ("weight", "estimate", "effect")[not has_weight :]
        title += "".join(align_right(column, NUMBER) for column in columns)
        shown = enumerate(self._arrows[self._first : self._first + rows], self._first)
        largest = max(
            (abs(one.effect) for one in self._arrows if one.effect == one.effect), default=0.0
        )
        lines = [self._line(one, at, names, has_weight, largest) for at, one in shown]
        self.show([Text(title, self._style("title")), *lines])

    def _line(self, one: ArrowLine, at: int, names: int, has_weight: bool, largest: float) -> Text:
        is_at_hand = at == self._cursor
        mark = (">" if self._ascii else "▸") if is_at_hand else " "
        text = Text(align_left(f"{mark}{one.head}", HEAD), self._style("number"))
        text.append(align_left(one.names, names), self._style("names"))
        numbers = [signed(one.estimate, self._decimals), signed(one.effect, self._decimals)]
        if has_weight:
            numbers.insert(0, f"{one.weight:.{WEIGHT_DECIMALS}f}")
        for number in numbers:
            text.append(align_right(number, NUMBER), self._style("number"))
        room = min(WIDEST_BAR, self.size.width - text.cell_len - 1)
        if room >= BAR and largest > 0:
            size = bar(abs(one.effect) / largest, room, ascii_only=self._ascii)
            text.append(f" {size}", self._style("below" if one.effect < 0 else "bar"))
        if is_at_hand:
            text.append(" " * max(0, self.size.width - text.cell_len))
            text.stylize(self._style("cursor"))
        return text


def signed(value: float, decimals: int) -> str:
    """A number with its sign, or the sign that there is none."""
    return NO_NUMBER if math.isnan(value) else f"{value:+.{decimals}f}"
