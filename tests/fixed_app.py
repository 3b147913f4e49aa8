"""The app with answers that never change, for pictures that are kept: `python tests/fixed_app.py`.

No model is loaded: weights are whole numbers over their sum, the same on every machine.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

from tui.analysis.analysis import Analysis, Candidate, ModelInfo, Token, token_roles
from tui.analysis.derived import DerivedQuantities, Gradient
from tui.analysis.head_statistics import compute_head_statistics
from tui.analysis.hiding import shown_peaks
from tui.analysis.interventions import NONE, Interventions
from tui.analysis.peaks import with_peaks
from tui.analysis.scales import ordinary_peaks
from tui.analysis.wanted import WEIGHTS_ALONE, Target, WantedQuantities
from tui.app import run
from tui.model.worker.client import ModelClient
from tui.model.worker.protocol import Analyzed, Event, Loaded
from tui.render.depth import Depth, detect
from tui.session.options import Options

PIECES = ("[CLS]", "the", "cat", "##s", "and", "[MASK]", "猫", "sat", ".", "[SEP]")
LAYERS, HEADS = 2, 2
INFO = ModelInfo("fixed", "bert", LAYERS, HEADS, 512, "[MASK]", 2)
TEXT = "the cats and [MASK] 猫 sat."


def answer(wanted: WantedQuantities = WEIGHTS_ALONE) -> Analysis:
    """Heads of every kind: a sink, a diagonal, a column, and one of everything."""
    count = len(PIECES)
    query, key = np.indices((count, count))
    sink = np.where(key == 0, 90 + query, 1 + (query * key) % 2)
    diagonal = np.maximum(12 - 4 * abs(query - key), 0) + 1
    column = np.where(key == 5, 20, 1 + (query + key) % 3)
    mixed = (7 * query + 3 * key) % 13 + 1
    raw = np.array([[mixed, diagonal], [column, sink]], dtype=np.float32)
    attention = raw / raw.sum(axis=-1, keepdims=True)
    special = np.array([piece in ("[CLS]", "[SEP]") for piece in PIECES])
    words = ("dog", "mouse", "bird", "man", "king")
    tokens = tuple(Token(p, n, bool(special[n]), 0, 0) for n, p in enumerate(PIECES))
    masks = (PIECES.index("[MASK]"),)
    peaks = ordinary_peaks(attention, special)
    return Analysis(
        text=TEXT,
        model=INFO,
        tokens=tokens,
        masks=masks,
        candidates=(
            tuple(
                Candidate(word, n, 0.5**n / 2, -float(n), TEXT.replace("[MASK]", word))
                for n, word in enumerate(words)
            ),
        ),
        attention=attention,
        peaks=peaks,
        shown_peaks=shown_peaks(attention, special),
        statistics=compute_head_statistics(
            attention, peaks, token_roles(TEXT, tokens, masks), PIECES
        ),
        derived=_derived(wanted, attention, special),
    )


def _derived(
    wanted: WantedQuantities, attention: np.ndarray, special: np.ndarray
) -> DerivedQuantities:
    """Numbers on both sides of 0 where a gradient is asked for."""
    if wanted.gradient is None:
        return DerivedQuantities(wanted=wanted)
    query, key = np.indices((len(PIECES), len(PIECES)))
    signs = ((5 * query + 7 * key) % 11 - 5) / 5
    products = (attention * signs).astype(np.float32)
    gradient = Gradient(
        Target(0, 0), "dog", products, products.sum(axis=1), products.sum(axis=(2, 3))
    )
    found = DerivedQuantities(wanted=wanted, gradient=gradient)
    return with_peaks(found, attention, special, np.arange(len(PIECES)))


class FixedClient(ModelClient):
    """Answers whatever it is asked with the same."""

    def listen(self, on_event: Callable[[Event], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_event = on_event
        self._loop.call_soon(on_event, Loaded(1, INFO))

    def analyze(
        self,
        text: str,
        *,
        top_k: int,
        layer: int = 0,
        wanted: WantedQuantities = WEIGHTS_ALONE,
        interventions: Interventions = NONE,
    ) -> int:
        self._next_id += 1
        assert self._loop
        assert self._on_event
        self._loop.call_soon(self._on_event, Analyzed(self._next_id, answer(wanted)))
        return self._next_id

    def cancel(self) -> bool:
        return False

    def close(self) -> None:
        self._on_event = None


def main() -> None:
    """Run the app in the depth that the environment says, or in that of `--color`."""
    asked = [word.partition("=")[2] for word in sys.argv if word.startswith("--color=")]
    depth = Depth(asked[0]) if asked else detect(os.environ)
    options = Options(text=TEXT, model="fixed", depth=depth, ascii_only="--ascii" in sys.argv)
    run(FixedClient(), options)


if __name__ == "__main__":
    main()
