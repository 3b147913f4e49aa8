"""What is computed of all heads, beside the model: seconds as JSON.

Called with what to measure, the model's folder, the number of tokens and the number of passes.
Rests before each pass as the bare one does.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.sentences import PAUSE, WARM_UP, sentence
from tui.analysis.analysis import Analysis
from tui.analysis.head_statistics import compute_head_statistics
from tui.analysis.wanted import Target, WantedQuantities
from tui.model.derivation import derive
from tui.model.engine import EngineQuestion, EngineRow, new_array
from tui.model.masked_lm import MaskedLM
from tui.query.context import QueryContext
from tui.query.evaluation import find

QUERY = "prev > .{n} and sep < .2 or mask->{word} > .1 and layer in 3..9 and entropy < 2"


def _statistics(_: MaskedLM, analysis: Analysis, __: int) -> Callable[[], object]:
    tokens = [token.text for token in analysis.tokens]
    return lambda: compute_head_statistics(
        analysis.attention, analysis.peaks, analysis.roles, tokens
    )


def _query(_: MaskedLM, analysis: Analysis, number: int) -> Callable[[], object]:
    heads = QueryContext.of(analysis, mask=analysis.masks[0])
    word = next(token.text for token in analysis.tokens if not token.special)
    return lambda: find(QUERY.format(n=number + 1, word=word), heads)


def _filter(_: MaskedLM, analysis: Analysis, number: int) -> Callable[[], object]:
    """The same query, written by hand."""
    numbers, weights = analysis.statistics.numbers, analysis.attention
    layer = np.arange(1, len(weights) + 1)[:, np.newaxis]
    mask = analysis.masks[0]
    return lambda: (
        (numbers["prev"] > float(f".{number + 1}")) & (numbers["sep"] < 0.2)
        | (weights[:, :, mask, 1] > 0.1) & (layer >= 3) & (layer <= 9) & (numbers["entropy"] < 2)
    )


def _pass(model: MaskedLM, analysis: Analysis, wanted: WantedQuantities) -> Callable[[], object]:
    """One forward pass with what is wanted of it, without the tokenizer and the candidates."""
    encoded = model.encoder.encode(analysis.text)
    special, firsts = analysis.special, analysis.firsts

    def run() -> object:
        row = EngineRow(encoded.inputs, analysis.masks, np.empty_like(analysis.attention))
        question = EngineQuestion([row], values=wanted.values, gradient=wanted.gradient)
        [answer] = model.engine.run(question)
        return derive(
            answer, row.attention, wanted, special=special, firsts=firsts, allocate=new_array,
            spell=str,
        )  # fmt: skip

    return run


def _values(model: MaskedLM, analysis: Analysis, _: int) -> Callable[[], object]:
    return _pass(model, analysis, WantedQuantities(values=True))


def _gradient(model: MaskedLM, analysis: Analysis, _: int) -> Callable[[], object]:
    return _pass(model, analysis, WantedQuantities(gradient=Target()))


MEASURES = {
    "statistics": _statistics,
    "query": _query,
    "filter": _filter,
    "values": _values,
    "gradient": _gradient,
}


def main() -> None:
    """Time one of them."""
    what, folder, tokens, passes = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    model = MaskedLM.load(folder, offline=True)
    seconds = []
    for number in range(WARM_UP + passes):
        text, _ = sentence(tokens, number)
        measured = MEASURES[what](model, model.analyze(text), number)
        time.sleep(PAUSE)
        began = time.perf_counter()
        measured()
        seconds.append(time.perf_counter() - began)
    print(json.dumps(seconds[WARM_UP:]))


if __name__ == "__main__":
    main()
