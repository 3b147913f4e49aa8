"""Where the reader is, kept on every change, and taken up again on the next start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.analysis.scales import SCALES
from tui.analysis.views import VIEWS
from tui.messages import KeepSession
from tui.render.depth import Depth
from tui.screens.reading_screen import ReadingScreen
from tui.session.options import Options
from tui.session.sentences import Sentences
from tui.session.steps import CellIndex
from tui.storage.kept_place import KeptPlace
from tui.themes import CONTRAST
from tui.widgets.grid.content import Looks

if TYPE_CHECKING:
    from tui.analysis.analysis import Analysis


class Remembering(ReadingScreen):
    """Tells the app what to keep; what was kept before comes with the options."""

    def __init__(self, options: Options, sentences: Sentences) -> None:
        super().__init__(options, sentences)
        self._kept = options.session
        self._to_restore: KeptPlace | None = options.session
        reading, kept = self._reading, options.session
        reading.layer = reading.layer if options.layer is not None else kept.layer or 0
        reading.head = reading.head if options.head is not None else kept.head or 0
        reading.scale = next((s for s in SCALES if s.name == kept.scale), reading.scale)
        reading.look_at(next((v for v in VIEWS if v.name == kept.view), reading.wish))
        self._restore_toggles(kept.toggles)

    @property
    def _first_text(self) -> str:
        """The sentence to begin with."""
        if self._options.text is not None:
            return self._options.text
        return self._options.session.text or self._sentences.latest

    @property
    def _has_place(self) -> bool:
        """Whether it is known which head to begin with."""
        known = (self._options.layer, self._options.head, self._options.session.layer)
        return any(number is not None for number in known)

    @property
    def _had_bars(self) -> bool:
        """Whether the row was shown as a list."""
        return self._options.session.toggles.get("bars") is True

    def _restored(self, analysis: Analysis, place: CellIndex) -> CellIndex:
        """Where the cursor goes with the first answer: where it was, if it is the same text."""
        kept, self._to_restore = self._to_restore, None
        if kept is None or kept.text != analysis.text or self._options.text is not None:
            return place
        if kept.mask is not None and kept.mask < len(analysis.masks):
            self._reading.mask = kept.mask
        if kept.query is None or kept.key is None:
            return place
        last = len(self._reading.units) - 1
        return min(kept.query, last), min(kept.key, last)

    def _restore_toggles(self, kept: Mapping[str, bool | str]) -> None:
        """Take up what was on; colours only where the terminal has some."""
        self._reading.hides = kept.get("hides") is True
        self._reading.words = kept.get("words") is True
        shading = self._looks.shading
        if kept.get("ramp") and shading.depth is not Depth.NONE:
            from tui.render.ramps import RAMPS  # not needed where there is no colour

            ramp = next((ramp for ramp in RAMPS if ramp.name == kept["ramp"]), None)
            shading = replace(shading, ramp=ramp)
        self._looks = Looks(
            shading, numbers=kept.get("numbers") is True, overview=kept.get("overview") is True
        )
        self._incoming = kept.get("incoming") is True

    def on_mount(self) -> None:
        """Take up what is the app's."""
        if self._options.session.toggles.get("contrast") is True:
            self.app.theme = CONTRAST.name
        self.watch(self.app, "theme", self._keep, init=False)

    @property
    def _toggles(self) -> dict[str, bool | str]:
        ramp = self._looks.shading.ramp
        return {
            "hides": self._reading.hides,
            "words": self._reading.words,
            "ramp": ramp.name if ramp else "",
            "numbers": self._looks.numbers,
            "overview": self._looks.overview,
            "incoming": self._incoming,
            "bars": self._bars is not None,
            "contrast": self.app.theme == CONTRAST.name,
        }

    def _show_status(self) -> None:
        """Whatever changes ends with the status line; that is when it is kept."""
        super()._show_status()
        self._keep()

    def _keep(self) -> None:
        session = self._session()
        if session != self._kept:
            self._kept = session
            self.post_message(KeepSession(session))

    def _session(self) -> KeptPlace:
        analysis = self._reading.analysis
        if analysis is None or self._to_restore is not None:
            return self._kept
        query, key = self._cursor
        return replace(
            self._kept,
            text=analysis.text,
            model=self._model_name if self._only_text is None else self._options.model,
            layer=self._reading.layer,
            head=self._reading.head,
            query=query,
            key=key,
            mask=self._reading.mask,
            view=self._reading.wish.name,
            scale=self._reading.scale.name,
            toggles=self._toggles,
        )
