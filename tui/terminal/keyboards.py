"""Keyboards whose letters are not Latin: where a key is, and what it would type on another one.

Terminals that have kitty's keyboard protocol tell of each key its number in the layout at hand, and
when asked, with shift and in the PC-101 layout too: `CSI 1081:1049:113;2;1049u` is shift and the
key of й, at the place of q (https://sw.kovidgoyal.net/kitty/keyboard-protocol/#key-codes).
"""

from __future__ import annotations

import re
import unicodedata

from textual.events import Key

_KEY = re.compile(r"\x1b\[(\d{1,7})(?::(\d{0,7}))?(?::(\d{0,7}))?((?:;[\d:]*){0,2})u")
_ABOVE = dict(zip("`1234567890-=[]\\;',./", '~!@#$%^&*()_+{}|:"<>?', strict=True))
"""What the keys of that layout that are no letters type with shift."""


def place_of_key(sequence: str) -> tuple[str, str] | None:
    """Take the other layouts' numbers out of a key's sequence.

    Args:
        sequence: what a terminal sent.

    Returns:
        The sequence without them, and what the terminal would have sent for the same place on a
        Latin keyboard, which is empty where the key is a Latin one; None if there are none in it.
    """
    told = _KEY.fullmatch(sequence)
    if told is None or told[2] is told[3] is None:
        return None
    number, base, rest = int(told[1]), int(told[3] or 0), told[4]
    plain = f"\x1b[{number}{rest}u"
    if number < 128 or not 32 < base < 127:
        return plain, ""
    modifiers, _, text = rest.removeprefix(";").partition(";")
    if not text:
        return plain, f"\x1b[{base};{modifiers or 1}u"
    key = chr(base)
    has_shift = bool((int(modifiers or 1) - 1) & 1)
    if key.isalpha():
        key = key.upper() if _character(text).isupper() else key
    elif has_shift:
        key = _ABOVE.get(key, key)
    return plain, key


def key_by_place(event: Key) -> str:
    """The name of the key at the same place of a Latin keyboard; empty where that is not known."""
    return getattr(event, "by_place", "")


def is_of_another_alphabet(event: Key) -> bool:
    """Whether a key types a letter that no Latin keyboard has."""
    typed = event.character or ""
    if len(typed) != 1 or typed.isascii() or not typed.isalpha():
        return False
    return not unicodedata.name(typed, "").startswith("LATIN")


def _character(text: str) -> str:
    """The first character of a text that stands as numbers: `1049` or `1049:769`."""
    number = int(text.partition(":")[0] or 0)
    return chr(number) if number <= 0x10FFFF else ""
