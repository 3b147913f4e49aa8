"""A text on its way into the model: ids, and tokens at their places in the text."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from tui.analysis.analysis import Token
from tui.analysis.words import word_firsts
from tui.errors import RequestError
from tui.model.tokenizing.alignment import find_pieces
from tui.model.tokenizing.masked_text import MaskedText
from tui.model.tokenizing.pasted_tokens import without_added_tokens
from tui.model.tokenizing.tokenizer import Reading, Tokenized, Tokenizer
from tui.model.tokenizing.word_numbers import words
from tui.text import MASK, PAIR, clean


@dataclass(frozen=True, slots=True)
class Encoded:
    """One text on its way into the model.

    Attributes:
        masked: the text.
        inputs: what the model takes, a number a token each; `input_ids` among it.
        tokens: the tokens at their places.
        notes: what a person should know about the way the text was read.
        mask_id: the mask's number in the vocabulary.
        unknown_id: that of the token for what the vocabulary lacks; None if there is none.
    """

    masked: MaskedText
    inputs: dict[str, list[int]]
    tokens: tuple[Token, ...]
    notes: tuple[str, ...]
    mask_id: int
    unknown_id: int | None = None

    @property
    def ids(self) -> list[int]:
        """The tokens' numbers in the vocabulary."""
        return self.inputs["input_ids"]

    @property
    def masks(self) -> tuple[int, ...]:
        """The places of the masks among the tokens, ascending."""
        return tuple(place for place, id_ in enumerate(self.ids) if id_ == self.mask_id)

    @property
    def special(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Which tokens are special, `[token]`."""
        return np.array([token.special for token in self.tokens], dtype=bool)

    @property
    def reading(self) -> Reading:
        """The text as the model gets it."""
        segments = self.inputs.get("token_type_ids") or [0] * len(self.ids)
        return list(zip(self.ids, segments, strict=True))

    @property
    def firsts(self) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        """Each word's first token, `[word]`."""
        return word_firsts([token.word for token in self.tokens])


class Encoder:
    """Turns texts into what one model takes.

    Args:
        tokenizer: the model's tokenizer.
        takes: the names of what the model takes.
        segments: how many sentences its embeddings tell apart; 0 where it has none to tell apart.

    Attributes:
        facts: what the tokenizer says of itself.
        has_segments: the model has embeddings that tell the two sentences of a pair apart.
        style: how the tokenizer writes its word pieces.
    """

    def __init__(self, tokenizer: Tokenizer, takes: Collection[str], segments: int) -> None:
        self._tokenizer = tokenizer
        self.facts = tokenizer.facts
        self._takes = frozenset(takes)
        self.style = self.facts.style
        self.has_segments = "token_type_ids" in self._takes and segments > 1

    def encode(self, text: str) -> Encoded:
        """Encode one text, or a pair of sentences with `|||` between them.

        Raises:
            RequestError: the text is empty, or is no pair although it has a `|||`.
        """
        masked, parts = self._read(text)
        read = self._tokenizer.read(*(part for part, _ in parts))
        starts = [start for _, start in parts]
        pieces = self.spell(read.ids)
        spans = masked.spans(
            (start + starts[sentence], end + starts[sentence]) if end > start else (0, 0)
            for (start, end), sentence in zip(
                read.spans or self._found([part for part, _ in parts], read),
                read.sentences,
                strict=True,
            )
        )
        # A tokenizer may count a mask in the text among its special tokens.
        never = (self.facts.mask_id, self.facts.unknown_id)
        special = [
            (added or id_ in self.facts.special_ids) and id_ not in never
            for id_, added in zip(read.ids, read.added, strict=True)
        ]
        alone = [
            one or id_ == self.facts.mask_id for one, id_ in zip(special, read.ids, strict=True)
        ]
        tokens = tuple(
            Token(piece, id_, one, start, end, word, sentence, shown)
            for piece, id_, one, (start, end), word, sentence, shown in zip(
                pieces, read.ids, special, spans, _words(masked.text, read, spans, alone),
                read.sentences, self.style.shown_in_order(pieces), strict=True,
            )
        )  # fmt: skip
        inputs = {"input_ids": list(read.ids)}
        if self.has_segments:
            inputs["token_type_ids"] = list(read.segments)
        inputs |= {
            name: list(numbers) for name, numbers in read.others.items() if name in self._takes
        }
        notes = self._notes(masked, tokens, len(parts) > 1)
        facts = self.facts
        return Encoded(masked, inputs, tokens, notes, facts.mask_id, facts.unknown_id)

    def readings(self, texts: Sequence[str]) -> list[Reading | None]:
        """Each text as the model would get it, None of one that is refused."""
        parts: list[list[str] | None] = []
        for text in texts:
            try:
                parts.append([part for part, _ in self._read(text)[1]])
            except RequestError:
                parts.append(None)
        found: list[Reading | None] = [None] * len(texts)
        for count in (1, 2):
            places = [place for place, one in enumerate(parts) if one and len(one) == count]
            if not places:
                continue
            sentences = [
                [one[at] for one in parts if one and len(one) == count] for at in range(count)
            ]
            for place, reading in zip(places, self._tokenizer.read_many(*sentences), strict=True):
                found[place] = reading if self.has_segments else [(id_, 0) for id_, _ in reading]
        return found

    @property
    def mask_id(self) -> int:
        """The mask's number in the vocabulary."""
        return self.facts.mask_id

    def spell(self, ids: Sequence[int]) -> list[str]:
        """Tokens' word pieces; some vocabularies have ids, up to a round number, of no token."""
        pieces = self._tokenizer.spell(ids)
        return [piece or f"<{id_}>" for piece, id_ in zip(pieces, ids, strict=True)]

    def _read(self, text: str) -> tuple[MaskedText, list[tuple[str, int]]]:
        """A text as it is analysed, and its sentences as the tokenizer gets them.

        Raises:
            RequestError: the text is empty, or is no pair although it has a `|||`.
        """
        text = clean(text)
        notes: tuple[str, ...] = ()
        facts = self.facts
        if facts.adds:
            text, notes = without_added_tokens(text, facts.opening, facts.closing, facts.padding)
        masked = MaskedText.read(text, facts.mask, notes)
        if not masked.text:
            raise RequestError(
                f"There is no text: type a sentence, with {MASK} where a word is wanted."
            )
        return masked, _parts(masked.for_model)

    def _found(self, parts: Sequence[str], read: Tokenized) -> list[tuple[int, int]]:
        """Where pieces stand in their sentences, for a tokenizer that does not say so."""
        spans = [(0, 0)] * len(read.ids)
        written = read.written or self.spell(read.ids)
        for order, part in enumerate(parts):
            places = [
                place
                for place, sentence in enumerate(read.sentences)
                if sentence == order and not read.added[place]
            ]
            bodies = [
                None if written[place] == self.facts.unknown else self.style.bare(written[place])
                for place in places
            ]
            for place, span in zip(places, find_pieces(part, bodies), strict=True):
                spans[place] = span
        return spans

    def _notes(self, masked: MaskedText, tokens: Sequence[Token], is_pair: bool) -> tuple[str, ...]:
        notes = list(masked.notes)
        if is_pair and not self.has_segments:
            notes.append(
                "This model has no segment embeddings: only the tokens between the two sentences "
                "tell them apart."
            )
        unknown = [token for token in tokens if token.id == self.facts.unknown_id]
        if unknown:
            notes.append(
                f"{_named(masked.text, unknown)} not in the vocabulary: "
                f"the model sees {self.facts.unknown}."
            )
        return tuple(notes)


_NAMED = 4
"""How many of the stretches that the vocabulary lacks are named."""


def _named(text: str, unknown: Sequence[Token]) -> str:
    """The stretches that the vocabulary lacks: the beginning of a sentence with its verb."""
    found = dict.fromkeys(text[token.start : token.end] for token in unknown)
    names = [f"“{one}”" for one in found if one] or ["A part of the text"]
    if len(names) > _NAMED:
        return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more are"
    if len(names) > 1:
        return f"{', '.join(names[:-1])} and {names[-1]} are"
    return f"{names[0]} is"


def _parts(text: str) -> list[tuple[str, int]]:
    """The sentences of a text, one or two, and where each begins.

    Raises:
        RequestError: there is a separator, but not one sentence on each side of it.
    """
    if PAIR not in text:
        return [(text, 0)]
    first, _, second = text.partition(PAIR)
    if not first.strip() or not second.strip() or PAIR in second:
        raise RequestError(
            f"{PAIR} stands between two sentences: put one before it and one behind it."
        )
    start = len(first) + len(PAIR) + len(second) - len(second.lstrip())
    return [(first.rstrip(), 0), (second.strip(), start)]


def _words(
    text: str, read: Tokenized, spans: Sequence[tuple[int, int]], alone: Sequence[bool]
) -> list[int]:
    """Which word each piece belongs to; what the tokenizer keeps apart is kept apart."""
    numbers = words(text, spans, alone)
    if (theirs := read.words) is None:
        return numbers
    word, result = -1, []
    for place, number in enumerate(numbers):
        same = place and number == numbers[place - 1] and theirs[place] == theirs[place - 1]
        word += not same
        result.append(word)
    return result
