"""The likely arrows: each with its estimate, and the effect of cutting it alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.analysis.decimals import WEIGHT_DECIMALS
from tui.experiments.arrows import FIRST_ORDER, SINGULAR
from tui.screens.page_screen import PageScreen
from tui.text import mask_said, visible
from tui.widgets.heads.arrows_page import ArrowLine, ArrowsPage, signed
from tui.widgets.text.fitting import brief_name
from tui.widgets.text.page import Page
from tui.widgets.text.status_line import StatusLine
from tui.widgets.text.tab_separated import tab_separated

if TYPE_CHECKING:
    from tui.experiments.arrows import ArrowSweep, SweptArrow
    from tui.session.likely_arrows import LikelyArrows

_MOVE = Binding.Group("previous / next arrow")
_PAGE = Binding.Group("ten arrows up / down")

ROOM_FOR_WORTH = 16
"""Lines of the screen from which on there is room to say what an estimate is worth."""


class ArrowsScreen(PageScreen):
    """A list of arrows; what they were measured for stands above it."""

    CSS_PATH = ["page_screen.tcss", "arrows.tcss"]  # noqa: RUF012 - as textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "do('arrows.move', -1)", "move", group=_MOVE, id="arrows-up"),
        Binding("k", "do('arrows.move', -1)", "move", show=False, id="arrows-up-letter"),
        Binding("down", "do('arrows.move', 1)", "move", group=_MOVE, id="arrows-down"),
        Binding("j", "do('arrows.move', 1)", "move", show=False, id="arrows-down-letter"),
        Binding(
            "pageup", "do('arrows.move', -10)", "page", group=_PAGE, show=False,
            id="arrows-page-up",
        ),
        Binding(
            "pagedown", "do('arrows.move', 10)", "page", group=_PAGE, show=False,
            id="arrows-page-down",
        ),
        Binding(
            "enter", "do('arrows.go')", "go there", id="arrows-go",
            tooltip="go to the arrow's head, with the cursor on its cell",
        ),
        Binding(
            "X", "do('arrows.cut')", "cut", id="arrows-cut",
            tooltip="cut the arrow; the others are then measured anew",
        ),
        Binding(
            "D", "do('cutting.restore')", "all back", show=False, id="arrows-restore",
            tooltip="put back everything that is cut, and measure anew",
        ),
        Binding(
            "s", "do('arrows.turn_order')", "sort", id="arrows-sort",
            tooltip="list them by effect, estimate or weight, the largest first, whatever its sign",
        ),
        Binding(
            "e", "do('arrows.turn_measure')", "measure", id="arrows-measure",
            tooltip="the next measure of the effect; one with an estimate of its own proposes "
            "other arrows",
        ),
        Binding(
            "n", "do('arrows.turn_row')", "row", id="arrows-row",
            tooltip="leave the rest of a cut arrow's row as it is, or renormalise it; measured "
            "anew",
        ),
        Binding(
            "escape,E,q,ctrl+c", "do('arrows.close')", "close", id="arrows-close", tooltip="back"
        ),
        Binding("ctrl+q", "app.quit", "quit", show=False),
    ]  # fmt: skip

    PLACE = "arrows"

    def compose_page(self) -> ComposeResult:
        """The title, the list, what that is worth, what is read out, and the keys."""
        yield Page(focusable=False, id="title")
        yield ArrowsPage(ascii_only=self.session.options.ascii_only, id="arrows")
        yield Page(focusable=False, id="worth")

    @property
    def state(self) -> LikelyArrows:
        """Where it stands."""
        return self.session.arrows

    @property
    def is_open(self) -> bool:
        """Whether the session still has what this shows."""
        return self.state.is_open

    def show_page(self) -> None:
        """Bring the title, the page and the readout up to date."""
        state, found = self.state, self.state.found
        lines = state.lines
        cursor = min(state.cursor, max(0, len(lines) - 1))
        shown = [self._line(one, found) for one in lines] if found is not None else []
        self.query_one(ArrowsPage).show_arrows(shown, cursor, self._decimals)
        problem = [visible(state.problem)] if state.problem else []
        named = [self._title(found)] if found is not None or not problem else []
        self.tell_sentences("#title", [*problem, *named], "bold")
        has_room = self.size.height >= ROOM_FOR_WORTH
        self.tell_sentences("#worth", [self._worth] if has_room else [], "dim")
        about = self._about(shown[cursor], lines[cursor], cursor) if shown else Text()
        self.query_one("#about", StatusLine).left = about

    @property
    def to_copy(self) -> tuple[str, str]:
        """The list: a line an arrow."""
        found, measure = self.state.found, self.session.effects.measure
        if found is None:
            return "", ""
        header = ["layer", "head", "query", "key", "weight", "estimate", "effect"]
        rows: Iterator[Sequence[str | float]] = (
            (
                one.arrow.layer + 1,
                one.arrow.head + 1,
                found.tokens[one.arrow.query],
                found.tokens[one.arrow.key],
                one.weight,
                one.estimate(measure),
                one.effects[measure.slug],
            )
            for one in self.state.lines
        )
        return "", tab_separated([header, *rows])

    @property
    def about_list(self) -> Sequence[str]:
        """Whose effects these are, how rows are treated, and what an estimate is worth."""
        return self._title(self.state.found), self._worth

    @property
    def told_so_far(self) -> tuple[str, ...]:
        """How many of the arrows are cut, before all are."""
        found = self.state.found
        return (f"{found.so_far.said}.",) if found is not None and found.so_far else ()

    @property
    def _decimals(self) -> int:
        return 0 if self.session.effects.measure.slug == "rank" else WEIGHT_DECIMALS

    def _line(self, one: SweptArrow, found: ArrowSweep) -> ArrowLine:
        measure, arrow = self.session.effects.measure, one.arrow
        query, key = (
            brief_name(visible(found.tokens[place])) for place in (arrow.query, arrow.key)
        )
        return ArrowLine(
            f"{arrow.layer + 1}·{arrow.head + 1}",
            f"{query} → {key}",
            one.weight,
            one.estimate(measure),
            one.effects[measure.slug],
        )

    def _title(self, found: ArrowSweep | None) -> str:
        """Whose effects these are, how rows are treated, and what the estimates are worth."""
        state, measure = self.state, self.session.effects.measure
        rows = "rows renormalised" if state.renormalised else "rows as they are"
        if found is None:
            return f"Cutting the likely arrows, {rows}…"
        over = f" over {visible(found.runner_up_word)}" if measure.slug == "logit-diff" else ""
        at = mask_said(found.mask, len(self.session.answer.masks))
        said = f"{visible(found.word)}{over}{at}, {measure.name}, {rows}: {found.compared(measure)}"
        changed = self.session.answer.changed
        return f"{said} · {visible(changed)}" if found.interventions and changed else said

    @property
    def _worth(self) -> str:
        if not self.state.renormalised:
            return FIRST_ORDER
        return f"{FIRST_ORDER} –: over {SINGULAR:g} of a renormalised row, where there is none."

    def _about(self, line: ArrowLine, one: SweptArrow, at: int) -> Text:
        arrow, of = one.arrow, len(self.state.lines)
        found = self.state.found
        is_cut = found is None or found.has(arrow)
        effect = signed(line.effect, self._decimals) if is_cut else "not measured yet"
        said = (
            f" Layer {arrow.layer + 1} · Head {arrow.head + 1}: {line.names} "
            f"{one.weight:.{WEIGHT_DECIMALS}f}, effect {effect}"
        )
        where = f" · {at + 1} of {of} · pieces {arrow.query + 1} → {arrow.key + 1}"
        return Text(said, style="bold").append(where, style="not bold")
