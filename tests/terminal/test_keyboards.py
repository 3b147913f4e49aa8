"""Keys of other layouts act by their place, where a terminal tells it; fields take the letters."""

from __future__ import annotations

import pytest
from textual import events

from tests.pty_terminal import bertmask
from tui.terminal.keyboards import is_of_another_alphabet, key_by_place
from tui.terminal.packets import PacketParser

COFFEE = "I drank a cup of [MASK] this morning."


def keys(data: str) -> list[tuple[str, str | None, str]]:
    """Each key's name, what it types, and the name of the one at its place."""
    found = [event for event in PacketParser().feed(data) if isinstance(event, events.Key)]
    return [(event.key, event.character, key_by_place(event)) for event in found]


@pytest.mark.parametrize(
    ("sent", "key", "typed", "place"),
    [
        ("\x1b[1081::113;;1081u", "й", "й", "q"),
        ("\x1b[1081:1049:113;2;1049u", "Й", "Й", "Q"),
        ("\x1b[1081::113;65;1049u", "Й", "Й", "Q"),  # caps lock
        ("\x1b[1093:1061:91;2;1061u", "Х", "Х", "left_curly_bracket"),
        ("\x1b[1093::91;;1093u", "х", "х", "left_square_bracket"),
        ("\x1b[1078:1046:59;2;1046u", "Ж", "Ж", "colon"),
        ("\x1b[945::97;;945u", "α", "α", "a"),
        ("\x1b[1513::97;;1513u", "ש", "ש", "a"),
        ("\x1b[1081::113;5u", "ctrl+й", None, "ctrl+q"),
        ("\x1b[113;;113u", "q", "q", ""),
        ("\x1b[113:81;2;81u", "Q", "Q", ""),
        ("\x1b[39::113;;39u", "apostrophe", "'", ""),  # Dvorak's, where q is on others
        ("\x1b[46::47;;46u", "full_stop", ".", ""),  # a full stop is one, wherever it is
        ("\x1b[252:220:91;;252u", "ü", "ü", "left_square_bracket"),
        ("\x1b[13u", "enter", "\r", ""),
        ("й", "й", "й", ""),
    ],
)
def test_a_key_has_its_own_name_and_that_of_its_place(
    sent: str, key: str, typed: str | None, place: str
) -> None:
    assert keys(sent) == [(key, typed, place)]


def test_keys_glued_together_stay_apart() -> None:
    glued = "\x1b[1086::106;;1086u\x1b[1083::107;;1083u\x1b[A\x1b[1090::110;;1090u"
    assert [place or key for key, _, place in keys(glued)] == ["j", "k", "up", "n"]


@pytest.mark.parametrize(
    "junk", ["\x1b[1081:9999999:9999999;2;1049u", "\x1b[1081::;;u", "\x1b[1081::113;;9999999u"]
)
def test_numbers_that_mean_nothing_hurt_nobody(junk: str) -> None:
    failed: list[Exception] = []
    parser = PacketParser(failed=failed.append)
    list(parser.feed(junk))
    assert [event.key for event in parser.feed("q") if isinstance(event, events.Key)] == ["q"]


@pytest.mark.parametrize(
    ("typed", "is_one"), [("й", True), ("ψ", True), ("é", False), ("ß", False), ("→", False)]
)
def test_letters_of_another_alphabet_are_known(typed: str, is_one: bool) -> None:
    assert is_of_another_alphabet(events.Key(typed, typed)) is is_one


def test_places_act_in_the_app_and_fields_take_letters() -> None:
    with bertmask(COFFEE, columns=100, lines=30) as terminal:
        terminal.wait_for("Layer 1 of 6")
        assert b"\x1b[>29u" in terminal.raw, "places are asked for"
        terminal.wait_for("0.")
        terminal.send("\x1b[1096::105;;1096u")  # ш, where i is: to the sentence
        terminal.send("\x1b[117;5u")  # ctrl+u
        terminal.send("".join(f"\x1b[{ord(letter)}::113;;{ord(letter)}u" for letter in "йцук"))
        terminal.wait_for(" йцук ")
        terminal.send("\x1b[1081::113;5u")  # ctrl and й, where ctrl+q is
        assert terminal.wait() == 0


def test_where_no_place_is_told_a_letter_is_explained_once() -> None:
    with bertmask(COFFEE, columns=100, lines=30) as terminal:
        terminal.wait_for("Layer 1 of 6")
        terminal.send("й")
        terminal.wait_for("й is no key here")
        terminal.send("ψ")
        terminal.send("q")
        assert terminal.wait() == 0
        assert "ψ is no key".encode() not in terminal.raw
