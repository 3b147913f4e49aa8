"""Bytes as they arrive become keys and pastes: what was typed, and what was not."""

from __future__ import annotations

import pytest
from textual import events

from tui.terminal.packets import PacketParser


def fed(*packets: str) -> list[str]:
    """What packets become: keys by name, pastes in quotes."""
    parser = PacketParser()
    found = [event for packet in packets for event in parser.feed(packet)]
    said = []
    for event in found:
        if isinstance(event, events.Paste):
            said.append(repr(event.text))
        elif isinstance(event, events.Key):
            said.append(event.key)
    return said


TEXT = "I drank a cup of [MASK] this morning."


def test_text_in_one_piece_is_a_paste() -> None:
    assert fed(TEXT) == [repr(TEXT)]
    assert fed(f"{TEXT}\rand more") == [repr(f"{TEXT}\rand more")]
    assert fed(f"\x1b[A{TEXT}\x1b[B") == ["up", repr(TEXT), "down"]


def test_an_enter_behind_it_is_an_enter() -> None:
    assert fed(f"{TEXT}\r") == [repr(TEXT), "enter"]


@pytest.mark.parametrize("packet", ["jjjjjjjj" * 8, "jkjk" * 20, "quick", "8 11"])
def test_what_may_have_been_typed_is_keys(packet: str) -> None:
    assert len(fed(packet)) == len(packet)


def test_text_letter_by_letter_is_keys() -> None:
    assert len(fed(*TEXT)) == len(TEXT)


def test_brackets_make_a_paste_of_anything() -> None:
    assert fed("\x1b[20", "0~a\x1b[31mb", "\x1b[20", "1~c") == ["'ab'", "c"]


def test_an_escape_and_a_mask_in_one_piece_are_two_things() -> None:
    assert fed("\x1b[MASK]") == ["escape", "left_square_bracket", *"MASK", "right_square_bracket"]
