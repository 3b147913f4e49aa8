"""The head on screen becomes a picture in a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tui.attention.scales import ABSOLUTE, Scale
from tui.attention.views import View
from tui.lazy import np
from tui.model.analysis import Analysis
from tui.reading import Reading, display_block
from tui.units import Units

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """What was on screen when a picture was asked for.

    Attributes:
        analysis: the answer.
        layer: the layer, counted from 0.
        head: the head, counted from 0.
        view: which numbers were looked at.
        scale: how they became brightness.
        brightness: how bright each cell was, `[query, key]`.
        full: the weight that is white, or None where each row has its own.
        units: what the rows and columns stand for.
        words: word pieces are joined into words.
        block: the part of a pair that is shown, such as `A→B`; empty for all of it.
    """

    analysis: Analysis
    layer: int
    head: int
    view: View
    scale: Scale
    brightness: NDArray[np.float32]
    full: float | None
    units: Units
    words: bool
    block: str

    @classmethod
    def of(cls, reading: Reading) -> Picture:
        """The head that is looked at, as it is now."""
        assert reading.analysis is not None
        numbers, scale = reading.head_numbers, reading.scale
        return cls(
            reading.analysis,
            reading.layer,
            reading.head,
            reading.view,
            scale,
            scale.brightness(numbers),
            scale.full_weight(numbers),
            reading.units,
            reading.words,
            display_block(reading.shown_block),
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
            tokens=self.units.labels,
            brightness=self.brightness,
            masks=self.units.masks,
            text=self.analysis.text,
            model=model.name,
            layer=self.layer,
            head=self.head,
            layers=model.layers,
            heads=model.heads,
            view=", ".join(
                [self.view.name, *["words"] * self.words, *[self.block] * bool(self.block)]
            ),
            scale=self.scale.name,
            full="each row's largest" if self.full is None else f"{self.full:.3g}",
        )
        slugs = [
            self.view.slug,
            "" if self.scale is ABSOLUTE else self.scale.slug,
            "words" if self.words else "",
            self.block.replace("→", "to"),
        ]
        name = picture_name(self.layer, self.head, [slug for slug in slugs if slug])
        return save_picture(folder, name, png(diagram), facts(diagram))
