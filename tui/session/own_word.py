"""A word of one's own: asked for, scored in the place of the mask, and told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tui.errors import RequestError
from tui.model.worker.protocol import JobDone, JobFailed
from tui.session.effects import Effect, Open, Redraw
from tui.session.events import Part, action
from tui.text import MASK, visible

if TYPE_CHECKING:  # imported when a word is first asked for
    from tui.experiments.words import ScoredWord, ScoreWords
    from tui.session.jobs import UnderWay
    from tui.session.session import Session

WORD = "word"
"""The job that scores it."""


class OwnWord(Part):
    """Scores are of the run on screen: its text, its model, its mask and what is cut."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._scored: tuple[ScoreWords, ScoredWord] | None = None  # the last one

    @action
    def open(self) -> Iterable[Effect]:
        """Ask for the word."""
        answer = self.session.answer
        if answer.model.only_text is not None:
            raise RequestError("This is saved attention: o chooses a model that can score a word.")
        if not answer.masks:
            raise RequestError(
                f"There is no {MASK} in this sentence for a word: w masks the cursor's token."
            )
        yield Open("own-word")

    @action
    def score(self, word: str) -> Iterable[Effect]:
        """Score a word at the mask that the table shows; one under way is no longer wanted."""
        jobs, job = self.session.jobs, self._job(word)
        yield from jobs.forget(WORD)

        def ended(end: JobDone | JobFailed, _: UnderWay) -> None:
            if isinstance(end, JobFailed):
                self.session.say(end.message or "Cancelled.")
            elif self.session.analysis is not None and job == self._job(word):
                assert isinstance(end.result, tuple)
                found = end.result[0]
                self._scored = job, found
                takes = "e takes" if found.rank is None else "e, L and F take"
                self.session.say(f"{described(found)} T: {takes} it as target.")

        yield from jobs.start(WORD, job, "scoring a word", ended)

    @action
    def follow(self) -> Iterable[Effect]:
        """Have the word scored last be the target of effects, lens and the smallest set.

        One of several pieces is that of the effects of cutting heads alone.
        """
        from tui.session.filling import FollowedWord

        session, filling = self.session, self.session.filling
        answer = session.answer
        if self._scored is None or not answer.masks or filling.is_filled:
            raise RequestError("There is no word to follow: W asks for one in the mask's place.")
        job, found = self._scored
        for is_other, where in (
            (job.model != answer.model.name, "of another model"),
            (job.text != answer.text, "in another sentence"),
            (job.mask != filling.mask, "at another mask"),
        ):
            if is_other:
                raise RequestError(
                    f"“{visible(found.word)}” was asked for {where}: W asks for it here."
                )
        token = found.ids[0] if len(found.ids) == 1 else None
        filling.follow_word(FollowedWord(answer.text, job.mask, token, found.word))
        session.say(self._followed(found))
        yield Redraw.EVERYTHING
        yield from session.effects.follow()
        yield from session.from_b.follow()
        yield from session.want()

    def _followed(self, found: ScoredWord) -> str:
        """A sentence on what the word is the target of."""
        word = f"“{visible(found.word)}”"
        if len(found.ids) == 1:
            return (
                f"{word} is the target of effects, lens and F now; J and K choose candidates again."
            )
        from tui.experiments.word_chain import pieces_said

        _, candidate = self.session.filling.looked_at
        return (
            f"{word} is the target of e now, by log p of {visible(pieces_said(found.pieces))}; "
            f"lens, F, E, R and gradients stay on “{visible(candidate)}”. J and K let go of it."
        )

    def _job(self, word: str) -> ScoreWords:
        from tui.experiments.words import ScoreWords

        answer = self.session.answer
        return ScoreWords(
            answer.text,
            answer.model.name,
            (word,),
            mask=self.session.filling.mask,
            interventions=answer.interventions,
        )


def described(found: ScoredWord) -> str:
    """A scored word in a sentence."""
    from tui.experiments.word_chain import pieces_said
    from tui.experiments.words import NO_COMPARISON

    said = f"“{visible(found.word)}”: p {found.probability:.3g}, log p {found.log_probability:.2f}"
    if found.rank is not None:
        return f"{said}, rank {found.rank:,}."
    return f"{said}, of {visible(pieces_said(found.pieces))}. {NO_COMPARISON}"
