"""The baseline of the interface: a bare Textual app with one Input."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Input

PLACEHOLDER = "type here"


class BareApp(App[None]):
    """One field and nothing else."""

    def compose(self) -> ComposeResult:
        yield Input(placeholder=PLACEHOLDER)


if __name__ == "__main__":
    BareApp().run()
