"""One token against all heads."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui.lazy import np
from tui.screens.all_heads import AllHeadsScreen
from tui.session.boards import TokenFocusState
from tui.text import visible
from tui.widgets.heads.token_focus import FocusContent, TokenFocus
from tui.widgets.text.fitting import brief_name
from tui.widgets.text.tab_separated import tab_separated

_MOVE = Binding.Group("previous / next head and token")


class FocusScreen(AllHeadsScreen):
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
        Binding("escape,f,q,ctrl+c", "close", "close", id="focus-close", tooltip="back"),
        Binding("ctrl+q", "app.quit", "quit", show=False),
    ]  # fmt: skip

    PLACE = "focus"

    @property
    def to_copy(self) -> tuple[str, str]:
        """The row at hand: what every head gives these two tokens."""
        analysis, state = self.analysis, self.state
        query, key = (analysis.tokens[place].label for place in state.cell)
        row = state.weights(analysis)[..., state.cursor[2]]
        lines = (
            [layer + 1, head + 1, float(row[layer, head])] for layer, head in np.ndindex(row.shape)
        )
        return "", tab_separated([["layer", "head", f"{query} → {key}"], *lines])

    def compose_board(self) -> ComposeResult:
        """The matrix."""
        yield TokenFocus(self.shades, id="page")

    @property
    def matrix(self) -> TokenFocus:
        """The matrix."""
        return self.query_one(TokenFocus)

    @property
    def state(self) -> TokenFocusState:
        """Where it stands."""
        assert isinstance(self.session.heads.board, TokenFocusState)
        return self.session.heads.board

    def show_page(self) -> None:
        """The cells; the largest weight of an ordinary token is full."""
        analysis, state = self.analysis, self.state
        weights, special = state.weights(analysis), analysis.special
        ordinary = weights[..., ~special] if not special.all() else weights
        full = float(np.fmax.reduce(ordinary, axis=None, initial=0.0))
        with np.errstate(divide="ignore", invalid="ignore"):
            brightness = np.nan_to_num(weights / np.float32(full), nan=0.0, posinf=1.0)
        labels = tuple(visible(token.label) for token in analysis.tokens)
        content = FocusContent(labels, analysis.masks, state.token, brightness)
        self.matrix.show_tokens(content, state.cursor)
        layer, head, other = state.cursor
        direction = "to" if state.incoming else "from"
        title = Text(
            f" Every head's attention {direction} {brief_name(labels[state.token])}", style="bold"
        )
        legend = Text(f"{self.shades[-1]} = {full:.2f}", style="dim")
        query, key = state.cell
        about = Text(
            f" {brief_name(labels[query])} → {brief_name(labels[key])} "
            f"{weights[layer, head, other]:.3f}",
            style="bold",
        )
        about.append(f" · layer {layer + 1}, head {head + 1}", style="not bold")
        if label := self.label((layer, head)):
            about.append(f" · {label}", style="not bold")
        best = state.ranked(analysis)[0]
        about.append(
            f" · strongest in layer {best[0] + 1}, head {best[1] + 1}: "
            f"{weights[best[0], best[1], other]:.3f}",
            style="not bold",
        )
        self.tell(title, legend, about)

    async def action_move(self, columns: int, rows: int) -> None:
        """Move the cursor."""
        move = partial(self.state.move, self.analysis, columns, rows)
        await self.perform(self.session.heads.change(move))

    async def action_strongest(self) -> None:
        """Go to the head in which this cell is strongest; then to the next weaker one."""
        following = partial(self.state.next_strongest, self.analysis)
        await self.perform(self.session.heads.change(following))

    async def action_turn(self) -> None:
        """Turn from the attention of this token to the attention to it, or back."""
        await self.perform(self.session.heads.change(self.state.turn))

    async def action_open(self) -> None:
        """Open the head at hand with the cursor at this cell."""
        state = self.state
        await self.perform(self.session.heads.close(state.cursor[:2], state.cell))
