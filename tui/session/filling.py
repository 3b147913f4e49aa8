"""Which mask's candidates are shown, which is chosen, and the way back from filled sentences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tui.analysis.wanted import Target
from tui.errors import RequestError
from tui.session.question import Question, Step, Trail
from tui.text import MASK, visible

if TYPE_CHECKING:
    from tui.analysis.analysis import Analysis, Candidate
    from tui.analysis.ranking_at_mask import RankingAtMask
    from tui.session.viewing import Viewing


OTHERWISE = "≠"
"""Marks a candidate with which the sentence is read otherwise than it was scored."""
_NAMED = 6
"""How many pieces of another reading are named."""


@dataclass(frozen=True, slots=True)
class FollowedWord:
    """A word of one's own that stands in the place of the chosen candidate.

    Attributes:
        text: the sentence.
        mask: which of its masks, counted from 0.
        token: its number in the vocabulary; None of a word of several pieces, which effects of
            cutting heads alone can be measured on.
        label: the word as people read it.
    """

    text: str
    mask: int
    token: int | None
    label: str


class Filling:
    """The masks of the answer that `viewing` shows.

    Attributes:
        mask: which mask's candidates are shown, counted from 0.
        chosen: which candidate is chosen, counted from 0.
        trail: the steps back from fillings and maskings.
        followed: a word of one's own that is the target instead, None for the chosen candidate.
    """

    def __init__(self, viewing: Viewing) -> None:
        self._viewing = viewing
        self.mask = 0
        self.chosen = 0
        self.trail: Trail = ()
        self.followed: FollowedWord | None = None

    # State

    @property
    def is_filled(self) -> bool:
        """Whether the candidates shown are those of the sentence before, one of them filled in."""
        last = self.trail[-1] if self.trail else None
        return bool(last and last.kind == "filled" and not self._viewing.answer.masks)

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The candidates that the table shows, most probable first."""
        if self._viewing.analysis is None:
            return ()
        if self.is_filled:
            return self.trail[-1].candidates[self.trail[-1].mask]
        analysis = self._viewing.analysis
        return analysis.candidates[self.mask] if analysis.masks else ()

    @property
    def ranking(self) -> RankingAtMask | None:
        """The list of `candidates`, and all scores behind it; None if there are none."""
        if not self.candidates:
            return None
        if self.is_filled:
            from tui.analysis.ranking_at_mask import RankingAtMask

            return RankingAtMask(self.candidates)
        return self._viewing.answer.ranking(self.mask)

    @property
    def warning(self) -> str | None:
        """A sentence to be read before the chosen candidate is filled in, if there is one."""
        return _read_otherwise(self.candidates[self.chosen]) if self.candidates else None

    @property
    def position(self) -> int | None:
        """The token of the mask whose candidates are shown, if there is one."""
        analysis = self._viewing.analysis
        return analysis.masks[self.mask] if analysis and analysis.masks else None

    @property
    def target(self) -> Target:
        """The candidate that is asked about: the chosen one, or a word of one's own.

        That is one word piece; a word of several is `word`.
        """
        if self.is_filled or not self.candidates:
            return Target()
        if self.followed is not None and self.followed.token is not None:
            return Target(self.mask, self.followed.token)
        return Target(self.mask, self.candidates[self.chosen].id)

    @property
    def word(self) -> str:
        """The word of several pieces that effects are on, in place of `target`; empty without."""
        followed = self.followed
        return followed.label if followed is not None and followed.token is None else ""

    @property
    def looked_at(self) -> tuple[int, str]:
        """The number and the name of that candidate; there is one."""
        if self.followed is not None and self.followed.token is not None:
            return self.followed.token, self.followed.label
        chosen = self.candidates[self.chosen]
        return chosen.id, chosen.label

    @property
    def anchor(self) -> int:
        """The row that the cursor's place is remembered by: the mask's, or its filling's."""
        units, masks = self._viewing.units, self._viewing.masks
        if self.trail and self.trail[-1].kind == "filled":
            return units.unit_of(min(self.trail[-1].position, len(units.analysis.tokens) - 1))
        return masks[self.mask] if masks else min(1, len(units) - 1)

    # Changing it

    def take(self, question: Question, analysis: Analysis) -> None:
        """Follow to the answer of a question, which `viewing` shows already."""
        self.trail, self.followed = question.trail, None
        self.mask = self.chosen = 0
        if (back := question.back_to) is not None:
            self.mask = min(back.mask, max(0, len(analysis.masks) - 1))
            self.choose(back.chosen)
            return
        last = self.trail[-1] if self.trail else None
        if last and last.kind == "filled" and not analysis.masks:
            self.chosen = last.chosen
        if last and last.kind == "masked" and last.position in analysis.masks:
            self.mask = analysis.masks.index(last.position)

    def follow(self, token: int | None) -> None:
        """Choose the candidate of this number in the vocabulary, or the first if it is gone.

        A word of one's own stays the target.
        """
        if self.followed is not None and self.followed.token == token is not None:
            return
        if not self.is_filled:
            ids = [candidate.id for candidate in self.candidates]
            self.chosen = ids.index(token) if token in ids else 0

    def turn_mask(self, step: int) -> int:
        """Show the candidates of the next (1) or previous (-1) mask, cycling.

        Returns:
            The mask's row.

        Raises:
            RequestError: there are no masks.
        """
        masks = self._viewing.masks
        if not masks:
            raise RequestError(f"There is no {MASK} in this sentence.")
        self.mask = (self.mask + step) % len(masks)
        self.chosen, self.followed = 0, None
        return masks[self.mask]

    def choose(self, index: int) -> None:
        """Choose a candidate; beyond the first and the last there is none."""
        self.followed = None
        self.chosen = min(max(index, 0), max(0, len(self.candidates) - 1))

    def follow_word(self, word: FollowedWord) -> None:
        """Have a word be the target; one that is among the candidates is chosen there."""
        ids = [candidate.id for candidate in self.candidates]
        if word.token in ids:
            self.choose(ids.index(word.token))
        else:
            self.followed = word

    # Questions that follow

    def filling(self) -> Question:
        """The sentence with the chosen candidate in the place of the mask.

        Raises:
            RequestError: there is no candidate.
        """
        if not self.candidates:
            raise RequestError(
                f"There is no candidate to fill in: put {MASK} where a word is wanted."
            )
        text = self.candidates[self.chosen].sentence
        if self.is_filled:
            last = replace(self.trail[-1], chosen=self.chosen, followed="")
            return Question(text, (*self.trail[:-1], last))
        position = self._viewing.answer.masks[self.mask]
        return Question(text, (*self.trail, self._step("filled", position)))

    def masking(self) -> Question:
        """The sentence with a mask in the place of the token at the cursor's row.

        Raises:
            RequestError: that token is no piece of the text, or is a mask already.
        """
        viewing = self._viewing
        analysis, units, unit = viewing.answer, viewing.units, viewing.cursor[0]
        tokens = units.tokens_of(unit)
        start, end = units.span(unit)
        if unit in viewing.masks:
            raise RequestError(f"This is {MASK} already: move the cursor to another token's row.")
        if units.special[unit] or start == end:
            raise RequestError(
                f"{units.labels[unit]} is no word of the sentence: "
                "move the cursor to another token's row."
            )
        text = analysis.text[:start] + MASK + analysis.text[end:]
        step = replace(self._step("masked", tokens.start), count=len(tokens))
        return Question(text, (*self.trail, step))

    def is_masked_here(self) -> bool:
        """Whether the last step was to mask the token of the cursor's row."""
        last = self.trail[-1] if self.trail else None
        if last is None or last.kind != "masked":
            return False
        return self._viewing.units.unit_of(last.position) == self._viewing.cursor[0]

    def _step(self, kind: str, position: int) -> Step:
        viewing = self._viewing
        analysis = viewing.answer
        return Step(
            kind="filled" if kind == "filled" else "masked",
            text=analysis.text,
            tokens=tuple(token.label for token in analysis.tokens),
            candidates=analysis.candidates,
            mask=self.mask,
            chosen=self.chosen,
            cursor=viewing.cursor,
            position=position,
            followed=self.followed.label if self.followed is not None and kind == "filled" else "",
        )


def filled_otherwise(question: Question) -> str | None:
    """A sentence if what was filled in made another text than the one that was scored."""
    last = _just_filled(question)
    return None if last is None else _read_otherwise(last.candidates[last.mask][last.chosen])


def filled_instead(question: Question) -> str | None:
    """A sentence if a candidate was filled in while a word of one's own was the target."""
    last = _just_filled(question)
    if last is None or not last.followed:
        return None
    filled = visible(last.candidates[last.mask][last.chosen].label)
    return (
        f"“{filled}” is filled in, the highlighted candidate, and not “{visible(last.followed)}”: "
        "to see the sentence with that, type it (i)."
    )


def _just_filled(question: Question) -> Step | None:
    last = question.trail[-1] if question.trail else None
    return None if last is None or last.kind != "filled" or question.back_to else last


def _read_otherwise(candidate: Candidate) -> str | None:
    """A sentence if the text with a candidate in it is not the one that was scored."""
    if candidate.read_as is None:
        return None
    pieces = " ".join(candidate.read_as[:_NAMED]) + " …" * (len(candidate.read_as) > _NAMED)
    return (
        f"{OTHERWISE} “{candidate.label}” was scored as one word piece, but the sentence with it "
        f"is read as {pieces or 'nothing'} there: it is not the one that was scored."
    )


def stepping_back(trail: Trail) -> Question:
    """The sentence before the last filling or masking.

    Raises:
        RequestError: nothing was filled in or masked.
    """
    if not trail:
        raise RequestError("There is nothing to go back to: no candidate is filled in.")
    return Question(trail[-1].text, trail[:-1], back_to=trail[-1])
