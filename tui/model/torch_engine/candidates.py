"""Candidates: the word pieces that a model would put in the place of a mask, from its logits."""

from __future__ import annotations

from functools import cached_property

from torch import Tensor
from transformers import PreTrainedTokenizerBase

from tui.analysis.analysis import Candidate
from tui.model.torch_engine.encoding import WORD_STARTS, Encoded
from tui.text import clean


class Ranker:
    """Ranks the word pieces of one vocabulary.

    Args:
        tokenizer: the model's tokenizer.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer = tokenizer
        self._continuation = _continuation_prefix(tokenizer)

    def candidates(
        self, encoded: Encoded, mask: int, logits: Tensor, top_k: int
    ) -> tuple[Candidate, ...]:
        """The best word pieces for one mask.

        Args:
            encoded: the text.
            mask: which of its masks, counted from 0.
            logits: `(vocabulary,)`.
            top_k: how many.
        """
        logits = logits.float()
        best = logits.softmax(dim=-1).topk(min(top_k, logits.shape[-1]))
        ids = best.indices.tolist()
        tokens = [self.spell(id_) for id_ in ids]
        return tuple(
            Candidate(token, id_, probability, logit, self._filled(encoded, mask, token, id_))
            for token, id_, probability, logit in zip(
                tokens, ids, best.values.tolist(), logits[best.indices].tolist(), strict=True
            )
        )

    def spell(self, id_: int) -> str:
        """A token's word piece; some vocabularies have ids, up to a round number, of no token."""
        return self._tokenizer.convert_ids_to_tokens(id_) or f"<{id_}>"

    def _filled(self, encoded: Encoded, mask: int, token: str, id_: int) -> str:
        """The text with a candidate in the place of a mask; no vocabulary gets escapes into it."""
        if self._continuation and token.startswith(self._continuation):
            goes_on = clean(token[len(self._continuation) :])
            return encoded.masked.filled(mask, goes_on, joined=True)
        text = clean(self._tokenizer.decode([id_]))
        is_inside = self._marks_word_starts and not token.startswith(WORD_STARTS)
        return encoded.masked.filled(mask, text, joined=is_inside and text[:1].isalnum())

    @cached_property
    def _marks_word_starts(self) -> bool:
        """Whether pieces that begin a word are marked, so that the others go on the word before."""
        pieces = self._tokenizer.tokenize("a a a")
        return bool(pieces) and str(pieces[-1]).startswith(WORD_STARTS)


def _continuation_prefix(tokenizer: PreTrainedTokenizerBase) -> str:
    """The sign of a word piece that goes on a word, such as `##`; empty where there is none."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    return getattr(getattr(backend, "model", None), "continuing_subword_prefix", None) or ""
