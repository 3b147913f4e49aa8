"""Column labels that stand level above their columns, staggered on a few lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tui.terminal.textual_internals import cell_len
from tui.widgets.text.fitting import fit

STEM, PLAIN_STEM = "│", "|"
"""Leads from a label down to its column, where no other label is in its way."""

Piece = tuple[str, int | None]
"""A part of a line, and the column whose label, or stem, it is; None for blanks."""


def level_line(
    labels: Sequence[str],
    line: int,
    *,
    levels: int,
    cell: int,
    first: int = 0,
    aside: int = 0,
    stem: str = STEM,
) -> Iterator[Piece]:
    """One line of the labels, from its left end to its right.

    The labels of a line stand `levels` columns apart, so that each has room to go on above the
    columns behind its own, whose labels stand on the lines below it.

    Args:
        labels: the labels of the columns that are on screen.
        line: which line, counted from 0, the uppermost.
        levels: how many lines there are.
        cell: columns of the screen for each label's column.
        first: the number of the first column on screen: scrolling moves no label up or down.
        aside: columns that are free at the right of the last cell.
        stem: the sign that leads from a label to its column.

    Yields:
        Pieces, `len(labels) * cell + aside` columns in all.
    """
    end, at = len(labels) * cell + aside, 0
    for column, label in enumerate(labels):
        if (first + column) % levels != line:
            continue
        start = column * cell
        yield from _stems(at, start, line, levels, cell, first, len(labels), stem)
        text = fit(label, min(levels * cell - 1, end - start))
        yield text, column
        at = start + cell_len(text)
    yield from _stems(at, end, line, levels, cell, first, len(labels), stem)


def _stems(
    at: int, end: int, line: int, levels: int, cell: int, first: int, columns: int, stem: str
) -> Iterator[Piece]:
    """The stems of labels above, and blanks, from one column of the screen up to another."""
    for column in range(-(-at // cell), min(columns, -(-end // cell))):
        if (first + column) % levels < line and column * cell >= at:
            yield " " * (column * cell - at), None
            yield stem, column
            at = column * cell + 1
    yield " " * (end - at), None
