"""Saved attention becomes an analysis again: this program's npz files, and anybody's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from zipfile import BadZipFile

from tui.analysis.analysis import Analysis, Candidate, ModelInfo, Token, token_roles
from tui.analysis.head_statistics import compute_head_statistics
from tui.analysis.hiding import shown_peaks
from tui.analysis.intervention_names import from_plain
from tui.analysis.interventions import (
    NONE,
    CutArrow,
    Intervention,
    Interventions,
    Transplant,
    TransplantResidual,
)
from tui.analysis.scales import ordinary_peaks
from tui.analysis.word_pieces import PieceStyle
from tui.errors import ModelError, NoSuchModelError
from tui.lazy import np
from tui.model.saved.token_text import TokenText
from tui.model.saved.weights import SavedWeights, find_weights
from tui.text import MASK, clean, legible, visible

if TYPE_CHECKING:
    from numpy.lib.npyio import NpzFile
    from numpy.typing import NDArray

_TOKENS = ("tokens", "words", "pieces", "labels")
_SPECIAL = frozenset(
    (
        "[CLS]", "[SEP]", "[PAD]", "<s>", "</s>", "<pad>", "<cls>", "<sep>", "<bos>", "<eos>",
        "[BOS]", "[EOS]", "<|endoftext|>",
    )
)  # fmt: skip
_MASKS = frozenset((MASK, "<mask>"))


def read_npz(path: Path) -> Analysis:
    """Read attention from an npz file.

    The weights are found by `tui.model.saved.weights`. The tokens are `tokens`, or else the only
    list of strings that is as long as a row; words are spelled by the marks that any tokenizer
    puts on its pieces. Whatever else the schema of
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
            taken = find_weights(file, shown)
            tokens = _tokens(file, taken.weights.shape[-1], shown)
            return _analysis(path, taken, tokens, _Fields(file))
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


def _tokens(file: Mapping[str, NDArray[np.generic]], count: int, shown: str) -> list[str]:
    """The tokens of the rows and columns."""
    named = [name for name in _TOKENS if name in file]
    found = [_one_text(file[name]) for name in named[:1] or file]
    found = [array for array in found if array.ndim == 1]
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


def _one_text(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """The one row of a batch of one; any other array as it is."""
    return array[0] if array.ndim == 2 and len(array) == 1 else array


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


def _analysis(path: Path, taken: SavedWeights, words: list[str], fields: _Fields) -> Analysis:
    weights = taken.weights
    count = len(words)
    special = [
        bool(one)
        for one in fields.numbers("special", count) or [word in _SPECIAL for word in words]
    ]
    ids = fields.numbers("token_ids", count) or [0] * count
    mask_token = fields.text("mask_token", MASK)
    masks = fields.positions("masks", count)
    if masks is None:
        masks = [place for place, word in enumerate(words) if word in {*_MASKS, mask_token}]
    literal = {word for place, word in enumerate(words) if special[place] or place in masks}
    named = TokenText(words, special, frozenset(masks), PieceStyle.of_pieces(words, literal))
    text, spans = _places(fields, named)
    belongs = fields.numbers("words", count) or named.words(text, spans)
    sentences = fields.numbers("sentences", count) or [0] * count
    shown = fields.texts("shown")
    if len(shown) != count:
        shown = named.style.shown_in_order(words)
    tokens = tuple(
        Token(piece, id_, is_one, start, end, word, int(sentence > 0), legible(label))
        for piece, id_, is_one, (start, end), word, sentence, label in zip(
            words, ids, special, spans, belongs, sentences, shown, strict=True
        )
    )
    layers, heads = weights.shape[:2]
    info = ModelInfo(
        name=fields.text("model", path.stem),
        type=fields.text("model_type", "saved attention"),
        layers=layers,
        heads=heads,
        max_tokens=count,
        mask_token=mask_token,
        special_tokens=sum(special),
        warnings=tuple(fields.texts("warnings")),
    )
    is_special = np.array(special, dtype=bool)
    peaks = ordinary_peaks(weights, is_special)
    labels = [token.label for token in tokens]
    analysis = Analysis(
        text=text,
        model=info,
        tokens=tokens,
        masks=tuple(masks),
        candidates=_candidates(fields, len(masks)),
        attention=weights,
        peaks=peaks,
        shown_peaks=shown_peaks(weights, is_special),
        statistics=compute_head_statistics(
            weights, peaks, token_roles(text, tokens, masks), labels
        ),
        notes=(*taken.notes, *_notes(weights, fields)),
        interventions=_interventions(fields, layers, heads, count),
        means=fields.text("means", ""),
    )
    # That it was changed is said of the interventions, and once.
    said = analysis.changed_note
    return replace(analysis, notes=tuple(note for note in analysis.notes if note != said))


def _interventions(fields: _Fields, layers: int, heads: int, tokens: int) -> Interventions:
    """What was changed inside the model; nothing where the file does not hold all of its heads.

    Then layers and heads are counted otherwise here, and its notes say it.
    """
    if (fields.number("model_layers", layers), fields.number("model_heads", heads)) != (
        layers,
        heads,
    ):
        return NONE
    found = []
    for written in fields.texts("interventions"):
        try:
            one = from_plain(json.loads(written))
        except (ValueError, RecursionError):
            return NONE
        if one is None or not _is_there(one, layers, heads, tokens):
            return NONE
        found.append(one)
    return tuple(found)


def _is_there(one: Intervention, layers: int, heads: int, tokens: int) -> bool:
    """Whether an intervention is about layers, heads and tokens that there are."""
    head, places = 0 if isinstance(one, TransplantResidual) else one.head, [0]
    if isinstance(one, CutArrow):
        places += one.query, one.key
    if isinstance(one, TransplantResidual):
        places.append(one.token)
    if isinstance(one, Transplant | TransplantResidual):
        places += (here for here, _ in one.pairs)
    return one.layer < layers and head < heads and max(places) < tokens


def _places(fields: _Fields, tokens: TokenText) -> tuple[str, list[tuple[int, int]]]:
    """The text, and where each token begins and ends in it."""
    written = fields.text("text", "")
    text, count = clean(written), len(tokens.tokens)
    if not text:
        return tokens.written()
    starts, ends = fields.numbers("starts", count), fields.numbers("ends", count)
    if text == written and starts is not None and ends is not None:
        spans = list(zip(starts, ends, strict=True))
        if all(0 <= start <= end <= len(text) for start, end in spans):
            return text, spans
    return text, tokens.found_in(text)


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
    for name in ("shown", "read_as"):
        column = fields.table(f"candidate_{name}", "U")
        fits = column is not None and column.shape == known[0].shape
        known.append(column if column is not None and fits else np.full(known[0].shape, ""))
    return tuple(
        tuple(
            Candidate(
                str(token), int(id_), float(share), float(logit), clean(str(sentence)),
                legible(str(shown or token)), tuple(map(legible, str(read_as).split())) or None,
            )
            for token, id_, share, logit, sentence, shown, read_as in zip(*ranked, strict=True)
        )
        for ranked in zip(*(column.tolist() for column in known), strict=True)
    )  # fmt: skip


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
