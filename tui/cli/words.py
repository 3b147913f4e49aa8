"""Words of one's own behind the candidates of `bertmask-tui predict`: as a table, or as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING

from tui.analysis.columns import NO_NUMBER
from tui.cli.output import table_console
from tui.text import MASK, visible

if TYPE_CHECKING:
    from tui.experiments.words import ScoredWord


def with_words(data: dict[str, object], found: Sequence[ScoredWord]) -> dict[str, object]:
    """The candidates in plain types with scored words beside them, if there are any."""
    if not found:
        return data
    notes = data["notes"]
    assert isinstance(notes, list)
    return {
        **data,
        "notes": [*notes, *words_notes(found)],
        "words": [
            {
                "word": one.word,
                "pieces": list(one.pieces),
                "log_probability": one.log_probability,
                "probability": one.probability,
                "rank": one.rank,
            }
            for one in found
        ],
    }


def words_notes(found: Sequence[ScoredWord]) -> tuple[str, ...]:
    """The sentences that whoever reads scored words has to know."""
    from tui.experiments.words import NO_COMPARISON

    return (NO_COMPARISON,) if len({len(one.pieces) for one in found}) > 1 else ()


def print_words(found: Sequence[ScoredWord]) -> None:
    """Print a line a word, and what is to be known of them."""
    if not found:
        return
    from rich.box import SIMPLE
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE, pad_edge=False)
    table.add_column("word", style="bold", no_wrap=True)
    for name in ("log p", "p", "rank"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("pieces")
    for one in found:
        table.add_row(
            Text(visible(one.word)),
            f"{one.log_probability:.2f}" if isfinite(one.log_probability) else NO_NUMBER,
            f"{one.probability:.2g}" if isfinite(one.log_probability) else NO_NUMBER,
            NO_NUMBER if one.rank is None else f"{one.rank:,}",
            Text(visible(" ".join(one.pieces))),
        )
    console = table_console()
    console.print(Text(f"Words at the first {MASK}", style="bold"))
    console.print(table)
    for note in words_notes(found):
        print(note)
