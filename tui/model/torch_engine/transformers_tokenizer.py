"""A tokenizer of transformers, fast or slow, as whoever reads texts wants it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from transformers import PreTrainedTokenizerBase

from tui.model.tokenizing.from_encoding import from_encoding
from tui.model.tokenizing.piece_styles import piece_style
from tui.model.tokenizing.tokenizer import Reading, Tokenized, TokenizerFacts
from tui.model.torch_engine.quiet import quiet


class TransformersTokenizer:
    """Reads texts with a tokenizer of transformers.

    Args:
        tokenizer: it; it has a mask.

    Attributes:
        facts: what it says of itself.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer = tokenizer
        self.facts = _facts(tokenizer)
        # RoCBert, for one, also takes the shape and the sound of each character.
        self._others = sorted(
            set(tokenizer.model_input_names) - {"input_ids", "attention_mask", "token_type_ids"}
        )

    def read(self, first: str, second: str | None = None) -> Tokenized:
        """Read a text, or a pair of sentences."""
        sentences = [first] if second is None else [first, second]
        with quiet():  # it warns of texts that are too long, which are refused in a sentence
            return self._read(sentences)

    def _read(self, sentences: Sequence[str]) -> Tokenized:
        answer = self._tokenizer(
            *sentences, return_special_tokens_mask=True, return_token_type_ids=True
        )
        others = {name: list(answer[name]) for name in self._others if name in answer}
        if self._tokenizer.is_fast:
            return from_encoding(answer.encodings[0], others)
        ids = list(answer["input_ids"])
        is_pair = len(sentences) > 1
        begin = len(self._tokenizer(sentences[0])["input_ids"]) if is_pair else len(ids)
        added = [bool(one) for one in answer["special_tokens_mask"]]
        of = [0] * begin + [1] * (len(ids) - begin)
        return Tokenized(
            ids=ids,
            added=added,
            segments=list(answer["token_type_ids"]),
            sentences=of,
            spans=None,
            written=self._written(sentences, ids, added, of),
            others=others,
        )

    def read_many(
        self, firsts: Sequence[str], seconds: Sequence[str] | None = None
    ) -> list[Reading]:
        """Read many texts at once, or many pairs, as the model gets them and no more."""
        sentences = [list(firsts)] if seconds is None else [list(firsts), list(seconds)]
        with quiet():
            answer = self._tokenizer(*sentences, return_token_type_ids=True)
        return [
            list(zip(ids, segments, strict=True))
            for ids, segments in zip(answer["input_ids"], answer["token_type_ids"], strict=True)
        ]

    def spell(self, ids: Sequence[int]) -> list[str | None]:
        """Tokens' word pieces; None for a number that is no token's."""
        pieces: list[str | None] = self._tokenizer.convert_ids_to_tokens(list(ids))
        return pieces

    def _written(
        self,
        sentences: Sequence[str],
        ids: Sequence[int],
        added: Sequence[bool],
        of: Sequence[int],
    ) -> list[str]:
        """The pieces as the tokenizer cut them.

        One outside the vocabulary has no number of its own, and with it its characters are lost.
        """
        pieces = [piece or f"<{id_}>" for piece, id_ in zip(self.spell(ids), ids, strict=True)]
        for order, sentence in enumerate(sentences):
            places = [at for at, one in enumerate(of) if one == order and not added[at]]
            written = [str(piece) for piece in self._tokenizer.tokenize(sentence)]
            if self._tokenizer.convert_tokens_to_ids(written) != [ids[at] for at in places]:
                continue
            for place, piece in zip(places, written, strict=True):
                pieces[place] = piece
        return pieces


def _facts(tokenizer: PreTrainedTokenizerBase) -> TokenizerFacts:
    """The facts about it."""
    known = tokenizer.special_tokens_map
    literal = frozenset(
        {str(token) for token in tokenizer.added_tokens_decoder.values()}
        | {str(token) for token in tokenizer.all_special_tokens}
    )
    special = {
        getattr(tokenizer, f"{name}_token_id") for name in ("cls", "sep", "pad", "bos", "eos")
    }

    def named(*names: str) -> tuple[str, ...]:
        return tuple(str(known[name]) for name in names if name in known)

    def vocabulary() -> Any:
        return map(str, tokenizer.get_vocab())

    unknown = tokenizer.unk_token
    return TokenizerFacts(
        mask=str(tokenizer.mask_token),
        mask_id=int(tokenizer.mask_token_id),
        unknown=None if unknown is None else str(unknown),
        unknown_id=tokenizer.unk_token_id,
        pad_id=tokenizer.pad_token_id,
        special_ids=frozenset(special - {None, tokenizer.mask_token_id, tokenizer.unk_token_id}),
        opening=named("cls_token", "bos_token"),
        closing=named("sep_token", "eos_token"),
        padding=named("pad_token"),
        adds=tokenizer.num_special_tokens_to_add(),
        longest=int(min(tokenizer.model_max_length, sys.maxsize)),
        style=piece_style(getattr(tokenizer, "backend_tokenizer", None), vocabulary, literal),
    )
