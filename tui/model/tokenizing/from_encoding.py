"""An answer of the tokenizers library, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tui.model.tokenizing.tokenizer import Tokenized

if TYPE_CHECKING:
    from tokenizers import Encoding


def from_encoding(encoding: Encoding, others: Mapping[str, Sequence[int]]) -> Tokenized:
    """One text's reading.

    Args:
        encoding: the library's answer.
        others: what some models take besides.
    """
    ids, of = encoding.ids, encoding.sequence_ids
    begin = next((place for place, sentence in enumerate(of) if sentence == 1), len(ids))
    theirs = list(zip(encoding.word_ids, of, strict=True))
    words = [0] * len(ids)
    for place in range(1, len(ids)):
        words[place] = words[place - 1] + (theirs[place] != theirs[place - 1])
    return Tokenized(
        ids=ids,
        added=[bool(one) for one in encoding.special_tokens_mask],
        segments=encoding.type_ids,
        sentences=[0] * begin + [1] * (len(ids) - begin),
        spans=encoding.offsets,
        words=words,
        others=others,
    )
