"""A paste that is too long to be taken is said to be, by each field in its own words."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.message import Message
from textual.widget import Widget

from tests.support import desk
from tui.session.sentences import Sentences
from tui.terminal.packets import LONGEST_PASTE, PacketParser
from tui.widgets.heads.query_input import QueryInput
from tui.widgets.text.claim_area import ClaimArea
from tui.widgets.text.sentence_input import SentenceInput


class Holder(App[None]):
    """One field, and what it said."""

    def __init__(self, field: Widget) -> None:
        super().__init__()
        self.field = field
        self.heard: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.field

    def on_sentence_input_too_long(self, message: SentenceInput.TooLong) -> None:
        self.heard.append(message)

    def on_query_input_too_long(self, message: QueryInput.TooLong) -> None:
        self.heard.append(message)

    def on_claim_area_too_long(self, message: ClaimArea.TooLong) -> None:
        self.heard.append(message)


def pasted(length: int) -> events.Paste:
    """What a terminal's paste of so many characters becomes."""
    (paste,) = PacketParser().feed(f"\x1b[200~{'a' * length}\x1b[201~")
    assert isinstance(paste, events.Paste)
    return paste


@pytest.mark.parametrize(
    "field",
    [lambda: SentenceInput(Sentences([])), QueryInput, ClaimArea],
    ids=["sentence", "query", "claim"],
)
async def test_each_field_says_so_once(field: type[Widget]) -> None:
    app = Holder(field())
    async with app.run_test() as pilot:
        app.field.focus()
        app.field.post_message(pasted(10))
        await pilot.pause()
        assert app.heard == []
        before = str(getattr(app.field, "value", "")) or getattr(app.field, "text", "")
        assert before == "a" * 10
        app.field.post_message(pasted(LONGEST_PASTE + 1))
        await pilot.pause()
        assert len(app.heard) == 1
        assert (str(getattr(app.field, "value", "")) or getattr(app.field, "text", "")) == before


async def test_a_query_that_would_be_too_long_is_said_to_be() -> None:
    app = Holder(QueryInput())
    async with app.run_test() as pilot:
        app.field.focus()
        app.field.post_message(pasted(600))
        await pilot.pause()
        assert len(app.heard) == 1


async def test_the_note_says_it_below_the_claim(tmp_path: Path) -> None:
    async with desk(tmp_path, "The cat [MASK].") as at:
        await at.press("a")
        screen = at.app.screen
        screen.query_one(ClaimArea).post_message(pasted(LONGEST_PASTE + 1))
        await at.settle()
        assert "too long" in at.text
