"""A head, as it is looked at, becomes a picture in a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tui.analysis.analysis import Analysis
from tui.analysis.displayed import DisplayedMatrix, displayed_matrix
from tui.analysis.intervention_names import in_file_names
from tui.analysis.scales import ABSOLUTE, Scale
from tui.analysis.units import PairBlock, Units, block_name
from tui.analysis.views import RAW, View
from tui.evidence.compared import differs, name_of_b, pairs_said
from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.comparison import Comparison
    from tui.render.diagram import Diagram, DiagramBeside

HIDDEN = ", special tokens hidden, rows renormalised"
"""The end of a picture's caption where they are."""

SHARED = "The ceiling is one for this run and the one that it is compared with."
"""The words that the reader of a picture is told where two runs have one scale."""


class RowsAndColumns(Protocol):
    """The things that rows and columns stand for: `Units`, or what two runs have in common."""

    @property
    def analysis(self) -> Analysis:
        """The answer."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Their names."""

    @property
    def masks(self) -> tuple[int, ...]:
        """Those of masks."""


class LookedAt(Protocol):
    """A head as it is looked at; the session's `Viewing` is one, and its `Difference`."""

    @property
    def units(self) -> RowsAndColumns:
        """The rows and columns."""

    @property
    def layer(self) -> int:
        """The layer, counted from 0."""

    @property
    def head(self) -> int:
        """The head, counted from 0."""

    @property
    def view(self) -> View:
        """Which numbers are looked at."""

    @property
    def view_name(self) -> str:
        """The view as people read it."""

    @property
    def scale(self) -> Scale:
        """How numbers become brightness."""

    @property
    def drawn_scale(self) -> Scale:
        """The same with the ceiling that it has beside another run."""

    @property
    def displayed(self) -> DisplayedMatrix:
        """The numbers."""

    @property
    def words(self) -> bool:
        """Word pieces are joined into words."""

    @property
    def shown_block(self) -> PairBlock | None:
        """The part of a pair that is shown, None for all of it."""


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """Where a picture is.

    Attributes:
        paths: its files' absolute paths.
        missing_fonts: a sentence on what it shows as boxes; empty if nothing.
    """

    paths: tuple[Path, ...]
    missing_fonts: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A head as it was on screen when its picture was asked for.

    Attributes:
        analysis: the answer.
        layer: the layer, counted from 0.
        head: the head, counted from 0.
        view: which numbers were looked at.
        view_name: what people read of that.
        scale: how they became brightness.
        weights: the numbers of all tokens, `[query, key]`; those of hidden tokens are 0.
        brightness: how bright each cell was, `[query, key]` of the tokens that are shown.
        full: the weight that is white, or None where each row has its own.
        units: what rows and columns stand for.
        shown: the units that have a row and a column.
        hides: special tokens are left out, and the rows renormalised.
        words: word pieces are joined into words.
        block: the part of a pair that is shown, such as `A→B`; empty for all of it.
        below: which of the cells stand for a number below 0, as `brightness`; None in a view that
            has no signs.
        comparison: both runs, where the numbers are A less B.
        shares_ceiling: the ceiling is one that another run beside it has too.
    """

    analysis: Analysis
    layer: int
    head: int
    view: View
    view_name: str
    scale: Scale
    weights: NDArray[np.float32]
    brightness: NDArray[np.float32]
    full: float | None
    units: RowsAndColumns
    shown: tuple[int, ...]
    hides: bool
    words: bool = False
    block: str = ""
    below: NDArray[np.bool_] | None = None
    comparison: Comparison | None = None
    shares_ceiling: bool = False

    @classmethod
    def of(cls, looked_at: LookedAt, comparison: Comparison | None = None) -> Picture:
        """The head that is looked at, as it is now.

        Args:
            looked_at: the head.
            comparison: both runs, where it is A less B.
        """
        picture = cls._of(
            looked_at.units,
            looked_at.layer,
            looked_at.head,
            looked_at.view,
            looked_at.view_name,
            looked_at.drawn_scale,
            looked_at.displayed,
            looked_at.words,
            block_name(looked_at.shown_block),
        )
        shares = looked_at.drawn_scale is not looked_at.scale
        return replace(picture, comparison=comparison, shares_ceiling=shares)

    @classmethod
    def of_head(
        cls, analysis: Analysis, layer: int, head: int, *, view: View = RAW, scale: Scale = ABSOLUTE
    ) -> Picture:
        """Any head of an answer: raw weights in the absolute scale unless asked otherwise.

        Args:
            analysis: the answer.
            layer: the layer, counted from 0.
            head: the head, counted from 0.
            view: which numbers are looked at.
            scale: how they become brightness.
        """
        units = Units.of(analysis, words=False)
        numbers, named = displayed_matrix(units, view, layer, head), view.named(analysis.derived)
        return cls._of(units, layer, head, view, named, scale, numbers)

    @classmethod
    def of_difference(
        cls,
        comparison: Comparison,
        units: RowsAndColumns,
        layer: int,
        head: int,
        view: View,
        scale: Scale,
        numbers: DisplayedMatrix,
    ) -> Picture:
        """A head of A less the same head of B.

        Args:
            comparison: both.
            units: the rows and columns that they have together.
            layer: the layer, counted from 0.
            head: the head, counted from 0.
            view: the difference of which numbers it is.
            scale: how they become brightness.
            numbers: the differences.
        """
        picture = cls._of(units, layer, head, view, view.name, scale, numbers)
        return replace(picture, comparison=comparison)

    @classmethod
    def _of(
        cls,
        units: RowsAndColumns,
        layer: int,
        head: int,
        view: View,
        view_name: str,
        scale: Scale,
        numbers: DisplayedMatrix,
        words: bool = False,
        block: str = "",
    ) -> Picture:
        shown = np.array(numbers.tokens)
        brightness = scale.brightness(numbers.head)[np.ix_(shown, shown)]
        full = scale.full_weight(numbers.head)
        return cls(
            units.analysis,
            layer,
            head,
            view,
            view_name,
            scale,
            numbers.matrix,
            brightness,
            full,
            units,
            numbers.tokens,
            numbers.hidden is not None,
            words,
            block,
            numbers.matrix[np.ix_(shown, shown)] < 0 if view.signed else None,
        )

    @property
    def told(self) -> tuple[str, ...]:
        """Everything that whoever sees it must be told, a sentence each; of two runs of both."""
        told = self.comparison.told if self.comparison else self.analysis.told
        return (*told, *[SHARED] * self.shares_ceiling)

    @property
    def qualities(self) -> list[str]:
        """The choices that decide the picture besides the head: none if raw weights, absolute."""
        slugs = [
            self.view.slug,
            name_of_b(self.comparison) if self.comparison else "",
            "" if self.scale is ABSOLUTE else self.scale.slug,
            "words" if self.words else "",
            "nospecials" if self.hides else "",
            self.block.replace("→", "to"),
            *in_file_names(self.analysis.interventions),
        ]
        return [slug for slug in slugs if slug]

    @property
    def place(self) -> tuple[int | None, int | None]:
        """The layer and head, counted from 0, as far as the view has them."""
        has_layers, has_heads = self.view.of != "model", self.view.of == "head"
        return self.layer if has_layers else None, self.head if has_heads else None

    @property
    def name(self) -> str:
        """The file's name."""
        from tui.storage.saving import picture_name

        return picture_name(*self.place, self.qualities)

    @property
    def numbers(self) -> str:
        """Which numbers are seen, in words."""
        parts = [self.view_name, *["words"] * self.words, *[self.block] * bool(self.block)]
        return ", ".join(parts) + (HIDDEN if self.hides else "")

    @property
    def white(self) -> str:
        """The weight that white stands for, in words; of signed numbers how far the ends are."""
        return "each row's largest" if self.full is None else f"{self.full:.3g}"

    @property
    def full_said(self) -> str:
        """The weight that its brightest cells stand for, in words."""
        if self.below is None:
            return f"white = {self.white}"
        from tui.render.ends import ends

        lowest, highest = ends(self.white)
        return f"blue = {lowest}, orange = {highest}"

    def diagram(self) -> Diagram:
        """The picture as it is to be drawn."""
        # Pillow is imported with the first picture, not before the first frame.
        from tui.render.diagram import Diagram

        model, labels = self.analysis.model, self.units.labels
        return Diagram(
            tokens=tuple(labels[unit] for unit in self.shown),
            brightness=self.brightness,
            masks=tuple(self.shown.index(mask) for mask in self.units.masks),
            text=self.analysis.text,
            model=model.name,
            layer=self.place[0],
            head=self.place[1],
            layers=model.layers,
            heads=model.heads,
            view=self.numbers,
            scale=self.scale.name,
            full=self.white,
            told=self.told,
            below=self.below,
            beside=self._beside(),
        )

    def _beside(self) -> DiagramBeside | None:
        from tui.render.diagram import DiagramBeside

        compared = self.comparison
        if compared is None:
            return None
        b = compared.b.analysis
        return DiagramBeside(b.text, b.model.name, differs(compared), pairs_said(compared))

    def save(self, folder: Path) -> KeptPicture:
        """Draw it and write it.

        Raises:
            SaveError: it cannot be written.
        """
        from tui.render.diagram import metadata, png
        from tui.storage.saving import save_picture

        diagram = self.diagram()
        path = save_picture(folder, self.name, png(diagram), metadata(diagram))
        return KeptPicture((path,), diagram.missing_fonts)
