"""`bertmask-tui predict --cut`: the candidates with heads cut, beside those of the whole model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.analysis.columns import NO_NUMBER
from tui.cli.candidate_table import candidate_data, print_stripped, read_as, share, title_of
from tui.cli.output import print_json, say, table_console
from tui.cli.words import print_words, with_words
from tui.experiments.changed_candidates import ChangedCandidate, Standing, changed_candidates
from tui.experiments.words import score_words
from tui.text import visible

if TYPE_CHECKING:
    from tui.analysis.analysis import Analysis
    from tui.analysis.interventions import Interventions
    from tui.model.masked_lm import MaskedLM


def run(
    model: MaskedLM,
    text: str,
    interventions: Interventions,
    *,
    words: Sequence[str],
    top_k: int,
    as_json: bool,
) -> None:
    """Print the candidates.

    Args:
        model: the model.
        text: a sentence with masks.
        interventions: what is changed.
        words: words of one's own, scored in both runs.
        top_k: how many candidates of each run there are at a mask.
        as_json: print JSON.
    """
    analysis, found = changed_candidates(model, text, interventions, top_k=top_k)
    now = score_words(model, text, words, interventions=interventions) if words else ()
    before = score_words(model, text, words) if words else ()
    if as_json:
        print_json(with_words(as_data(analysis, found), now, before))
        return
    say(analysis.told)
    print_tables(analysis, found)
    print_words(now, before)


def as_data(
    analysis: Analysis, found: tuple[tuple[ChangedCandidate, ...], ...]
) -> dict[str, object]:
    """The candidates in plain types, as `predict` has them, with those of the whole model."""
    return {
        "text": analysis.text,
        "model": analysis.model.name,
        "notes": list(analysis.told),
        "masks": [
            {
                "position": position,
                "candidates": [
                    candidate_data(one.candidate)
                    | _standing(one.now)
                    | {"before": _standing(one.before)}
                    for one in candidates
                ],
            }
            for position, candidates in zip(analysis.masks, found, strict=True)
        ],
    }


def _standing(of: Standing) -> dict[str, object]:
    rank = None if math.isnan(of.rank) else int(of.rank)
    return {"probability": of.probability, "logit": of.logit, "rank": rank}


def print_tables(analysis: Analysis, found: tuple[tuple[ChangedCandidate, ...], ...]) -> None:
    """Print one table a mask."""
    from rich.box import SIMPLE
    from rich.table import Table
    from rich.text import Text

    console = table_console()
    for order, (position, candidates) in enumerate(
        zip(analysis.masks, found, strict=True), start=1
    ):
        console.print(Text(title_of(analysis, order, position), style="bold"))
        table = Table(box=SIMPLE, pad_edge=False)
        for name in ("rank", "", "cut", "before", "places"):
            left = not name
            table.add_column(
                name, justify="left" if left else "right", style="bold" if left else "",
                no_wrap=True,
            )  # fmt: skip
        table.add_column()
        for one in candidates:
            table.add_row(
                NO_NUMBER if math.isnan(one.now.rank) else f"{one.now.rank:,.0f}",
                Text(visible(one.candidate.label)),
                share(one.now.probability),
                share(one.before.probability),
                _places(one.risen),
                Text(visible(one.candidate.sentence + read_as(one.candidate))),
            )
        print_stripped(console, table)


def _places(risen: int | None) -> str:
    """How many places a candidate has risen, with its sign; nothing if it stayed."""
    return NO_NUMBER if risen is None else f"{risen:+,}" if risen else "="
