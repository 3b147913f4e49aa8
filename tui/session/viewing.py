"""Which cell of which head is looked at, in which view and scale. Plain state and its rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.analysis.displayed import DisplayedMatrix, displayed_matrix
from tui.analysis.scales import ALL_HEADS, SCALES, HeadMatrix, Scale, shared
from tui.analysis.units import PAIR_BLOCKS, PairBlock, Units
from tui.analysis.views import RAW, View
from tui.analysis.wanted import WantedQuantities
from tui.errors import RequestError
from tui.lazy import np
from tui.session.walking import CellIndex, Walked, nearest
from tui.text import PAIR, visible

if TYPE_CHECKING:
    from tui.analysis.analysis import Analysis, ModelInfo
    from tui.analysis.wanted import Target


class Viewing(Walked):
    """One head of one answer, seen in one way.

    Attributes:
        analysis: the answer on screen, None before the first.
        layer: the layer looked at, counted from 0; it may lie beyond a model not yet known.
        head: the head looked at, counted from 0.
        scale: how numbers become brightness.
        wish: the view that is to be shown; `view` is the one that can be.
        view_before: the wish before.
        hides: special tokens are left out, and the rows renormalised, in views that are
            distributions.
        words: word pieces are joined into words.
        block: the part of a pair that is looked at, None for all of it.
        beside: gives what this is compared with, and shares a scale with; None if it is nothing.
    """

    def __init__(self, layer: int = 0, head: int = 0) -> None:
        self.analysis: Analysis | None = None
        self.layer = layer
        self.head = head
        self.scale: Scale = SCALES[0]
        self.wish: View = RAW
        self.view_before: View = RAW
        self.hides = False
        self.words = False
        self.block: PairBlock | None = None
        self.beside: Callable[[], Viewing | None] = lambda: None
        self._drawn_scale: tuple[tuple[object, ...], Scale] | None = None
        self._cursor: CellIndex = (0, 0)
        self._units: tuple[bool, Units] | None = None
        self._labels: tuple[Units, tuple[str, ...]] | None = None
        self._displayed: tuple[tuple[object, ...], DisplayedMatrix] | None = None

    # The answer

    @property
    def answer(self) -> Analysis:
        """The answer on screen, where there is one."""
        assert self.analysis is not None
        return self.analysis

    def show(self, analysis: Analysis) -> None:
        """Look at another answer; layer and head stay as far as the model has them."""
        self.analysis = analysis
        self.layer = min(self.layer, analysis.model.layers - 1)
        self.head = min(self.head, analysis.model.heads - 1)

    def missing_head(self, model: ModelInfo) -> str | None:
        """A sentence if a model has no such layer or head, so that another will be shown."""
        if self.layer < model.layers and self.head < model.heads:
            return None
        return (
            f"{model.name} has no layer {self.layer + 1}, head {self.head + 1}: "
            f"it has layers 1 to {model.layers}, heads 1 to {model.heads}; g goes to one."
        )

    # The numbers looked at

    @property
    def view(self) -> View:
        """The view on screen: the wish, or raw weights while what it needs is missing."""
        return self.wish if self.wish.is_in(self.answer.derived) else RAW

    def wanted(self, target: Target) -> WantedQuantities:
        """The quantities that the view needs of the model.

        Args:
            target: the candidate that gradients are taken towards.
        """
        wanted = self.wish.wanted(target)
        if self.words and self.scale is ALL_HEADS and self.analysis is not None:
            has_split_words = len(self.analysis.firsts) < len(self.analysis.tokens)
            wanted = wanted.joined(WantedQuantities(words=has_split_words))
        return wanted

    @property
    def displayed(self) -> DisplayedMatrix:
        """The numbers of the head looked at, computed once for as long as it is looked at."""
        key = (self.units, self.view, self.layer, self.head, self.hides, self.shown_block)
        if self._displayed is None or self._displayed[0] != key:
            units, view, layer, head, hides, block = key
            matrix = displayed_matrix(units, view, layer, head, hides=hides, block=block)
            self._displayed = key, matrix
        return self._displayed[1]

    @property
    def head_matrix(self) -> HeadMatrix:
        """The numbers of the head looked at, as scales take them."""
        return self.displayed.head

    @property
    def drawn_scale(self) -> Scale:
        """The scale; beside another run it has one ceiling for both."""
        other = self.beside()
        if other is None or other.view is not self.view:
            return self.scale
        key = self.scale, self.displayed, other.displayed
        if self._drawn_scale is None or self._drawn_scale[0] != key:
            scale, own, others = key
            self._drawn_scale = key, shared(scale, (own.head, others.head))
        return self._drawn_scale[1]

    @property
    def units(self) -> Units:
        """The rows and columns: word pieces, or words."""
        known = self._units
        if known is None or known[0] != self.words or known[1].analysis is not self.analysis:
            known = self._units = self.words, Units.of(self.answer, words=self.words)
        return known[1]

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the rows and columns, safe to be shown."""
        known = self._labels
        if known is None or known[0] is not self.units:
            known = self._labels = self.units, tuple(map(visible, self.units.labels))
        return known[1]

    @property
    def masks(self) -> tuple[int, ...]:
        """The rows and columns of the masks."""
        return self.units.masks

    @property
    def shown_block(self) -> PairBlock | None:
        """The part of a pair that is shown; a single sentence is shown whole."""
        return self.block if self.answer.is_pair else None

    @property
    def view_name(self) -> str:
        """The view as people read it, with the candidate that a gradient is taken towards."""
        return self.view.named(self.answer.derived)

    def label(self, *, brief: bool = False) -> str:
        """The head's label, or why no head has one; empty if no head is looked at.

        Args:
            brief: there is little room.
        """
        if self.view.of != "head":
            return ""
        return self.answer.statistics.label((self.layer, self.head), brief=brief)

    @property
    def is_held(self) -> bool:
        """Whether the attention of the layer looked at is there: of a long text it may not be."""
        return self.layer in self.answer.held

    def check_held(self) -> None:
        """Raise RequestError unless the attention of the layer looked at is there."""
        if not self.is_held:
            raise RequestError(
                f"Layer {self.layer + 1} is not there yet: "
                "of so long a text one layer at a time is."
            )

    def check_whole(self) -> None:
        """Raise RequestError unless the attention of all layers is there."""
        if len(self.answer.held) < self.answer.model.layers:
            raise RequestError(
                "Of so long a text one layer is held at a time, and this needs all of them; "
                "shorten the text."
            )

    # The head

    def turn_head(self, step: int) -> None:
        """Go to the next (1) or previous (-1) head of the layer, cycling.

        Raises:
            RequestError: the view has no heads.
        """
        if self.view.of != "head":
            raise RequestError(f"The view {self.view.name} has no heads; v chooses another view.")
        self.head = (self.head + step) % self.answer.model.heads

    def turn_layer(self, step: int) -> None:
        """Go to the next (1) or previous (-1) layer, cycling.

        Raises:
            RequestError: the view has no layers.
        """
        if self.view.of == "model":
            raise RequestError(f"The view {self.view.name} has no layers; v chooses another view.")
        self.layer = (self.layer + step) % self.answer.model.layers

    def check_head(self, layer: int, head: int) -> None:
        """Raise RequestError if the model has no such layer or head, both counted from 1."""
        model = self.answer.model
        if not 1 <= layer <= model.layers:
            raise RequestError(
                f"There is no layer {layer}: {model.name} has layers 1 to {model.layers}."
            )
        if not 1 <= head <= model.heads:
            raise RequestError(
                f"There is no head {head}: each layer of {model.name} has heads 1 to {model.heads}."
            )

    # How it is seen

    def next_scale(self) -> None:
        """Take the next scale that means something in this view."""
        self.scale = SCALES[(SCALES.index(self.scale) + 1) % len(SCALES)]
        self._keep_scale_meaningful()

    def look_at(self, view: View) -> None:
        """Wish for a view; the one before is kept in mind."""
        if view is not self.wish:
            self.wish, self.view_before = view, self.wish
        self._keep_scale_meaningful()

    def _keep_scale_meaningful(self) -> None:
        while self.scale.for_shares and not self.wish.sums_to_one:
            self.scale = SCALES[(SCALES.index(self.scale) + 1) % len(SCALES)]

    def toggle_hiding(self) -> None:
        """Hide special tokens, or show them again.

        Raises:
            RequestError: there are none, or nothing else, or the view has no shares to hide.
        """
        special = self.answer.special
        if not self.view.sums_to_one:
            raise RequestError(
                f"The rows of the view {self.view.name} are no distributions, so that special "
                "tokens cannot be hidden and the rest renormalised; v chooses another view."
            )
        if not self.hides and (special.all() or not special.any()):
            raise RequestError(
                "There is nothing but special tokens: none can be hidden."
                if special.any()
                else "There are no special tokens to hide."
            )
        self.hides = not self.hides

    def toggle_words(self) -> None:
        """Join word pieces into words, or take them apart; the cursor stays at its tokens."""
        firsts = self.tokens_at_cursor
        self.words = not self.words
        query, key = (self.units.unit_of(first) for first in firsts)
        self._cursor = query, key

    def next_block(self) -> None:
        """Look at the next part of a pair; the cursor never stays outside the part.

        Raises:
            RequestError: there is but one sentence.
        """
        if not self.answer.is_pair:
            raise RequestError(
                f"This is one sentence: put {PAIR} between two, as in: "
                f"The cat sat. {PAIR} It was tired."
            )
        self.block = PAIR_BLOCKS[(PAIR_BLOCKS.index(self.block) + 1) % len(PAIR_BLOCKS)]
        sentences = self.units.sentences
        query, key = self.cursor
        if self.block is None or (sentences[query], sentences[key]) == self.block:
            return
        rows = np.flatnonzero((sentences == self.block[0]) & ~self.units.special).tolist()
        fitting = [query, *self.masks, *rows, int(np.argmax(sentences == self.block[0]))]
        row = next(row for row in fitting if sentences[row] == self.block[0])
        self._cursor = self.strongest_ordinary(row)

    # The cursor

    @property
    def cursor(self) -> CellIndex:
        """The cell looked at: the one it was put on, or the nearest that is shown now."""
        if self.analysis is None or not self.is_held:
            return self._cursor
        shown = self.displayed.tokens
        query, key = self._cursor
        return nearest(shown, query), nearest(shown, key)

    @property
    def tokens_at_cursor(self) -> CellIndex:
        """The tokens that the cursor stands at, of a word its first."""
        firsts, (query, key) = self.units.firsts, self.cursor
        return firsts[min(query, len(firsts) - 1)], firsts[min(key, len(firsts) - 1)]

    @property
    def tokens_of_column(self) -> range:
        """The tokens that the cursor's column stands for: one, or all pieces of a word."""
        return self.units.tokens_of(self.units.unit_of(self.tokens_at_cursor[1]))

    def put_cursor(self, cell: CellIndex) -> None:
        """Put the cursor on a cell, or on the nearest there is."""
        last = len(self.units) - 1
        self._cursor = min(max(cell[0], 0), last), min(max(cell[1], 0), last)

    def strongest_ordinary(self, query: int) -> CellIndex:
        """The cell of the key that a token attends to most, special ones only if all are."""
        head = self.head_matrix
        row = np.nan_to_num(head.matrix[query], nan=-2.0)  # nothing outside a block
        if not head.special.all():
            row = np.where(head.special, -1.0 + np.minimum(row, 0.0), row)
        return query, int(np.argmax(row))
