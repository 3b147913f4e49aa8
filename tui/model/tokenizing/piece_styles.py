"""How a tokenizer writes its word pieces: by what it says of itself, else by its vocabulary."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tui.analysis.word_pieces import PieceStyle

if TYPE_CHECKING:
    from tokenizers import Tokenizer


def piece_style(
    backend: Tokenizer | None, vocabulary: Callable[[], Iterable[str]], literal: frozenset[str]
) -> PieceStyle:
    """The style of a tokenizer's word pieces.

    Args:
        backend: the tokenizers library's; None if another reads.
        vocabulary: asked for its pieces where it says nothing of itself.
        literal: its special and added tokens.
    """
    said = None if backend is None else _said(backend)
    if said is None:
        return PieceStyle.of_pieces(vocabulary(), literal)
    return replace(said, literal=literal)


def _said(backend: Tokenizer) -> PieceStyle | None:
    """The style that the parts of a fast tokenizer tell, or None if they tell nothing."""
    parts = [
        found
        for part in (backend.pre_tokenizer, backend.decoder)
        if part is not None
        for found in _parts(json.loads(part.__getstate__()))
    ]
    model = backend.model
    for part in parts:
        match part:
            case {"type": "ByteLevel"}:
                return PieceStyle.marked("Ġ")
            case {"type": "Metaspace", "replacement": str(separator)}:
                return PieceStyle(begins=separator)
    if mark := getattr(model, "end_of_word_suffix", None):
        return PieceStyle.marked("</w>") if mark == "</w>" else PieceStyle(ends=mark)
    for part in parts:  # the tokenizers' own name for a decoder of `</w>`
        if part.get("type") == "BPEDecoder" and part.get("suffix"):
            return PieceStyle(ends=part["suffix"])
    # The models of this kind have the mark even where no vocabulary uses it.
    if type(model).__name__ == "WordPiece" and model.continuing_subword_prefix:
        return PieceStyle(goes_on=model.continuing_subword_prefix)
    return None


def _parts(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A part of a fast tokenizer, and the parts that it is made of."""
    yield part
    for name in ("pretokenizers", "decoders"):
        for inner in part.get(name, ()):
            yield from _parts(inner)
