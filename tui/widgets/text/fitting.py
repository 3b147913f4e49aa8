"""Fitting tokens into cells: measured by their width on the screen, never by their length."""

from __future__ import annotations

from rich.cells import cell_len

ELLIPSIS = "…"


def fit(text: str, width: int) -> str:
    """Cut a text to a width in columns, with an ellipsis where something is missing."""
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


def align_right(text: str, width: int) -> str:
    """Cut or pad a text to exactly `width` columns, its end at the right."""
    text = fit(text, width)
    return " " * (width - cell_len(text)) + text


def align_left(text: str, width: int) -> str:
    """Cut or pad a text to exactly `width` columns, its start at the left."""
    text = fit(text, width)
    return text + " " * (width - cell_len(text))


def wrap(text: str, width: int) -> list[str]:
    """Break a text into lines of at most `width` columns, between words where it can be.

    Nothing is lost: a word that is longer than a line, a path above all, goes on in the next.
    """
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if cell_len(longer) <= width:
            lines[-1] = longer
            continue
        if lines[-1]:
            lines.append("")
        for cluster in clusters(word):
            if lines[-1] and cell_len(lines[-1] + cluster) > width:
                lines.append("")
            lines[-1] += cluster
    return lines


def clusters(text: str) -> list[str]:
    """The characters of a text, each with the zero-width ones that belong to it."""
    found: list[str] = []
    joined = False
    for character in text:
        zero_width = character == "\N{ZERO WIDTH JOINER}" or cell_len(character) == 0
        if found and (zero_width or joined):
            found[-1] += character
        else:
            found.append(character)
        joined = character == "\N{ZERO WIDTH JOINER}"
    return found


def upright(label: str, height: int, width: int) -> list[str]:
    """Write a label from top to bottom, ending on the last of `height` lines.

    Args:
        label: the text.
        height: lines there are; a longer label is cut, with an ellipsis where there is room.
        width: columns of each line; a character that is wider is shown as a dot.

    Returns:
        `height` strings of exactly `width` columns.
    """
    characters = clusters(label)
    if len(characters) > height:
        # What marks a word piece is said by one sign as well as by two.
        if label.startswith("##"):
            characters = characters[1:]
        if len(characters) > height:
            cut = height if height <= 2 else height - 1
            characters = characters[:cut] + [ELLIPSIS] * (height - cut)
    blank = [" " * width] * (height - len(characters))
    return blank + [_cell(character, width) for character in characters]


def _cell(character: str, width: int) -> str:
    size = cell_len(character)
    if size > width:
        return align_left("·", width)
    return character + " " * (width - size)
