"""Many texts through the model: those of like length in one forward pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tui.analysis.analysis import Analysis
from tui.analysis.interventions import NONE, Interventions
from tui.analysis.wanted import WEIGHTS_ALONE, WantedQuantities
from tui.errors import UserError
from tui.model.language_model import LanguageModel

TOKENS_A_PASS = 512
"""Word pieces of a forward pass, padding included: more make it no faster, only larger."""

Answer = Analysis | UserError
"""A text's analysis, or the reason why there is none."""


def analyze_all(
    model: LanguageModel,
    texts: Sequence[str],
    *,
    top_k: int = 10,
    layer: int = 0,
    wanted: WantedQuantities = WEIGHTS_ALONE,
    interventions: Interventions = NONE,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[int, Answer]]:
    """Ask the model about many texts, the shortest first.

    Args:
        model: the model.
        texts: sentences, as `MaskedLM.analyze` takes them.
        top_k: how many candidates each mask gets.
        layer: the layer, counted from 0, that is held of a text too long for all of them.
        wanted: what is wanted beyond the attention weights.
        interventions: what is changed inside the model with each of them.
        cancelled: asked before each layer; once it is true, `Cancelled` is raised.

    Yields:
        For each text its place in the list, and its answer: an analysis, or the error that the
        text alone would have given.
    """
    lengths: list[tuple[int, int]] = []
    for place, text in enumerate(texts):
        try:
            lengths.append((model.count_tokens(text), place))
        except UserError as error:
            yield place, error
    for batch in _batches(sorted(lengths)):
        answers = model.analyze_batch(
            [texts[place] for place in batch],
            top_k=top_k,
            layer=layer,
            wanted=wanted,
            interventions=[interventions] * len(batch),
            cancelled=cancelled,
        )
        yield from zip(batch, answers, strict=True)


def _batches(lengths: Sequence[tuple[int, int]]) -> Iterator[list[int]]:
    """Cut ascending lengths into passes, each padded to its last text's length."""
    batch: list[int] = []
    for length, place in lengths:
        if batch and (len(batch) + 1) * length > TOKENS_A_PASS:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch
