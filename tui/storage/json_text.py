"""Plain data as JSON, the one way in which this program writes it."""

from __future__ import annotations

import json
import math


def json_text(data: object, *, indent: int | None = None, ascii_only: bool = False) -> str:
    """Plain data as JSON text (RFC 8259), words in their own letters.

    JSON has neither infinity nor what is not a number, and readers refuse a file with them: both
    become null.

    Args:
        data: dicts, lists, tuples, strings, numbers, None.
        indent: how far each level is indented; None keeps everything on one line.
        ascii_only: letters beyond ASCII stand as JSON's escapes.
    """
    # Looking at every number takes longer than writing it, and hardly any is odd.
    try:
        return _dump(data, indent, ascii_only)
    except ValueError:
        return _dump(_finite(data), indent, ascii_only)


def _dump(data: object, indent: int | None, ascii_only: bool) -> str:
    return json.dumps(data, ensure_ascii=ascii_only, allow_nan=False, indent=indent)


def _finite(data: object) -> object:
    if isinstance(data, dict):
        return {name: _finite(value) for name, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data
