"""`bertmask-tui heads`: every head's statistics and label, as a table or as JSON."""

from __future__ import annotations

import json
import math
import sys
from typing import TYPE_CHECKING

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tui.analysis.analysis import Analysis
from tui.analysis.columns import COLUMNS, HEAD, IMPORTANCE, LIKENESS, HeadIndex, numbers_of, ranked
from tui.analysis.wanted import Target, WantedQuantities
from tui.errors import RequestError
from tui.lazy import np
from tui.model.masked_lm import MaskedLM
from tui.query.grammar import QueryError
from tui.session.search import HeadSearch
from tui.text import clean, visible
from tui.widgets.heads.heads_table import number

if TYPE_CHECKING:
    from numpy.typing import NDArray


def heads(
    text: str,
    *,
    model: str,
    where: str,
    sort: str,
    like: tuple[int, int] | None,
    as_json: bool,
    offline: bool,
) -> None:
    """Print what each head does in a text.

    Args:
        text: a sentence, with or without a mask.
        model: the model's name or folder.
        where: a query that the heads must meet; empty for all.
        sort: the name of the column that they are ranked by.
        like: the layer and head, counted from 1, that likeness is measured to.
        as_json: print JSON instead of a table.
        offline: never use the network.

    Raises:
        RequestError: the text is empty or too long, a name or the query is wrong, or there is no
            such head.
        ModelError: the model cannot be loaded or run.
    """
    if not clean(text):
        raise RequestError("There is no text: give a sentence.")
    column = next((column for column in COLUMNS if column.name == sort), None)
    if column is None:
        raise RequestError(
            f"There is nothing called {sort} to sort by; "
            f"there are: {', '.join(column.name for column in OFFERED)}."
        )
    if column is LIKENESS and like is None:
        raise RequestError("To sort by unlike, say to which head: --like 2.5.")
    loaded = MaskedLM.load(model, offline=offline)
    if like is not None:
        _check_head(loaded, like)
    wanted = WantedQuantities(
        gradient=Target() if column is IMPORTANCE or IMPORTANCE.name in where else None,
        likeness=None if like is None else (like[0] - 1, like[1] - 1),
    )
    analysis = loaded.analyze(text, top_k=1, wanted=wanted)
    for reason in analysis.derived.missing.values():
        raise RequestError(reason)
    mask = analysis.masks[0] if analysis.masks else None
    search = HeadSearch()
    try:
        search.ask(where, analysis, mask, None)
    except QueryError as error:
        raise RequestError(f"--where {where!r}: {error}") from error
    known = numbers_of(analysis)
    among = np.ones(analysis.attention.shape[:2], bool) if search.found is None else search.found
    order = ranked(column, None if column is HEAD else known[column.name], among)
    notes = [*analysis.notes, *search.notes]
    if as_json:
        print(json.dumps(as_data(analysis, known, order, notes), ensure_ascii=False, indent=2))
        return
    for note in notes:
        print(f"bertmask-tui: {visible(note)}", file=sys.stderr)
    print_table(analysis, known, order)


OFFERED = [column for column in COLUMNS if column.name != "to_cursor"]
"""What can be sorted by where there is no cursor."""


def _check_head(model: MaskedLM, like: tuple[int, int]) -> None:
    layer, head = like
    if not (1 <= layer <= model.info.layers and 1 <= head <= model.info.heads):
        raise RequestError(
            f"There is no layer {layer}, head {head}: {model.info.name} has layers 1 to "
            f"{model.info.layers}, heads 1 to {model.info.heads}."
        )


def as_data(
    analysis: Analysis,
    known: dict[str, NDArray[np.float32]],
    order: list[HeadIndex],
    notes: list[str],
) -> dict[str, object]:
    """The heads in plain types; layers and heads are counted from 1, no number is null."""
    labels = analysis.statistics.labels

    def plain(value: float) -> float | None:
        return None if math.isnan(value) else value

    return {
        "text": analysis.text,
        "model": analysis.model.name,
        "tokens": [token.text for token in analysis.tokens],
        "notes": notes,
        "meanings": {column.name: column.meaning for column in COLUMNS if column.name in known},
        "heads": [
            {
                "layer": layer + 1,
                "head": head + 1,
                "label": str(labels[layer, head]) if (layer, head) in labels else None,
                **{name: plain(float(values[layer, head])) for name, values in known.items()},
            }
            for layer, head in order
        ],
    }


def print_table(
    analysis: Analysis, known: dict[str, NDArray[np.float32]], order: list[HeadIndex]
) -> None:
    """Print a line a head; a pipe gets whole lines, whatever the width of the terminal."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 10_000)
    table = Table(box=SIMPLE, pad_edge=False)
    for name in ("layer", "head"):
        table.add_column(name, justify="right", style="bold", no_wrap=True)
    table.add_column("label", no_wrap=True)
    for name in known:
        table.add_column(name, justify="right", no_wrap=True)
    for layer, head in order:
        table.add_row(
            str(layer + 1),
            str(head + 1),
            Text(visible(str(analysis.statistics.labels.get((layer, head), "")))),
            *(number(float(values[layer, head])) for values in known.values()),
        )
    console.print(table)
