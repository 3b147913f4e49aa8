"""The parts of a chosen candidate's logit, and of its lead over the runner-up: the job.

What a part is, and what is frozen for it, `tui.experiments.direct` says. That is accounting: what
each part writes to the mask's row in this run. What the model would say without a head, with all
that follows from it, is measured by cutting it, `tui.experiments.sweep`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.analysis.interventions import NONE, Interventions, TransplantResidual
from tui.errors import Cancelled, ModelError, RequestError
from tui.experiments.direct import DirectParts, direct_parts, embedding_of
from tui.experiments.lens import OFF, check_can_predict, mask_position
from tui.lazy import np
from tui.text import visible

if TYPE_CHECKING:
    from tui.analysis.analysis import Attention
    from tui.experiments.sweep import Sweep
    from tui.model.language_model import LanguageModel

ACCOUNTING = (
    "The parts are accounting: what each adds to this run's sum, norms and gates frozen. A "
    "head's cut is cause: what changes without it."
)
"""What the numbers are worth: whoever shows them says this."""


@dataclass(frozen=True, slots=True)
class TakeApart:
    """Take a candidate's logit apart.

    Attributes:
        text: the text.
        model: the model's name.
        mask: which of its masks, counted from 0.
        token: the candidate, by its number in the vocabulary; None for the first.
        interventions: what is changed inside the model while it runs.
    """

    text: str
    model: str
    mask: int = 0
    token: int | None = None
    interventions: Interventions = NONE


@dataclass(frozen=True, slots=True, eq=False)
class TakenApart:
    """A candidate's logit and its lead over the runner-up, as sums of parts.

    Attributes:
        text: the text as analysed.
        model: the model's name.
        mask: which of the text's masks, counted from 0.
        position: the mask's place among the tokens.
        masks: how many masks there are.
        token: the candidate's number in the vocabulary.
        word: its name as people read it.
        runner_up: the number of the best of all others in this run.
        runner_up_word: its name.
        logit: the parts of the candidate's logit.
        lead: the parts of that logit minus the runner-up's.
        interventions: what was changed inside the model.
        told: everything that whoever reads this must be told, a sentence each.
    """

    text: str
    model: str
    mask: int
    position: int
    masks: int
    token: int
    word: str
    runner_up: int
    runner_up_word: str
    logit: DirectParts
    lead: DirectParts
    interventions: Interventions = NONE
    told: tuple[str, ...] = ()

    @property
    def lead_named(self) -> str:
        """The lead in words: `“cat” over “dog”`."""
        return f"“{self.word}” over “{self.runner_up_word}”"

    def is_measured_by(self, sweep: Sweep) -> bool:
        """Whether effects of cutting heads are those on this candidate of this run."""
        return (self.text, self.model, self.mask, self.token, self.interventions) == (
            sweep.text, sweep.model, sweep.mask, sweep.token, sweep.interventions
        )  # fmt: skip


def take_apart(
    job: TakeApart,
    model: LanguageModel,
    *,
    allocate: Callable[[tuple[int, ...]], Attention] | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> TakenApart:
    """Run the job; args and errors are those of `logit_parts`, `allocate` is not needed."""
    return logit_parts(
        model, job.text, mask=job.mask, token=job.token, interventions=job.interventions,
        cancelled=cancelled,
    )  # fmt: skip


def logit_parts(
    model: LanguageModel,
    text: str,
    *,
    mask: int = 0,
    token: int | None = None,
    interventions: Interventions = NONE,
    cancelled: Callable[[], bool] = lambda: False,
) -> TakenApart:
    """Take the logit of a candidate apart, and its lead over the runner-up.

    It takes one forward pass, and two of one row in float64. A head that is cut counts with what
    stands in its place.

    Args:
        model: the model.
        text: a sentence with a mask.
        mask: which of its masks, counted from 0.
        token: the candidate, by its number in the vocabulary; by default the first.
        interventions: what is changed inside the model while it runs.
        cancelled: asked before each layer of the pass, and between the two sums.

    Raises:
        RequestError: the text has no such mask, or cannot be read, or a change cannot be made; or
            what a layer gets at the mask is another sentence's, which is no sum of this one's
            parts.
        ModelError: the model is no plain BERT encoder, or predicts nothing, or its scores are no
            numbers.
        Cancelled: it was given up.
    """
    check_can_predict(model)
    encoded = model.encode(text)
    position = mask_position(encoded, mask)
    encoder = model.plain_encoder()
    [answer] = model.run(
        [encoded], [[position]], interventions=interventions, outputs=True, cancelled=cancelled
    )
    logits = answer.logits[0]
    if answer.outputs is None or not np.isfinite(logits).all():
        raise ModelError(
            f"At the mask the scores of {visible(model.info.name)} are no numbers, so that they "
            "are no sum of parts; choose another model."
        )
    if token is None:
        token = int(logits.argmax())
    elif not 0 <= token < len(logits):
        raise RequestError(f"The vocabulary has {len(logits):,} tokens, and no {token:,}.")
    others = logits.copy()
    others[token] = -np.inf
    runner_up = int(others.argmax())
    ids = np.array(encoded.ids, np.intp)
    segments = encoded.inputs.get("token_type_ids")
    embedding = embedding_of(
        encoder, encoded.ids[position], int(encoder.places(ids)[position]),
        segments[position] if segments is not None else 0,
    )  # fmt: skip
    sums = []
    for one in (token, runner_up):
        if cancelled():
            raise Cancelled
        found = direct_parts(encoder, answer.outputs[:, :, position], embedding, one)
        if abs(found.logit - float(logits[one])) > OFF * max(1.0, float(np.abs(logits).max())):
            _check_replaced(interventions, position)
            raise ModelError(
                f"The parts do not add up to what {visible(model.info.name)} itself says, so that "
                "they would mean nothing; choose another model."
            )
        sums.append(found)
    return TakenApart(
        text=encoded.masked.text,
        model=model.info.name,
        mask=mask,
        position=position,
        masks=len(encoded.masks),
        token=token,
        word=model.show(token),
        runner_up=runner_up,
        runner_up_word=model.show(runner_up),
        logit=sums[0],
        lead=sums[0] - sums[1],
        interventions=interventions,
        told=model.told(encoded, interventions),
    )


def _check_replaced(interventions: Interventions, position: int) -> None:
    """Refuse a run in which the row at the mask is not what its parts made of it.

    Raises:
        RequestError: it is another sentence's from some layer on.
    """
    for one in interventions:
        if isinstance(one, TransplantResidual) and one.token == position:
            raise RequestError(
                f"What goes into layer {one.layer + 1} at the mask is transplanted from "
                f"“{visible(one.text)}”, so that the logit is no sum of parts of this sentence: "
                "put it back to take the logit apart."
            )
