"""A tokenizer as texts need it: a text in; numbers, spans and words out, all of it plain data.

Two stand behind this protocol: transformers, which reads any family's vocabulary
(`torch_engine/transformers_tokenizer.py`), and the tokenizers library alone, which reads the plain
ones without torch (`plain_tokenizer.py`). Whoever asks does not know which of them answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from tui.analysis.word_pieces import PieceStyle

Reading: TypeAlias = list[tuple[int, int]]
"""A text as the model gets it: each token's number in the vocabulary, and its segment."""


@dataclass(frozen=True, slots=True)
class TokenizerFacts:
    """The facts about a tokenizer that hold whatever the text.

    Attributes:
        mask: the mask token.
        mask_id: its number in the vocabulary.
        unknown: the token for what the vocabulary lacks; None if there is none.
        unknown_id: its number; None likewise.
        pad_id: the number of the token that fills up; None if there is none.
        special_ids: the numbers of the tokens that open, close, separate and pad: not the mask,
            and not the unknown.
        opening: the tokens that texts are opened with.
        closing: those that they are closed with.
        padding: those that they are filled up with.
        adds: how many tokens it puts around a text.
        longest: the longest input that it allows, in tokens.
        style: how it writes its word pieces.
    """

    mask: str
    mask_id: int
    unknown: str | None
    unknown_id: int | None
    pad_id: int | None
    special_ids: frozenset[int]
    opening: tuple[str, ...]
    closing: tuple[str, ...]
    padding: tuple[str, ...]
    adds: int
    longest: int
    style: PieceStyle


@dataclass(frozen=True, slots=True)
class Tokenized:
    """A text, or a pair of sentences, as a tokenizer reads it: a value a token.

    Attributes:
        ids: its number in the vocabulary.
        added: the tokenizer put it there.
        segments: which of the model's segments it is in.
        sentences: which sentence it belongs to; what separates them goes with the first.
        spans: where it begins and ends in its sentence; None from a tokenizer that does not say so.
        words: its word as the tokenizer cuts a text, a number that neighbours of one word share;
            None likewise.
        written: its piece as the tokenizer cut it, where that may be outside of the vocabulary;
            None from a tokenizer that gives spans.
        others: what some models take besides, by its name.
    """

    ids: Sequence[int]
    added: Sequence[bool]
    segments: Sequence[int]
    sentences: Sequence[int]
    spans: Sequence[tuple[int, int]] | None
    words: Sequence[int] | None = None
    written: Sequence[str] | None = None
    others: Mapping[str, Sequence[int]] = field(default_factory=dict)


class Tokenizer(Protocol):
    """Reads texts with one vocabulary."""

    @property
    def facts(self) -> TokenizerFacts:
        """The facts about it that hold whatever the text."""

    def read(self, first: str, second: str | None = None) -> Tokenized:
        """Read a text, or a pair of sentences."""

    def read_many(
        self, firsts: Sequence[str], seconds: Sequence[str] | None = None
    ) -> list[Reading]:
        """Read many texts at once, or many pairs, as the model gets them and no more."""

    def spell(self, ids: Sequence[int]) -> list[str | None]:
        """Tokens' word pieces; None for a number that is no token's."""
