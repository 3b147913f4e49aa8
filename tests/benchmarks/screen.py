"""What the app's screen shows at the moments that are measured: only here is its look known."""

from __future__ import annotations

import re

BARE_IS_UP = "type here"
CANDIDATE = re.compile(r"^ *1 +\S+ +(?:≠ +)?0?\.\d{3}", re.MULTILINE)
"""The first line of the table, and of the bare script's output."""
PRINTED = re.compile(r"^ *1 +\S+ +0\.\d{3} +\S", re.MULTILINE)
"""The first line of what `predict` prints."""


def is_up(text: str) -> bool:
    """The first frame: the line of keys is drawn."""
    return "quit" in text


def is_loading(text: str) -> bool:
    """The model is not there yet."""
    return "loading" in text


def is_in_field(text: str) -> bool:
    """The sentence has the focus: the line of keys offers to analyse it."""
    return "enter analyse" in text


def has_answer(text: str, mask: int, tokens: int) -> bool:
    """The candidates and the attention of the sentence whose mask stands there are shown."""
    return (
        f"word piece {mask} of {tokens} " in text
        and CANDIDATE.search(text) is not None
        and re.search(r"^ \[MASK\] → .* 0\.\d{3}", text, re.MULTILINE) is not None
    )


def has_map(text: str) -> bool:
    """The map of all heads is shown, its last layer and what it reads out too."""
    return (
        "heads" in text.partition("\n")[0]
        and re.search(r"^ *12\b", text, re.MULTILINE) is not None
        and "Layer 1 · Head 1" in text
        and "statistic" in text
    )


def has_typed(text: str, typed: str) -> bool:
    """A field, ours or the bare one within its border, begins with what was typed."""
    return any(line.lstrip("▊ ").startswith(typed) for line in text.splitlines())
