"""The line at the bottom: the keys that matter now, as many as fit."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from tui.widgets.text.key_help import KeyHelp
from tui.widgets.text.line import Line


class KeyLine(Line):
    """Shows keys and what they do; what does not fit is left out whole, the last ones first."""

    COMPONENT_CLASSES = {"keys--key", "keys--what"}  # noqa: RUF012 - as textual declares it

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._keys: Sequence[KeyHelp] = ()
        self._always: Sequence[KeyHelp] = ()
        self._drawn_in = ""

    def notify_style_update(self) -> None:
        """Write in the colours of another theme: they are in the text."""
        super().notify_style_update()
        before, self._drawn_in = self._drawn_in, self.app.theme
        if before != self._drawn_in and self._keys:
            self.call_later(self._fill)

    def show(self, keys: Sequence[KeyHelp], always: Sequence[KeyHelp]) -> None:
        """Set the keys that are shown as far as they fit, and those that always are."""
        self._keys, self._always = keys, always
        self._fill()

    def on_resize(self) -> None:
        """Fit the keys to the new width."""
        self._fill()

    def _fill(self) -> None:
        text = Text()
        always = Text()
        for help_ in self._always:
            self._append(always, help_)
        for help_ in self._keys:
            longer = text.copy()
            self._append(longer, help_)
            if longer.cell_len + always.cell_len > self.size.width:
                break
            text = longer
        self.left = text + always

    def _append(self, text: Text, help_: KeyHelp) -> None:
        keys = ("" if all(len(key) == 1 for key in help_.brief) else "/").join(help_.brief)
        text.append(f" {keys}", self.get_component_rich_style("keys--key", partial=True))
        text.append(f" {help_.short} ", self.get_component_rich_style("keys--what", partial=True))
