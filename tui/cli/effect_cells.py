"""Effects as tables have them, and the mask that they are of."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tui.analysis.columns import NO_NUMBER
from tui.experiments.measures import MEASURES
from tui.text import mask_said, visible

if TYPE_CHECKING:
    from tui.experiments.measures import Measure


def effect_cell(value: float, measure: Measure) -> str:
    """An effect, or an estimate of one, in a table."""
    if math.isnan(value):
        return NO_NUMBER
    return f"{value:+.0f}" if measure.slug == "rank" else f"{value:+.3f}"


def effect_of(
    word: str, runner_up: str, measure: Measure, mask: int, masks: int, *, measured_as: str = ""
) -> str:
    """The candidate and the measure that effects are of, as in `“tea” over “water”: log p`.

    It is safe to be shown.

    Args:
        word: the candidate.
        runner_up: the best of all others; it is named where the measure is about it.
        measure: how effects are measured.
        mask: which mask, counted from 0.
        masks: how many there are.
        measured_as: the measure in words, if there is more to be said than its name.
    """
    over = f" over “{visible(runner_up)}”" if measure is MEASURES[0] else ""
    return (
        f"“{visible(word)}”{over}{mask_said(mask, masks)}: {visible(measured_as or measure.name)}"
    )
