"""Two runs as an example in the notes: both sentences, one arrow in either, the head's change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tui.analysis.comparison import CHANGE, Comparison
from tui.evidence.compared import pair_named, run_named
from tui.evidence.note_example import example
from tui.evidence.pictures import Picture
from tui.lazy import np
from tui.storage.notebook import NoteExample
from tui.text import visible


def pair_example(
    picture: Picture, name: str, cell: tuple[int, int], experiments: Sequence[str] = ()
) -> NoteExample:
    """A head and two runs as a note shows them; its statistics and fillings are A's.

    Args:
        picture: the head of A less that of B.
        name: the picture's file, in the folder of the notes.
        cell: the arrow that is read out: row and column of both together, counted from 0.
        experiments: what was cut and what came of it, a sentence each.
    """
    comparison = picture.comparison
    assert comparison is not None
    own = example(picture, name, cell[0], experiments)
    a, b = comparison.a.analysis, comparison.b.analysis
    where, *measured = own.measured
    return replace(
        own,
        pair=pair_named(comparison),
        other=b.text,
        compared=(
            f"A is {run_named(a, b)}",
            f"B is {run_named(b, a)}",
            _arrow(comparison, picture.layer, picture.head, cell),
            *_change(comparison, picture.layer, picture.head),
        ),
        measured=(where, *(f"In A: {sentence}" for sentence in measured)),
        told=picture.told,
    )


def _arrow(comparison: Comparison, layer: int, head: int, cell: tuple[int, int]) -> str:
    """The weight of one arrow in A and in B, as the model has it, and its difference."""
    weights = [float(side(layer, head)[cell]) for side in (comparison.side_a, comparison.side_b)]
    query, key = (visible(comparison.labels[at]) for at in cell)
    a, b = (f"{weight:.3f}" if np.isfinite(weight) else "no number" for weight in weights)
    change = weights[0] - weights[1]
    less = f"; A − B: {change:+.3f}" if np.isfinite(change) else ""
    return f"“{query}” → “{key}” weighs {a} in A, {b} in B{less}."


def _change(comparison: Comparison, layer: int, head: int) -> list[str]:
    """How much the head differs; nothing where heads cannot be compared."""
    if comparison.refusal or not np.isfinite(change := float(comparison.changes()[layer, head])):
        return []
    return [f"The head's change is {change:.4f}: {CHANGE}"]
