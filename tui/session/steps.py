"""What is asked of the model, and the steps that lead back from an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tui.analysis.wanted import WEIGHTS_ALONE, WantedQuantities

if TYPE_CHECKING:
    from tui.analysis.analysis import Analysis

CellIndex = tuple[int, int]
"""A cell of the grid: query and key, counted from 0."""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What was on screen before a candidate was filled in or a token was masked.

    Attributes:
        kind: what was done.
        analysis: the answer that was shown.
        mask: which of its masks the table showed.
        chosen: which candidate was chosen.
        cursor: where the cursor stood.
        position: the token that was filled or masked, the first of a word.
        count: how many tokens were masked.
    """

    kind: Literal["filled", "masked"]
    analysis: Analysis
    mask: int
    chosen: int
    cursor: CellIndex
    position: int
    count: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A text that the model is to be asked about, and how one came to it.

    Attributes:
        text: the text.
        trail: the steps that lead back from its answer.
        typed: the user asked it, so that it belongs into the history.
        again: it is the text on screen, asked again for what is wanted besides.
        wanted: what is wanted beyond the attention weights.
    """

    text: str
    trail: tuple[Step, ...] = ()
    typed: bool = False
    again: bool = False
    wanted: WantedQuantities = WEIGHTS_ALONE


def changed_neighbours(question: Question, analysis: Analysis) -> str | None:
    """A sentence if masking a word piece made the model read the rest of its word differently."""
    if not question.trail or question.trail[-1].kind != "masked":
        return None
    step = question.trail[-1]
    before = [token.text for token in step.analysis.tokens]
    after = [token.text for token in analysis.tokens]
    at = step.position
    if before[:at] == after[:at] and before[at + step.count :] == after[at + 1 :]:
        return None
    return f"With {before[at]} masked, the rest of its word is read as other word pieces."
