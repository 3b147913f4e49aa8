"""A text on its way into the model: ids, and tokens at their places in the text."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from tui.analysis.analysis import Token
from tui.analysis.words import word_firsts
from tui.errors import RequestError
from tui.model.masked_text import MaskedText
from tui.model.word_numbers import words
from tui.text import MASK, PAIR

WORD_STARTS = ("Ġ", "▁")
"""How byte-level BPE and SentencePiece mark that a piece begins a word."""


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
    """

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer = tokenizer
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
        masked = MaskedText.read(text, str(self._tokenizer.mask_token))
        if not masked.text:
            raise RequestError(
                f"There is no text: type a sentence, with {MASK} where a word is wanted."
            )
        parts = _parts(masked.for_model)
        encoding = self._tokenizer(
            *(part for part, _ in parts),
            return_offsets_mapping=self._tokenizer.is_fast,
            return_special_tokens_mask=True,
            return_token_type_ids=self.has_segments or None,
        )
        ids = encoding["input_ids"]
        sentences = self._sentences(encoding, parts[0][0] if len(parts) > 1 else None)
        starts = [start for _, start in parts]
        pieces = self._tokenizer.convert_ids_to_tokens(ids)
        spans = masked.spans(
            (start + starts[sentence], end + starts[sentence]) if end > start else (0, 0)
            for (start, end), sentence in zip(
                encoding.get("offset_mapping")
                or _found([part for part, _ in parts], pieces, sentences),
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
            Token(piece, id_, one, start, end, word, sentence)
            for piece, id_, one, (start, end), word, sentence in zip(
                pieces, ids, special, spans, self._words(masked.text, encoding, spans, alone),
                sentences, strict=True,
            )
        )  # fmt: skip
        inputs = {"input_ids": list(ids)}
        if self.has_segments:
            inputs["token_type_ids"] = list(encoding["token_type_ids"])
        inputs |= {name: list(encoding[name]) for name in self._others if name in encoding}
        return Encoded(masked, inputs, tokens, self._notes(masked, tokens, len(parts) > 1))

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
            first = masked.text[unknown[0].start : unknown[0].end]
            more = f" and {len(unknown) - 1} more are" if len(unknown) > 1 else " is"
            notes.append(
                f"“{first}”{more} not in the vocabulary: "
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


_MARKS = re.compile(r"^(Ġ|▁|##)|(</w>|@@)$")
"""The signs that the kinds of tokenizers put before or behind a piece."""


def _found(
    parts: Sequence[str], pieces: Sequence[str], sentences: Sequence[int]
) -> list[tuple[int, int]]:
    """Where pieces stand in the text, for tokenizers that do not say so: looked for in order.

    Returns:
        For each piece where it begins and ends in its sentence; the same number twice for one that
        is not found, such as a special token, or letters that the tokenizer changed.
    """
    places = [0] * len(parts)
    spans = []
    for piece, sentence in zip(pieces, sentences, strict=True):
        bare = _MARKS.sub("", str(piece))
        start = parts[sentence].lower().find(bare.lower(), places[sentence]) if bare else -1
        between = parts[sentence][places[sentence] : start]
        if start < 0 or between.strip():
            spans.append((0, 0))
            continue
        places[sentence] = start + len(bare)
        spans.append((start, places[sentence]))
    return spans


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
