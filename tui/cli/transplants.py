"""The shares of transplanted heads, as a table, JSON or CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.cli.output import print_json, say, table_console
from tui.cli.progress import progress_of
from tui.cli.share_cells import share_cell, share_meaning, share_number, way_facts
from tui.experiments.transplant import Transplants, transplant_heads
from tui.experiments.way import find_pairs
from tui.lazy import np

if TYPE_CHECKING:
    from tui.analysis.columns import HeadIndex
    from tui.experiments.way import Way
    from tui.model.language_model import LanguageModel


def print_transplants(
    model: LanguageModel,
    text: str,
    source: str,
    tokens: tuple[int, int] | None,
    *,
    sort: str,
    top: int | None,
    form: str,
) -> None:
    """Transplant each head alone, and print the shares.

    Args:
        model: the model.
        text: the sentence that is changed.
        source: the sentence that the outputs come from.
        tokens: the words, by their numbers in the vocabulary; None for the first candidates.
        sort: what heads are ranked by: `effect`, which is the share, its `size`, or the `head`.
        top: how many heads are printed; None for all.
        form: `json`, `csv` or `table`.
    """
    pairs, paired = find_pairs(model, text, source)
    with progress_of("transplanting heads") as progress:
        found = transplant_heads(model, text, source, tokens=tokens, pairs=pairs, progress=progress)
    found = replace(found, told=(*found.told, paired))
    order = _order(found, sort)[:top]
    if form == "json":
        print_json(as_data(found, order))
        return
    say(found.told)
    if form == "csv":
        say([share_meaning(found.way)])
        print(as_table(found, order), end="")
        return
    print_table(found, order)


def _order(found: Transplants, sort: str) -> list[HeadIndex]:
    """The heads, (layer, head), in the order asked for."""
    places = [(int(layer), int(head)) for layer, head in np.ndindex(found.shares.shape)]
    if sort == "head":
        return places
    numbers = np.abs(found.shares) if sort == "size" else found.shares
    return sorted(places, key=lambda place: -numbers[place])


def way_as_data(way: Way, said: str, told: tuple[str, ...]) -> dict[str, object]:
    """The way between two sentences' answers in plain types; tokens are counted from 1."""
    return {
        "text": way.text,
        "source": way.source,
        "model": way.model,
        **way_facts(way),
        "meaning": said,
        "pairs": [[here + 1, there + 1] for here, there in way.pairs],
        "notes": list(told),
    }


def as_data(found: Transplants, order: list[HeadIndex]) -> dict[str, object]:
    """The shares in plain types; layers, heads and tokens are counted from 1."""
    return {
        **way_as_data(found.way, found.said, found.told),
        "heads": [
            {"layer": layer + 1, "head": head + 1, "share": float(found.shares[layer, head])}
            for layer, head in order
        ],
    }


def as_table(found: Transplants, order: list[HeadIndex]) -> str:
    """The shares as CSV: a header, and a line a head; what is no number is left empty.

    The words, the direction and the pairs of tokens, `1-1 2-3`, are the same on each line.
    """
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    pairs = " ".join(f"{here + 1}-{there + 1}" for here, there in found.way.pairs)
    facts = way_facts(found.way) | {"pairs": pairs}
    writer.writerow(("layer", "head", "share", *facts))
    for layer, head in order:
        share = share_number(float(found.shares[layer, head]))
        writer.writerow((layer + 1, head + 1, share, *facts.values()))
    return lines.getvalue()


def print_table(found: Transplants, order: list[HeadIndex]) -> None:
    """Print what was measured, and a line a head."""
    from rich.box import SIMPLE
    from rich.table import Table
    from rich.text import Text

    console = table_console()
    console.print(Text(f"Each head alone: {found.said}", style="bold"), soft_wrap=True)
    table = Table(box=SIMPLE, pad_edge=False)
    for name in ("layer", "head"):
        table.add_column(name, justify="right", style="bold", no_wrap=True)
    table.add_column("share", justify="right", no_wrap=True)
    for place in order:
        table.add_row(str(place[0] + 1), str(place[1] + 1), share_cell(found.shares[place]))
    console.print(table)
