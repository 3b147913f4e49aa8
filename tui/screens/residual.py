"""The grid of layers and tokens: where what A and B differ in is kept, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.analysis.columns import NO_NUMBER
from tui.experiments.residual import PLACES_OVERLAP
from tui.screens.page_screen import PageScreen
from tui.text import visible
from tui.widgets.heads.residual_page import ResidualCells, ResidualPage
from tui.widgets.text.cut_line import CutLine
from tui.widgets.text.fitting import brief_name
from tui.widgets.text.page import Page
from tui.widgets.text.status_line import StatusLine
from tui.widgets.text.tab_separated import tab_separated

if TYPE_CHECKING:
    from tui.experiments.residual import ResidualTransplants
    from tui.session.residual_grid import ResidualGrid

_MOVE = Binding.Group("previous / next layer and token")

ROOM_FOR_WORTH = 20
"""Lines of the screen from which on there is room to say what shares come to."""


class ResidualScreen(PageScreen):
    """Tokens across, layers down; the measure and its direction stand above."""

    CSS_PATH = ["page_screen.tcss", "residual.tcss"]  # noqa: RUF012 - as textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "do('residual.move', 0, -1)", "move", group=_MOVE, id="residual-left"),
        Binding("h", "do('residual.move', 0, -1)", "move", show=False, id="residual-left-letter"),
        Binding("right", "do('residual.move', 0, 1)", "move", group=_MOVE, id="residual-right"),
        Binding("l", "do('residual.move', 0, 1)", "move", show=False, id="residual-right-letter"),
        Binding("up", "do('residual.move', -1, 0)", "move", group=_MOVE, id="residual-up"),
        Binding("k", "do('residual.move', -1, 0)", "move", show=False, id="residual-up-letter"),
        Binding("down", "do('residual.move', 1, 0)", "move", group=_MOVE, id="residual-down"),
        Binding("j", "do('residual.move', 1, 0)", "move", show=False, id="residual-down-letter"),
        Binding(
            "enter", "do('residual.go')", "go there", id="residual-go",
            tooltip="go to this layer, with the cursor on the token's row",
        ),
        Binding(
            "escape,R,q,ctrl+c", "do('residual.close')", "close", id="residual-close",
            tooltip="back",
        ),
        Binding("ctrl+q", "app.quit", "quit", show=False),
    ]  # fmt: skip

    PLACE = "residual"

    def compose_page(self) -> ComposeResult:
        """The title, what is cut, the grid, what shares come to, what is read out, the keys."""
        yield Page(focusable=False, id="title")
        yield CutLine(id="cut")
        yield ResidualPage(plain=self.session.looking.looks.is_plain, id="cells")
        yield Page(focusable=False, id="worth")

    @property
    def state(self) -> ResidualGrid:
        """Where it stands."""
        return self.session.residual

    @property
    def is_open(self) -> bool:
        """Whether the session still has what this shows."""
        return self.state.is_open

    def show_page(self) -> None:
        """Bring the title, the page and the readout up to date."""
        state, found = self.state, self.state.found
        cells = _cells(found) if found is not None else None
        cursor = state.layer, state.token
        shading = self.session.looking.looks.shading
        self.query_one(ResidualPage).show_cells(cells, cursor, shading)
        self.tell_sentences("#title", self._title(found), "bold")
        has_room = self.size.height >= ROOM_FOR_WORTH
        self.tell_sentences("#worth", [PLACES_OVERLAP] if has_room else [], "dim")
        about = self._about(cells, *cursor) if cells is not None else Text()
        self.query_one("#about", StatusLine).left = about

    @property
    def to_copy(self) -> tuple[str, str]:
        """The grid: a line a layer, a column a token."""
        if (found := self.state.found) is None:
            return "", ""
        cells = _cells(found)
        rows = ((layer + 1, *row) for layer, row in enumerate(cells.shares.tolist()))
        return "", tab_separated([("layer", *cells.tokens), *rows])

    @property
    def about_list(self) -> Sequence[str]:
        """The measure and its direction, and what shares come to."""
        found = self.state.found
        said = [f"What goes into each layer, from B: {found.said}"] if found is not None else []
        return *said, PLACES_OVERLAP

    @property
    def told_so_far(self) -> tuple[str, ...]:
        """How many of the places are measured, before all are."""
        found = self.state.found
        return (f"{found.so_far.said}.",) if found is not None and found.so_far else ()

    def _title(self, found: ResidualTransplants | None) -> list[str]:
        """What is transplanted, the measure and its direction, and how shares are drawn.

        If it cannot go on, that comes first.
        """
        problem = [visible(self.state.problem)] if self.state.problem else []
        if found is None:
            return problem or ["Transplanting from B what goes into each layer at each token…"]
        glyphs = self.session.looking.looks.shading.glyphs
        scale = "colours" if self.session.looking.looks.shading.ramp else glyphs.shades.strip()
        below = "blue" if self.session.looking.looks.shading.ramp else glyphs.below.strip()
        without = "no partner, no number"
        if found.so_far is not None:
            without = f"{without}, or not yet: {found.so_far.said}"
        return [
            *problem,
            f"What goes into each layer, from B: {found.said}",
            f"0 as A, {scale} to 1, as B · {below} below 0 · {glyphs.over} over 1 · "
            f"{NO_NUMBER} {without}",
        ]

    def _about(self, cells: ResidualCells, layer: int, token: int) -> Text:
        share, named = float(cells.shares[layer, token]), brief_name(cells.tokens[token])
        partner = cells.partners[token]
        found = self.state.found
        if found is not None and not found.has((layer, token)):
            said = f"layer {layer + 1}, {named}: not measured yet"
        elif share != share:
            paired = found is not None and any(here == token for here, _ in found.way.pairs)
            why = "that place is changed already" if paired else "it has no partner"
            said = f"layer {layer + 1}, {named}: no number, as {why}"
        else:
            pair = f"{named}/{brief_name(partner)}" if partner else named
            said = f"layer {layer + 1}, {pair}: {share:.2f} of the way"
        return Text(f" {said}", style="bold")


def _cells(found: ResidualTransplants) -> ResidualCells:
    """Shares with their names; where a partner is called alike there is none to be said."""
    way = found.way
    tokens = tuple(map(visible, way.labels))
    partners = [NO_NUMBER] * len(tokens)
    for here, there in way.pairs:
        named = visible(way.source_labels[there])
        partners[here] = named if named != tokens[here] else ""
    return ResidualCells(found.shares, tokens, partners)
