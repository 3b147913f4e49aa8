"""The base of screens over the main one: a page of what was measured, what is said of it, keys."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.screen import ModalScreen

from tui.screens.session_screen import Perform, SessionScreen, keys_of
from tui.session.effects import Redraw
from tui.session.session import Session
from tui.text import visible
from tui.widgets.text.answer_lines import activity
from tui.widgets.text.cut_line import CutLine
from tui.widgets.text.fitting import wrap
from tui.widgets.text.key_line import KeyLine
from tui.widgets.text.page import Page
from tui.widgets.text.status_line import StatusLine

LEAST_WIDTH = 20
"""Columns that a sentence is broken to at least."""


class PageScreen(SessionScreen, ModalScreen[None]):
    """A page, with what is at hand or said in a line below it, and the keys.

    A screen of this kind says where its state is, composes its page and draws it.

    Args:
        session: the session.
        perform: carries its effects out.
    """

    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = "page_screen.tcss"

    def __init__(self, session: Session, perform: Perform) -> None:
        super().__init__(session, perform, classes="page")
        self._is_up = False

    def compose(self) -> ComposeResult:
        """The title and the page, what is read out, and the keys."""
        yield from self.compose_page()
        yield StatusLine(id="about")
        yield KeyLine(id="keys")

    def compose_page(self) -> ComposeResult:
        """Everything above the readout."""
        raise NotImplementedError

    @property
    def is_open(self) -> bool:
        """Whether the session still has what this shows; if not, the screen is about to close."""
        raise NotImplementedError

    def show_page(self) -> None:
        """Bring the title, the page and the readout up to date."""
        raise NotImplementedError

    @property
    def about_list(self) -> Sequence[str]:
        """The sentences on what the numbers of the list are."""
        return ()

    def on_mount(self) -> None:
        """Show everything."""
        self._is_up = True
        self.query_one(KeyLine).show(*keys_of(self))
        self.show(Redraw.EVERYTHING)

    def on_resize(self) -> None:
        """Break the sentences around the page anew."""
        super().on_resize()
        if self.is_attached:
            self.show(Redraw.BOARD)

    def show(self, what: Redraw) -> None:
        """Bring the screen up to date, unless it is about to close."""
        if not self._is_up or not self.is_open or self.session.analysis is None:
            return
        if what >= Redraw.BOARD:
            self.show_page()
        line = self.query_one("#about", StatusLine)
        line.said = visible(self.session.message)
        line.right = activity(self.session)
        for cut in self.query(CutLine):
            cut.tell(self.session)

    def tell_sentences(
        self, name: str, sentences: Sequence[str], style: str, most: int = 0
    ) -> None:
        """Give a page of sentences the lines that they take.

        Args:
            name: the page's selector.
            sentences: each begins on a line of its own; none: the page goes.
            style: how they are drawn.
            most: lines that they may take, 0 for as many as they need.
        """
        width = max(LEAST_WIDTH, self.size.width - 2)
        lines = [line for sentence in sentences for line in wrap(sentence, width)]
        lines = lines[: most or None]
        page = self.query_one(name, Page)
        if page.display != bool(lines):
            page.display = bool(lines)
        if lines and (page.styles.height is None or page.styles.height.value != len(lines)):
            page.styles.height = len(lines)
        page.show([Text(f" {line}", style=style) for line in lines])
