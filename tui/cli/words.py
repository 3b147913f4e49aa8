"""Words of one's own behind the candidates of `bertmask-tui predict`: as a table, or as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from math import isfinite
from typing import TYPE_CHECKING

from tui.analysis.columns import NO_NUMBER
from tui.cli.candidate_table import print_stripped
from tui.cli.output import table_console
from tui.text import MASK, visible

if TYPE_CHECKING:
    from tui.experiments.words import ScoredWord


def with_words(
    data: dict[str, object], found: Sequence[ScoredWord], before: Sequence[ScoredWord] = ()
) -> dict[str, object]:
    """The candidates in plain types with scored words beside them, if there are any.

    Words are scored at the first mask; masks count from 1.

    Args:
        data: the candidates.
        found: the words.
        before: the same words in the whole model, if something is changed.
    """
    if not found:
        return data
    notes = data["notes"]
    assert isinstance(notes, list)
    return {
        **data,
        "notes": [*notes, *words_notes(found)],
        "words": [
            {"word": one.word, "pieces": list(one.pieces), "mask": 1, **_standing(one)}
            | ({"before": _standing(whole)} if whole else {})
            for one, whole in zip_longest(found, before)
        ],
    }


def _standing(one: ScoredWord) -> dict[str, object]:
    return {
        "log_probability": one.log_probability,
        "probability": one.probability,
        "rank": one.rank,
    }


def words_notes(found: Sequence[ScoredWord]) -> tuple[str, ...]:
    """The sentences that whoever reads scored words has to know."""
    from tui.experiments.words import NO_COMPARISON

    return (NO_COMPARISON,) if len({len(one.pieces) for one in found}) > 1 else ()


def print_words(found: Sequence[ScoredWord], before: Sequence[ScoredWord] = ()) -> None:
    """Print a line a word, and what is to be known of them; args are those of `with_words`."""
    if not found:
        return
    from rich.box import SIMPLE
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE, pad_edge=False)
    table.add_column("word", style="bold", no_wrap=True)
    names = ("log p", "p", "rank")
    for name in (*names, *(f"{name} before" for name in names if before)):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("pieces")
    for one, whole in zip_longest(found, before):
        table.add_row(
            Text(visible(one.word)),
            *_cells(one),
            *(_cells(whole) if whole else ()),
            Text(visible(" ".join(one.pieces))),
        )
    console = table_console()
    console.print(Text(f"Words at the first {MASK}", style="bold"))
    print_stripped(console, table)
    for note in words_notes(found):
        print(note)


def _cells(one: ScoredWord) -> tuple[str, str, str]:
    is_number = isfinite(one.log_probability)
    return (
        f"{one.log_probability:.2f}" if is_number else NO_NUMBER,
        f"{one.probability:.2g}" if is_number else NO_NUMBER,
        NO_NUMBER if one.rank is None else f"{one.rank:,}",
    )
