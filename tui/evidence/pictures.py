"""A head, as it is looked at, becomes a picture in a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tui.analysis.analysis import Analysis
from tui.analysis.displayed import DisplayedMatrix, displayed_matrix
from tui.analysis.intervention_names import in_file_names
from tui.analysis.scales import ABSOLUTE, Scale
from tui.analysis.units import PairBlock, Units, block_name
from tui.analysis.views import RAW, View
from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.render.diagram import Diagram

HIDDEN = ", special tokens hidden, rows renormalised"
"""The end of a picture's caption where they are."""


class LookedAt(Protocol):
    """A head as it is looked at; the session's `Viewing` is one."""

    @property
    def units(self) -> Units:
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
    units: Units
    shown: tuple[int, ...]
    hides: bool
    words: bool = False
    block: str = ""

    @classmethod
    def of(cls, looked_at: LookedAt) -> Picture:
        """The head that is looked at, as it is now."""
        return cls._of(
            looked_at.units,
            looked_at.layer,
            looked_at.head,
            looked_at.view,
            looked_at.view_name,
            looked_at.scale,
            looked_at.displayed,
            looked_at.words,
            block_name(looked_at.shown_block),
        )

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
        numbers = displayed_matrix(units, view, layer, head)
        return cls._of(units, layer, head, view, view.name, scale, numbers)

    @classmethod
    def _of(
        cls,
        units: Units,
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
            f"{view_name}, signs dropped" if view.signed else view_name,
            scale,
            numbers.matrix,
            brightness,
            full,
            units,
            numbers.tokens,
            numbers.hidden is not None,
            words,
            block,
        )

    @property
    def qualities(self) -> list[str]:
        """The choices that decide the picture besides the head: none if raw weights, absolute."""
        slugs = [
            self.view.slug,
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
        """The weight that white stands for, in words."""
        return "each row's largest" if self.full is None else f"{self.full:.3g}"

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
            told=self.analysis.told,
        )

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
