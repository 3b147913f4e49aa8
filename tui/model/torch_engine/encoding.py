"""A text on its way into the model: ids, and tokens at their places in the text."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from tui.analysis.analysis import Token
from tui.analysis.words import word_firsts
from tui.errors import RequestError
from tui.model.alignment import find_pieces
from tui.model.masked_text import MaskedText
from tui.model.pasted_tokens import without_added_tokens
from tui.model.torch_engine.piece_styles import piece_style
from tui.model.word_numbers import words
from tui.text import MASK, PAIR, clean

Reading: TypeAlias = list[tuple[int, int]]
"""A text as the model gets it: each token's number in the vocabulary, and its segment."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """One text on its way into the model.

    Attributes:
        masked: the text.
        inputs: what the model takes, a number a token each; `input_ids` among it.
        tokens: the tokens at their places.
        notes: what a person should know about the way the text was read.
    """

    masked: MaskedText
    inputs: dict[str, list[int]]
    tokens: tuple[Token, ...]
    notes: tuple[str, ...]

    @property
    def ids(self) -> list[int]:
        """The tokens' numbers in the vocabulary."""
        return self.inputs["input_ids"]

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
        model: the model.
        tokenizer: its tokenizer.

    Attributes:
        has_segments: the model has embeddings that tell the two sentences of a pair apart.
        style: how the tokenizer writes its word pieces.
    """

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer = tokenizer
        self.style = piece_style(tokenizer)
        self._special_ids = _special_ids(tokenizer)
        takes = inspect.signature(model.forward).parameters
        self.has_segments = "token_type_ids" in takes and _segments(model) > 1
        # RoCBert, for one, also takes the shape and the sound of each character.
        others = set(tokenizer.model_input_names) - {
            "input_ids",
            "attention_mask",
            "token_type_ids",
        }
        self._others = [name for name in sorted(others) if name in takes]

    def encode(self, text: str) -> Encoded:
        """Encode one text, or a pair of sentences with `|||` between them.

        Raises:
            RequestError: the text is empty, or is no pair although it has a `|||`.
        """
        masked, parts = self._read(text)
        encoding = self._tokenizer(
            *(part for part, _ in parts),
            return_offsets_mapping=self._tokenizer.is_fast,
            return_special_tokens_mask=True,
            return_token_type_ids=self.has_segments or None,
        )
        ids = encoding["input_ids"]
        sentences = self._sentences(encoding, parts[0][0] if len(parts) > 1 else None)
        starts = [start for _, start in parts]
        pieces = self.spell(ids)
        spans = masked.spans(
            (start + starts[sentence], end + starts[sentence]) if end > start else (0, 0)
            for (start, end), sentence in zip(
                encoding.get("offset_mapping")
                or self._found([part for part, _ in parts], encoding, pieces, sentences),
                sentences,
                strict=True,
            )
        )
        special = [
            bool(added) or id_ in self._special_ids
            for id_, added in zip(ids, encoding["special_tokens_mask"], strict=True)
        ]
        # A tokenizer may count a mask in the text among its special tokens.
        special = [
            one and id_ != self._tokenizer.mask_token_id and id_ != self._tokenizer.unk_token_id
            for one, id_ in zip(special, ids, strict=True)
        ]
        alone = [
            one or id_ == self._tokenizer.mask_token_id
            for one, id_ in zip(special, ids, strict=True)
        ]
        tokens = tuple(
            Token(piece, id_, one, start, end, word, sentence, shown)
            for piece, id_, one, (start, end), word, sentence, shown in zip(
                pieces, ids, special, spans, self._words(masked.text, encoding, spans, alone),
                sentences, self.style.shown_in_order(pieces), strict=True,
            )
        )  # fmt: skip
        inputs = {"input_ids": list(ids)}
        if self.has_segments:
            inputs["token_type_ids"] = list(encoding["token_type_ids"])
        inputs |= {name: list(encoding[name]) for name in self._others if name in encoding}
        return Encoded(masked, inputs, tokens, self._notes(masked, tokens, len(parts) > 1))

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
            encoding = self._tokenizer(*sentences, return_token_type_ids=self.has_segments or None)
            for row, place in enumerate(places):
                ids = encoding["input_ids"][row]
                segments = encoding["token_type_ids"][row] if self.has_segments else [0] * len(ids)
                found[place] = list(zip(ids, segments, strict=True))
        return found

    @property
    def mask_id(self) -> int:
        """The mask's number in the vocabulary."""
        return int(self._tokenizer.mask_token_id)

    def spell(self, ids: Sequence[int]) -> list[str]:
        """Tokens' word pieces; some vocabularies have ids, up to a round number, of no token."""
        pieces = self._tokenizer.convert_ids_to_tokens(list(ids))
        return [piece or f"<{id_}>" for piece, id_ in zip(pieces, ids, strict=True)]

    def _read(self, text: str) -> tuple[MaskedText, list[tuple[str, int]]]:
        """A text as it is analysed, and its sentences as the tokenizer gets them.

        Raises:
            RequestError: the text is empty, or is no pair although it has a `|||`.
        """
        text = clean(text)
        notes: tuple[str, ...] = ()
        if self._tokenizer.num_special_tokens_to_add():
            text, notes = without_added_tokens(text, *self._added)
        masked = MaskedText.read(text, str(self._tokenizer.mask_token), notes)
        if not masked.text:
            raise RequestError(
                f"There is no text: type a sentence, with {MASK} where a word is wanted."
            )
        return masked, _parts(masked.for_model)

    @property
    def _added(self) -> tuple[list[str], list[str], list[str]]:
        """The tokens that the tokenizer opens with, closes with, and fills up with."""
        known = self._tokenizer.special_tokens_map
        return tuple(
            [str(known[name]) for name in names if name in known]
            for names in (("cls_token", "bos_token"), ("sep_token", "eos_token"), ("pad_token",))
        )  # type: ignore[return-value]

    def _found(
        self, parts: Sequence[str], encoding: Any, pieces: Sequence[str], sentences: Sequence[int]
    ) -> list[tuple[int, int]]:
        """Where pieces stand in their sentences, for a tokenizer that does not say so."""
        spans = [(0, 0)] * len(pieces)
        ids, added = encoding["input_ids"], encoding["special_tokens_mask"]
        for order, part in enumerate(parts):
            places = [
                place
                for place, sentence in enumerate(sentences)
                if sentence == order and not added[place]
            ]
            # A piece outside the vocabulary has no number of its own, and its characters are lost.
            written = [str(piece) for piece in self._tokenizer.tokenize(part)]
            if self._tokenizer.convert_tokens_to_ids(written) != [ids[place] for place in places]:
                written = [pieces[place] for place in places]
            bodies = [
                None if piece == self._tokenizer.unk_token else self.style.bare(piece)
                for piece in written
            ]
            for place, span in zip(places, find_pieces(part, bodies), strict=True):
                spans[place] = span
        return spans

    def _words(
        self, text: str, encoding: Any, spans: Sequence[tuple[int, int]], alone: Sequence[bool]
    ) -> list[int]:
        """Which word each piece belongs to; what the tokenizer keeps apart is kept apart."""
        numbers = words(text, spans, alone)
        if not self._tokenizer.is_fast:
            return numbers
        theirs = list(zip(encoding.word_ids(), encoding.sequence_ids(), strict=True))
        word, result = -1, []
        for place, number in enumerate(numbers):
            same = place and number == numbers[place - 1] and theirs[place] == theirs[place - 1]
            word += not same
            result.append(word)
        return result

    def _sentences(self, encoding: Any, first: str | None) -> list[int]:
        """Which sentence of a pair each token belongs to; what separates them goes with the first.

        Args:
            encoding: the tokenizer's answer.
            first: the first sentence of a pair, or None if there is but one.
        """
        count = len(encoding["input_ids"])
        if first is None:
            return [0] * count
        if self._tokenizer.is_fast:
            begin = next((at for at, one in enumerate(encoding.sequence_ids()) if one == 1), count)
        else:
            begin = len(self._tokenizer(first)["input_ids"])
        return [0] * begin + [1] * (count - begin)

    def _notes(self, masked: MaskedText, tokens: Sequence[Token], is_pair: bool) -> tuple[str, ...]:
        notes = list(masked.notes)
        if is_pair and not self.has_segments:
            notes.append(
                "This model has no segment embeddings: only the tokens between the two sentences "
                "tell them apart."
            )
        unknown = [token for token in tokens if token.id == self._tokenizer.unk_token_id]
        if unknown:
            notes.append(
                f"{_named(masked.text, unknown)} not in the vocabulary: "
                f"the model sees {self._tokenizer.unk_token}."
            )
        return tuple(notes)

    def batch(self, texts: Sequence[Encoded]) -> dict[str, Tensor]:
        """The model's input for several texts at once, `(text, token)`, shorter ones padded."""
        longest = max(len(text.ids) for text in texts)
        padding = {"input_ids": self._tokenizer.pad_token_id or 0}
        batch = {
            name: torch.tensor(
                [
                    text.inputs[name] + [padding.get(name, 0)] * (longest - len(text.ids))
                    for text in texts
                ]
            )
            for name in texts[0].inputs
        }
        batch["attention_mask"] = torch.tensor(
            [[1] * len(text.ids) + [0] * (longest - len(text.ids)) for text in texts]
        )
        return batch


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


def _segments(model: PreTrainedModel) -> int:
    """How many token types the model has embeddings for; 0 where it has none to tell apart."""
    if model.config.model_type == "tapas":  # seven tables, for rows and columns of a spreadsheet
        return 0
    for name, module in model.named_modules():
        if name.endswith("token_type_embeddings") and isinstance(module, torch.nn.Embedding):
            return module.num_embeddings
    return 0


def _special_ids(tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """Ids of the tokens that open, close, separate and pad: not the mask, and not the unknown."""
    names = ("cls", "sep", "pad", "bos", "eos")
    ids = {getattr(tokenizer, f"{name}_token_id") for name in names}
    return frozenset(ids - {None, tokenizer.mask_token_id, tokenizer.unk_token_id})
