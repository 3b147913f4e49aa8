"""Texts and tokens are data: what may reach the model, and what may reach the terminal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

MASK = "[MASK]"
"""How a mask is typed, whatever the model calls its own."""

PAIR = "|||"
"""The sign between the two sentences of a pair."""

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
    """Whether a terminal acts upon it, or whoever cuts a text into lines cuts there."""
    return (
        unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in _BIDI_CONTROLS
    )


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


def legible(token: str) -> str:
    """A token as it can be shown, told from every other, and seen at all.

    Args:
        token: what a vocabulary or a file holds: anything.

    Returns:
        One line that is not empty, without what a terminal would act upon. Of a token in which
        nothing can be seen the code points are told, such as `U+200B`; a mark that would stand on
        what is before the token stands on a dotted circle, as in Unicode's own charts.
    """
    if token.isascii() and token.isprintable() and not token.isspace():
        return token or '""'
    if not token or all(map(_is_unseen, token)):
        return " ".join(f"U+{ord(character):04X}" for character in token) or '""'
    begins_with_mark = unicodedata.category(token[0]).startswith("M")
    return visible(f"\N{DOTTED CIRCLE}{token}" if begins_with_mark else token)


def _is_unseen(character: str) -> bool:
    return character in _FILLERS or unicodedata.category(character) in _UNSEEN


_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp", "Zs")


_JOINER = "\N{ZERO WIDTH JOINER}"
# What has no cell of its own: a format character (a soft hyphen is one too, but is seen), a mark, a
# vowel or final consonant of Hangul without a syllable to close, a filler.
_WITHOUT_CELLS = r"(?:[^\P{Cf}\xad]|\p{M}|[\u1160-\u11ff\u3164\ud7b0-\ud7fb\uffa0])+"
# Characters that stand alone whatever stands beside them: most texts are made of nothing else. The
# pattern takes milliseconds to compile, and many a text is ASCII.
_ALONE = (
    r"[\x20-\x7e\u00a1-\u00a8\u00aa-\u00ac\u00af-\u02ff\u0370-\u0377\u037a-\u037f\u0384-\u0482"
    r"\u048a-\u052f\u2010-\u2027\u2030-\u203b\u20ac\u2190-\u2193\u2500-\u25a9\u25b2-\u25b5"
    r"\u25b8-\u25bf\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3\ufffd]*"
)


def clusters(text: str) -> list[str]:
    """Cut a text into what people take for one character each: nothing is lost, nothing is apart.

    These are the extended grapheme clusters of Unicode Standard Annex #29: a letter with its marks
    and vowel signs, the jamo of a Hangul syllable, a conjunct of Indic letters, the two letters of
    a flag, an emoji with its variation, its skin and whatever is joined to it. Two things differ,
    as terminals have it that give them no cell: what a zero width joiner joins is never parted,
    whichever script it is of, and what has no cell of its own, such as a zero width space or a
    single vowel of Hangul, goes with what stands before it.
    """
    if (text.isascii() and text.isprintable()) or re.fullmatch(_ALONE, text):
        return list(text)
    import regex  # most texts do without, and so does the first frame

    cut: list[str] = regex.findall(r"\X", text)
    without_cells = regex.compile(_WITHOUT_CELLS)
    if not without_cells.search(text):  # a joiner is one too
        return cut
    found: list[str] = []
    for cluster in cut:
        if found and (found[-1][-1] == _JOINER or without_cells.fullmatch(cluster)):
            found[-1] += cluster
        else:
            found.append(cluster)
    return found


def wrap(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """Break a text into lines, between words where it can be.

    Nothing is lost: a word that is longer than a line, a path above all, goes on in the next.

    Args:
        text: the text; its line breaks count as spaces.
        width: how wide a line may be.
        measure: how wide a text is, in the same unit.

    Returns:
        The lines, none of them empty; a single character that is wider than a line is a line.
    """
    lines: list[str] = []
    for word in text.split():
        if lines and measure(longer := f"{lines[-1]} {word}") <= width:
            lines[-1] = longer
        elif measure(word) <= width:
            lines.append(word)
        else:
            lines += _cut(word, width, measure)
    return lines


def _cut(word: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """Cut a word that is too long for a line into lines."""
    lines: list[str] = []
    for cluster in clusters(word):
        if lines and measure(lines[-1] + cluster) <= width:
            lines[-1] += cluster
        else:
            lines.append(cluster)
    return lines


def mask_named(mask: int, masks: int) -> str:
    """One of some masks, counted from 0, as people count it: `[MASK] 2 of 3`, or just `[MASK]`."""
    return f"{MASK} {mask + 1} of {masks}" if masks > 1 else MASK


def mask_said(mask: int, masks: int) -> str:
    """Which of several masks something is about, ` at [MASK] 2 of 3`; empty if there is one.

    Args:
        mask: which of them, counted from 0.
        masks: how many there are.
    """
    return f" at {mask_named(mask, masks)}" if masks > 1 else ""


def ordinal(number: int) -> str:
    """A number as a place: `1st`, `12th`, `23rd`."""
    if number // 10 % 10 == 1:
        return f"{number}th"
    return str(number) + {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
