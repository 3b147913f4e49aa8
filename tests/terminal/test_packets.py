"""Bytes as they arrive become keys and pastes: what was typed, and what was not."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import repeat

import pytest
from textual import events

from tui.terminal.packets import LONGEST_PASTE, PASTE_WITHIN, PacketParser, is_refused
from tui.text import clean, harmless


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
    assert fed("word " * 60) == [repr("word " * 60)]
    assert fed(f"\x1b[A{TEXT}\x1b[B") == ["up", repr(TEXT), "down"]


def test_an_enter_behind_it_is_an_enter() -> None:
    assert fed(f"{TEXT}\r") == [repr(TEXT), "enter"]


@pytest.mark.parametrize("packet", ["jjjjjjjj" * 8, "jkjk" * 20, "hjkl" * 20, "quick", "8 11"])
def test_what_may_have_been_typed_is_keys(packet: str) -> None:
    assert len(fed(packet)) == len(packet)


def test_text_letter_by_letter_is_keys() -> None:
    assert len(fed(*TEXT)) == len(TEXT)


def test_brackets_make_a_paste_of_anything() -> None:
    assert fed("\x1b[20", "0~a\x1b[31mb", "\x1b[20", "1~c") == ["'ab'", "c"]


def test_an_escape_and_a_mask_in_one_piece_are_two_things() -> None:
    assert fed("\x1b[MASK]") == ["escape", "left_square_bracket", *"MASK", "right_square_bracket"]


BEGIN, END = "\x1b[200~", "\x1b[201~"
TRYING = {
    "letters": "ab",
    "escapes": "\x1b",
    "titles": "\x1b]",
    "brackets": "[",
    "sequences": "\x1b[",
    "numbers": "\x1b[0;",
    "newlines": "\n",
    "combining": "\u0301",
    "half an end": "\x1b[201",
    "masks": "\x1b[MASK",
}
"""What a paste may be made of, each of it a trap for a parser that looks at things twice."""


def packets(text: str) -> list[str]:
    """A text as it arrives from a terminal."""
    return [text[at : at + 4096] for at in range(0, len(text), 4096)]


def is_linear(work: Callable[[int], object], size: int) -> bool:
    """Whether four times as much takes less than six times as long.

    Another program may take the processor's cache away: what is quadratic takes sixteen times as
    long however often it is tried.
    """
    for _ in range(6):
        times = []
        for times_as_much in (1, 4):
            began = time.process_time()
            work(times_as_much * size)
            times.append(time.process_time() - began)
        if times[1] < 6 * times[0]:
            return True
    return False


@pytest.mark.parametrize("unit", TRYING.values(), ids=TRYING)
@pytest.mark.parametrize("end", [END, ""], ids=["ended", "never ended"])
def test_a_paste_of_megabytes_takes_its_length_in_time(unit: str, end: str) -> None:
    packet = (unit * 4096)[:4096]

    def paste(size: int) -> None:
        parser = PacketParser()
        for piece in (BEGIN, *repeat(packet, size // len(packet)), end or "a"):
            list(parser.feed(piece))

    assert is_linear(paste, 4 << 20)


@pytest.mark.parametrize("unit", TRYING.values(), ids=TRYING)
@pytest.mark.parametrize("work", [clean, harmless])
def test_cleaning_a_text_takes_its_length_in_time(work: Callable[[str], str], unit: str) -> None:
    assert is_linear(lambda size: work(unit * (size // len(unit))), 5_000)


def test_the_longest_paste_is_taken_and_a_longer_one_refused_whole() -> None:
    for length, refused in [(LONGEST_PASTE, False), (LONGEST_PASTE + 1, True)]:
        parser = PacketParser()
        text = "a" * length
        found = [e for packet in packets(f"x{BEGIN}{text}{END}y") for e in parser.feed(packet)]
        first, paste, last = found
        assert isinstance(first, events.Key)
        assert isinstance(paste, events.Paste)
        assert isinstance(last, events.Key)
        assert (first.key, last.key) == ("x", "y")
        assert is_refused(paste) is refused
        assert paste.text == ("" if refused else text)


def test_a_refused_paste_is_said_at_once_and_its_rest_is_dropped() -> None:
    parser = PacketParser()
    packet = "a" * 4096
    found = list(parser.feed(BEGIN))
    for _ in range(LONGEST_PASTE // 4096 + 1):
        found += parser.feed(packet)
    assert [is_refused(event) for event in found if isinstance(event, events.Paste)] == [True]
    kept = LONGEST_PASTE // 1000
    for _ in range(100):
        assert list(parser.feed(packet)) == []
        assert parser._paste is not None
        assert len(parser._paste.text) < kept
    assert [event.key for event in parser.feed(f"{END}q") if isinstance(event, events.Key)] == ["q"]


@pytest.mark.parametrize("cut", range(1, 6))
def test_the_end_of_a_paste_is_seen_wherever_it_is_cut(cut: int) -> None:
    assert fed(f"{BEGIN}ab\x1b[20", f"c{END[:cut]}", f"{END[cut:]}q") == ["'ab'", "q"]


def test_a_paste_that_never_ends_is_over_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("tui.terminal.packets.time.monotonic", lambda: now)
    parser = PacketParser()
    assert list(parser.feed(f"{BEGIN}abc")) == []
    assert list(parser.tick()) == []
    now += PASTE_WITHIN + 0.1
    (paste,) = parser.tick()
    assert isinstance(paste, events.Paste)
    assert paste.text == "abc"
    assert [event.key for event in parser.feed("q") if isinstance(event, events.Key)] == ["q"]


@pytest.mark.parametrize("junk", ["\x1b[99999999999u", "\x1b[1;1;99999999999u"])
def test_what_textual_cannot_read_is_told_and_the_rest_is_read(junk: str) -> None:
    failed: list[Exception] = []
    parser = PacketParser(failed=failed.append)
    keys = [e.key for e in parser.feed(f"a{junk}") if isinstance(e, events.Key)]
    keys += [e.key for e in parser.feed("b\x1b[A") if isinstance(e, events.Key)]
    assert keys == ["a", "b", "up"]
    assert len(failed) == 1
    with pytest.raises(type(failed[0])):
        PacketParser().feed(junk)
