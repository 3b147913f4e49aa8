"""Completion: the words that may come next in a query."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tui.query.context import QueryContext
from tui.query.grammar import accepted

_FRAGMENT = re.compile(r"(\"[^\"]*|'[^']*|[^\W\d][\w#]*)$")
_PLAIN = re.compile(r"[^\W\d]\w*")
_KEYWORDS = ("and", "or", "not", "in")


@dataclass(frozen=True, slots=True)
class Completion:
    """The words that may stand at the end of an unfinished query.

    Attributes:
        start: where the word begins that is being written.
        words: what it may become; none where a number or a sign is wanted.
    """

    start: int
    words: tuple[str, ...]


def complete(query: str, heads: QueryContext) -> Completion:
    """Offer the names, tokens and words that may come next.

    Args:
        query: the query up to the cursor.
        heads: what it is asked of.
    """
    match = _FRAGMENT.search(query)
    start = match.start() if match else len(query)
    fragment = query[start:]
    wanted = accepted(query[:start])
    if wanted is None:
        return Completion(start, ())
    words: list[str] = []
    if "WORD" in wanted:
        if "NUMBER" in wanted:  # behind an arrow there is no place for a number
            words += heads.numbers
        words += _tokens(heads)
    words += [word for word in _KEYWORDS if word.upper() in wanted]
    folded = fragment.casefold().strip("\"'")
    offered = [
        word
        for word in dict.fromkeys(words)
        if word.casefold().strip("\"'").startswith(folded) and word != fragment
    ]
    return Completion(start, tuple(offered))


def _tokens(heads: QueryContext) -> list[str]:
    """Every token and split word as a query names it: what it does, or how it is written.

    What is written so more than once is numbered.
    """
    named: list[str] = list(heads.parts)
    parts = set(heads.parts.values())
    written: dict[str, None] = {}
    starting = {pieces.start: word for word, places in heads.words.items() for pieces in places}
    for place, (token, spelt) in enumerate(zip(heads.tokens, heads.spelt, strict=True)):
        if place in starting:
            written[starting[place]] = None
        written[spelt or token] = None
    for word in written:
        if '"' in word:
            continue
        is_plain = _PLAIN.fullmatch(word) and word.casefold() not in (*_KEYWORDS, *heads.parts)
        for order, pieces in enumerate(heads.places(word), 1):
            if pieces.start in parts:
                continue
            name = word if order == 1 else f"{word}#{order}"
            named.append(name if is_plain else f'"{name}"')
    return named
