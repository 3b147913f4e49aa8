"""A text that the model is asked about, and the steps that lead back from its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tui.analysis.interventions import NONE, Interventions
from tui.analysis.wanted import WEIGHTS_ALONE, WantedQuantities

if TYPE_CHECKING:
    from tui.analysis.analysis import Analysis, Candidate
    from tui.session.walking import CellIndex


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """The sentence before a candidate was filled in or a token was masked.

    It keeps what the way back needs, and no attention: that of a long text is gigabytes.

    Attributes:
        kind: what was done.
        text: the sentence.
        tokens: its word pieces.
        candidates: for each of its masks the candidates.
        mask: which of its masks the table showed, counted from 0.
        chosen: which candidate was chosen, counted from 0.
        cursor: where the cursor stood.
        position: the token that was filled or masked, the first of a word.
        count: how many tokens were masked.
        followed: the word of one's own that was the target while a candidate was filled in; empty
            if it was the candidate.
    """

    kind: Literal["filled", "masked"]
    text: str
    tokens: tuple[str, ...]
    candidates: tuple[tuple[Candidate, ...], ...]
    mask: int
    chosen: int
    cursor: CellIndex
    position: int
    count: int = 1
    followed: str = ""


Trail = tuple[Step, ...]
"""The steps that lead back, the last one last."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A text that the model is to be asked about, and how one came to it.

    Attributes:
        text: the text.
        trail: the steps that lead back from its answer.
        typed: the user asked it, so that it belongs into the history.
        again: it is the text on screen, asked again for what is wanted besides, or with other
            interventions.
        compares: its answer is not shown, but kept beside the one on screen.
        back_to: it is the sentence of this step, which leads back there.
        wanted: what is wanted beyond the attention weights.
        interventions: what is changed inside the model while it runs.
    """

    text: str
    trail: Trail = ()
    typed: bool = False
    again: bool = False
    compares: bool = False
    back_to: Step | None = None
    wanted: WantedQuantities = WEIGHTS_ALONE
    interventions: Interventions = NONE


def changed_neighbours(question: Question, analysis: Analysis) -> str | None:
    """A sentence if masking a word piece made the model read the rest of its word differently."""
    if not question.trail or question.trail[-1].kind != "masked" or question.back_to:
        return None
    step = question.trail[-1]
    after = tuple(token.label for token in analysis.tokens)
    at = step.position
    if step.tokens[:at] == after[:at] and step.tokens[at + step.count :] == after[at + 1 :]:
        return None
    return f"With {step.tokens[at]} masked, the rest of its word is read as other word pieces."
