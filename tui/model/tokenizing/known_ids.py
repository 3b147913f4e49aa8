"""Texts with tokens that the tokenizer knows and its model does not."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from tui.errors import RequestError
from tui.text import visible

if TYPE_CHECKING:
    from tui.model.tokenizing.encoding import Encoded

_SAY_NO_MORE = 3
"""Tokens that a sentence names."""


def check_ids(encoded: Encoded, shown: str, embeddings: int) -> None:
    """Refuse a text with tokens that the model has no embeddings for.

    Args:
        encoded: the text.
        shown: the model's name, safe to be shown.
        embeddings: for how many tokens it has embeddings: their numbers are less than that.

    Raises:
        RequestError: as said.
    """
    text = encoded.masked.text
    beyond = {
        text[token.start : token.end] or token.text
        for token in encoded.tokens
        if token.id >= embeddings
    }
    if beyond:
        raise RequestError(
            f"The text has {named(sorted(beyond))}, which the tokenizer of {shown} knows and for "
            "which its model has no embedding; leave it out, or write it in another way."
        )


def named(pieces: Collection[str]) -> str:
    """Pieces in words, the first few by name, safe to be shown."""
    named = [f"“{visible(piece)}”" for piece in list(pieces)[:_SAY_NO_MORE]]
    if more := len(pieces) - len(named):
        return f"{', '.join(named)} and {more:,} more"
    return f"{', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 else named[0]
