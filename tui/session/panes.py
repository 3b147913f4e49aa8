"""The panes beside the grid: which there are, and how many there is room for. Plain data."""

from __future__ import annotations

from typing import Literal

PaneKind = Literal["map", "row", "head"]
"""All heads, the cursor's row, or the head at hand."""

PANES: tuple[PaneKind, ...] = ("map", "row", "head")
"""In the order in which the key turns them; of two panes the second shows what follows."""

ROOM_FROM = (140, 200)
"""Columns of the screen from which there is room for one pane, for two."""


def panes_in(columns: int) -> int:
    """How many panes there is room for."""
    return sum(columns >= least for least in ROOM_FROM)


def kinds(first: int, count: int) -> tuple[PaneKind, ...]:
    """The kinds of so many panes, from the one that is turned to."""
    return tuple(PANES[(first + at) % len(PANES)] for at in range(count))
