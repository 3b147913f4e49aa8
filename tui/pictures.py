"""The head on screen becomes a picture in a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tui.attention.scales import ABSOLUTE, Scale
from tui.attention.views import View
from tui.lazy import np
from tui.model.analysis import Analysis
from tui.reading import Reading

if TYPE_CHECKING:
    from numpy.typing import NDArray


HIDDEN = ", special tokens hidden, rows renormalised"
"""What a picture's caption says besides its view where they are."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """What was on screen when a picture was asked for.

    Attributes:
        analysis: the answer.
        layer: the layer, counted from 0.
        head: the head, counted from 0.
        view: which numbers were looked at.
        view_name: what people read of that.
        scale: how they became brightness.
        brightness: how bright each cell was, `[query, key]`.
        full: the weight that is white, or None where each row has its own.
        shown: the tokens that have a row and a column.
        hides: special tokens are left out, and the rows renormalised.
    """

    analysis: Analysis
    layer: int
    head: int
    view: View
    view_name: str
    scale: Scale
    brightness: NDArray[np.float32]
    full: float | None
    shown: tuple[int, ...]
    hides: bool

    @classmethod
    def of(cls, reading: Reading) -> Picture:
        """The head that is looked at, as it is now."""
        assert reading.analysis is not None
        numbers, scale = reading.numbers, reading.scale
        shown = np.array(numbers.tokens)
        return cls(
            reading.analysis,
            reading.layer,
            reading.head,
            reading.view,
            f"{reading.view_name}, signs dropped" if reading.view.signed else reading.view_name,
            scale,
            scale.brightness(numbers.head)[np.ix_(shown, shown)],
            scale.full_weight(numbers.head),
            numbers.tokens,
            numbers.hidden is not None,
        )

    def save(self, folder: Path) -> Path:
        """Draw it and write it.

        Returns:
            The file's absolute path.

        Raises:
            SaveError: it cannot be written.
        """
        # Pillow is imported with the first picture, not before the first frame.
        from tui.render.diagram import Diagram, facts, png
        from tui.storage.saving import picture_name, save_picture

        model = self.analysis.model
        diagram = Diagram(
            tokens=tuple(self.analysis.tokens[token].text for token in self.shown),
            brightness=self.brightness,
            masks=tuple(self.shown.index(mask) for mask in self.analysis.masks),
            text=self.analysis.text,
            model=model.name,
            layer=self.layer,
            head=self.head,
            layers=model.layers,
            heads=model.heads,
            view=self.view_name + (HIDDEN if self.hides else ""),
            scale=self.scale.name,
            full="each row's largest" if self.full is None else f"{self.full:.3g}",
        )
        slugs = [
            self.view.slug,
            "" if self.scale is ABSOLUTE else self.scale.slug,
            "nospecials" if self.hides else "",
        ]
        name = picture_name(self.layer, self.head, [slug for slug in slugs if slug])
        return save_picture(folder, name, png(diagram), facts(diagram))
