"""A model's tokenizer: whether it is there, whole, and of one vocabulary with the model.

A library that finds no vocabulary makes a tokenizer of five tokens, to which every word is unknown;
one that finds another model's gives numbers that mean other words, or none. All of it looks like an
answer. So what does not fit is refused, and what fits but for a few tokens is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path

from transformers import (
    AutoTokenizer,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from tui.errors import ModelError
from tui.model.hub.cache import is_of_tokenizer, is_vocabulary
from tui.model.tokenizing.known_ids import named
from tui.model.tokenizing.vocabulary_size import is_rounded_up
from tui.model.torch_engine.model_files import check_file, check_text, read_json
from tui.text import visible

_CASED = 0.01
"""The share of pieces with capitals from which a vocabulary is a cased one."""

_WHOLE = "tokenizer.json"
_SETTINGS = "tokenizer_config.json"
_PAIR = {"vocab.json", "merges.txt"}
"""What a byte-pair tokenizer is read from: neither is of use without the other."""

_NAMED = ("mask", "unk", "pad", "cls", "sep", "bos", "eos")


def load_tokenizer(
    shown: str, folder: Path, config: PretrainedConfig
) -> tuple[PreTrainedTokenizerBase, tuple[str, ...]]:
    """Load the tokenizer that lies in a model's folder.

    Args:
        shown: the model's name, safe to be shown.
        folder: its folder.
        config: its configuration.

    Returns:
        The tokenizer, which pads at the right, and what makes its reading doubtful.

    Raises:
        ModelError: its files are missing or broken, or it has no mask.
    """
    files = sorted(path for path in folder.iterdir() if is_of_tokenizer(path.name))
    for path in files:
        check_file(shown, path)
    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            folder, config=config, local_files_only=True, trust_remote_code=False
        )
    except Exception:
        # Without a vocabulary some tokenizers are empty, and some fail, each in its own way.
        names = {path.name for path in files}
        if _WHOLE not in names and len(names & _PAIR) == 1:
            raise _missing(shown, sorted(_PAIR - names)) from None
        if not any(map(is_vocabulary, names)):
            raise _missing(shown, [_WHOLE]) from None
        for path in files:
            _blame(shown, path)
        raise
    _check_files(shown, folder, tokenizer)
    if tokenizer.mask_token_id is None:
        raise ModelError(
            f"{shown} has no mask token, so it is no masked language model; "
            "choose one such as bert-base-uncased."
        )
    tokenizer.padding_side = "right"
    doubts = (*_about_case(shown, folder, tokenizer), *_about_merges(shown, folder, tokenizer))
    return tokenizer, doubts


def _blame(shown: str, path: Path) -> None:
    """Look for the file that a library failed over.

    Raises:
        ModelError: this is the one.
    """
    if path.suffix == ".json":
        read_json(shown, path)
    elif path.suffix in (".txt", ".codes"):
        check_text(shown, path)
    elif path.suffix == ".model":
        from sentencepiece import SentencePieceProcessor

        try:
            SentencePieceProcessor(model_file=str(path))
        except (OSError, RuntimeError) as error:
            raise ModelError(
                f"The model {shown} cannot be loaded: its {visible(path.name)} cannot be read by "
                "SentencePiece, so it is cut off or damaged: fetch the file anew."
            ) from error


def check_fit(
    shown: str, folder: Path, tokenizer: PreTrainedTokenizerBase, model: PreTrainedModel
) -> tuple[str, ...]:
    """Refuse a tokenizer whose tokens the model does not have.

    Args:
        shown: the model's name, safe to be shown.
        folder: its folder.
        tokenizer: its tokenizer.
        model: the model.

    Returns:
        What is to be told, a sentence each: of a few tokens that the model does not have, and of
        many that the tokenizer does not have.

    Raises:
        ModelError: the two are not of one vocabulary.
    """
    rows = embeddings(model)
    vocabulary: Mapping[str, int] = tokenizer.get_vocab()
    wrong = f"The tokenizer of {shown} does not fit its model"
    has = f"the model has embeddings for the numbers 0 to {rows - 1:,}"
    what_to_do = "put the tokenizer's files that the model was trained with into its folder"
    for kind in _NAMED:
        token, id_ = getattr(tokenizer, f"{kind}_token"), getattr(tokenizer, f"{kind}_token_id")
        if id_ is not None and id_ >= rows:
            raise ModelError(
                f"{wrong}: its {visible(str(token))} is number {id_:,}, and {has}; {what_to_do}."
            )
    if (id_ := max(_around(tokenizer), default=0)) >= rows:
        raise ModelError(f"{wrong}: it puts number {id_:,} around a text, and {has}; {what_to_do}.")
    size = 1 + max(vocabulary.values(), default=-1)
    beyond = _beyond(vocabulary, rows) if size > rows else []
    if beyond and set(beyond) - tokenizer.get_added_vocab().keys():
        twice = _twice(folder / "vocab.txt")
        why = f" (vocab.txt has {named(twice)} twice)" if twice else ""
        raise ModelError(f"{wrong}: it has {size:,} tokens{why}, and {has}; {what_to_do}.")
    if 2 * size < rows:
        raise ModelError(f"{wrong}: it has but {size:,} tokens, and {has}; {what_to_do}.")
    if beyond:
        one = len(beyond) == 1
        return (
            f"{named(beyond)} {'was' if one else 'were'} added to the tokenizer of {shown}, and "
            f"the model has no {'embedding for it' if one else 'embeddings for them'}: a text with "
            f"{'it' if one else 'one of them'} cannot be read.",
        )
    if not is_rounded_up(size, rows):
        return (
            f"The tokenizer of {shown} has {size:,} tokens and the model {rows:,} embeddings: "
            "they may be of two different models, or the tokenizer's file may be cut off.",
        )
    return ()


def _beyond(vocabulary: Mapping[str, int], rows: int) -> list[str]:
    """The pieces without an embedding, in the order of their numbers.

    Lines of nothing at the end of a vocabulary are pieces that no text has.
    """
    found = [piece for piece, id_ in vocabulary.items() if id_ >= rows and piece.strip()]
    return sorted(found, key=vocabulary.__getitem__)


def _around(tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """The numbers of the tokens that it puts around a text, which its vocabulary may not have."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    return list(backend.encode("").ids) if backend is not None else []


def embeddings(model: PreTrainedModel) -> int:
    """For how many tokens a model has embeddings: their numbers are less than that."""
    return int(model.get_input_embeddings().weight.shape[0])


def _check_files(shown: str, folder: Path, tokenizer: PreTrainedTokenizerBase) -> None:
    """Refuse a tokenizer without the files that its kind is read from.

    One that is written down whole in a single file needs no other.
    """
    names = {kind: name for kind, name in tokenizer.vocab_files_names.items() if name}
    if not names or ("tokenizer_file" in names and (folder / _WHOLE).is_file()):
        return
    parts = [name for kind, name in names.items() if kind != "tokenizer_file"]
    missing = [name for name in parts if not (folder / name).is_file()]
    others = [path for path in folder.iterdir() if is_vocabulary(path.name)]
    if missing == parts and not others:
        raise _missing(shown, [*parts, *([_WHOLE] if "tokenizer_file" in names else [])])
    if "merges_file" in names and missing:  # without merges every character is a piece
        raise _missing(shown, missing)


def _missing(shown: str, names: Collection[str]) -> ModelError:
    joint = " or " if _WHOLE in names and len(names) > 1 else " and "
    *first, last = names
    files = f"{', '.join(first)}{joint}{last}" if first else last
    return ModelError(
        f"{shown} has no tokenizer that can read a text: {files} is missing; put the tokenizer's "
        "files into its folder, from the model that it was trained from or with save_pretrained."
    )


def _about_case(shown: str, folder: Path, tokenizer: PreTrainedTokenizerBase) -> tuple[str, ...]:
    """A sentence if texts are read in lower case because nobody said otherwise."""
    if (folder / _WHOLE).is_file() or not _lowers(tokenizer):
        return ()
    settings = folder / _SETTINGS
    if settings.is_file() and "do_lower_case" in read_json(shown, settings):
        return ()
    special = {str(token) for token in tokenizer.all_special_tokens}
    pieces = [piece for piece in tokenizer.get_vocab() if piece not in special]
    cased = [piece for piece in pieces if piece != piece.lower()]
    if len(cased) < _CASED * len(pieces):
        return ()
    example = max(cased, key=len)
    return (
        f"Texts are read in lower case, as no file of {shown} says otherwise, but its vocabulary "
        f"has pieces with capitals, such as “{visible(example)}”: if capitals count for it, put a "
        f'{_SETTINGS} with {{"do_lower_case": false}} into its folder.',
    )


def _about_merges(shown: str, folder: Path, tokenizer: PreTrainedTokenizerBase) -> tuple[str, ...]:
    """A sentence if there are far fewer merges than pieces that take one to be made."""
    path = folder / "merges.txt"
    if (folder / _WHOLE).is_file() or not path.is_file():
        return ()
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    merges = sum(bool(line.strip()) and not line.startswith("#version") for line in lines)
    special = tokenizer.get_added_vocab().keys()
    made = sum(len(piece) > 1 and piece not in special for piece in tokenizer.get_vocab())
    if 2 * merges >= made:
        return ()
    has = "1 merge" if merges == 1 else f"{merges:,} merges"
    return (
        f"The merges.txt of {shown} has {has} for {made:,} pieces, so it may be cut off: words are "
        "split into too many pieces.",
    )


def _lowers(tokenizer: PreTrainedTokenizerBase) -> bool:
    """Whether a tokenizer reads a capital as a small letter."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        return bool(getattr(tokenizer, "do_lower_case", False))
    return backend.normalizer is not None and backend.normalizer.normalize_str("A") == "a"


def _twice(path: Path) -> list[str]:
    """The pieces that stand more than once in a vocabulary of a piece a line."""
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return [piece for piece, count in Counter(lines).items() if count > 1 and piece.strip()]
