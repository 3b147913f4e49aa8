"""The sentence on screen as an example in the notes: its picture, and what was measured."""

from __future__ import annotations

from collections.abc import Sequence

from tui.analysis.analysis import Analysis, Candidate
from tui.analysis.statistics import STATISTICS
from tui.evidence.pictures import Picture
from tui.lazy import np
from tui.storage.notebook import FilledSentence, NoteExample
from tui.text import MASK

BEST = 3
"""Filled-in sentences of each mask, and keys of a row, that a note names."""

LEAST = 0.0005
"""A smaller weight is 0.000 in three decimals, and not named."""


def example(
    picture: Picture, name: str, query: int, experiments: Sequence[str] = ()
) -> NoteExample:
    """A head and a sentence as a note shows them.

    Args:
        picture: the head, as it is looked at.
        name: the picture's file, in the folder of the notes.
        query: the row that is read out where the sentence has no mask.
        experiments: what was cut and what came of it, a sentence each.
    """
    analysis = picture.analysis
    rows = picture.units.masks or (query,)
    shown = f"{picture.numbers}, {picture.scale.name} scale"
    return NoteExample(
        sentence=analysis.text,
        picture=name,
        shown=shown,
        measured=(
            f"{analysis.model.name}, {shown}: {picture.full_said}.",
            *_measured(analysis, picture.layer, picture.head),
            # A row outside the part of a pair that is shown has no numbers.
            *(
                _strongest(picture, row)
                for row in rows
                if picture.comparison is None and not np.isnan(picture.weights[row]).all()
            ),
        ),
        filled=tuple(
            filled(analysis, mask, candidate)
            for mask, ranked in enumerate(analysis.candidates)
            for candidate in ranked[:BEST]
        ),
        told=analysis.told,
        experiments=experiments,
    )


def filled(analysis: Analysis, mask: int, candidate: Candidate) -> FilledSentence:
    """A candidate in its sentence, and where it stands there.

    Args:
        analysis: the answer that it belongs to.
        mask: which mask it is for, counted from 0.
        candidate: the candidate.
    """
    parts = analysis.text.split(MASK)
    before, after = MASK.join(parts[: mask + 1]), MASK.join(parts[mask + 1 :])
    sentence = candidate.sentence
    # Spaces beside the mask go, or come, as the word piece wants them.
    before = before if sentence.startswith(before) else before.rstrip()
    rest = sentence[len(before) :]
    after = after if rest.endswith(after) else after.lstrip()
    filler = rest[: len(rest) - len(after)]
    bare = filler.strip()
    start = filler.index(bare)
    return FilledSentence(
        before + filler[:start], bare, filler[start + len(bare) :] + after, candidate.probability
    )


def _measured(analysis: Analysis, layer: int, head: int) -> list[str]:
    """A head's label, if it earned one, and its statistics."""
    label = analysis.statistics.labels.get((layer, head))
    numbers = ", ".join(
        f"{statistic.title} {value:.2f}{f' {statistic.unit}' if statistic.unit else ''}"
        for statistic in STATISTICS
        if np.isfinite(value := float(analysis.statistics.numbers[statistic.name][layer, head]))
    )
    return [*([f"Label: {label}."] if label else []), f"Measured: {numbers}."]


def _strongest(picture: Picture, query: int) -> str:
    """A row and its largest weights, in words and numbers."""
    labels = picture.units.labels
    row = picture.weights[query]
    best = np.argsort(-row, kind="stable")[:BEST].tolist()
    seen = [key for key in best if row[key] >= LEAST] or best[:1]
    keys = ", ".join(f"“{labels[key]}” {row[key]:.3f}" for key in seen)
    return f"“{labels[query]}” attends most to {keys}."
