"""Fitting tokens into cells: measured by their width on the screen, never by their length."""

from __future__ import annotations

from unicodedata import category

from tui.terminal.textual_internals import cell_len
from tui.text import clusters
from tui.text import wrap as wrap_measured

ELLIPSIS = "…"

NAME_WIDTH = 24
"""The columns that a token takes at most in a line that says more than its name."""

_JOINER = "\N{ZERO WIDTH JOINER}"
"""At an end of a text it would join what is set beside it: a blank, the next cell."""


def fit(text: str, width: int) -> str:
    """Cut a text to a width in columns, with an ellipsis where something is missing."""
    text = text.strip(_JOINER)
    if cell_len(text) <= width:
        return text
    kept, used = [], 0
    for cluster in clusters(text):
        size = cell_len(cluster)
        if used + size > width - 1:
            break
        kept.append(cluster)
        used += size
    return "".join(kept) + (ELLIPSIS if width > 0 else "")


def brief_name(name: str) -> str:
    """A token's name in a line of words, which may be a hundred letters long.

    What is said of it must still be read.
    """
    return fit(name, NAME_WIDTH)


def align_right(text: str, width: int) -> str:
    """Cut or pad a text to exactly `width` columns, its end at the right."""
    text = fit(text, width)
    return " " * (width - cell_len(text)) + text


def align_left(text: str, width: int) -> str:
    """Cut or pad a text to exactly `width` columns, its start at the left."""
    text = fit(text, width)
    return text + " " * (width - cell_len(text))


def wrap(text: str, width: int) -> list[str]:
    """Break a text into lines of at most `width` columns, between words where it can be."""
    return wrap_measured(text, width, cell_len)


def upright(label: str, height: int, width: int) -> list[str]:
    """Write a label from top to bottom, ending on the last of `height` lines.

    Args:
        label: the text.
        height: lines there are; a longer label is cut, with an ellipsis where there is room.
        width: columns of each line; a character that is wider is shown as a dot.

    Returns:
        `height` strings of exactly `width` columns.
    """
    characters = upright_characters(label, width)
    if len(characters) > height:
        # What marks a word piece is said by one sign as well as by two.
        if label.startswith("##"):
            characters = characters[1:]
        if len(characters) > height:
            cut = height if height <= 2 else height - 1
            characters = characters[:cut] + [ELLIPSIS] * (height - cut)
    blank = [" " * width] * (height - len(characters))
    return blank + [_cell(character, width) for character in characters]


def upright_characters(label: str, width: int) -> list[str]:
    """The characters of a label that take a line each when it is written from top to bottom.

    Of what is too wide for a line, such as two Indic letters in one, its parts are taken, each of
    which a terminal gives cells of its own; where even they are too wide it stays whole.
    """
    found: list[str] = []
    for cluster in clusters(label.strip(_JOINER)):
        parts = _parts(cluster, width) if cell_len(cluster) > width else [cluster]
        found += parts if all(cell_len(part) <= width for part in parts) else [cluster]
    return found


def _parts(cluster: str, width: int) -> list[str]:
    """The characters of a cluster, each with the marks behind it that have room in its columns."""
    parts: list[str] = []
    for character in cluster:
        if parts and (
            cell_len(character) == 0
            or parts[-1].endswith(_JOINER)
            or (category(character) == "Mc" and cell_len(parts[-1] + character) <= width)
        ):
            parts[-1] += character
        else:
            parts.append(character)
    return parts


def _cell(character: str, width: int) -> str:
    size = cell_len(character)
    if size > width:
        return align_left("·", width)
    return character + " " * (width - size)
