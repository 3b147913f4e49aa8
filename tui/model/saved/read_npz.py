"""Saved attention becomes an analysis again: this program's npz files, and anybody's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from zipfile import BadZipFile

from tui.analysis.analysis import Analysis, Candidate, ModelInfo, Token, token_roles
from tui.analysis.head_statistics import compute_head_statistics
from tui.analysis.hiding import shown_peaks
from tui.analysis.scales import ordinary_peaks
from tui.errors import ModelError, NoSuchModelError
from tui.lazy import np
from tui.text import MASK, clean, visible

if TYPE_CHECKING:
    from numpy.lib.npyio import NpzFile
    from numpy.typing import NDArray

_ATTENTION = ("attention", "attentions", "weights", "attention_weights")
_TOKENS = ("tokens", "words", "pieces", "labels")
_SPECIAL = frozenset(
    ("[CLS]", "[SEP]", "[PAD]", "<s>", "</s>", "<pad>", "<cls>", "<sep>", "<bos>", "<eos>")
)
_MASKS = frozenset((MASK, "<mask>"))


def read_npz(path: Path) -> Analysis:
    """Read attention from an npz file.

    The array of weights is `attention`, or else the only one of four dimensions, `[layer, head,
    query, key]`, or five with one batch, `[layer, 1, head, query, key]`. The tokens are `tokens`,
    or else the only list of strings that is as long as a row. Whatever else the schema of
    `tui.storage.data_files` names is taken where it is there.

    Args:
        path: the file.

    Raises:
        ModelError: it cannot be read, or holds no such arrays; the sentence says what to do.
    """
    shown = visible(str(path))
    try:
        # A pickle in somebody's file could run anything: arrays of Python objects are refused.
        with path.open("rb") as opened, _load(opened, shown) as file:
            weights = _weights(file, shown)
            tokens = _tokens(file, weights.shape[-1], shown)
            return _analysis(path, weights, tokens, _Fields(file))
    except FileNotFoundError:
        raise NoSuchModelError(f"There is no file {shown}.") from None
    except MemoryError:
        raise ModelError(
            f"There is not enough memory for {shown}: save fewer layers or heads in it."
        ) from None
    except (OSError, ValueError, EOFError, BadZipFile, NotImplementedError) as error:
        raise ModelError(f"{shown} cannot be read as npz: {_cause(error)}.") from error


def _load(opened: BinaryIO, shown: str) -> NpzFile:
    loaded: NpzFile = np.load(opened, allow_pickle=False)
    if not hasattr(loaded, "files"):
        raise ModelError(f"{shown} holds one array and no tokens: save both with np.savez.")
    return loaded


def _cause(error: Exception) -> str:
    if "allow_pickle" in str(error):
        return "it holds Python objects; save the tokens as an array of dtype str"
    return clean(str(error)).rstrip(".") or type(error).__name__


def _weights(file: Mapping[str, NDArray[np.generic]], shown: str) -> NDArray[np.float32]:
    """The attention weights, `[layer, head, query, key]`."""
    named = [name for name in _ATTENTION if name in file]
    found = [array for name in named[:1] or file if (array := file[name]).ndim in (4, 5)]
    found = [array for array in found if array.dtype.kind in "fiu"]
    if len(found) != 1:
        raise ModelError(
            f"{shown} holds {'several' if found else 'no'} arrays of attention weights: "
            "name the one of shape [layer, head, query, key] 'attention'."
        )
    weights = found[0]
    if weights.ndim == 5:
        if weights.shape[1] != 1:
            raise ModelError(
                f"{shown} holds the attention of {weights.shape[1]} sentences: save one, of shape "
                "[layer, head, query, key]."
            )
        weights = weights[:, 0]
    if weights.shape[-1] != weights.shape[-2] or 0 in weights.shape:
        shape = " × ".join(map(str, weights.shape))
        raise ModelError(
            f"The attention in {shown} is {shape}: what can be shown is "
            "[layer, head, query, key] with as many queries as keys."
        )
    return np.ascontiguousarray(weights, dtype=np.float32)


def _tokens(file: Mapping[str, NDArray[np.generic]], count: int, shown: str) -> list[str]:
    """The tokens of the rows and columns."""
    named = [name for name in _TOKENS if name in file]
    found = [array for name in named[:1] or file if (array := file[name]).ndim == 1]
    found = [array for array in found if array.dtype.kind in "US"]
    if not named:
        found = [array for array in found if len(array) == count]
    if len(found) != 1:
        raise ModelError(
            f"{shown} does not say which tokens its rows are: save their {count} strings as "
            "'tokens', an array of dtype str."
        )
    if len(found[0]) != count:
        raise ModelError(
            f"{shown} has {len(found[0])} tokens for {count} rows and columns of attention: "
            "save one for each."
        )
    return [
        token.decode("utf-8", "replace") if isinstance(token, bytes) else str(token)
        for token in found[0].tolist()
    ]


class _Fields:
    """The other fields of the file, each field only if it is of the kind that it should be."""

    def __init__(self, file: Mapping[str, NDArray[np.generic]]) -> None:
        self._file = file

    def text(self, name: str, default: str) -> str:
        """A single string."""
        array = self._array(name, "U", 0)
        return default if array is None else str(array)

    def number(self, name: str, default: int) -> int:
        """A single whole number."""
        array = self._array(name, "iu", 0)
        return default if array is None else int(array.astype(np.int64))

    def texts(self, name: str) -> list[str]:
        """A list of strings."""
        array = self._array(name, "U", 1)
        return [] if array is None else [str(value) for value in array]

    def numbers(self, name: str, length: int) -> list[int] | None:
        """Whole numbers, as many as there are tokens."""
        array = self._array(name, "iub", 1)
        if array is None or len(array) != length:
            return None
        return [int(value) for value in array.astype(np.int64)]

    def table(self, name: str, kinds: str) -> NDArray[np.generic] | None:
        """Values of each mask's candidates, `[mask, rank]`."""
        return self._array(name, kinds, 2)

    def positions(self, name: str, length: int) -> list[int] | None:
        """Positions among so many tokens."""
        array = self._array(name, "iu", 1)
        if array is None:
            return None
        return sorted({int(value) for value in array.astype(np.int64) if 0 <= value < length})

    def _array(self, name: str, kinds: str, dimensions: int) -> NDArray[np.generic] | None:
        if name not in self._file:
            return None
        array = self._file[name]
        return array if array.dtype.kind in kinds and array.ndim == dimensions else None


def _analysis(
    path: Path, weights: NDArray[np.float32], words: list[str], fields: _Fields
) -> Analysis:
    count = len(words)
    special = fields.numbers("special", count) or [word in _SPECIAL for word in words]
    ids = fields.numbers("token_ids", count) or [0] * count
    text, starts, ends = _places(fields, words, special)
    masks = fields.positions("masks", count)
    if masks is None:
        masks = [place for place, word in enumerate(words) if word in _MASKS]
    belongs = fields.numbers("words", count) or _words(words)
    sentences = fields.numbers("sentences", count) or [0] * count
    tokens = tuple(
        Token(piece, id_, bool(is_one), start, end, word, int(sentence > 0))
        for piece, id_, is_one, start, end, word, sentence in zip(
            words, ids, special, starts, ends, belongs, sentences, strict=True
        )
    )
    layers, heads = weights.shape[:2]
    info = ModelInfo(
        name=fields.text("model", path.stem),
        type=fields.text("model_type", "saved attention"),
        layers=layers,
        heads=heads,
        max_tokens=count,
        mask_token=fields.text("mask_token", MASK),
        special_tokens=sum(map(bool, special)),
        warnings=tuple(fields.texts("warnings")),
    )
    is_special = np.array(special, dtype=bool)
    peaks = ordinary_peaks(weights, is_special)
    return Analysis(
        text=text,
        model=info,
        tokens=tokens,
        masks=tuple(masks),
        candidates=_candidates(fields, len(masks)),
        attention=weights,
        peaks=peaks,
        shown_peaks=shown_peaks(weights, is_special),
        statistics=compute_head_statistics(weights, peaks, token_roles(text, tokens, masks), words),
        notes=_notes(weights, fields),
    )


def _words(pieces: list[str]) -> list[int]:
    """The word that each piece belongs to, if only the pieces are known: `##` goes on a word."""
    starts = [place == 0 or not piece.startswith("##") for place, piece in enumerate(pieces)]
    words: list[int] = (np.cumsum(starts) - 1).tolist()
    return words


def _places(
    fields: _Fields, words: list[str], special: list[int] | list[bool]
) -> tuple[str, list[int], list[int]]:
    """The text, and where each token begins and ends in it: nowhere, if that is not known."""
    written = fields.text("text", "")
    text = clean(written)
    if not text:
        return _joined(words, special)
    starts, ends = fields.numbers("starts", len(words)), fields.numbers("ends", len(words))
    if text != written or starts is None or ends is None:
        return text, [0] * len(words), [0] * len(words)
    if any(not 0 <= start <= end <= len(text) for start, end in zip(starts, ends, strict=True)):
        return text, [0] * len(words), [0] * len(words)
    return text, starts, ends


def _joined(words: list[str], special: list[int] | list[bool]) -> tuple[str, list[int], list[int]]:
    """A text of the tokens, and where each stands in it; `##` goes on the word before."""
    text, starts, ends = "", [], []
    for word, is_special in zip(words, special, strict=True):
        piece = "" if is_special else word.removeprefix("##")
        if piece and text and not word.startswith("##"):
            text += " "
        starts.append(len(text))
        text += piece
        ends.append(len(text))
    return text, starts, ends


def _candidates(fields: _Fields, masks: int) -> tuple[tuple[Candidate, ...], ...]:
    columns = [
        fields.table(f"candidate_{name}", kinds)
        for name, kinds in (
            ("tokens", "U"), ("ids", "iu"), ("probabilities", "f"), ("logits", "f"),
            ("sentences", "U"),
        )
    ]  # fmt: skip
    known = [column for column in columns if column is not None]
    if len(known) < len(columns) or len({column.shape for column in known}) > 1:
        return ((),) * masks
    if len(known[0]) != masks:
        return ((),) * masks
    return tuple(
        tuple(
            Candidate(str(token), int(id_), float(share), float(logit), clean(str(sentence)))
            for token, id_, share, logit, sentence in zip(*ranked, strict=True)
        )
        for ranked in zip(*(column.tolist() for column in known), strict=True)
    )


def _notes(weights: NDArray[np.float32], fields: _Fields) -> tuple[str, ...]:
    """The sentences that a reader of the numbers has to know."""
    layers, heads = weights.shape[:2]
    chosen = [
        f"Of {total} {name} this file holds {', '.join(map(str, numbers))}: they are shown as "
        f"1 to {shown}."
        for name, shown, total in (
            ("layers", layers, fields.number("model_layers", layers)),
            ("heads", heads, fields.number("model_heads", heads)),
        )
        if shown < total and (numbers := fields.numbers(name, shown))
    ]
    sums = weights.sum(axis=-1)
    if not np.isfinite(sums).all():
        chosen.append("Some of these weights are no numbers: they are drawn dark.")
    elif np.abs(sums - 1).max() > 1e-2:
        chosen.append("The rows of these weights do not sum to 1: they are shown as they are.")
    view = fields.text("view", "")
    if view and view != "raw weights":
        chosen.append(f"These numbers are {view}.")
    # Those that are about the model are its warnings.
    about_model = fields.texts("warnings")
    return (*chosen, *(note for note in fields.texts("notes") if note not in about_model))
