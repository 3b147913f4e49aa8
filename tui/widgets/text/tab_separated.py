"""Rows as text that a spreadsheet takes: a tab between the fields, a line a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite

from tui.text import visible


def tab_separated(rows: Iterable[Sequence[str | float]]) -> str:
    """Rows as text.

    Args:
        rows: the fields; text is made safe to be shown, a number has six digits, and one that is
            none is empty.
    """
    return "\n".join("\t".join(map(_field, row)) for row in rows)


def _field(value: str | float) -> str:
    if isinstance(value, str):
        return visible(value)
    return f"{value:.6g}" if isfinite(value) else ""
