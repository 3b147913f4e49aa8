"""Text fields go by what people take for one character, whatever keys move through them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Input, TextArea
from textual.widgets.input import Selection

from tui.session.sentences import Sentences
from tui.terminal.textual_internals import cell_len
from tui.text import clusters
from tui.widgets.heads.query_input import QueryInput
from tui.widgets.text import graphemes
from tui.widgets.text.claim_area import ClaimArea
from tui.widgets.text.field import Field
from tui.widgets.text.sentence_input import SentenceInput

CHARACTERS = [
    "e\u0301", "👩\u200d👩\u200d👧", "🇩🇪", "हि", "न्दी", "👍🏽", "1️⃣", "\u1112\u1161\u11ab", "น้ำ",
]  # fmt: skip
FIELDS: dict[str, Callable[[], Input | TextArea]] = {
    "sentence": lambda: SentenceInput(Sentences(())),
    "query": QueryInput,
    "dialogs": lambda: Field(placeholder=""),
    "claim": ClaimArea,
}


class Fields(App[None]):
    """An app with one field."""

    def __init__(self, field: Input | TextArea) -> None:
        super().__init__()
        self.field = field

    def compose(self) -> ComposeResult:
        yield self.field

    @property
    def text(self) -> str:
        """All of the text, with the ends of the selection marked."""
        field = self.field
        if isinstance(field, Input):
            text, places = field.value, sorted(field.selection)
        else:
            text, places = field.text, sorted(column for _, column in field.selection)
        start, end = places
        marked = f"{text[:start]}|{text[start:end]}|{text[end:]}"
        return marked if start != end else f"{text[:start]}|{text[start:]}"


def pressed(make: Callable[[], Input | TextArea], text: str, *keys: str) -> str:
    """What a field holds after keys, its cursor at the end before them."""

    async def press() -> str:
        app = Fields(make())
        async with app.run_test() as pilot:
            field = app.field
            field.focus()
            if isinstance(field, Input):
                field.value = text
                field.cursor_position = len(text)
            else:
                field.insert(text)
            await pilot.press(*keys)
            return app.text

    return asyncio.run(press())


@pytest.mark.parametrize("name", FIELDS)
def test_keys_move_and_delete_characters_whole(name: str) -> None:
    make, text = FIELDS[name], "".join(CHARACTERS)
    *head, last = CHARACTERS
    rest = "".join(head)
    assert pressed(make, text, "backspace") == f"{rest}|"
    assert pressed(make, text, "left") == f"{rest}|{last}"
    assert pressed(make, text, "left", "delete") == f"{rest}|"
    assert pressed(make, text, "shift+left") == f"{rest}|{last}|"
    assert pressed(make, text, "home", "right", "backspace") == f"|{text[len(head[0]) :]}"
    assert pressed(make, text, "home", "delete") == f"|{text[len(head[0]) :]}"
    every = ["backspace"] * len(CHARACTERS)
    assert pressed(make, text, *every) == "|"


@pytest.mark.parametrize("name", FIELDS)
def test_words_are_whole_in_every_script(name: str) -> None:
    make = FIELDS[name]
    assert pressed(make, "the हिन्दी", "ctrl+w") == "the |"
    assert pressed(make, "the हिन्दी", "ctrl+left") == "the |हिन्दी"
    assert pressed(make, "हिन्दी นี้", "home", "ctrl+right") == "हिन्दी |นี้"
    left = pressed(make, "हिन्दी นี้", "home", "alt+delete" if name == "claim" else "alt+backspace")
    assert left in ("|นี้", "| นี้"), "a line of words keeps its blanks, a claim's does too"


def test_the_ends_of_a_text_stay_where_they_are() -> None:
    for text in ("", "a", "🇩🇪"):
        assert graphemes.before(text, 0) == 0
        assert graphemes.after(text, len(text)) == len(text)
        assert graphemes.outside(text, len(text)) == len(text)
        assert graphemes.word_before(text, 0) == 0
        assert graphemes.word_after(text, len(text)) == len(text)


def test_every_place_leads_to_its_neighbours() -> None:
    text = "a" + "b".join(CHARACTERS)
    places = [0]
    for cluster in clusters(text):
        places.append(places[-1] + len(cluster))
    for start, end in pairwise(places):
        assert graphemes.after(text, start) == end
        assert graphemes.before(text, end) == start
        assert {graphemes.outside(text, at) for at in range(start + 1, end + 1)} == {end}


def test_the_mouse_leaves_no_cursor_within_a_character() -> None:
    async def placed() -> Selection:
        app = Fields(FIELDS["dialogs"]())
        async with app.run_test():
            assert isinstance(app.field, Input)
            app.field.value = "🇩🇪🇫🇷"
            app.field.selection = Selection(1, 3)
            return app.field.selection

    assert asyncio.run(placed()) == Selection(2, 4)


@pytest.mark.parametrize("name", ["sentence", "claim"])
def test_the_cursor_covers_a_character_whole(name: str) -> None:
    """Cut in two, a family is wider than it is measured, and the line behind it moves."""
    family = "👩\u200d👩\u200d👧"

    async def drawn() -> tuple[str, int]:
        app = Fields(FIELDS[name]())
        async with app.run_test() as pilot:
            field = app.field
            field.focus()
            if isinstance(field, Input):
                field.value = f"{family}x"
            else:
                field.insert(f"{family}x")
            await pilot.press("home")
            strip = field.render_line(0)
            return next(segment.text for segment in strip), strip.cell_length

    first, _ = asyncio.run(drawn())
    assert first == family
    assert cell_len(first) == 2
