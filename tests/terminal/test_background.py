"""What the terminal tells of its background, among the keys: never a key, whenever it comes."""

from __future__ import annotations

import pytest
from textual import events
from textual.message import Message

from tui.terminal import background
from tui.terminal.background import BackgroundTold, colour_of
from tui.terminal.packets import PacketParser

WHITE = "\x1b]11;rgb:ffff/ffff/ffff"
BLACK = "\x1b]11;rgb:0000/0000/0000"


def said(found: list[Message]) -> list[str | bool]:
    """Keys by name, pastes in quotes, and whether the background is light."""
    names: list[str | bool] = []
    for event in found:
        if isinstance(event, BackgroundTold):
            names.append(event.light)
        elif isinstance(event, events.Key):
            names.append(event.key)
        elif isinstance(event, events.Paste):
            names.append(repr(event.text))
    return names


def fed(*packets: str, asked: bool = True) -> list[str | bool]:
    parser = PacketParser()
    if asked:
        parser.replies.ask()
    return said([event for packet in packets for event in parser.feed(packet)])


@pytest.mark.parametrize("end", ["\x07", "\x1b\\"])
def test_a_reply_is_told_and_is_no_key(end: str) -> None:
    assert fed(f"{WHITE}{end}") == [True]
    assert fed(f"{BLACK}{end}") == [False]
    assert sorted(map(str, fed(f"a{WHITE}{end}b"))) == ["True", "a", "b"]


@pytest.mark.parametrize("end", ["\x07", "\x1b\\"])
def test_a_reply_may_be_cut_anywhere(end: str) -> None:
    reply = f"{WHITE}{end}"
    for cut in range(1, len(reply)):
        assert fed(f"a{reply[:cut]}", f"{reply[cut:]}b") == ["a", True, "b"], cut
    assert fed(*reply, "b") == [True, "b"]


def test_a_reply_that_comes_late_is_no_key_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "AWAITED", 0.0)
    assert fed(f"{WHITE}\x07x") == [True, "x"]
    assert fed(f"{WHITE}\x07x", asked=False) == ["x"], "another program's"
    assert fed(WHITE[:9], f"{WHITE[9:]}\x07x") == [True, "x"]


def test_a_reply_that_says_no_colour_is_dropped() -> None:
    assert fed("\x1b]11;?\x07x") == ["x"]
    assert fed("\x1b]11;\x1b\\x") == ["x"]


def test_an_escape_without_more_is_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "HELD", 0.0)
    parser = PacketParser()
    parser.replies.ask()
    assert said(list(parser.feed("\x1b"))) == []
    assert said(list(parser.tick())) == ["escape"]
    assert said(list(parser.feed("\x1b"))) == []
    assert said(list(parser.feed("x"))) == ["escape", "x"], "the key came first"


def test_a_reply_that_breaks_off_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "SWALLOWED", 0.0)
    parser = PacketParser()
    assert said(list(parser.feed(WHITE))) == []
    assert said([*parser.tick(), *parser.feed("x")]) == ["x"]


def test_keys_that_look_like_its_beginning_are_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fed("\x1b[A") == ["up"]
    assert fed("\x1b", "[A") == ["up"]
    assert fed("]11;rgb:a") == ["right_square_bracket", "1", "1", "semicolon", *"rgb", "colon", "a"]


def test_a_paste_is_left_alone() -> None:
    assert fed("\x1b", "[200~a\x1b[2", "01~b") == ["'a'", "b"]
    assert fed(f"\x1b[200~a\x1b[201~{WHITE}\x07b") == ["'a'", True, "b"]
    assert fed("\x1b[200~a\x1b", "[201~b") == ["'a'", "b"]


@pytest.mark.parametrize(
    ("told", "colour"),
    [
        ("rgb:ffff/8000/0000", (255, 128, 0)),
        ("rgb:ff/80/00", (255, 128, 0)),
        ("rgb:f/8/0", (255, 136, 0)),
        ("rgba:ffff/ffff/ffff/ffff", (255, 255, 255)),
        ("#ffffff", None),
        ("", None),
    ],
)
def test_colours_of_any_depth_are_read(told: str, colour: tuple[int, int, int] | None) -> None:
    assert colour_of(told) == colour
