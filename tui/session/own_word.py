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
                goes_on = "" if found.rank is None else " T: e, L and F take it as target."
                self.session.say(described(found) + goes_on)

        yield from jobs.start(WORD, job, "scoring a word", ended)

    @action
    def follow(self) -> Iterable[Effect]:
        """Have the word scored last be the target of effects, lens and the smallest set."""
        from tui.session.filling import FollowedWord

        session, filling = self.session, self.session.filling
        answer = session.answer
        if self._scored is None or not answer.masks or filling.is_filled:
            raise RequestError("There is no word to follow: W asks for one in the mask's place.")
        job, found = self._scored
        if (job.text, job.model, job.mask) != (answer.text, answer.model.name, filling.mask):
            raise RequestError(
                f"“{visible(found.word)}” was asked for at another mask: W asks for it here."
            )
        if found.rank is None:
            pieces = ", ".join(map(visible, found.pieces))
            raise RequestError(
                f"“{visible(found.word)}” is {len(found.pieces)} word pieces ({pieces}), and a "
                "target is one: ask with W for a word of one piece."
            )
        filling.follow_word(FollowedWord(answer.text, job.mask, found.ids[0], found.word))
        session.say(
            f"“{visible(found.word)}” is the target of effects, lens and F now; J and K choose "
            "candidates again."
        )
        yield Redraw.EVERYTHING
        yield from session.effects.follow()
        yield from session.from_b.follow()
        yield from session.want()

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
    from tui.experiments.words import NO_COMPARISON

    said = f"“{visible(found.word)}”: p {found.probability:.3g}, log p {found.log_probability:.2f}"
    if found.rank is not None:
        return f"{said}, rank {found.rank:,}."
    pieces = " ".join(map(visible, found.pieces))
    return f"{said}, of {len(found.pieces)} pieces ({pieces}). {NO_COMPARISON}"
