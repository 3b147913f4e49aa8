"""Characters that a picture shows as boxes: no font here has them, and a package would."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from tui.render.typeface import draws
from tui.text import clusters, visible

_CJK = (
    *("BOPOMOFO", "CJK", "HANGUL", "HIRAGANA", "IDEOGRAPHIC", "KATAKANA"),
    *("FULLWIDTH", "HALFWIDTH"),
)
"""The first words of the names of East Asia's characters."""
_LETTERS = ("fonts-noto-core", "fonts-noto-cjk", "fonts-symbola")
"""Debian's packages: most scripts, those of East Asia, emoji and symbols."""


def missing_fonts(texts: Iterable[str]) -> str:
    """Say what of some texts no font here has; empty if fonts have all of them.

    Args:
        texts: as they are; what controls a terminal is drawn as a sign of its own.

    Returns:
        One sentence in ASCII, which any font can show.
    """
    return _said("\n".join(visible(text) for text in texts))


@lru_cache(maxsize=16)
def _said(text: str) -> str:
    if text.isascii():
        return ""
    kinds: dict[str, str] = {}
    for cluster in dict.fromkeys(clusters(text.replace("\n", " "))):
        if not draws(cluster):
            kind, package = _kind(cluster)
            kinds.setdefault(kind, package)
    if not kinds:
        return ""
    packages = sorted(set(filter(None, kinds.values())))
    advice = "; install one"
    if packages:
        advice += f", on Debian {' and '.join(packages)}, and save again"
    return f"Boxes stand for {_listed(sorted(kinds))}: no font here has them{advice}."


def _kind(cluster: str) -> tuple[str, str]:
    """A kind of characters in words, and the package that has a font for it."""
    letters, east_asian, symbols = _LETTERS
    named = next(filter(None, (unicodedata.name(one, "") for one in cluster)), "")
    script = named.partition(" ")[0]
    is_sign = unicodedata.category(cluster[0])[0] == "P"
    if script in _CJK or (is_sign and unicodedata.east_asian_width(cluster[0]) in "WF"):
        return "Chinese, Japanese or Korean characters", east_asian
    if unicodedata.category(cluster[0])[0] == "L":
        return f"{script.capitalize()} letters", letters
    if unicodedata.category(cluster[0]) in ("Cn", "Co"):
        return "characters that Unicode gives no meaning", ""
    return "emoji or symbols", symbols


def _listed(kinds: list[str]) -> str:
    *others, last = kinds
    return f"{', '.join(others)} and {last}" if others else last
