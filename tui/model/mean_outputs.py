"""Each head's mean output over reference sentences: computed once for a checkpoint, and kept.

The means of the embedded model ship with it; `make_means` makes their file.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tui.errors import Cancelled, RequestError
from tui.model.batches import TOKENS_A_PASS
from tui.model.checkpoint_identity import checkpoint_identity
from tui.model.engine import EngineQuestion, EngineRow, new_array
from tui.model.folders import EMBEDDED_FOLDER
from tui.model.interventions import HeadMeans, TokenKind, kinds
from tui.model.means_file import kept_file, read_means, write_means

if TYPE_CHECKING:
    from tui.model.masked_lm import MaskedLM
    from tui.model.tokenizing.encoding import Encoded

REFERENCE = Path(__file__).parent / "reference_sentences.txt"
"""The sentences that ship with the package, one a line."""

EMBEDDED_MEANS = EMBEDDED_FOLDER / "means.npz"
"""The means of the embedded model."""

OF_REFERENCE = "the sentences that ship with the package"


def compute_means(
    model: MaskedLM,
    texts: Sequence[str],
    *,
    of: str = "",
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    cancelled: Callable[[], bool] = lambda: False,
    turn: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> HeadMeans:
    """Each head's mean output over all tokens of a kind in some sentences.

    Sentences of one length go through the model together, so that there is no padding. One that
    the model cannot read, such as one that is too long for it, is left out and not counted.

    Args:
        model: the model.
        texts: the sentences.
        of: which sentences these are, in words.
        progress: told how many are done, and of how many.
        cancelled: asked before each layer; once it is true, `Cancelled` is raised.
        turn: the model is run inside of this, each pass.

    Raises:
        Cancelled: it was given up.
        RequestError: the model can read none of them.
        ModelError: its heads' outputs cannot be seen.
    """
    by_length = defaultdict(list)
    with turn():  # a tokenizer serves one thread at a time too
        for text in texts:
            with suppress(RequestError):
                encoded = model.encode(text)
                by_length[len(encoded.ids)].append(encoded)
    count = sum(map(len, by_length.values()))
    if not count:
        raise RequestError("This model can read no sentence that means could be taken over.")
    sums: np.ndarray | None = None
    counts = np.zeros(len(TokenKind))
    done = 0
    for length, alike in sorted(by_length.items()):
        step = max(1, TOKENS_A_PASS // length)
        for start in range(0, len(alike), step):
            if cancelled():
                raise Cancelled
            batch = alike[start : start + step]
            with turn():
                outputs = head_outputs(model, batch, cancelled)  # (layer, head, token, head size)
            found = np.concatenate([kinds(one.tokens) for one in batch])  # (token,)
            if sums is None:
                sums = np.zeros((len(TokenKind), *outputs.shape[:2], outputs.shape[-1]))
            for kind in TokenKind:
                sums[kind] += outputs[:, :, found == kind].sum(axis=2, dtype=np.float64)
                counts[kind] += np.count_nonzero(found == kind)
            done += len(batch)
            progress(done, count)
    assert sums is not None
    means = sums / np.maximum(counts, 1)[:, None, None, None]
    return HeadMeans(means.astype(np.float32), count, of)


def head_outputs(
    model: MaskedLM, batch: Sequence[Encoded], cancelled: Callable[[], bool]
) -> np.ndarray:
    """The heads' outputs at all tokens of some texts, `[layer, head, token, head size]`."""
    rows = [
        # Of attention nothing is kept: an array of no layers.
        EngineRow(one.inputs, (), new_array((0, model.info.heads, len(one.ids), len(one.ids))))
        for one in batch
    ]
    answers = model.engine.run(EngineQuestion(rows, cancelled=cancelled, outputs=True))
    found = [answer.outputs for answer in answers if answer.outputs is not None]
    return np.concatenate(found, axis=2)


def find_means(
    model: MaskedLM,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    cancelled: Callable[[], bool] = lambda: False,
    turn: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> HeadMeans:
    """The means of a model over the reference sentences.

    They are those that ship with it, or those that were kept when they were computed before, if
    they are of these very weights and these sentences; else they are computed, and kept.

    Args and errors are those of `compute_means`.
    """
    identity = means_identity(model)
    kept = None if identity is None else kept_file(identity)
    if identity is not None and kept is not None:
        for path in (EMBEDDED_MEANS, kept):
            means = read_means(path, identity)
            if means is not None and means.outputs.shape[1:3] == (
                model.info.layers,
                model.info.heads,
            ):
                return means
    means = compute_means(
        model, reference_sentences(), of=OF_REFERENCE, progress=progress, cancelled=cancelled,
        turn=turn,
    )  # fmt: skip
    if identity is not None and kept is not None:
        with suppress(OSError):  # a home that cannot be written to costs time and nothing else
            write_means(kept, means, identity)
    return means


def reference_sentences() -> list[str]:
    """The sentences that means are taken over."""
    return REFERENCE.read_text(encoding="utf-8").splitlines()


def means_identity(model: MaskedLM) -> str | None:
    """All that a model's means depend on, as a line; None of a model that lies in no folder."""
    if model.source is None:
        return None
    folder, dtype = model.source
    try:
        checkpoint = checkpoint_identity(folder)
    except OSError:
        return None
    sentences = hashlib.sha256(REFERENCE.read_bytes()).hexdigest()
    return f"{checkpoint} {dtype} {sentences}"
