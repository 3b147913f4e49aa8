"""The line that says what the run on screen is compared with, as long as it is with anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from tui.session.model_state import short_name
from tui.text import visible
from tui.widgets.text.line import Line
from tui.widgets.text.marked_words import DIFFERS, different_words

if TYPE_CHECKING:
    from tui.session.session import Session

KEYS = "B turns · ! lets go "


class CompareLine(Line):
    """Says what B is, its words marked that A does not have; it is gone while there is no B."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(keep="left", id=id)

    def tell(self, session: Session) -> None:
        """Follow the session."""
        said = compared_with(session)
        if said is not None:
            if said != self.left:
                self.left = said
            if self.right.plain != KEYS:
                self.right = Text(KEYS)
        if self.display != (said is not None):
            self.display = said is not None


def compared_with(session: Session) -> Text | None:
    """B in a line: its sentence, and in what else it differs; None while nothing is compared."""
    comparing = session.comparing
    choice, b = comparing.choice, comparing.b
    if choice is None or session.analysis is None:
        return None
    if b is None:
        waits = "…" if comparing.is_awaited or session.question else ""
        return Text(f" B: {choice.said}{waits}")
    text = Text(" B: ")
    if b.model.name != session.answer.model.name or choice.kind in ("model", "saved"):
        text.append(f"{short_name(b.model.name)} · ")
    if choice.kind == "whole":
        text.append("nothing cut · ")
    return text.append_text(differing(visible(b.text), visible(session.answer.text)))


def differing(text: str, other: str) -> Text:
    """A text, with the words marked that another one does not have in their place."""
    said = Text(text)
    for start, end in different_words(text, other):
        said.stylize(DIFFERS, start, end)
    return said
