"""The screens about all heads: where each stands, as long as it is open. Plain state.

Each is told of a new answer before anything is shown of it, and then stands where the answer has
something to stand on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.analysis.columns import (
    EFFECT,
    EFFECT_BY,
    EVERY_COLUMN,
    OF_CANDIDATE,
    OF_PAIR,
    Column,
    HeadIndex,
    ranked,
)
from tui.analysis.statistics import STATISTICS, Statistic
from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.analysis import Analysis
    from tui.analysis.list_statistics import ListStatistics


SHADED: tuple[Column, ...] = (EFFECT, *OF_PAIR)
"""What is measured of heads and the map can shade them by."""


class HeadMapState:
    """The map of all heads.

    Attributes:
        cursor: the layer and head at hand, counted from 0.
    """

    def __init__(self, cursor: HeadIndex) -> None:
        self.cursor = cursor
        self._shaded_by: Statistic | Column | None = None

    def adapt(self, analysis: Analysis, cell: tuple[int, int]) -> None:
        """Stand on a head that the answer has."""
        self.cursor = _within(self.cursor, analysis)

    def move(self, analysis: Analysis, layers: int, heads: int) -> None:
        """Go to a neighbour, cycling."""
        model = analysis.model
        self.cursor = (
            (self.cursor[0] + layers) % model.layers,
            (self.cursor[1] + heads) % model.heads,
        )

    def is_shaded_by(self, column: Column) -> bool:
        """Whether heads are shaded by a column, where it is measured."""
        return self._shaded_by is column

    def shade_by(self, column: Column) -> None:
        """Shade by what is measured, once it is."""
        self._shaded_by = column

    def statistic(
        self, *, thumbnails: bool, measured: Collection[str] = ()
    ) -> Statistic | Column | None:
        """The statistic that heads are shaded by, or None for thumbnails.

        Args:
            thumbnails: there is room for thumbnails; where there is none, a statistic is shown.
            measured: the names of the columns that are measured, and are statistics too.
        """
        wished = self._shaded_by
        if isinstance(wished, Column) and wished.name not in measured:
            wished = None
        return wished or (None if thumbnails else STATISTICS[0])

    def turn_statistic(
        self, step: int, *, thumbnails: bool, measured: Collection[str] = ()
    ) -> None:
        """Shade by the next (1) or previous (-1) statistic; thumbnails are one of them."""
        offered = [
            *([None] if thumbnails else []),
            *STATISTICS,
            *(column for column in SHADED if column.name in measured),
        ]
        at = offered.index(self.statistic(thumbnails=thumbnails, measured=measured))
        self._shaded_by = offered[(at + step) % len(offered)]


class HeadsTableState:
    """The table of all heads.

    Attributes:
        cursor: the layer and head of the line at hand, counted from 0; None for the first line.
        over: statistics over a list, shown in the place of this sentence's.
        waits: the model was asked for the numbers to rank by.
    """

    def __init__(self, cursor: HeadIndex) -> None:
        self.cursor: HeadIndex | None = cursor
        self.over: ListStatistics | None = None
        self.waits = False

    def adapt(self, analysis: Analysis, cell: tuple[int, int]) -> None:
        """Stand on a head that the answer has; what is over a list is of the model before."""
        if self.cursor is not None:
            self.cursor = _within(self.cursor, analysis)
        shape = (analysis.model.layers, analysis.model.heads)
        if self.over is not None and next(iter(self.over.mean.values())).shape != shape:
            self.over = None

    def index(self, order: list[HeadIndex]) -> int:
        """The line at hand, counted from 0."""
        return order.index(self.cursor) if self.cursor in order else 0

    def move(self, order: list[HeadIndex], step: int) -> None:
        """Go some lines down, or up, no farther than to the last."""
        if order:
            self.cursor = order[min(max(self.index(order) + step, 0), len(order) - 1)]


class TokenFocusState:
    """One token against all heads.

    Attributes:
        token: the token, counted from 0.
        incoming: the attention to it is looked at, not the one from it.
        cursor: the layer, head and other token at hand, counted from 0.
    """

    def __init__(self, head: HeadIndex, cell: tuple[int, int]) -> None:
        self.token, other = cell
        self.incoming = False
        self.cursor = (*head, other)
        self._strongest: HeadIndex | None = None

    def adapt(self, analysis: Analysis, cell: tuple[int, int]) -> None:
        """Look at the tokens that the cursor of another sentence's grid stands at."""
        layer, head = _within(self.cursor[:2], analysis)
        self.token, other = cell
        self.cursor = layer, head, other
        self._strongest = None

    def weights(self, analysis: Analysis) -> NDArray[np.float32]:
        """The weights between the token and all others, `[layer, head, token]`."""
        attention = analysis.attention
        return attention[..., self.token] if self.incoming else attention[:, :, self.token]

    def move(self, analysis: Analysis, columns: int, rows: int) -> None:
        """Move the cursor, from the last head of a layer to the first of the next."""
        model, (layer, head, token) = analysis.model, self.cursor
        column = min(max(layer * model.heads + head + columns, 0), model.layers * model.heads - 1)
        row = min(max(token + rows, 0), len(analysis.tokens) - 1)
        self.cursor = column // model.heads, column % model.heads, row

    def ranked(self, analysis: Analysis) -> list[HeadIndex]:
        """Heads by the weight of the cell at hand, the strongest first."""
        weights = np.nan_to_num(self.weights(analysis)[..., self.cursor[2]], nan=-1.0)
        order = np.argsort(-weights, axis=None, kind="stable").tolist()
        return [divmod(place, weights.shape[1]) for place in order]

    def next_strongest(self, analysis: Analysis) -> None:
        """Go to the head in which this cell is strongest; then to the next weaker one."""
        ranked, here = self.ranked(analysis), self.cursor[:2]
        walks_on = here == self._strongest
        goal = ranked[(ranked.index(here) + 1) % len(ranked)] if walks_on else ranked[0]
        self._strongest = goal
        self.cursor = (*goal, self.cursor[2])

    def turn(self) -> None:
        """Turn from the attention of this token to the attention to it, or back."""
        self.incoming = not self.incoming

    @property
    def cell(self) -> tuple[int, int]:
        """The query and key at hand, as tokens."""
        other = self.cursor[2]
        return (other, self.token) if self.incoming else (self.token, other)


Board = HeadMapState | HeadsTableState | TokenFocusState
"""A screen about all heads that lies over the main one."""


def _within(head: HeadIndex, analysis: Analysis) -> HeadIndex:
    """The head itself, or the nearest that the answer has."""
    model = analysis.model
    return min(head[0], model.layers - 1), min(head[1], model.heads - 1)


@dataclass(frozen=True, slots=True, eq=False)
class HeadsTableContent:
    """The numbers and the order of the table of heads.

    Attributes:
        numbers: by the name of a column its numbers, `[layer, head]`, in the order of the columns.
        order: the heads that are asked for, in their order.
    """

    numbers: Mapping[str, NDArray[np.float32]]
    order: list[HeadIndex]


def table_content(
    numbers: Mapping[str, NDArray[np.float32]],
    order: list[HeadIndex],
    column: Column,
    over: ListStatistics | None,
) -> HeadsTableContent:
    """This sentence's numbers, or means and spreads over a list.

    Args:
        numbers: what is known of each head in this sentence, by the names of the columns.
        order: the heads that are asked for, in the order of this sentence's numbers.
        column: what heads are ranked by; over a list by its mean.
        over: the statistics over a list, if they are to be shown.
    """
    if over is None:
        # One stands beside the other: estimates of a candidate, and the ways to cut heads.
        measured: tuple[Column, ...] = (EFFECT, *EFFECT_BY.values())
        beside = {*EFFECT_BY.values()} <= {one for one in measured if one.name in numbers}
        if beside:
            measured = tuple(EFFECT_BY.values())
            numbers = {name: of for name, of in numbers.items() if name != EFFECT.name}
        if column in (EFFECT, *EFFECT_BY.values()):
            first: tuple[Column, ...] = (*measured, *reversed(OF_CANDIDATE))
        elif column in OF_PAIR:
            first = (*OF_PAIR, *measured)
        else:
            first = (*OF_CANDIDATE, *measured) if column in OF_CANDIDATE else ()
        ordered = dict.fromkeys((*first, *EVERY_COLUMN))
        names = [one.name for one in ordered if one.name in numbers]
        return HeadsTableContent({name: numbers[name] for name in names}, order)
    shown: dict[str, NDArray[np.float32]] = {}
    for name, mean in over.mean.items():
        shown[name], shown[f"±{name}"] = mean, over.spread[name]
    if column.name in over.mean:
        mean = over.mean[column.name]
        among = np.zeros(mean.shape, bool)
        among[tuple(np.array(order, dtype=int).reshape(-1, 2).T)] = True
        order = ranked(column, mean, among)
    return HeadsTableContent(shown, order)
