"""The map: all layers and heads on one screen, each a thumbnail or a shade."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from rich.color import Color
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from tui.analysis.columns import NO_NUMBER
from tui.analysis.thumbnails import shrink
from tui.lazy import np
from tui.session.cutting import CUT_SIGN, TRANSPLANT_SIGN
from tui.widgets.heads.map_layout import MapLayout
from tui.widgets.text.page import Page, Runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEPS = 6
"""Levels of brightness of a thumbnail's pixels: few, so that runs of one colour are long."""


@dataclass(frozen=True, slots=True, eq=False)
class MapContent:
    """All heads, to be drawn.

    Attributes:
        thumbnails: each head in a few pixels, `[layer, head, y, x]`, 0 dark to 255 full.
        shades: one brightness a head, `[layer, head]`, 0..1, or None for thumbnails.
        lit: the heads that are asked for, `[layer, head]`, or None if none were.
        noted: the heads that have a note, as (layer, head).
        cut: the heads that are cut, as (layer, head).
        below: the heads whose shade stands for a number below 0, `[layer, head]`, None for none.
        transplanted: the heads that are transplanted from another sentence, as (layer, head).
        absent: the heads whose number is not measured, `[layer, head]`, None for none.
    """

    thumbnails: NDArray[np.uint8]
    shades: NDArray[np.float32] | None = None
    lit: NDArray[np.bool_] | None = None
    noted: frozenset[tuple[int, int]] = field(default_factory=frozenset)
    cut: frozenset[tuple[int, int]] = field(default_factory=frozenset)
    below: NDArray[np.bool_] | None = None
    transplanted: frozenset[tuple[int, int]] = field(default_factory=frozenset)
    absent: NDArray[np.bool_] | None = None


class HeadMap(Page):
    """Draws every head; which of them is at hand is said by its marks and the numbers' colour.

    Args:
        shades: characters from blank to full.
        below: the same for numbers below 0; if there are none, they are drawn alike.
        plain: draw no half blocks and no colours, only `shades`.

    Attributes:
        content: what is drawn; None draws nothing.
        cursor: the (layer, head) at hand, counted from 0.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "map--label",
        "map--cursor",
        "map--pixels",
        "map--lit",
        "map--dim",
        "map--mark",
    }

    class Chosen(Message):
        """A head was clicked."""

        def __init__(self, layer: int, head: int) -> None:
            super().__init__()
            self.place = layer, head

    def __init__(
        self, shades: str, *, below: str = "", plain: bool = False, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self.content: MapContent | None = None
        self.cursor = (0, 0)
        self._made_of: tuple[object, ...] | None = None
        self._shades, self._below = shades, below or shades
        self._plain = plain
        self._first = 0
        self._draws_thumbnails = False
        self._drawn_layers: dict[int, list[Strip]] = {}
        self._styles: dict[str, Style] = {}
        self._pair_styles: dict[str, dict[tuple[int, int], Style]] = {}
        self._small: tuple[tuple[object, ...], NDArray[np.uint8]] | None = None

    @property
    def arrangement(self) -> MapLayout | None:
        """Where everything stands, or None while there is nothing."""
        if self.content is None or not self.size.area:
            return None
        return MapLayout.fit(self.size, *self.content.thumbnails.shape[:2])

    def fits_thumbnails(self, layers: int, heads: int) -> bool:
        """Whether there is room for a thumbnail of each head, and something to draw it with."""
        room = bool(self.size.area) and MapLayout.fit(self.size, layers, heads).has_thumbnails
        return room and not self._plain

    @property
    def shows_thumbnails(self) -> bool:
        """Whether heads are thumbnails, and not shades."""
        if self.content is None or self.content.shades is not None:
            return False
        return self.fits_thumbnails(*self.content.thumbnails.shape[:2])

    def show_heads(
        self, content: MapContent, cursor: tuple[int, int], made_of: tuple[object, ...]
    ) -> None:
        """Draw heads, and anew only those that may have changed.

        Args:
            content: all heads.
            cursor: the (layer, head) at hand, counted from 0.
            made_of: what the content was made of: of the same it looks the same.
        """
        if self._made_of is not None and all(
            old is new or (isinstance(new, frozenset) and old == new)
            for old, new in zip(self._made_of, made_of, strict=True)
        ):
            for layer in (self.cursor[0], cursor[0]):
                self._drawn_layers.pop(layer, None)
        else:
            self._made_of, self.content = made_of, content
            self._drawn_layers.clear()
        self.cursor = cursor
        self._draw()

    def restyle(self) -> None:
        """Draw the same in other colours."""
        self._draw()

    def on_resize(self) -> None:
        """Fit the map to its new size."""
        self._drawn_layers.clear()
        self._draw()

    def notify_style_update(self) -> None:
        """Colours have changed."""
        super().notify_style_update()
        self._styles.clear()
        self._pair_styles.clear()
        self._drawn_layers.clear()

    def on_click(self, event: events.Click) -> None:
        """Choose the head under the mouse."""
        layout = self.arrangement
        if layout and (place := layout.head_at(event.x, event.y, self._first)):
            self.post_message(self.Chosen(*place))

    # Drawing

    def _draw(self) -> None:
        layout = self.arrangement
        if self.content is None or layout is None:
            self.show(())
            return
        if self._draws_thumbnails != self.shows_thumbnails:
            self._draws_thumbnails = self.shows_thumbnails
            self._styles.clear()
            self._drawn_layers.clear()
        self._first = layout.first(self.cursor[0], self._first)
        lines = [self._numbers(layout)]
        for layer in range(self._first, self._first + layout.shown):
            if layer not in self._drawn_layers:
                self._drawn_layers[layer] = self._layer(layout, layer)
            lines += self._drawn_layers[layer]
        self.show(lines)

    def _style(self, name: str) -> Style:
        """A complete style, the same object each time."""
        if name not in self._styles:
            plain = name in ("pixels", "lit", "dim")
            part = self.get_component_rich_style(f"map--{name}") if name else None
            if part and plain and not self._draws_thumbnails:
                part = Style(color=part.color)
            self._styles[name] = self.rich_style + part
        return self._styles[name]

    def _numbers(self, layout: MapLayout) -> Strip:
        """The heads' numbers, each over its head; where they do not fit, every fifth."""
        wide = len(str(layout.heads)) <= layout.width
        line, room = Runs(), layout.width + 1
        line.append(" " * (layout.label + 1), self._style(""))
        for head in range(layout.heads):
            at_hand = head == self.cursor[1]
            said = str(head + 1) if wide or head % 5 == 4 or at_hand else ""
            line.append(said[:room].ljust(room), self._style("cursor" if at_hand else "label"))
        return line.strip

    def _layer(self, layout: MapLayout, layer: int) -> list[Strip]:
        content, cursor = self.content, self.cursor
        assert content is not None
        name = "cursor" if layer == cursor[0] else "label"
        lines = []
        for y in range(layout.lines):
            line = Runs()
            number = str(layer + 1) if y == 0 else ""
            line.append(number.rjust(layout.label), self._style(name))
            for head in range(layout.heads):
                line.append(*self._mark(content, cursor, (layer, head), y))
                self._append_head(line, content, layout, layer, head, y)
            behind = "▌" if (layer, layout.heads - 1) == cursor else " "
            line.append(self._drawn(behind), self._style("mark"))
            lines.append(line.strip)
        return lines

    def _mark(
        self, content: MapContent, cursor: tuple[int, int], place: tuple[int, int], y: int
    ) -> tuple[str, Style]:
        """The mark in the column before a head: the cursor's edges, a query's or a note's."""
        if place == cursor:
            return self._drawn("▐"), self._style("mark")
        if (place[0], place[1] - 1) == cursor:
            return self._drawn("▌"), self._style("mark")
        if y == 0 and place in content.noted:
            return "*", self._style("label")
        if y == 0 and content.lit is not None and content.lit[place]:
            return self._drawn("›"), self._style("mark")
        return " ", self._style("")

    def _drawn(self, mark: str) -> str:
        return {"▐": "[", "▌": "]", "›": ">"}.get(mark, mark) if self._plain else mark

    def _append_head(
        self, line: Runs, content: MapContent, layout: MapLayout, layer: int, head: int, y: int
    ) -> None:
        ramp = "pixels"
        if content.lit is not None:
            ramp = "lit" if content.lit[layer, head] else "dim"
        # In the head itself: the column before it may be the cursor's.
        sign = ""
        if y == 0 and (layer, head) in content.cut:
            sign = CUT_SIGN
        elif y == 0 and (layer, head) in content.transplanted:
            sign = TRANSPLANT_SIGN
        skipped = len(sign)
        line.append(self._drawn(sign), self._style("mark"))
        if not self._draws_thumbnails:
            if content.absent is not None and content.absent[layer, head]:
                sign = NO_NUMBER if y == 0 and layout.width > skipped else ""
                line.append(sign.ljust(layout.width - skipped), self._style("label"))
                return
            shades = content.shades
            share = 0.0 if shades is None else float(shades[layer, head])
            is_below = content.below is not None and bool(content.below[layer, head])
            glyphs = self._below if is_below else self._shades
            glyph = glyphs[round(min(max(share, 0.0), 1.0) * (len(glyphs) - 1))]
            line.append(glyph * (layout.width - skipped), self._style(ramp))
            return
        pixels, pairs = self._pixels(content, layout)[layer, head], self._pairs(ramp)
        # The last half line stays empty: it keeps the layers apart.
        lower = [STEPS] * layout.width if y == layout.lines - 1 else pixels[2 * y + 1].tolist()
        for pair in list(zip(pixels[2 * y].tolist(), lower, strict=True))[skipped:]:
            line.append(" " if pair[0] == pair[1] else "▀", pairs[pair])

    def _pixels(self, content: MapContent, layout: MapLayout) -> NDArray[np.uint8]:
        """Every head in as many pixels as it has here, `[layer, head, y, x]`, as levels."""
        key = (content, layout)
        if self._small is None or self._small[0] != key:
            small = shrink(content.thumbnails, 2 * layout.lines - 1, layout.width)
            self._small = key, np.rint(small / 255 * (STEPS - 1)).astype(np.uint8)
        return self._small[1]

    def _pairs(self, ramp: str) -> dict[tuple[int, int], Style]:
        """How an upper and a lower level are drawn together; the level `STEPS` is no pixel."""
        if ramp not in self._pair_styles:
            style = self._style(ramp)
            assert style.color is not None
            assert style.bgcolor is not None
            assert self.rich_style.bgcolor is not None
            full, ground = style.color.get_truecolor(), style.bgcolor.get_truecolor()
            colours = [
                Color.from_rgb(*(g + (f - g) * share for f, g in zip(full, ground, strict=True)))
                for share in (step / (STEPS - 1) for step in range(STEPS))
            ]
            colours.append(self.rich_style.bgcolor)
            self._pair_styles[ramp] = {
                (upper, lower): Style(color=colours[upper], bgcolor=colours[lower])
                for upper in range(STEPS)
                for lower in range(STEPS + 1)
            }
        return self._pair_styles[ramp]
