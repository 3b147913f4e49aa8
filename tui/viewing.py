"""What of an answer is looked at: which head, in which view and scale. Plain state."""

from __future__ import annotations

from tui.attention.scales import SCALES, Head, Scale
from tui.attention.views import RAW, View
from tui.errors import RequestError
from tui.model.analysis import Analysis
from tui.numbers import Numbers, look


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
        analysis: the answer on screen.
    """

    def __init__(self, layer: int = 0, head: int = 0) -> None:
        self.layer = layer
        self.head = head
        self.scale: Scale = SCALES[0]
        self.wish: View = RAW
        self.view_before: View = RAW
        self.hides = False
        self._looked_at: tuple[tuple[object, ...], Numbers] | None = None
        self.analysis: Analysis | None = None

    @property
    def view(self) -> View:
        """Which numbers are looked at: the wish, or raw weights while what it needs is missing."""
        return self.wish if self.wish.is_in(self._answer().extras) else RAW

    @property
    def numbers(self) -> Numbers:
        """The numbers of the head looked at, computed once for as long as it is looked at."""
        place = (self._answer(), self.view, self.layer, self.head, self.hides)
        if self._looked_at is None or self._looked_at[0] != place:
            self._looked_at = place, look(*place)
        return self._looked_at[1]

    @property
    def head_numbers(self) -> Head:
        """The numbers of the head looked at, as scales take them."""
        return self.numbers.head

    @property
    def view_name(self) -> str:
        """The view as people read it, with the candidate that a gradient is taken towards."""
        gradient = self._answer().extras.gradient
        if self.view.needs == "gradient" and gradient:
            return f"{self.view.name} → {gradient.token}"
        return self.view.name

    @property
    def label(self) -> str:
        """The label of the head looked at, empty if it earned none or none is looked at."""
        label = self._answer().survey.labels.get((self.layer, self.head))
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
