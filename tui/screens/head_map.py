"""The map of all heads."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.analysis.columns import SHARE
from tui.screens.all_heads import AllHeadsScreen
from tui.session.boards import HeadMapState
from tui.session.effects import Redraw
from tui.widgets.heads.head_map import HeadMap
from tui.widgets.heads.map_view import map_view

_MOVE = Binding.Group("previous / next head and layer, cycling")
_MATCH = Binding.Group("previous / next head that the query asks for")


class MapScreen(AllHeadsScreen):
    """All layers and heads on one screen; enter opens the one at hand."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(0, -1)", "head", group=_MOVE, id="map-left"),
        Binding("h", "move(0, -1)", "head", show=False, id="map-left-letter"),
        Binding("right", "move(0, 1)", "head", group=_MOVE, id="map-right"),
        Binding("l", "move(0, 1)", "head", show=False, id="map-right-letter"),
        Binding("up", "move(-1, 0)", "head", group=_MOVE, id="map-up"),
        Binding("k", "move(-1, 0)", "head", show=False, id="map-up-letter"),
        Binding("down", "move(1, 0)", "head", group=_MOVE, id="map-down"),
        Binding("j", "move(1, 0)", "head", show=False, id="map-down-letter"),
        Binding("enter", "open", "open", id="map-open", tooltip="open this head"),
        Binding(
            "n", "statistic(1)", "statistic", id="map-statistic",
            tooltip="shade heads by the next statistic; after the last, thumbnails again",
        ),
        Binding(
            "N", "statistic(-1)", "statistic", show=False, id="map-statistic-back",
            tooltip="shade heads by the statistic before",
        ),
        Binding("space", "cut", "cut", id="map-cut", tooltip="cut this head; again: restore it"),
        Binding(
            "D", "do('cutting.restore')", "all back", show=False, id="map-restore",
            tooltip="put back everything that is cut",
        ),
        Binding(
            "Z", "do('cutting.turn_way')", "way", show=False, id="map-way",
            tooltip="cut heads to their mean, or to zero, or transplant them from B",
        ),
        Binding(
            "e", "do('effects.measure_all')", "effects", id="map-effects",
            tooltip="cut each head alone and shade by the effect on the chosen candidate; again: "
            "the next measure of it",
        ),
        Binding(
            "equals_sign", "do('comparing.rank')", "A/B", show=False, id="map-compared",
            tooltip="shade by how much heads differ between A and B; again: the next number of it",
        ),
        Binding(
            "R", "do('from_b.measure')", "from B", show=False, id="map-from-b",
            tooltip="transplant each head alone from B and shade by the share of the way that the "
            "answer goes; again: the grid of layers and tokens",
        ),
        Binding("comma", "match(-1)", "matches", group=_MATCH, id="map-previous-match"),
        Binding("full_stop", "match(1)", "matches", group=_MATCH, id="map-next-match"),
        Binding("escape,m,q,ctrl+c", "close", "close", id="map-close", tooltip="back"),
        Binding("ctrl+q", "app.quit", "quit", show=False),
    ]  # fmt: skip

    PLACE = "map"

    @property
    def to_copy(self) -> tuple[str, str]:
        """The head at hand."""
        told = (self.about(self.state.cursor).plain.strip(), *self.session.told_so_far)
        return " · ".join(told), ""

    def compose_board(self) -> ComposeResult:
        """The map."""
        looks = self.session.looking.looks
        yield HeadMap(
            self.shades, below=looks.shading.glyphs.below, plain=looks.is_plain, id="page"
        )

    @property
    def map(self) -> HeadMap:
        """The map."""
        return self.query_one(HeadMap)

    @property
    def state(self) -> HeadMapState:
        """Where it stands."""
        assert isinstance(self.session.heads.board, HeadMapState)
        return self.session.heads.board

    def on_resize(self) -> None:
        """Thumbnails need room: where there is none a statistic is shown, and back again."""
        self.call_after_refresh(self.show, Redraw.EVERYTHING)

    def show_page(self) -> None:
        """Thumbnails, or shades of a statistic."""
        search = self.session.heads.search
        layers, heads = self.analysis.statistics.thumbnails.shape[:2]
        fits = self.map.fits_thumbnails(layers, heads)
        view = map_view(self.session, self.state, thumbnails=fits)
        statistic = self.state.statistic(thumbnails=fits, measured=self.session.measured)
        self.tell_way(shown=statistic is SHARE)
        self.map.show_heads(view.content, self.state.cursor, view.made_of)
        title = Text(f" All {layers}×{heads} heads", style="bold")
        if search.found is not None:
            title.append(f" · {int(search.found.sum())} meet {search.query}", style="not bold")
        shaded_by = statistic.name if statistic is not None else ""
        about = self.about(self.state.cursor, first=shaded_by)
        self.tell(title, Text(view.legend, style="dim"), about)

    async def action_move(self, layers: int, heads: int) -> None:
        """Go to a neighbour."""
        move = partial(self.state.move, self.analysis, layers, heads)
        await self.perform(self.session.heads.change(move))

    async def action_cut(self) -> None:
        """Cut the head at hand, or restore it."""
        await self.perform(self.session.cutting.cut_head(*self.state.cursor))

    async def action_match(self, step: int) -> None:
        """Go to the next head that is asked for."""

        def go() -> None:
            state, session = self.state, self.session
            state.cursor = session.heads.search.step(session.heads.order, state.cursor, step)

        await self.perform(self.session.heads.change(go))

    async def action_statistic(self, step: int) -> None:
        """Shade heads by another statistic."""
        model = self.analysis.model
        fits = self.map.fits_thumbnails(model.layers, model.heads)
        measured = self.session.measured
        turn = partial(self.state.turn_statistic, step, thumbnails=fits, measured=measured)
        await self.perform(self.session.heads.change(turn))

    async def action_open(self) -> None:
        """Open the head at hand."""
        await self.perform(self.session.heads.close(self.state.cursor))

    async def on_head_map_chosen(self, message: HeadMap.Chosen) -> None:
        """A click goes to a head; a click on the one at hand opens it."""
        if self.session.heads.board is None:
            return
        if message.place == self.state.cursor:
            await self.action_open()
        else:
            layer, head = self.state.cursor
            await self.action_move(message.place[0] - layer, message.place[1] - head)
