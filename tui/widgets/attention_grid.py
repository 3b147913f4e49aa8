"""The grid: one head's attention as shaded blocks, queries down the side, keys across the top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.lazy import np
from tui.render.shading import BLOCKS, Glyphs
from tui.widgets.grid_layout import GridLayout
from tui.widgets.labels import align_right, upright

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Cell:
    """A place in the grid: the token that attends, and the token attended to."""

    query: int
    key: int


@dataclass(frozen=True, slots=True, eq=False)
class GridContent:
    """What the grid draws.

    Attributes:
        labels: the n tokens, safe to be shown.
        masks: positions of the masks: their rows and columns stand out.
        weights: the numbers behind the cells, `[query, key]`.
        levels: shading levels, `[query, key]`.
        second: the first token of a pair's second sentence, whose labels have another colour; None
            if there is but one sentence.
    """

    labels: tuple[str, ...]
    masks: tuple[int, ...]
    weights: NDArray[np.float32]
    levels: NDArray[np.uint8]
    second: int | None = None


_MOVE = Binding.Group("move the token cursor: key left, query down, query up, key right")
_EDGE = Binding.Group("cursor to the first / last key")
_PAGE = Binding.Group("cursor a page of queries up / down")


class AttentionGrid(ScrollView, can_focus=True, inherit_bindings=False):
    """Draws only the lines that are visible, and sends only those that changed.

    The grid owns its cursor and its scroll position. The cursor is a cross-hair on the two labels,
    never a block over the weight it points at.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h", "move(0, -1)", "token", group=_MOVE, id="cursor-left"),
        Binding("j", "move(1, 0)", "token", group=_MOVE, id="cursor-down"),
        Binding("k", "move(-1, 0)", "token", group=_MOVE, id="cursor-up"),
        Binding("l", "move(0, 1)", "token", group=_MOVE, id="cursor-right"),
        Binding("home", "edge(-1)", "ends", group=_EDGE, id="first-key"),
        Binding("end", "edge(1)", "ends", group=_EDGE, id="last-key"),
        Binding("pageup", "page(-1)", "page", group=_PAGE, id="page-up"),
        Binding("pagedown", "page(1)", "page", group=_PAGE, id="page-down"),
        Binding(
            "asterisk",
            "strongest",
            "strongest",
            id="strongest",
            tooltip="cursor to the row's strongest key, then to the next strongest",
        ),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "grid--label",
        "grid--mask",
        "grid--cursor",
        "grid--second",
        "grid--cells",
        "grid--mask-cells",
    }

    content: var[GridContent | None] = var(None)
    """What is drawn; None draws nothing."""

    cursor: var[Cell] = var(Cell(0, 0))
    """The token cursor."""

    class CursorMoved(Message):
        """The cursor is at another cell."""

        def __init__(self, cell: Cell) -> None:
            super().__init__()
            self.cell = cell

    def __init__(self, *, glyphs: Glyphs = BLOCKS, id: str | None = None) -> None:
        super().__init__(id=id)
        self._glyphs = glyphs
        self._layout = GridLayout.fit(Size(0, 0), ())
        self._lines: dict[int, str] = {}
        self._strongest_at: Cell | None = None

    @property
    def columns_shown(self) -> tuple[int, int]:
        """How many of the columns are on screen, and how many there are."""
        first, last = self._layout.visible_columns(self.scroll_offset.x)
        return last - first, self._layout.tokens

    @property
    def _count(self) -> int:
        return len(self.content.labels) if self.content else 0

    # State

    def watch_content(self, old: GridContent | None, new: GridContent | None) -> None:
        """Redraw what changed: with the same labels, only the rows whose cells did."""
        if old and new and (old.labels, old.masks) == (new.labels, new.masks):
            drawn, self._lines = self._lines, {}
            for query, line in drawn.items():
                if self._cells(query) != line:
                    self._refresh_row(query)
            return
        self._arrange()

    def watch_cursor(self, old: Cell, new: Cell) -> None:
        """Redraw the labels that the cross-hair leaves and reaches."""
        self._keep_in_view(new)
        if old.query != new.query:
            self._refresh_label(old.query)
            self._refresh_label(new.query)
        if old.key != new.key:
            for key in (old.key, new.key):
                self.refresh(self._layout.column_label(key, self.scroll_offset.x))
        self.post_message(self.CursorMoved(new))

    def validate_cursor(self, cell: Cell) -> Cell:
        """Keep the cursor inside the grid."""
        last = max(0, self._count - 1)
        return Cell(min(max(cell.query, 0), last), min(max(cell.key, 0), last))

    def strongest(self, query: int, among: NDArray[np.bool_] | None = None) -> Cell:
        """The cell of a row with the largest weight, if wanted only among some keys, `[key]`."""
        assert self.content is not None
        weights = self.content.weights[query]
        if among is not None and among.any():
            weights = np.where(among, weights, -np.inf)
        return Cell(query, int(weights.argmax()))

    # Actions

    def action_move(self, down: int, right: int) -> None:
        """Move the cursor by rows and columns."""
        self.cursor = Cell(self.cursor.query + down, self.cursor.key + right)

    def action_edge(self, side: int) -> None:
        """Move the cursor to the first (-1) or last (1) key of its row."""
        self.cursor = Cell(self.cursor.query, 0 if side < 0 else self._count)

    def action_page(self, direction: int) -> None:
        """Move the cursor by as many rows as are on screen."""
        self.action_move(direction * max(1, self._layout.rows - 1), 0)

    def action_strongest(self) -> None:
        """Go to the next weaker weight of the row; from the weakest back to the strongest."""
        if self.content is None:
            return
        order = np.argsort(-self.content.weights[self.cursor.query], kind="stable").tolist()
        at = order.index(self.cursor.key)
        best = self.cursor == self._strongest_at
        self.cursor = Cell(self.cursor.query, order[(at + 1) % len(order)] if best else order[0])
        self._strongest_at = self.cursor

    # Drawing

    def render_line(self, y: int) -> Strip:
        """One line of the widget: of the column labels, or a row with its label in front."""
        layout = self._layout
        if self.content is None or y >= layout.header + layout.rows:
            return Strip.blank(self.size.width, self.rich_style)
        if y < layout.header:
            segments = self._header_line(y)
        else:
            query = y - layout.header + self.scroll_offset.y
            if query >= self._count:
                return Strip.blank(self.size.width, self.rich_style)
            segments = self._row_line(query)
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)

    def _header_line(self, y: int) -> list[Segment]:
        assert self.content is not None
        layout = self._layout
        first, last = layout.visible_columns(self.scroll_offset.x)
        segments = [Segment(" " * layout.label_space, self.rich_style)]
        run, run_style = "", self._style("grid--label")
        for key in range(first, last):
            style = self._label_style(key, self.cursor.key)
            text = upright(self.content.labels[key], layout.header, layout.cell)[y]
            if style is not run_style:
                segments.append(Segment(run, run_style))
                run, run_style = "", style
            run += text
        segments.append(Segment(run, run_style))
        return segments

    def _row_line(self, query: int) -> list[Segment]:
        assert self.content is not None
        label = align_right(self.content.labels[query], self._layout.label)
        cells = "grid--mask-cells" if query in self.content.masks else "grid--cells"
        return [
            Segment(label, self._label_style(query, self.cursor.query)),
            Segment(" ", self.rich_style),
            Segment(self._cells(query), self._style(cells)),
        ]

    def _cells(self, query: int) -> str:
        """The shaded cells of a row that are on screen, kept until they change."""
        if query not in self._lines:
            assert self.content is not None
            first, last = self._layout.visible_columns(self.scroll_offset.x)
            row = self.content.levels[query, first:last]
            self._lines[query] = self._glyphs.line(row, self._layout.cell)
        return self._lines[query]

    def _label_style(self, token: int, at_cursor: int) -> Style:
        assert self.content is not None
        if token == at_cursor:
            return self._style("grid--cursor")
        if token in self.content.masks:
            return self._style("grid--mask")
        is_second = self.content.second is not None and token >= self.content.second
        return self._style("grid--second" if is_second else "grid--label")

    def _style(self, component: str) -> Style:
        return self.get_component_rich_style(component)

    # Layout and scrolling

    def on_resize(self) -> None:
        """Fit the grid to its new size."""
        self._arrange()

    def _arrange(self) -> None:
        labels = self.content.labels if self.content else ()
        self._layout = GridLayout.fit(self.size, labels)
        self._lines.clear()
        self.virtual_size = self._layout.virtual_size
        self._keep_in_view(self.validate_cursor(self.cursor))
        self.refresh()

    def _keep_in_view(self, cell: Cell) -> None:
        target = self._layout.scroll_to(cell.query, cell.key, self.scroll_offset)
        if target != self.scroll_offset:
            self._scroll_cells(target.x, target.y)

    def _scroll_cells(self, x: int, y: int) -> None:
        if x != self.scroll_offset.x:
            self._lines.clear()
        self.scroll_to(x, y, animate=False, force=True, immediate=True)

    def _refresh_row(self, query: int) -> None:
        self.refresh(self._layout.row(query, self.scroll_offset.y))

    def _refresh_label(self, query: int) -> None:
        self.refresh(self._layout.row_label(query, self.scroll_offset.y))

    # Mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Put the cursor where the mouse is."""
        place = self._layout.cell_at(event.offset, self.scroll_offset)
        if self.content and place:
            self.cursor = Cell(*place)

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(event, 0, 1)

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(event, 0, -1)

    def _on_mouse_scroll_right(self, event: events.MouseScrollRight) -> None:
        self._wheel(event, 1, 0)

    def _on_mouse_scroll_left(self, event: events.MouseScrollLeft) -> None:
        self._wheel(event, -1, 0)

    def _wheel(self, event: events.MouseEvent, right: int, down: int) -> None:
        event.stop()
        event.prevent_default()
        if event.shift:
            right, down = down, 0
        offset = self._layout.clamp_scroll(
            self.scroll_offset.x + 2 * right * self._layout.cell, self.scroll_offset.y + 2 * down
        )
        self._scroll_cells(offset.x, offset.y)
