"""Where word pieces stand in a text, for tokenizers that do not say so."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_KEPT = 32
"""Ways that are followed at once."""
_LONGEST = 24
"""The most characters of an unknown piece that does not end with its word."""
_SKIPPED = 8
"""The most characters that a tokenizer may have dropped before a piece."""


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to lay the pieces up to some place of the text.

    Attributes:
        cost: how unlikely it is, 0 where every piece stands in the text.
        begin: where the last piece begins.
        before: the order of the piece before it and where that ends; None at the text's beginning.
    """

    cost: int
    begin: int
    before: tuple[int, int] | None


def find_pieces(text: str, pieces: Sequence[str | None]) -> list[tuple[int, int]]:
    """Lay pieces along a text, in their order, with nothing but spaces between them.

    A piece whose characters are not known, and one that the text does not hold because the
    tokenizer changed it, takes what the others leave of its word. Case, accents and compatibility
    forms make no difference. The work grows with the number of pieces alone.

    Args:
        text: the text.
        pieces: for each piece the characters that it stands for; None where they are not known,
            empty for one that stands for none.

    Returns:
        Where each piece begins and ends in the text; the same number twice for one that stands for
        nothing there.
    """
    folded, origins = _folded(text)
    past_spaces, word_ends = _edges(folded)
    ways: list[dict[int, _Way]] = [{0: _Way(0, 0, None)}]
    for order, piece in enumerate(pieces):
        body = None if piece is None else "".join(map(_fold, piece))
        begins = {place: past_spaces[place] for place in ways[-1]}
        laid = _laid(folded, word_ends, ways[-1], begins, order, body)
        best = sorted(laid, key=lambda end: laid[end].cost)[:_KEPT]
        ways.append({end: laid[end] for end in best})
    end = min(ways[-1], key=lambda at: (-len(folded[:at].rstrip()), ways[-1][at].cost))
    spans: list[tuple[int, int]] = []
    at: tuple[int, int] | None = (len(pieces), end)
    while at is not None and at[0]:
        way = ways[at[0]][at[1]]
        spans.append((way.begin, at[1]))
        at = way.before
    return [_span(origins, len(text), begin, end) for begin, end in reversed(spans)]


def _laid(
    folded: str,
    word_ends: Sequence[int],
    ways: dict[int, _Way],
    begins: dict[int, int],
    order: int,
    body: str | None,
) -> dict[int, _Way]:
    """The ways to lay one more piece, by where they end."""
    laid: dict[int, _Way] = {}

    def lay(before: int, begin: int, end: int, cost: int) -> None:
        cost += ways[before].cost
        if end not in laid or cost < laid[end].cost:
            laid[end] = _Way(cost, begin, (order, before))

    if body:
        for place, begin in begins.items():
            if folded.startswith(body, begin):
                lay(place, begin, begin + len(body), 0)
        if laid:
            return laid
    for place, begin in begins.items():
        lay(place, place, place, 4 if body != "" else 0)
        if body == "":
            continue
        changed = 0 if body is None else 4
        word_end = word_ends[begin]
        for end in range(begin + 1, min(word_end, begin + _LONGEST) + 1):
            lay(place, begin, end, changed + (0 if end == begin + 1 else 2))
        if word_end > begin + 1:
            lay(place, begin, word_end, changed + 1)
        if body and (found := folded.find(body, begin, begin + _SKIPPED + len(body))) >= 0:
            lay(place, found, found + len(body), 3)
    return laid


def _edges(text: str) -> tuple[list[int], list[int]]:
    """For each place, and the one past the end: the next that is no space, and its word's end."""
    past_spaces, word_ends = [len(text)], [len(text)]
    for place in range(len(text) - 1, -1, -1):
        is_space = text[place].isspace()
        past_spaces.append(past_spaces[-1] if is_space else place)
        word_ends.append(place if is_space else word_ends[-1])
    return past_spaces[::-1], word_ends[::-1]


def _folded(text: str) -> tuple[str, list[int]]:
    """A text without case, accents and compatibility forms, and where each character is from."""
    folded, origins = "", []
    for place, character in enumerate(text):
        one = _fold(character)
        folded += one
        origins += [place] * len(one)
    return folded, origins


def _fold(character: str) -> str:
    return "".join(
        one
        for one in unicodedata.normalize("NFKD", character.casefold())
        if unicodedata.category(one) not in ("Mn", "Me", "Cf")
    )


def _span(origins: Sequence[int], length: int, begin: int, end: int) -> tuple[int, int]:
    """A stretch of the folded text in the text itself, with the accents on its last letter."""
    if begin == end:
        place = origins[begin] if begin < len(origins) else length
        return place, place
    following = origins[end] if end < len(origins) else length
    return origins[begin], max(following, origins[end - 1] + 1)
