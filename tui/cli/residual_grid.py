"""The shares of transplanted layers' inputs, as a grid of tokens by layers, JSON or CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.cli.output import print_json, say, table_console
from tui.cli.progress import progress_of
from tui.cli.share_cells import share_cell, share_meaning, share_number, way_facts
from tui.cli.transplants import way_as_data
from tui.experiments.residual import ResidualTransplants, transplant_residual
from tui.experiments.way import find_pairs
from tui.lazy import np
from tui.text import visible

if TYPE_CHECKING:
    from tui.model.language_model import LanguageModel


def print_residual(
    model: LanguageModel,
    text: str,
    source: str,
    tokens: tuple[int, int] | None,
    *,
    form: str,
) -> None:
    """Transplant alone what goes into each layer at each token, and print the shares.

    Args:
        model: the model.
        text: the sentence that is changed.
        source: the sentence that it comes from.
        tokens: the words, by their numbers in the vocabulary; None for the first candidates.
        form: `json`, `csv` or `table`.
    """
    pairs, paired = find_pairs(model, text, source)
    with progress_of("transplanting between layers") as progress:
        found = transplant_residual(
            model, text, source, tokens=tokens, pairs=pairs, progress=progress
        )
    found = replace(found, told=(*found.told, paired))
    if form == "json":
        print_json(as_data(found))
        return
    say(found.told)
    if form == "csv":
        say([share_meaning(found.way)])
        print(as_table(found), end="")
        return
    print_grid(found)


def as_data(found: ResidualTransplants) -> dict[str, object]:
    """The shares in plain types; layers and tokens are counted from 1."""
    way = found.way
    return {
        **way_as_data(way, found.said, found.told),
        "tokens": list(way.labels),
        "source_tokens": list(way.source_labels),
        "places": [
            {"layer": layer + 1, "token": token + 1, "share": float(found.shares[layer, token])}
            for layer, token in np.ndindex(found.shares.shape)
        ],
    }


def as_table(found: ResidualTransplants) -> str:
    """The shares as CSV: a header, and a line a place; what is no number is left empty.

    The words and the direction are the same on each line.
    """
    lines, partners = io.StringIO(), dict(found.way.pairs)
    writer = csv.writer(lines, lineterminator="\n")
    facts = way_facts(found.way)
    writer.writerow(("layer", "token", "piece", "source_token", "source_piece", "share", *facts))
    for layer, token in np.ndindex(found.shares.shape):
        partner = partners.get(token)
        there = ("", "") if partner is None else (partner + 1, found.way.source_labels[partner])
        share = share_number(float(found.shares[layer, token]))
        writer.writerow(
            (layer + 1, token + 1, found.way.labels[token], *there, share, *facts.values())
        )
    return lines.getvalue()


def print_grid(found: ResidualTransplants) -> None:
    """Print what was measured, and a line a token, with a column for what goes into each layer."""
    from rich.box import SIMPLE
    from rich.table import Table
    from rich.text import Text

    console, way = table_console(), found.way
    partners = dict(way.pairs)
    title = f"What goes into each layer at each token: {found.said}"
    console.print(Text(title, style="bold"), soft_wrap=True)
    table = Table(box=SIMPLE, pad_edge=False)
    table.add_column("token", style="bold", no_wrap=True)
    table.add_column("from", no_wrap=True)
    for layer in range(len(found.shares)):
        table.add_column(str(layer + 1), justify="right", no_wrap=True)
    for token, label in enumerate(way.labels):
        there = way.source_labels[partners[token]] if token in partners else ""
        table.add_row(
            Text(visible(label)), Text(visible(there)), *map(share_cell, found.shares[:, token])
        )
    console.print(table)
