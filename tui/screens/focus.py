"""One token against all heads."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.lazy import np
from tui.screens.board import Board, Desk, Opened
from tui.text import visible
from tui.widgets.heads.token_focus import FocusCell, FocusContent, TokenFocus

_MOVE = Binding.Group("previous / next head and token")


class FocusScreen(Board):
    """Every head's attention from one token, or to it; enter opens a head there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1, 0)", "move", group=_MOVE, id="focus-left"),
        Binding("h", "move(-1, 0)", "move", show=False, id="focus-left-letter"),
        Binding("right", "move(1, 0)", "move", group=_MOVE, id="focus-right"),
        Binding("l", "move(1, 0)", "move", show=False, id="focus-right-letter"),
        Binding("up", "move(0, -1)", "move", group=_MOVE, id="focus-up"),
        Binding("k", "move(0, -1)", "move", show=False, id="focus-up-letter"),
        Binding("down", "move(0, 1)", "move", group=_MOVE, id="focus-down"),
        Binding("j", "move(0, 1)", "move", show=False, id="focus-down-letter"),
        Binding("enter", "open", "open", id="focus-open", tooltip="open this head there"),
        Binding("d", "turn", "to/from", id="focus-turn", tooltip="attention to it, or from it"),
        Binding(
            "asterisk", "strongest", "strongest", id="focus-strongest",
            tooltip="the head in which this cell is strongest",
        ),
        Binding("escape,f,q,ctrl+c", "dismiss", "close", id="focus-close", tooltip="back"),
        Binding("ctrl+q", "app.quit", "quit", show=False),
    ]  # fmt: skip

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._token, self._other = desk.cursor
        self._incoming = False
        self._last_strongest: tuple[int, int] | None = None

    def compose_page(self) -> ComposeResult:
        """The matrix."""
        yield TokenFocus(self.desk.shades, id="page")

    @property
    def matrix(self) -> TokenFocus:
        """The matrix."""
        return self.query_one(TokenFocus)

    def on_mount(self) -> None:
        """Begin at the head that the grid shows, at the cursor's key."""
        super().on_mount()
        reading = self.desk.reading
        self.matrix.cursor = FocusCell(reading.layer, reading.head, self._other)
        self._tell()

    @property
    def _weights(self) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        """The weights between the token and all others, `[layer, head, token]`."""
        attention = self.desk.analysis.attention
        return attention[..., self._token] if self._incoming else attention[:, :, self._token]

    def show_numbers(self) -> None:
        """The cells; the largest weight of an ordinary token is full."""
        analysis = self.desk.analysis
        weights, special = self._weights, analysis.special
        ordinary = weights[..., ~special] if not special.all() else weights
        full = float(np.fmax.reduce(ordinary, axis=None, initial=0.0))
        self._full = full
        with np.errstate(divide="ignore", invalid="ignore"):
            brightness = np.nan_to_num(weights / np.float32(full), nan=0.0, posinf=1.0)
        self.matrix.content = FocusContent(
            labels=tuple(visible(token.text) for token in analysis.tokens),
            masks=analysis.masks,
            token=self._token,
            brightness=brightness,
        )
        self._tell()

    def _tell(self) -> None:
        labels, cell = self.matrix.content.labels if self.matrix.content else (), self.matrix.cursor
        token, other = labels[self._token], labels[cell.token]
        direction = "to" if self._incoming else "from"
        title = Text(f" Every head's attention {direction} {token}", style="bold")
        legend = Text(f"{self.desk.shades[-1]} = {self._full:.2f}", style="dim")
        weight = self._weights[cell.layer, cell.head, cell.token]
        pair = f"{other} → {token}" if self._incoming else f"{token} → {other}"
        about = Text(f" {pair} {weight:.3f}", style="bold")
        place = cell.layer, cell.head
        about.append(f" · layer {cell.layer + 1}, head {cell.head + 1}", style="not bold")
        if label := self.desk.label(place):
            about.append(f" · {label}", style="not bold")
        best = self._ranked[0]
        strongest = self._weights[best[0], best[1], cell.token]
        about.append(
            f" · strongest in layer {best[0] + 1}, head {best[1] + 1}: {strongest:.3f}",
            style="not bold",
        )
        self.tell(title, legend, about)

    @property
    def _ranked(self) -> list[tuple[int, int]]:
        """Heads by the weight of the cell at hand, the strongest first."""
        weights = np.nan_to_num(self._weights[..., self.matrix.cursor.token], nan=-1.0)
        order = np.argsort(-weights, axis=None, kind="stable").tolist()
        heads = weights.shape[1]
        return [(place // heads, place % heads) for place in order]

    def action_move(self, columns: int, rows: int) -> None:
        """Move the cursor."""
        self.matrix.move(columns, rows)
        self._tell()

    def action_strongest(self) -> None:
        """Go to the head in which this cell is strongest; then to the next weaker one."""
        ranked, cell = self._ranked, self.matrix.cursor
        place = cell.layer, cell.head
        walks_on = place == self._last_strongest
        goal = ranked[(ranked.index(place) + 1) % len(ranked)] if walks_on else ranked[0]
        self._last_strongest = goal
        self.matrix.cursor = FocusCell(*goal, cell.token)
        self._tell()

    def action_turn(self) -> None:
        """Turn from the attention of this token to the attention to it, or back."""
        self._incoming = not self._incoming
        self.show_numbers()

    def action_open(self) -> None:
        """Open the head at hand with the cursor at this cell."""
        cell = self.matrix.cursor
        pair = (cell.token, self._token) if self._incoming else (self._token, cell.token)
        self.dismiss(Opened((cell.layer, cell.head), pair))
