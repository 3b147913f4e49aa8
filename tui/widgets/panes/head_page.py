"""The head at hand: what it does, its numbers, each at its place among all heads, and its note."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from tui.analysis.columns import table_number
from tui.analysis.head_words import head_in_words
from tui.lazy import np
from tui.text import ordinal, visible
from tui.widgets.text.answer_lines import place_of
from tui.widgets.text.fitting import align_left, fit, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from tui.session.session import Session

BINS = 8
"""Columns of the picture of how a number is spread over all heads."""

HEIGHTS = "▁▂▃▄▅▆▇█"
"""The signs of a bin, the lowest first."""

HERE = "reverse bold"
"""The style of the bin that holds this head: it is seen without colours too."""

_NAME = 10


def head_page(session: Session, width: int) -> Iterator[Text]:
    """The lines of the page, in so many columns.

    Args:
        session: the session, with an answer.
        width: columns there are.
    """
    answer, head = session.answer, session.head
    said = head_in_words(answer, head)
    yield from (Text(f" {line}") for line in wrap(visible(said), width - 2))
    yield Text()
    numbers = {**answer.statistics.numbers, **session.measured}
    for name, values in numbers.items():
        yield _number(name, values, head, width)
    for said in session.told_so_far:
        yield from (Text(f" {line}", style="italic") for line in wrap(said, width - 2))
    yield Text()
    claim = session.keeping.claim(head)
    note = f"note: {visible(claim)}" if claim else "no note yet: a writes one"
    for line in wrap(note, width - 2):
        yield Text(f" {line}", style="" if claim else "italic")


def _number(name: str, values: NDArray[np.float32], head: tuple[int, int], width: int) -> Text:
    """One number: its name, itself, its place among all heads, and its rank."""
    text = Text(f" {align_left(fit(name, _NAME), _NAME)}")
    text.append(f"{table_number(float(values[head])):>6} ", style="bold")
    for glyph, is_here in spread(values, head):
        text.append(glyph, style=HERE if is_here else "")
    if rank := place_of(values, head):
        place = f" {ordinal(rank)}"
        if text.cell_len + len(place) <= width:
            text.append(place)
    return text


def spread(values: NDArray[np.float32], head: tuple[int, int]) -> list[tuple[str, bool]]:
    """How all heads' numbers are spread, from the least to the largest, in `BINS` signs.

    Args:
        values: `[layer, head]`.
        head: the layer and head, counted from 0.

    Returns:
        Each bin's sign, higher for more heads, blank for none; and whether this head is in it.
    """
    known = values[np.isfinite(values)]
    own = float(values[head])
    if not known.size or not np.isfinite(own):
        return [(" ", False)] * BINS
    low, high = float(known.min()), float(known.max())
    if low == high:
        return [(HEIGHTS[-1], True), *[(" ", False)] * (BINS - 1)]
    counts, edges = np.histogram(known, bins=BINS, range=(low, high))
    here = min(int(np.searchsorted(edges, own, side="right")) - 1, BINS - 1)
    most = int(counts.max())
    return [
        (HEIGHTS[-(-count * (len(HEIGHTS) - 1) // most)] if count else " ", at == here)
        for at, count in enumerate(counts.tolist())
    ]
