"""A masked language model that says what stands behind a mask, and shows how it attended.

Example:
    >>> from tui.model.masked_lm import MaskedLM
    >>> model = MaskedLM.load()
    >>> analysis = model.analyze("I drank a cup of [MASK] this morning.")
    >>> analysis.candidates[0][0].token
    'coffee'
    >>> analysis.attention.shape  # [layer, head, query, key]
    (6, 12, 11, 11)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from tui.attention.extras import Extras
from tui.attention.hiding import shown_peaks
from tui.attention.scales import ordinary_peaks
from tui.attention.survey import survey
from tui.attention.wants import NOTHING_MORE, Wants
from tui.errors import ModelError, RequestError, TextTooLongError
from tui.model.analysis import Analysis, Attention, Candidate, ModelInfo, Token, roles
from tui.model.insight import Insight
from tui.model.loading import load
from tui.model.mask_rows import only_at
from tui.model.masks import MaskedText
from tui.model.names import EMBEDDED

Allocate = Callable[[tuple[int, ...]], Attention]
"""Makes the float32 array of a given shape that will hold one text's attention."""


@dataclass(frozen=True, slots=True)
class _Encoded:
    """One text on its way into the model: its ids, and its tokens at their places."""

    masked: MaskedText
    ids: list[int]
    tokens: tuple[Token, ...]

    @property
    def special(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Which tokens are special, `[token]`."""
        return np.array([token.special for token in self.tokens], dtype=bool)


class MaskedLM:
    """A loaded masked language model.

    Attributes:
        info: the facts about the model.
    """

    def __init__(
        self, name: str, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase
    ) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._special_ids = _special_ids(tokenizer)
        self._continuation = _continuation_prefix(tokenizer)
        self.info = _facts(name, model, tokenizer)

    @classmethod
    def load(cls, name: str = EMBEDDED, *, offline: bool = False) -> MaskedLM:
        """Load a model.

        Args:
            name: `embedded` (the model that ships with the package), a folder, or a hub name.
            offline: never use the network.

        Raises:
            ModelError: there is no such model, or it cannot be read.
        """
        return cls(name, *load(name, offline=offline))

    def analyze(
        self,
        text: str,
        *,
        top_k: int = 10,
        wants: Wants = NOTHING_MORE,
        allocate: Allocate | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Analysis:
        """Ask the model about one text.

        Args:
            text: a sentence; each `[MASK]` in it is predicted, and one without any still has its
                attention. Line breaks and control characters are taken out first.
            top_k: how many candidates each mask gets.
            wants: what is wanted beyond the attention weights; what cannot be given is named in
                the answer's extras, with the reason.
            allocate: makes the array for the attention; by default a new one.
            cancelled: asked before each layer; once it is true, `Cancelled` is raised.

        Returns:
            Tokens, candidates for each mask, and attention weights `[layer, head, query, key]`.

        Raises:
            RequestError: the text is empty.
            TextTooLongError: the text has more word pieces than the model takes.
            ModelError: the model's attention cannot be recorded.
        """
        return self.analyze_batch(
            [text], top_k=top_k, wants=wants, allocate=allocate, cancelled=cancelled
        )[0]

    def analyze_batch(
        self,
        texts: Sequence[str],
        *,
        top_k: int = 10,
        wants: Wants = NOTHING_MORE,
        allocate: Allocate | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> list[Analysis]:
        """Ask the model about several texts in one forward pass, shorter ones padded.

        Args and errors are those of `analyze`; the analyses come in the order of the texts.
        """
        if not texts:
            return []
        allocate = allocate or _new_array
        encoded = [self._encode(text) for text in texts]
        batch = self._tokenizer.pad(
            {"input_ids": [text.ids for text in encoded]}, return_tensors="pt"
        )
        layers, heads = self.info.layers, self.info.heads
        arrays = [allocate((layers, heads, len(e.ids), len(e.ids))) for e in encoded]
        insight = Insight(wants, arrays, cancelled)
        batch = batch.to(self._model.device)
        at_masks = batch["input_ids"] == self._tokenizer.mask_token_id
        with insight.running(self._model), only_at(self._model, at_masks):
            logits = self._model(**batch).logits
            insight.check_complete()
            insight.differentiate(logits, [self._masks(text) for text in encoded])
        logits = logits.detach()
        extras = [
            insight.extras(row, text.special, allocate, self._spell)
            for row, text in enumerate(encoded)
        ]
        return [
            self._answer(text, logits[row], arrays[row], extras[row], top_k)
            for row, text in enumerate(encoded)
        ]

    def count_tokens(self, text: str) -> int:
        """How many word pieces a text has, special tokens included.

        Raises:
            RequestError: the text is empty.
            TextTooLongError: the text has more word pieces than the model takes.
        """
        return len(self._encode(text).ids)

    def _encode(self, text: str) -> _Encoded:
        masked = MaskedText.read(text, self.info.mask_token)
        if not masked.text:
            raise RequestError(
                "There is no text: type a sentence, with [MASK] where a word is wanted."
            )
        encoding = self._tokenizer(masked.for_model, return_offsets_mapping=self._tokenizer.is_fast)
        ids = encoding["input_ids"]
        over = len(ids) - self.info.max_tokens
        if over > 0:
            raise TextTooLongError(
                f"The text is {over:,} word piece{'s' if over > 1 else ''} too long: "
                f"it has {len(ids):,}, special tokens included, and {self.info.name} takes "
                f"{self.info.max_tokens:,}; shorten it."
            )
        pieces = self._tokenizer.convert_ids_to_tokens(ids)
        spans = masked.spans(encoding.get("offset_mapping") or [(0, 0)] * len(ids))
        tokens = tuple(
            Token(piece, id_, id_ in self._special_ids, start, end)
            for piece, id_, (start, end) in zip(pieces, ids, spans, strict=True)
        )
        return _Encoded(masked, ids, tokens)

    def _masks(self, encoded: _Encoded) -> tuple[int, ...]:
        mask_id = self._tokenizer.mask_token_id
        return tuple(position for position, id_ in enumerate(encoded.ids) if id_ == mask_id)

    def _spell(self, id_: int) -> str:
        return str(self._tokenizer.convert_ids_to_tokens(id_))

    def _answer(
        self,
        encoded: _Encoded,
        logits: Tensor,
        attention: Attention,
        extras: Extras,
        top_k: int,
    ) -> Analysis:
        """Put one text's answer together; `logits` are `(token, vocabulary)`."""
        masks = self._masks(encoded)
        found = roles(encoded.masked.text, encoded.tokens, masks)
        peaks = ordinary_peaks(attention, encoded.special)
        measured = survey(attention, peaks, found, [token.text for token in encoded.tokens])
        return Analysis(
            text=encoded.masked.text,
            model=self.info,
            tokens=encoded.tokens,
            masks=masks,
            candidates=tuple(
                self._candidates(encoded, order, logits[position], top_k)
                for order, position in enumerate(masks)
            ),
            attention=attention,
            peaks=peaks,
            shown_peaks=shown_peaks(attention, encoded.special),
            survey=measured,
            extras=extras,
            notes=(
                *encoded.masked.notes,
                *self._vocabulary_notes(encoded),
                *_broken_notes(measured.numbers["max"]),
            ),
        )

    def _candidates(
        self, encoded: _Encoded, mask: int, logits: Tensor, top_k: int
    ) -> tuple[Candidate, ...]:
        """The best word pieces for one mask; `logits` are `(vocabulary,)`."""
        best = logits.softmax(dim=-1).topk(min(top_k, logits.shape[-1]))
        ids = best.indices.tolist()
        tokens = self._tokenizer.convert_ids_to_tokens(ids)
        return tuple(
            Candidate(token, id_, probability, logit, self._filled(encoded, mask, token, id_))
            for token, id_, probability, logit in zip(
                tokens, ids, best.values.tolist(), logits[best.indices].tolist(), strict=True
            )
        )

    def _filled(self, encoded: _Encoded, mask: int, token: str, id_: int) -> str:
        if self._continuation and token.startswith(self._continuation):
            return encoded.masked.filled(mask, token[len(self._continuation) :], joined=True)
        return encoded.masked.filled(mask, self._tokenizer.decode([id_]).strip())

    def _vocabulary_notes(self, encoded: _Encoded) -> tuple[str, ...]:
        unknown = [token for token in encoded.tokens if token.id == self._tokenizer.unk_token_id]
        if not unknown:
            return ()
        first = encoded.masked.text[unknown[0].start : unknown[0].end]
        more = f" and {len(unknown) - 1} more are" if len(unknown) > 1 else " is"
        return (
            f"“{first}”{more} not in the vocabulary: the model sees {self._tokenizer.unk_token}.",
        )


def _broken_notes(largest: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> tuple[str, ...]:
    """A sentence if weights are no numbers; `largest` is each head's largest, `[layer, head]`."""
    broken = np.flatnonzero(np.isnan(largest).any(axis=1)) + 1
    if not broken.size:
        return ()
    layers = f"layer {broken[0]}" if broken.size == 1 else f"{broken.size} layers from {broken[0]}"
    return (
        f"In {layers} the attention weights are no numbers (NaN), which are shown as nothing: "
        "the checkpoint is broken, or its numbers overflow their precision.",
    )


def _new_array(shape: tuple[int, ...]) -> Attention:
    return np.empty(shape, dtype=np.float32)


def _facts(name: str, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> ModelInfo:
    config = model.config
    try:
        return ModelInfo(
            name=name,
            type=config.model_type,
            layers=config.num_hidden_layers,
            heads=config.num_attention_heads,
            max_tokens=_max_tokens(model, tokenizer),
            mask_token=str(tokenizer.mask_token),
            special_tokens=tokenizer.num_special_tokens_to_add(),
        )
    except AttributeError as error:
        raise ModelError(
            f"{name} is a {config.model_type} model, whose attention cannot be shown; "
            "choose another model, such as bert-base-uncased."
        ) from error


def _special_ids(tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """Ids of the tokens that open, close, separate and pad: not the mask, and not the unknown."""
    names = ("cls", "sep", "pad", "bos", "eos")
    ids = {getattr(tokenizer, f"{name}_token_id") for name in names}
    return frozenset(ids - {None, tokenizer.mask_token_id, tokenizer.unk_token_id})


def _continuation_prefix(tokenizer: PreTrainedTokenizerBase) -> str:
    """What marks a word piece that goes on a word, such as `##`; empty where nothing does."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    return getattr(getattr(backend, "model", None), "continuing_subword_prefix", None) or ""


def _max_tokens(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> int:
    """The longest input, special tokens included.

    Families that number positions from the padding index up (RoBERTa) have that many fewer.
    """
    positions = model.config.max_position_embeddings
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and isinstance(module, torch.nn.Embedding):
            positions = module.num_embeddings
            if module.padding_idx is not None:
                positions -= module.padding_idx + 1
            break
    return int(min(positions, tokenizer.model_max_length))
