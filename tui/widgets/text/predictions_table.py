"""The candidates for a mask: a list with bars, or one line where there is no room for a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from tui.session.model_state import short_name
from tui.terminal.textual_internals import cell_len
from tui.text import MASK
from tui.widgets.text.bar_list import BarList
from tui.widgets.text.compared_candidates import (
    ComparedCandidate,
    beside,
    compared,
    shown_columns,
    shown_name,
)
from tui.widgets.text.fitting import align_left, wrap

if TYPE_CHECKING:
    from tui.analysis.analysis import Analysis, Candidate
    from tui.session.session import Session


_LEAST_TOKEN = 7
"""Columns that a word piece has at the least where candidates are compared."""


@dataclass(frozen=True, slots=True)
class Row:
    """One candidate as it is shown: its word piece, safe to be shown, and its probability.

    Attributes:
        token: the word piece, marked if the sentence with it is not the one that was scored.
        probability: its probability.
    """

    token: str
    probability: float

    @classmethod
    def of(cls, candidate: Candidate) -> Row:
        """A candidate's row."""
        return cls(shown_name(candidate), candidate.probability)


@dataclass(frozen=True, slots=True)
class Rows:
    """The candidates of one mask, or the reason why there are none.

    Attributes:
        rows: the candidates, most probable first.
        compared: the same and those of the other list alone, beside those of B or of the whole
            model; empty where nothing is compared or cut, or is not known yet.
        chosen: which one the highlight is on.
        filled: the sentence on screen has the highlighted candidate in it.
        empty: what is said where there are no candidates.
    """

    rows: tuple[Row, ...] = ()
    compared: tuple[ComparedCandidate, ...] = ()
    chosen: int = 0
    filled: bool = False
    empty: str = ""

    @classmethod
    def of(cls, session: Session) -> Rows:
        """The candidates of the mask that is looked at, or why there are none."""
        if session.analysis is None:
            waits = not session.message
            return cls(empty="The model is loading; you can type already." if waits else "")
        filling = session.filling
        return cls(
            rows=tuple(map(Row.of, filling.candidates)),
            compared=beside(session.comparing.candidates) or compared(session.cutting.candidates),
            chosen=filling.chosen,
            filled=filling.is_filled,
            empty=why_empty(session.analysis),
        )


NO_MASK = (
    f"There is no {MASK} in this sentence: the grid shows its attention all the same. "
    f"To see candidates, put {MASK} where a word is wanted (i, then ctrl+t), "
    "or move the cursor to a token with j and k and press w to mask it."
)


def why_empty(analysis: Analysis) -> str:
    """Why there are no candidates."""
    if analysis.masks and not analysis.model.has_head:
        return (
            f"{short_name(analysis.model.name)} has no trained masked-LM head, so it has no "
            "candidates to show. The grid shows its attention all the same."
        )
    if analysis.masks:
        return (
            f"There are no candidates for {MASK} in this file. The grid shows its attention all "
            "the same."
        )
    return NO_MASK


class PredictionsTable(BarList):
    """Draws candidates; which of them is chosen is the screen's to say."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--rank",
        "table--token",
        "table--bar",
        "table--chosen",
        "table--filled",
        "table--left",
        "table--empty",
    }

    content: reactive[Rows] = reactive(Rows(), layout=False)
    """The candidates that are shown."""

    class Chosen(Message):
        """A candidate was clicked."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def render_line(self, y: int) -> Strip:
        """One candidate, or a line of what is said where there are none."""
        width = self.size.width
        content = self.content
        if not content.rows:
            segments = self._said(y)
        elif self.size.height == 1:
            segments = self._all_in_one_line()
        elif content.compared:
            segments = self._compared(y)
        elif (index := y + self._first) < len(content.rows):
            segments = self._row(index)
        else:
            segments = []
        return Strip(segments).adjust_cell_length(width, self.ground)

    @property
    def _first(self) -> int:
        """The first candidate on screen: the chosen one is always visible."""
        return max(0, self.content.chosen - self.size.height + self._titles + 1)

    @property
    def _titles(self) -> int:
        """Lines above the candidates."""
        return int(bool(self.content.compared) and self.size.height > 1)

    def _said(self, y: int) -> list[Segment]:
        lines = wrap(self.content.empty, self.size.width - 1)
        text = " " + lines[y] if y < len(lines) else ""
        return [Segment(text, self.get_component_rich_style("table--empty"))]

    def _row(self, index: int) -> list[Segment]:
        row = self.content.rows[index]
        widest = max(cell_len(row.token) for row in self.content.rows)
        token = min(max(widest, 4), max(4, self.size.width - 16))
        number = f"{row.probability:.3f}"
        # A bar is as long as the probability is of the largest one shown.
        share = row.probability / max(self.content.rows[0].probability, 1e-9)
        room = self.size.width - (4 + token + 1 + len(number) + 1) - 1
        style = self.get_component_rich_style
        name_style = style("table--token")
        if index == self.content.chosen:
            name_style = style("table--filled" if self.content.filled else "table--chosen")
        return [
            Segment(f"{index + 1:>3} ", style("table--rank")),
            Segment(align_left(row.token, token), name_style),
            Segment(f" {number} ", style("table--token")),
            Segment(self.bar(share, max(0, room)), style("table--bar")),
        ]

    def _compared(self, y: int) -> list[Segment]:
        """A candidate now and before, or the titles of these columns."""
        content, style = self.content, self.get_component_rich_style
        names = [(one.token, one.is_left) for one in content.compared]
        widest = max(cell_len(name) for name, _ in names)
        columns = shown_columns(content.compared, self.size.width - 4 - _LEAST_TOKEN - 1)
        taken = 4 + sum(column.width + 1 for column in columns) + 1
        token = min(max(widest, _LEAST_TOKEN), max(_LEAST_TOKEN, self.size.width - taken))
        if y == 0:
            titles = "".join(f" {column.title:>{column.width}}" for column in columns)
            return [Segment(" " * (4 + token) + titles, style("table--rank"))]
        index = y - self._titles + self._first
        if index >= len(content.compared):
            return []
        one = content.compared[index]
        name_style = number_style = style("table--left" if one.is_left else "table--token")
        if index == content.chosen:
            name_style = style("table--chosen")
        numbers = "".join(f" {column.said(one):>{column.width}}" for column in columns)
        rank = "" if one.is_left else str(index + 1)
        return [
            Segment(f"{rank:>3} ", style("table--rank")),
            Segment(align_left(one.token, token), name_style),
            Segment(numbers, number_style),
        ]

    def _all_in_one_line(self) -> list[Segment]:
        style = self.get_component_rich_style
        segments = []
        # What is chosen stands first, so that it is seen at any width.
        for index in range(self.content.chosen, len(self.content.rows)):
            row = self.content.rows[index]
            chosen = index == self.content.chosen
            name = "table--filled" if self.content.filled else "table--chosen"
            segments += [
                Segment(f" {index + 1} ", style("table--rank")),
                Segment(row.token, style(name if chosen else "table--token")),
                Segment(f" {row.probability:.3f}", style("table--token")),
            ]
            if self.content.compared:
                moved = self.content.compared[index].ranks
                segments.append(Segment(f" ({moved})", style("table--rank")))
        return segments

    def on_click(self, event: events.Click) -> None:
        """Choose the candidate under the mouse."""
        at = event.get_content_offset(self)
        if at is None or self.size.height == 1:
            return
        index = at.y + self._first - self._titles
        if at.y >= self._titles and index < len(self.content.rows):
            self.post_message(self.Chosen(index))
