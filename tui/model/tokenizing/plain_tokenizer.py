"""A tokenizer that the tokenizers library reads alone, in a tenth of the time of transformers.

Its readings are those of transformers' `AutoTokenizer`, or there is none: whatever is unusual in a
folder is left to transformers, which then reads it or says what is wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui.model.tokenizing.from_encoding import from_encoding
from tui.model.tokenizing.piece_styles import piece_style
from tui.model.tokenizing.tokenizer import Reading, Tokenized, TokenizerFacts
from tui.model.tokenizing.tokenizer_classes import check_class
from tui.model.tokenizing.tokenizer_files import read_files
from tui.model.tokenizing.unusual import expect
from tui.model.tokenizing.vocabulary_size import is_rounded_up

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class PlainTokenizer:
    """Reads texts with a tokenizer of the tokenizers library.

    Args:
        backend: it.
        special: its special tokens, by their names, such as `mask`.
        longest: the longest input that it allows.

    Attributes:
        facts: the facts about it.
    """

    def __init__(self, backend: Tokenizer, special: Mapping[str, str], longest: int) -> None:
        self._backend = backend
        self.facts = _facts(backend, special, longest)

    def read(self, first: str, second: str | None = None) -> Tokenized:
        """Read a text, or a pair of sentences."""
        return from_encoding(self._backend.encode(first, second or None), {})

    def read_many(
        self, firsts: Sequence[str], seconds: Sequence[str] | None = None
    ) -> list[Reading]:
        """Read many texts at once, or many pairs, as the model gets them and no more."""
        texts = list(firsts) if seconds is None else list(zip(firsts, seconds, strict=True))
        return [
            list(zip(one.ids, one.type_ids, strict=True))
            for one in self._backend.encode_batch_fast(texts)
        ]

    def spell(self, ids: Sequence[int]) -> list[str | None]:
        """Tokens' word pieces; None for a number that is no token's."""
        return [self._backend.id_to_token(id_) for id_ in ids]

    def fits(self, rows: int) -> bool:
        """Whether a model is so plainly of this vocabulary that there is nothing to tell about it.

        Args:
            rows: for how many tokens the model has embeddings.
        """
        backend, size = self._backend, self._backend.get_vocab_size(with_added_tokens=True)
        if not size <= rows <= 2 * size or not is_rounded_up(size, rows):
            return False
        # As many numbers as pieces, without a gap: so none is beyond the last.
        return None not in map(backend.id_to_token, range(size)) and all(
            id_ < rows for id_ in backend.encode("").ids
        )


def open_plain_tokenizer(folder: Path, model_type: str) -> PlainTokenizer | None:
    """Open a checkpoint's tokenizer if it reads just as transformers' own would.

    Args:
        folder: the checkpoint's folder.
        model_type: the type that its configuration names, such as `bert`.

    Returns:
        The tokenizer; None if anything about it is unusual, or wrong.
    """
    try:
        return read_plain_tokenizer(folder, model_type)
    except Exception:  # files may hold anything; transformers says what is wrong with them
        return None
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # the library's own, for what it overlooked
            return None
        raise


def read_plain_tokenizer(folder: Path, model_type: str) -> PlainTokenizer:
    """Open a checkpoint's tokenizer if it reads just as transformers' own would.

    Args are those of `open_plain_tokenizer`.

    Raises:
        UnusualError: something about it is unusual, which the error names.
        Exception: something about it is wrong.
    """
    from tokenizers import Tokenizer

    files = read_files(folder, model_type)
    backend = Tokenizer.from_str(files.text)
    expect(backend.truncation is None and backend.padding is None, "texts are cut or filled up")
    added = {id_: token.__getstate__() for id_, token in backend.get_added_tokens_decoder().items()}
    expect(added == files.added, "the added tokens are not those of the vocabulary")
    special = check_class(model_type, files, backend)
    contents = {token["content"] for token in added.values() if token["special"]}
    expect("mask" in special, "there is no mask")
    expect(contents.issuperset(special.values()), "a special token is not added as one")
    for trial in (("a ☃ 一",), ("a", "ꙮ")):  # fails where what is unknown has no token
        backend.encode(*trial)
    return PlainTokenizer(backend, special, files.settings.get("model_max_length") or sys.maxsize)


def _facts(backend: Tokenizer, special: Mapping[str, str], longest: int) -> TokenizerFacts:
    """The facts about it."""
    numbers = {name: backend.token_to_id(token) for name, token in special.items()}
    mask_id = numbers["mask"]
    if mask_id is None:
        raise ValueError(f"{special['mask']} has no number")
    around = {numbers.get(name) for name in ("cls", "sep", "pad", "bos", "eos")}

    def named(*names: str) -> tuple[str, ...]:
        return tuple(special[name] for name in names if name in special)

    literal = {token.content for token in backend.get_added_tokens_decoder().values()}
    return TokenizerFacts(
        mask=special["mask"],
        mask_id=mask_id,
        unknown=special.get("unk"),
        unknown_id=numbers.get("unk"),
        pad_id=numbers.get("pad"),
        special_ids=frozenset(
            id_ for id_ in around if id_ is not None and id_ not in (mask_id, numbers.get("unk"))
        ),
        opening=named("cls", "bos"),
        closing=named("sep", "eos"),
        padding=named("pad"),
        adds=backend.num_special_tokens_to_add(False),
        longest=min(longest, sys.maxsize),
        style=piece_style(backend, backend.get_vocab, frozenset(literal)),
    )
