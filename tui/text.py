"""Texts and tokens are data: what may reach the model, and what may reach the terminal."""

from __future__ import annotations

import re
import unicodedata

MASK = "[MASK]"
"""How a mask is typed, whatever the model calls its own."""

PAIR = "|||"
"""What stands between the two sentences of a pair."""

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

# ECMA-48: CSI sequences, OSC/DCS/SOS/PM/APC strings up to their terminator, then two-byte escapes.
# Possessive throughout: no text, however made, is looked at more than a few times.
_ESCAPE_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*+[ -/]*+[@-~]"
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|\x9c|$)"
    r"|\x9b[0-?]*+[ -/]*+[@-~]"
    r"|\x1b[ -/]*+[0-~]",
    re.DOTALL,
)
# `ESC [ M` would be read as a sequence and eat the start of a `[MASK]` glued to an escape key.
_GLUED_TOKEN = re.compile(r"(?<!\x1b)\x1b++(?=\[/?[A-Za-z]++\d*+\])")
_SPACES = re.compile(r"[\s\x85\u2028\u2029]+")
# Characters that reorder the rest of a line: they would rearrange the screen around them.
_BIDI_CONTROLS = frozenset(
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
)
# `_is_control` for runs of characters: a paste may be a million of them.
_SPACING_CONTROLS = re.compile(r"[\v\f\x1c-\x1f\x85]")
_OTHER_CONTROLS = re.compile(
    rf"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff{''.join(sorted(_BIDI_CONTROLS))}]+"
)


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs") or character in _BIDI_CONTROLS


def clean(text: str) -> str:
    """Make any text one line that is safe to type, store and analyse.

    Line breaks and tabs become single spaces; terminal escape sequences and control characters go.

    Args:
        text: anything: a paste, an argument, a line of a file.

    Returns:
        The text on one line, without characters of the Unicode categories Cc and Cs, without
        bidirectional controls, and without spaces at its ends.
    """
    text = _GLUED_TOKEN.sub("", text)
    text = _ESCAPE_SEQUENCE.sub("", text)
    text = _SPACES.sub(" ", text)
    text = _OTHER_CONTROLS.sub("", text)
    return " ".join(text.split())  # a character that went may have stood between two spaces


def harmless(text: str) -> str:
    """Take terminal escape sequences and control characters out of a text, and leave its lines.

    Args:
        text: anything, such as a paste into a field that does not know what is in it.

    Returns:
        The text without escape sequences and control characters other than tab and line breaks.
    """
    text = _ESCAPE_SEQUENCE.sub("", _GLUED_TOKEN.sub("", text))
    return _OTHER_CONTROLS.sub("", _SPACING_CONTROLS.sub(" ", text))


def visible(text: str) -> str:
    """Replace each character that a terminal would act upon by U+FFFD, so that it can be shown."""
    return "".join(REPLACEMENT if _is_control(character) else character for character in text)
