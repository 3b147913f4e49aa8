"""How large a terminal is: what it says itself, within reason, and else what the environment says.

Notebooks, containers and some multiplexers export `COLUMNS` and `LINES`, and they stay what they
were when the window has changed. Textual, Rich, click and `shutil.get_terminal_size` believe them
before the terminal.
"""

from __future__ import annotations

import os
import shutil

MOST_COLUMNS = 900
"""Columns beyond which no picture is drawn: more than the widest screen has, in its least font."""

MOST_LINES = 300
"""Lines beyond which no picture is drawn. A terminal that claims 65,535 of both is not believed."""


def terminal_size(descriptor: int) -> tuple[int, int]:
    """A terminal's columns and lines, each at least 1.

    Args:
        descriptor: what is drawn on. If it is no terminal, or one that does not know its size (a
            serial line says 0), the environment is believed, and without it 80 and 24.
    """
    columns, lines = own_size(descriptor)
    if not (columns and lines):
        told = shutil.get_terminal_size()
        columns, lines = columns or told.columns, lines or told.lines
    return bounded(columns, lines)


def own_size(descriptor: int) -> tuple[int, int]:
    """The columns and lines that a terminal itself says it has; 0 for what it does not say."""
    try:
        columns, lines = os.get_terminal_size(descriptor)
    except (OSError, ValueError):
        return 0, 0
    return columns, lines


def bounded(columns: int, lines: int) -> tuple[int, int]:
    """The part of a size that a picture is drawn for."""
    return max(1, min(columns, MOST_COLUMNS)), max(1, min(lines, MOST_LINES))
