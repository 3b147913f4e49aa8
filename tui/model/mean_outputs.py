"""Each head's mean output over reference sentences: computed once for a model, and kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tui.errors import Cancelled
from tui.model.engine import EngineQuestion, EngineRow, new_array
from tui.model.interventions import HeadMeans, TokenKind, kinds

if TYPE_CHECKING:
    from tui.model.masked_lm import MaskedLM

REFERENCE = Path(__file__).parent / "reference_sentences.txt"
"""The sentences that ship with the package, one a line."""


def compute_means(
    model: MaskedLM,
    texts: Sequence[str],
    *,
    of: str = "",
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> HeadMeans:
    """Each head's mean output over all tokens of a kind in some sentences.

    Args:
        model: the model.
        texts: the sentences.
        of: which sentences these are, in words.
        progress: told how many are done, and of how many.
        cancelled: asked before each; once it is true, `Cancelled` is raised.

    Raises:
        Cancelled: it was given up.
        UserError: the model cannot read one of them, or its heads' outputs cannot be seen.
    """
    sums: np.ndarray | None = None
    counts = np.zeros(len(TokenKind))
    for done, text in enumerate(texts):
        if cancelled():
            raise Cancelled
        encoded = model.encoder.encode(text)
        shape = (model.info.layers, model.info.heads, len(encoded.ids), len(encoded.ids))
        row = EngineRow(encoded.inputs, (), new_array(shape))
        [answer] = model.engine.run(EngineQuestion([row], cancelled=cancelled, outputs=True))
        outputs = answer.outputs  # (layer, head, query, head size)
        assert outputs is not None
        if sums is None:
            sums = np.zeros((len(TokenKind), *outputs.shape[:2], outputs.shape[-1]))
        found = kinds(encoded.tokens)
        for kind in TokenKind:
            sums[kind] += outputs[:, :, found == kind].sum(axis=2, dtype=np.float64)
            counts[kind] += np.count_nonzero(found == kind)
        progress(done + 1, len(texts))
    assert sums is not None
    means = sums / np.maximum(counts, 1)[:, None, None, None]
    return HeadMeans(means.astype(np.float32), len(texts), of)


def find_means(
    model: MaskedLM, progress: Callable[[int, int], None], cancelled: Callable[[], bool]
) -> HeadMeans:
    """The means of a model: those that ship with it, else computed over the reference sentences.

    Args and errors are those of `compute_means`.
    """
    texts = REFERENCE.read_text(encoding="utf-8").splitlines()
    of = "the sentences that ship with the package"
    return compute_means(model, texts, of=of, progress=progress, cancelled=cancelled)
