"""The parts that tables and JSON of candidates have in common."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from tui.analysis.columns import NO_NUMBER
from tui.session.filling import OTHERWISE
from tui.text import mask_named

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from tui.analysis.analysis import Analysis, Candidate


def candidate_data(candidate: Candidate) -> dict[str, object]:
    """A candidate in plain types."""
    return {
        "token": candidate.token,
        "probability": candidate.probability,
        "logit": candidate.logit,
        "sentence": candidate.sentence,
        "shown": candidate.label,
        "read_as": candidate.read_as,
    }


def read_as(candidate: Candidate) -> str:
    """The words behind a sentence that is not the one that was scored."""
    if candidate.read_as is None:
        return ""
    return f"  {OTHERWISE} what was scored: read as {' '.join(candidate.read_as) or 'nothing'}"


def title_of(analysis: Analysis, order: int, position: int) -> str:
    """The line above a mask's candidates; masks are counted from 1."""
    named = mask_named(order - 1, len(analysis.masks))
    return f"{named}, word piece {position + 1} of {len(analysis.tokens)}"


def share(probability: float) -> str:
    """A probability as tables have it."""
    return f"{probability:.3f}" if isfinite(probability) else NO_NUMBER


def print_stripped(console: Console, table: Table) -> None:
    """Print a table without what pads its last column: what reads a pipe has no use for it."""
    with console.capture() as printed:
        console.print(table)
    print("\n".join(line.rstrip() for line in printed.get().splitlines()))
