"""Where the reader is: which answer, which head, which scale, and the way back.

Plain state and the rules for changing it, without a screen.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tui.analysis.units import PAIR_BLOCKS
from tui.analysis.wanted import Target, WantedQuantities
from tui.errors import RequestError
from tui.lazy import np
from tui.session.steps import CellIndex, Question, Step
from tui.session.viewing import Viewing
from tui.text import MASK, PAIR

if TYPE_CHECKING:
    from tui.analysis.analysis import Analysis, Candidate, ModelInfo


class Reading(Viewing):
    """The state of the main screen.

    Attributes:
        mask: which mask's candidates are shown, counted from 0.
        chosen: which candidate is chosen, counted from 0.
        trail: the steps back from fillings and maskings.
    """

    def __init__(self, layer: int = 0, head: int = 0) -> None:
        super().__init__(layer, head)
        self.mask = 0
        self.chosen = 0
        self.trail: tuple[Step, ...] = ()

    # What is on screen

    @property
    def is_filled(self) -> bool:
        """Whether the candidates shown are those of the sentence before, one of them filled in."""
        return bool(self.trail and self.trail[-1].kind == "filled" and not self._answer().masks)

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The candidates that the table shows."""
        if self.analysis is None:
            return ()
        source = self.trail[-1] if self.is_filled else self
        assert source.analysis is not None
        return source.analysis.candidates[source.mask] if source.analysis.masks else ()

    @property
    def target(self) -> Target:
        """The candidate that gradients are taken towards: the chosen one."""
        if self.is_filled or not self.candidates:
            return Target()
        return Target(self.mask, self.candidates[self.chosen].id)

    @property
    def masks(self) -> tuple[int, ...]:
        """The rows and columns of the masks of the answer on screen."""
        return self.units.masks

    # Taking answers

    def asking_again(self, wanted: WantedQuantities) -> Question:
        """The text on screen, with more wanted of it."""
        return Question(self._answer().text, self.trail, again=True, wanted=wanted)

    def missing_head(self, model: ModelInfo) -> str | None:
        """A sentence if a model has no such layer or head, so that another will be shown."""
        if self.layer < model.layers and self.head < model.heads:
            return None
        return (
            f"{model.name} has no layer {self.layer + 1}, head {self.head + 1}: "
            f"it has layers 1 to {model.layers}, heads 1 to {model.heads}; g goes to one."
        )

    def take(self, analysis: Analysis, question: Question, cursor: CellIndex) -> CellIndex:
        """Show an answer; layer, head and scale stay.

        Args:
            analysis: the answer.
            question: what was asked.
            cursor: where the cursor stands in the answer before.

        Returns:
            Where the cursor goes: on the mask's row at its strongest ordinary token, or, if it had
            been moved off the mask's row, to the same place relative to the mask.
        """
        if question.again:
            self.analysis = analysis
            return cursor
        before = None if self.analysis is None else self._anchor()
        self.analysis, self.trail = analysis, question.trail
        last = self.trail[-1] if self.trail else None
        self.chosen = last.chosen if last and last.kind == "filled" and not analysis.masks else 0
        self.mask = 0
        if last and last.kind == "masked" and last.position in analysis.masks:
            self.mask = analysis.masks.index(last.position)
        self.layer = min(self.layer, analysis.model.layers - 1)
        self.head = min(self.head, analysis.model.heads - 1)
        query, key = cursor
        after = self._anchor()
        if before is None or query == before or (last and last.kind == "masked"):
            return self.strongest_ordinary(after)
        end = len(self.units) - 1
        return min(max(query - before + after, 0), end), min(max(key - before + after, 0), end)

    def _anchor(self) -> int:
        """The row that the cursor's place is remembered by: the mask's, or its filling's."""
        if self.trail and self.trail[-1].kind == "filled":
            return self.units.unit_of(self.trail[-1].position)
        return self.masks[self.mask] if self.masks else min(1, len(self.units) - 1)

    def strongest_ordinary(self, query: int) -> CellIndex:
        """The key that a token attends to most, special tokens left out if there are others."""
        head = self.head_numbers
        row = np.nan_to_num(head.matrix[query], nan=-2.0)  # nothing outside a block
        if not head.special.all():
            row = np.where(head.special, -1.0 + np.minimum(row, 0.0), row)
        return query, int(np.argmax(row))

    # Moving

    def turn_head(self, step: int) -> None:
        """Go to the next (1) or previous (-1) head of the layer, cycling.

        Raises:
            RequestError: the view has no heads.
        """
        if self.view.of != "head":
            raise RequestError(f"The view {self.view.name} has no heads; v chooses another view.")
        self.head = (self.head + step) % self._answer().model.heads

    def turn_layer(self, step: int) -> None:
        """Go to the next (1) or previous (-1) layer, cycling.

        Raises:
            RequestError: the view has no layers.
        """
        if self.view.of == "model":
            raise RequestError(f"The view {self.view.name} has no layers; v chooses another view.")
        self.layer = (self.layer + step) % self._answer().model.layers

    def go_to(self, layer: int, head: int) -> None:
        """Go to a head, both counted from 1.

        Raises:
            RequestError: the model has no such layer or head.
        """
        model = self._answer().model
        if not 1 <= layer <= model.layers:
            raise RequestError(
                f"There is no layer {layer}: {model.name} has layers 1 to {model.layers}."
            )
        if not 1 <= head <= model.heads:
            raise RequestError(
                f"There is no head {head}: each layer of {model.name} has heads 1 to {model.heads}."
            )
        self.layer, self.head = layer - 1, head - 1

    def turn_mask(self, step: int) -> int:
        """Show the candidates of the next (1) or previous (-1) mask, cycling.

        Returns:
            The mask's row.

        Raises:
            RequestError: there are no masks.
        """
        masks = self.masks
        if not masks:
            raise RequestError(f"There is no {MASK} in this sentence.")
        self.mask = (self.mask + step) % len(masks)
        self.chosen = 0
        return masks[self.mask]

    def toggle_words(self, cursor: CellIndex) -> CellIndex:
        """Join word pieces into words, or take them apart; returns where the cursor goes."""
        firsts = [self.units.firsts[at] for at in cursor]
        self.words = not self.words
        query, key = (self.units.unit_of(first) for first in firsts)
        return query, key

    def next_block(self, cursor: CellIndex) -> CellIndex:
        """Look at the next part of a pair; returns where the cursor goes: never outside the part.

        Raises:
            RequestError: there is but one sentence.
        """
        if not self._answer().is_pair:
            raise RequestError(
                f"This is one sentence: put {PAIR} between two, as in: "
                f"The cat sat. {PAIR} It was tired."
            )
        self.block = PAIR_BLOCKS[(PAIR_BLOCKS.index(self.block) + 1) % len(PAIR_BLOCKS)]
        sentences = self.units.sentences
        if self.block is None or (sentences[cursor[0]], sentences[cursor[1]]) == self.block:
            return cursor
        rows = np.flatnonzero((sentences == self.block[0]) & ~self.units.special).tolist()
        fitting = [cursor[0], *self.masks, *rows, int(np.argmax(sentences == self.block[0]))]
        return self.strongest_ordinary(
            next(row for row in fitting if sentences[row] == self.block[0])
        )

    def choose(self, index: int) -> None:
        """Choose a candidate; beyond the first and the last there is none."""
        self.chosen = min(max(index, 0), max(0, len(self.candidates) - 1))

    # Filling and masking

    def filling(self, cursor: CellIndex) -> Question:
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
            return Question(text, (*self.trail[:-1], replace(self.trail[-1], chosen=self.chosen)))
        analysis = self._answer()
        step = Step("filled", analysis, self.mask, self.chosen, cursor, analysis.masks[self.mask])
        return Question(text, (*self.trail, step))

    def masking(self, cursor: CellIndex) -> Question:
        """The sentence with a mask in the place of the token at the cursor's row.

        Raises:
            RequestError: that token is no piece of the text, or is a mask already.
        """
        analysis, unit = self._answer(), cursor[0]
        tokens = self.units.tokens_of(unit)
        start, end = self.units.span(unit)
        if unit in self.masks:
            raise RequestError(f"This is {MASK} already: move the cursor to another token's row.")
        if self.units.special[unit] or start == end:
            raise RequestError(
                f"{self.units.labels[unit]} is no word of the sentence: "
                "move the cursor to another token's row."
            )
        text = analysis.text[:start] + MASK + analysis.text[end:]
        step = Step("masked", analysis, self.mask, self.chosen, cursor, tokens.start, len(tokens))
        return Question(text, (*self.trail, step))

    def is_masked_here(self, query: int) -> bool:
        """Whether the last step was to mask this token."""
        last = self.trail[-1] if self.trail else None
        return bool(last and last.kind == "masked" and self.units.unit_of(last.position) == query)

    def step_back(self) -> CellIndex:
        """Show what was on screen before the last filling or masking; returns the cursor's place.

        Raises:
            RequestError: nothing was filled in or masked.
        """
        if not self.trail:
            raise RequestError("There is nothing to go back to: no candidate is filled in.")
        step = self.trail[-1]
        self.trail = self.trail[:-1]
        self.analysis, self.mask, self.chosen = step.analysis, step.mask, step.chosen
        return step.cursor
