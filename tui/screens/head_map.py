"""The map of all heads."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.analysis.statistics import STATISTICS, Statistic
from tui.errors import RequestError
from tui.lazy import np
from tui.screens.board import Board, Desk, Opened
from tui.widgets.heads.head_map import HeadMap, MapContent

_MOVE = Binding.Group("previous / next head and layer, cycling")
_MATCH = Binding.Group("previous / next head that the query asks for")


class MapScreen(Board):
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
        Binding("comma", "match(-1)", "matches", group=_MATCH, id="map-previous-match"),
        Binding("full_stop", "match(1)", "matches", group=_MATCH, id="map-next-match"),
        Binding("escape,m,q,ctrl+c", "dismiss", "close", id="map-close", tooltip="back"),
        Binding("ctrl+q", "app.quit", "quit", show=False),
    ]  # fmt: skip

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._statistic: Statistic | None = None  # None: thumbnails

    def compose_page(self) -> ComposeResult:
        """The map."""
        yield HeadMap(self.desk.shades, plain=self.desk.plain, id="page")

    @property
    def map(self) -> HeadMap:
        """The map."""
        return self.query_one(HeadMap)

    def on_mount(self) -> None:
        """Begin at the head that the grid shows."""
        self.map.cursor = self.desk.reading.layer, self.desk.reading.head
        super().on_mount()
        self.call_after_refresh(self._shade_where_thumbnails_do_not_fit)

    def on_resize(self) -> None:
        """Thumbnails need room."""
        self.call_after_refresh(self._shade_where_thumbnails_do_not_fit)

    def _shade_where_thumbnails_do_not_fit(self) -> None:
        if self._statistic is None and not self.map.shows_thumbnails:
            self._statistic = STATISTICS[0]
            self.show_numbers()

    def show_numbers(self) -> None:
        """Thumbnails, or shades of a statistic."""
        statistics = self.desk.analysis.statistics
        shades = None
        legend = "each head's largest ordinary weight is full"
        if self._statistic:
            values = statistics.numbers[self._statistic.name]
            # A share's scale ends at 1 only where a head reaches it: so little would be seen else.
            full = float(np.fmax.reduce(values, axis=None, initial=0.0))
            shades = np.nan_to_num(values / full) if full > 0 else np.zeros_like(values)
            unit = f" {self._statistic.unit}" if self._statistic.unit else ""
            legend = f"{self._statistic.title}, {self.desk.shades[-1]} = {full:.2f}{unit}"
        self.map.content = MapContent(
            statistics.thumbnails, shades, self.desk.search.found, self.desk.noted
        )
        self._legend = legend
        self._tell()

    def _tell(self) -> None:
        search, model = self.desk.search, self.desk.analysis.model
        title = Text(f" All {model.layers}×{model.heads} heads", style="bold")
        if search.found is not None:
            title.append(f" · {int(search.found.sum())} meet {search.query}", style="not bold")
        self.tell(title, Text(self._legend, style="dim"), self.desk.about(self.map.cursor))

    def _go(self, layer: int, head: int) -> None:
        model = self.desk.analysis.model
        self.map.cursor = layer % model.layers, head % model.heads
        self.say("")
        self._tell()

    def action_move(self, layers: int, heads: int) -> None:
        """Go to a neighbour."""
        layer, head = self.map.cursor
        self._go(layer + layers, head + heads)

    def action_match(self, step: int) -> None:
        """Go to the next head that is asked for."""
        try:
            self._go(*self.desk.search.step(self.desk.order, self.map.cursor, step))
        except RequestError as error:
            self.say(str(error))

    def action_statistic(self, step: int) -> None:
        """Shade heads by another statistic."""
        offered: list[Statistic | None] = [*STATISTICS]
        if not self.desk.plain and self.map.arrangement and self.map.arrangement.has_thumbnails:
            offered.insert(0, None)
        self._statistic = offered[(offered.index(self._statistic) + step) % len(offered)]
        self.show_numbers()

    def action_open(self) -> None:
        """Open the head at hand."""
        self.dismiss(Opened(self.map.cursor))

    def on_head_map_chosen(self, message: HeadMap.Chosen) -> None:
        """A click goes to a head; a click on the one at hand opens it."""
        if message.place == self.map.cursor:
            self.action_open()
        else:
            self._go(*message.place)
