"""The screen itself as files: a PNG of its cells, and an SVG that stays sharp at any size."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tui.analysis.analysis import Analysis
from tui.evidence.pictures import KeptPicture
from tui.render import png_file
from tui.render.missing_fonts import missing_fonts
from tui.render.screen_picture import ScreenCell, draw_screen
from tui.storage.data_files import CONTENT, content_metadata, hash_of
from tui.storage.files import make_folder
from tui.storage.saving import Identity, picture_metadata, save_as


@dataclass(frozen=True, slots=True, eq=False)
class ScreenPicture:
    """The screen as it was when its picture was asked for.

    Attributes:
        cells: its cells, line by line.
        svg: the same as Textual draws it.
        text: the sentence.
        model: the model's name.
        layer: the layer, counted from 0.
        head: the head, counted from 0.
        told: everything that a reader must be told, a sentence each.
        beside: what the screen's run is compared with.
    """

    cells: Sequence[Sequence[ScreenCell]]
    svg: str
    text: str
    model: str
    layer: int
    head: int
    told: tuple[str, ...] = ()
    beside: Analysis | None = None

    @property
    def _facts_beside(self) -> dict[str, str]:
        if self.beside is None:
            return {}
        return {"Other text": self.beside.text, "Other model": self.beside.model.name}

    def save(self, folder: Path) -> KeptPicture:
        """Draw and write both, the PNG and the SVG.

        Raises:
            SaveError: one cannot be written.
        """
        folder = make_folder(folder)
        stem = f"Screen_Layer{self.layer + 1}_Head{self.head + 1}"
        facts = png_file.shown(
            {
                "Title": "The screen of bertmask-tui",
                "Text": self.text,
                "Model": self.model,
                **self._facts_beside,
                "Layer": str(self.layer + 1),
                "Head": str(self.head + 1),
                "Cells": hashlib.sha256(repr(self.cells).encode("utf-8", "replace")).hexdigest(),
                **png_file.told_fact(self.told),
            }
        )
        picture = save_as(
            folder,
            f"{stem}.png",
            lambda: [png_file.encode(draw_screen(self.cells), facts)],
            Identity(picture_metadata, facts),
        )
        drawing = self.svg.encode("utf-8", "replace")
        digest = hash_of([drawing])
        saved = save_as(
            folder,
            f"{stem}.svg",
            lambda: [drawing],
            Identity(content_metadata, {CONTENT: digest}, digest),
        )
        return KeptPicture(
            (picture.path, saved.path),
            missing_fonts(cell.text for row in self.cells for cell in row),
        )
