"""The part of a list that is on screen."""

from __future__ import annotations


def first_shown(before: int, at: int, room: int, count: int) -> int:
    """The first of a list's items on screen, as near as can be to the one before.

    Args:
        before: the first one until now, counted from 0.
        at: the item at hand, which is on screen in any case.
        room: how many there is room for, at least 1.
        count: how many there are: no room is left empty while some are hidden.
    """
    first = max(min(before, at), at - room + 1)
    return max(0, min(first, count - room))
