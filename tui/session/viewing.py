"""What of an answer is looked at: which head, in which view and scale. Plain state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.analysis.displayed import DisplayedMatrix, displayed_matrix
from tui.analysis.scales import SCALES, HeadMatrix, Scale
from tui.analysis.units import PairBlock, Units
from tui.analysis.views import RAW, View
from tui.errors import RequestError

if TYPE_CHECKING:
    from tui.analysis.analysis import Analysis


class Viewing:
    """One head of one answer, seen in one way.

    Attributes:
        layer: the layer looked at, counted from 0; it may lie beyond a model not yet known.
        head: the head looked at, counted from 0.
        scale: how numbers become brightness.
        wish: the view that is to be shown; `view` is the one that can be.
        view_before: the wish before.
        hides: special tokens are left out, and the rows renormalised, in views that are
            distributions.
        words: word pieces are joined into words.
        block: the part of a pair that is looked at, None for all of it.
        analysis: the answer on screen.
    """

    def __init__(self, layer: int = 0, head: int = 0) -> None:
        self.layer = layer
        self.head = head
        self.scale: Scale = SCALES[0]
        self.wish: View = RAW
        self.view_before: View = RAW
        self.hides = False
        self.words = False
        self.block: PairBlock | None = None
        self._units: tuple[bool, Units] | None = None
        self._looked_at: tuple[tuple[object, ...], DisplayedMatrix] | None = None
        self.analysis: Analysis | None = None

    @property
    def view(self) -> View:
        """Which numbers are looked at: the wish, or raw weights while what it needs is missing."""
        return self.wish if self.wish.is_in(self._answer().derived) else RAW

    @property
    def numbers(self) -> DisplayedMatrix:
        """The numbers of the head looked at, computed once for as long as it is looked at."""
        block = self.shown_block
        place = (self.units, self.view, self.layer, self.head, self.hides, block)
        if self._looked_at is None or self._looked_at[0] != place:
            numbers = displayed_matrix(
                self.units, self.view, self.layer, self.head, hides=self.hides, block=block
            )
            self._looked_at = place, numbers
        return self._looked_at[1]

    @property
    def units(self) -> Units:
        """What the rows and columns stand for."""
        known = self._units
        if known is None or known[0] != self.words or known[1].analysis is not self._answer():
            known = self._units = self.words, Units.of(self._answer(), words=self.words)
        return known[1]

    @property
    def is_held(self) -> bool:
        """Whether the attention of the layer looked at is there: of a long text it may not be."""
        return self.layer in self._answer().held

    def check_held(self) -> None:
        """Raise RequestError unless the attention of the layer looked at is there."""
        if not self.is_held:
            raise RequestError(
                f"Layer {self.layer + 1} is not there yet: "
                "of so long a text one layer at a time is."
            )

    def check_whole(self) -> None:
        """Raise RequestError unless the attention of all layers is there."""
        if len(self._answer().held) < self._answer().model.layers:
            raise RequestError(
                "Of so long a text one layer is held at a time, and this needs all of them; "
                "shorten the text."
            )

    @property
    def shown_block(self) -> PairBlock | None:
        """The part of a pair that is shown; a single sentence is shown whole."""
        return self.block if self._answer().is_pair else None

    @property
    def head_numbers(self) -> HeadMatrix:
        """The numbers of the head looked at, as scales take them."""
        return self.numbers.head

    @property
    def view_name(self) -> str:
        """The view as people read it, with the candidate that a gradient is taken towards."""
        gradient = self._answer().derived.gradient
        if self.view.needs == "gradient" and gradient:
            return f"{self.view.name} → {gradient.token}"
        return self.view.name

    @property
    def label(self) -> str:
        """The label of the head looked at, empty if it earned none or none is looked at."""
        label = self._answer().statistics.labels.get((self.layer, self.head))
        return "" if label is None or self.view.of != "head" else str(label)

    def next_scale(self) -> None:
        """Take the next scale that means something in this view."""
        self.scale = SCALES[(SCALES.index(self.scale) + 1) % len(SCALES)]
        self._keep_scale_meaningful()

    def toggle_hiding(self) -> None:
        """Hide special tokens, or show them again.

        Raises:
            RequestError: there are none, or nothing else, or the view has no shares to hide.
        """
        special = self._answer().special
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

    def look_at(self, view: View) -> None:
        """Wish for a view; the one before is kept in mind."""
        if view is not self.wish:
            self.wish, self.view_before = view, self.wish
        self._keep_scale_meaningful()

    def _keep_scale_meaningful(self) -> None:
        while self.scale.for_shares and not self.wish.sums_to_one:
            self.scale = SCALES[(SCALES.index(self.scale) + 1) % len(SCALES)]

    def _answer(self) -> Analysis:
        assert self.analysis is not None
        return self.analysis
