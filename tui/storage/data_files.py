"""The numbers as files: npz, json and csv, for whoever goes on with numpy, a script or a table.

The schema is `bertmask-tui/attention/1`; a field keeps its name and meaning as long as it is
called so. Layers and heads are counted from 1, as everywhere people read them; positions among the
tokens are counted from 0, as arrays are.

npz
    attention: float32 `[layer, head, query, key]`: row q of a head says how token q attends.
    layers, heads: int32, which layers and heads these are, counted from 1.
    tokens: str `[token]`, the word pieces in the model's own form.
    shown: str `[token]`, the same as people read them, letters for bytes.
    token_ids: int32 `[token]`, their numbers in the vocabulary.
    special: bool `[token]`, whether a token opens, closes, separates or pads.
    starts, ends: int32 `[token]`, where a token stands in the text, in characters.
    words: int32 `[token]`, the word that a token belongs to, counted up.
    sentences: int32 `[token]`, of a pair 0 for the first sentence and 1 for the second.
    masks: int32 `[mask]`, positions of the masks among the tokens.
    candidate_tokens: str `[mask, rank]`; candidate_ids: int32; candidate_probabilities and
        candidate_logits: float64; candidate_sentences: str, the text with the candidate in it;
        candidate_shown: str, the piece as people read it; candidate_read_as: str, the pieces, with
        spaces between, that the sentence is read as where it is not the one that was scored.
    text, model, model_type, mask_token, view, software, schema: str.
    model_layers, model_heads: int32, how many the model has.
    notes: str `[note]`, everything that a reader must be told: what makes the model doubtful, then
        what was done to the text on the way.
    warnings: str `[warning]`, those of the notes that are about the model.
    interventions: str `[intervention]`, what was changed inside the model while it ran, a JSON
        object each: {"cut": "head", "layer", "head", "by": "mean" or "zero"}; {"cut": "arrow",
        "layer", "head", "query", "key", "renormalised"}; {"transplant": "head", "layer", "head",
        "from", "pairs"}, a head that gives on what it does in another text, `from`; or
        {"transplant": "residual", "layer", "token", "from", "pairs"}, a layer that gets at one
        token what it gets there. `pairs` are [token here, token there] each, and left out where
        each token stands for the one at its place. Empty for the model as it is.
    means: str, the mean that heads were cut to; empty if none was.

npz of two runs, A and B
    All of the above of A; the same of B, each name with `other_` before it; and
    pairs: int32 `[pair, 2]`, which tokens of A and of B stand for each other, counted from 0.

json
    The same, as one object: `tokens`, `candidates` and `interventions` are lists of objects,
    `attention` is lists in lists. The first line holds what decides the file's content, under
    `facts`.

csv
    Long form, a header and one line a weight: layer, head, query_index, query_token, key_index,
    key_token, weight. Where there are notes, one more column, notes, has them in the first line of
    each head.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from tui import __version__
from tui.analysis.analysis import Analysis, Candidate
from tui.analysis.intervention_names import as_plain
from tui.lazy import np
from tui.storage.json_text import json_text
from tui.storage.saving import DIGEST
from tui.text import visible

if TYPE_CHECKING:
    from numpy.typing import NDArray

CONTENT = "Content"
"""The fact about a file that has no room for facts: a hash of its bytes."""

SCHEMA = "bertmask-tui/attention/1"
COLUMNS = (
    "layer", "head", "query_index", "query_token", "key_index", "key_token", "weight",
)  # fmt: skip
NOTES = "notes"
"""The column of a table that is there where a reader must be told something."""


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """The content of a file of numbers.

    Attributes:
        analysis: the answer that the numbers belong to.
        matrices: the numbers, `[layer, head, query, key]`, of the layers and heads chosen.
        layers: which layers these are, counted from 0.
        heads: which heads these are, counted from 0.
        view: what the numbers are.
    """

    analysis: Analysis
    matrices: NDArray[np.float32]
    layers: tuple[int, ...]
    heads: tuple[int, ...]
    view: str

    @property
    def facts(self) -> dict[str, str]:
        """The facts that decide the content, in words."""
        told = visible(" ".join(self.analysis.told))
        return {
            "Text": visible(self.analysis.text),
            "Model": visible(self.analysis.model.name),
            "View": self.view,
            "Layers": " ".join(str(layer + 1) for layer in self.layers),
            "Heads": " ".join(str(head + 1) for head in self.heads),
            "Software": f"bertmask-tui {__version__}",
            # A file that was kept before there was something to tell does not say it.
            **({"Notes": told} if told else {}),
        }

    @property
    def digest(self) -> str:
        """A hash of the numbers."""
        return hashlib.sha256(np.ascontiguousarray(self.matrices).data).hexdigest()[:32]


@dataclass(frozen=True, slots=True, eq=False)
class PairData:
    """The content of a file of two runs.

    Attributes:
        a: the one.
        b: the other.
        pairs: which tokens of A and B stand for each other, their places counted from 0.
        told: everything that a reader must be told of both, a sentence each.
    """

    a: Data
    b: Data
    pairs: tuple[tuple[int, int], ...]
    told: tuple[str, ...]

    @property
    def facts(self) -> dict[str, str]:
        """The facts that decide the content, in words."""
        told = visible(" ".join(self.told))
        kept = ("Text", "Model", "View", "Layers", "Heads", "Software")
        return {
            **{name: self.a.facts[name] for name in kept},
            **{f"Other {name.lower()}": self.b.facts[name] for name in kept[:-1]},
            "Pairs": " ".join(f"{a + 1}-{b + 1}" for a, b in self.pairs),
            **({"Notes": told} if told else {}),
        }

    @property
    def digest(self) -> str:
        """A hash of both sides' numbers."""
        return hashlib.sha256(f"{self.a.digest} {self.b.digest}".encode()).hexdigest()[:32]


# npz


def npz_chunks(data: Data) -> Iterator[bytes]:
    """The file for numpy, in one piece: not compressed, so that it opens at once."""
    yield _npz(_npz_fields(data) | {"facts": json_text(data.facts | {DIGEST: data.digest})})


def npz_pair_chunks(pair: PairData) -> Iterator[bytes]:
    """The same of two runs: the fields of A, those of B with `other_` before, and `pairs`."""
    others = {f"other_{name}": value for name, value in _npz_fields(pair.b).items()}
    both = {
        "pairs": np.array(pair.pairs, dtype=np.int32).reshape(-1, 2),
        "facts": json_text(pair.facts | {DIGEST: pair.digest}),
    }
    yield _npz(_npz_fields(pair.a) | others | both)


def _npz(fields: Mapping[str, object]) -> bytes:
    file = io.BytesIO()
    np.savez(file, **fields)  # type: ignore[arg-type]
    return file.getvalue()


def _npz_fields(data: Data) -> dict[str, object]:
    analysis = data.analysis
    tokens, ranks = analysis.tokens, range(min(map(len, analysis.candidates), default=0))
    candidates = [[ranked[rank] for rank in ranks] for ranked in analysis.candidates]

    def of_candidates(name: str, kind: type) -> NDArray[np.generic]:
        values = [[getattr(candidate, name) for candidate in row] for row in candidates]
        return np.array(values, dtype=kind).reshape(len(candidates), len(ranks))

    return {
        "schema": SCHEMA,
        "attention": np.asarray(data.matrices, dtype=np.float32),
        "layers": np.array(data.layers, dtype=np.int32) + np.int32(1),
        "heads": np.array(data.heads, dtype=np.int32) + np.int32(1),
        "tokens": np.array([token.text for token in tokens], dtype=str),
        "shown": np.array([token.label for token in tokens], dtype=str),
        "token_ids": np.array([token.id for token in tokens], dtype=np.int32),
        "special": analysis.special,
        "starts": np.array([token.start for token in tokens], dtype=np.int32),
        "ends": np.array([token.end for token in tokens], dtype=np.int32),
        "words": np.array([token.word for token in tokens], dtype=np.int32),
        "sentences": np.array([token.sentence for token in tokens], dtype=np.int32),
        "masks": np.array(analysis.masks, dtype=np.int32),
        "candidate_tokens": of_candidates("token", str),
        "candidate_ids": of_candidates("id", np.int32),
        "candidate_probabilities": of_candidates("probability", np.float64),
        "candidate_logits": of_candidates("logit", np.float64),
        "candidate_sentences": of_candidates("sentence", str),
        "candidate_shown": of_candidates("label", str),
        "candidate_read_as": np.array(
            [[" ".join(one.read_as or ()) for one in row] for row in candidates], dtype=str
        ).reshape(len(candidates), len(ranks)),
        "text": analysis.text,
        "model": analysis.model.name,
        "model_type": analysis.model.type,
        "model_layers": np.int32(analysis.model.layers),
        "model_heads": np.int32(analysis.model.heads),
        "mask_token": analysis.model.mask_token,
        "view": data.view,
        "notes": np.array(analysis.told, dtype=str),
        "warnings": np.array(analysis.model.warnings, dtype=str),
        "interventions": np.array(
            [json_text(as_plain(one)) for one in analysis.interventions], dtype=str
        ),
        "means": analysis.means,
        "software": data.facts["Software"],
    }


def npz_metadata(path: Path) -> Mapping[str, str] | None:
    """The facts in an npz of this program, or None if it is none, or damaged."""
    if not path.is_file():
        return None
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as arrays:
            return _as_facts(json.loads(str(arrays["facts"])))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile, AttributeError, TypeError):
        return None


# json


def json_lines(data: Data) -> Iterator[bytes]:
    """The JSON file, piece by piece; its first line holds the facts."""
    analysis, model = data.analysis, data.analysis.model
    head = {
        "schema": SCHEMA,
        "software": data.facts["Software"],
        "text": analysis.text,
        "model": {
            "name": model.name, "type": model.type, "layers": model.layers, "heads": model.heads,
            "mask_token": model.mask_token,
        },
        "view": data.view,
        "notes": list(analysis.told),
        "warnings": list(analysis.model.warnings),
        "interventions": [as_plain(one) for one in analysis.interventions],
        "means": analysis.means,
        "tokens": [asdict(token) for token in analysis.tokens],
        "masks": list(analysis.masks),
        "candidates": [[_candidate(one) for one in ranked] for ranked in analysis.candidates],
        "layers": [layer + 1 for layer in data.layers],
        "heads": [head + 1 for head in data.heads],
    }  # fmt: skip
    yield b'{"facts": ' + _dump(data.facts | {DIGEST: data.digest}) + b",\n"
    for name, value in head.items():
        yield _dump(name) + b": " + _dump(value) + b",\n"
    yield b'"attention": ['
    for layer, heads in enumerate(data.matrices):
        yield b",\n[" if layer else b"\n["
        for head_, matrix in enumerate(heads):
            rows = ",\n".join(f"[{', '.join(row)}]" for row in _json_numbers(matrix))
            yield b"%s[\n%s\n]" % (b",\n" if head_ else b"", rows.encode())
        yield b"]"
    yield b"\n]}\n"


def json_metadata(path: Path) -> Mapping[str, str] | None:
    """The facts in a JSON file of this program, or None if it is none."""
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            line = file.readline(1 << 20)
        return _as_facts(json.loads(line.decode().strip().removesuffix(",") + "}")["facts"])
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return None


def _json_numbers(matrix: NDArray[np.float32]) -> list[list[str]]:
    """Weights as JSON writes them, which knows neither infinity nor what is no number."""
    rows = _written(matrix)
    if np.isfinite(matrix).all():
        return rows
    return [[cell if cell[-1].isdigit() else "null" for cell in row] for row in rows]


def _candidate(candidate: Candidate) -> dict[str, object]:
    return asdict(candidate)


def _dump(value: object) -> bytes:
    return json_text(value).encode()


# csv


def csv_lines(data: Data) -> Iterator[bytes]:
    """The table, piece by piece: a header, then every weight on a line."""
    told = " ".join(map(visible, data.analysis.told))
    yield _row((*COLUMNS, NOTES) if told else COLUMNS)
    noted, blank = (f",{_cell(told)}", ",") if told else ("", "")
    tokens = [visible(token.text) for token in data.analysis.tokens]
    # What csv quotes is quoted once, not once for every weight.
    names = [_cell(token) for token in tokens]
    keys = [f"{key},{name}" for key, name in enumerate(names)]
    for layer, heads in zip(data.layers, data.matrices, strict=True):
        for head, matrix in zip(data.heads, heads, strict=True):
            rows = [
                f"{layer + 1},{head + 1},{query},{names[query]},{key},{weight}{blank}\r\n"
                for query, weights in enumerate(_written(matrix))
                for key, weight in zip(keys, weights, strict=True)
            ]
            rows[0] = rows[0].removesuffix(f"{blank}\r\n") + f"{noted}\r\n"
            yield "".join(rows).encode()


def content_metadata(path: Path) -> Mapping[str, str] | None:
    """The one fact about a file that has no room for facts: a hash of all that is in it."""
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            digest = hash_of(iter(lambda: file.read(1 << 20), b""))
    except OSError:
        return None
    return {CONTENT: digest, DIGEST: digest}


def hash_of(chunks: Iterable[bytes]) -> str:
    """A hash of all pieces in their order."""
    found = hashlib.sha256()
    for chunk in chunks:
        found.update(chunk)
    return found.hexdigest()[:32]


def _row(values: tuple[str, ...] | list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue().encode()


def _cell(value: str) -> str:
    """A value as it stands between two commas."""
    return _row([value]).decode().strip("\r\n") or '""'


def _written(matrix: NDArray[np.float32]) -> list[list[str]]:
    """Each weight in the fewest digits that give the same float32 again, `[query, key]`."""
    written: list[list[str]] = matrix.astype(np.float32).astype(str).tolist()
    return written


def _as_facts(found: object) -> dict[str, str] | None:
    if not isinstance(found, dict):
        return None
    return {str(name): str(fact) for name, fact in found.items()}
