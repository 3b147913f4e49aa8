"""Keeping evidence: all heads as pictures, all on one page, and a list of sentences."""

from __future__ import annotations

import tempfile
import time
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks import exercise
from tests.benchmarks.figures import Figure
from tests.benchmarks.sentences import sentence

if TYPE_CHECKING:
    from tui.analysis.analysis import Analysis
    from tui.model.masked_lm import MaskedLM

LAYERS, HEADS = 12, 12
DRAWN = 12
"""Diagrams that the exercise's way is timed on: it takes a minute for all 144 of them."""
SENTENCES = 100


@cache
def answer(tokens: int) -> Analysis:
    """An answer of a model of bert-base's shape: attention like any, of a text of this length."""
    import numpy as np

    from tui.model.saved.read_npz import read_npz

    words = ["[CLS]", *(f"word{place}" for place in range(tokens - 3)), "[MASK]", "[SEP]"]
    weights = np.random.default_rng(0).dirichlet([0.3] * tokens, (LAYERS, HEADS, tokens))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.npz"
        np.savez(path, attention=weights.astype(np.float32), tokens=words)
        return read_npz(path)


def diagrams(tokens: int, run: int) -> list[float]:
    """Every head's diagram in a file, as `S` writes them."""
    from tui.evidence.export import ExportSelection, parts, to_folder

    analysis = answer(tokens)
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        wanted = [part for part in parts(analysis, ExportSelection()) if "Head" in part.name]
        wanted = [part for part in wanted if "AllHeads" not in part.name]
        saved = list(to_folder(Path(folder), wanted))
        seconds = time.perf_counter() - begun
        assert len(saved) == LAYERS * HEADS
        if run == 0:
            check_greys(analysis, saved[17].path, *divmod(17, HEADS))
    return [seconds]


def check_greys(analysis: Analysis, path: Path, layer: int, head: int) -> None:
    """Ours and the exercise's picture of a head have the same grey in every cell."""
    from PIL import Image

    from tui.render.diagram import Layout

    tokens = tuple(token.text for token in analysis.tokens)
    layout = Layout.of_tokens(tokens)
    with Image.open(path) as picture, tempfile.TemporaryDirectory() as folder:
        theirs = exercise.generate_diagram(
            Path(folder) / "x.png", tokens, analysis.attention[layer, head]
        )
        for query, row in enumerate(exercise.greys(theirs, len(tokens))):
            for key, grey in enumerate(row):
                x, y, _, _ = layout.box(query, key)
                assert picture.getpixel((x + 1, y + 1)) == (grey,) * 3, (query, key)


def the_exercise_s_way(tokens: int, _: int) -> list[float]:
    """The exercise's diagrams of a layer, and from that all layers' time."""
    analysis = answer(tokens)
    words = [token.text for token in analysis.tokens]
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        for head in range(DRAWN):
            name = f"Attention_Layer1_Head{head + 1}.png"
            exercise.generate_diagram(Path(folder) / name, words, analysis.attention[0, head])
        seconds = time.perf_counter() - begun
    return [seconds * LAYERS * HEADS / DRAWN]


def sheet(tokens: int, _: int) -> list[float]:
    """All heads on one page, in a file."""
    from tui.evidence.export import ExportSelection, parts, to_folder

    analysis = answer(tokens)
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        wanted = [part for part in parts(analysis, ExportSelection()) if "AllHeads" in part.name]
        (saved,) = to_folder(Path(folder), wanted)
        seconds = time.perf_counter() - begun
        assert saved.path.is_file()
    return [seconds]


@cache
def model() -> MaskedLM:
    """The embedded model."""
    from tui.model.masked_lm import MaskedLM

    return MaskedLM.load()


@cache
def texts() -> list[str]:
    """Sentences of 8 to 31 word pieces, in no order."""
    return [sentence(8 + number * 7 % 24, number)[0] for number in range(SENTENCES)]


def batched(run: int) -> list[float]:
    """The list in passes of like length."""
    import numpy as np

    from tui.model.batches import analyze_all

    begun = time.perf_counter()
    found: dict[int, Any] = dict(analyze_all(model(), texts()))
    seconds = time.perf_counter() - begun
    if run == 0:
        for place, text in enumerate(texts()):
            alone = model().analyze(text).attention
            assert np.abs(found[place].attention - alone).max() <= 1e-5, text
    return [seconds]


def one_by_one(_: int) -> list[float]:
    """The list, one pass a sentence."""
    begun = time.perf_counter()
    for text in texts():
        model().analyze(text)
    return [time.perf_counter() - begun]


FIGURES = [
    Figure(
        "evidence.diagrams",
        "144 diagrams at 24 tokens",
        partial(diagrams, 24),
        partial(the_exercise_s_way, 24),
        lambda theirs: theirs / 10,
        "a tenth of the exercise's way",
    ),
    Figure(
        "evidence.sheet",
        "all 144 heads × 64 tokens on a page",
        partial(sheet, 64),
        partial(diagrams, 24),
        lambda all_: all_,
        "144 diagrams at 24 tokens",
    ),
    Figure(
        "evidence.list",
        "100 sentences in batches",
        batched,
        one_by_one,
        lambda alone: alone / 2,
        "half of one pass a sentence",
    ),
]
