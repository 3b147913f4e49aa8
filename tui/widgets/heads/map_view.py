"""The map of all heads as the session has it: what is drawn, and what its shades stand for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.analysis.statistics import Statistic
from tui.lazy import np
from tui.widgets.heads.head_map import MapContent

if TYPE_CHECKING:
    from tui.session.boards import HeadMapState
    from tui.session.session import Session


@dataclass(frozen=True, slots=True, eq=False)
class MapView:
    """One state of the map.

    Attributes:
        content: what is drawn.
        made_of: what that was made of: of the same it looks the same.
        legend: what its shades stand for.
    """

    content: MapContent
    made_of: tuple[object, ...]
    legend: str


def map_view(session: Session, state: HeadMapState, *, thumbnails: bool) -> MapView:
    """The map of the answer on screen.

    Args:
        session: the session.
        state: which statistic heads are shaded by.
        thumbnails: there is room for thumbnails.
    """
    statistics, search = session.answer.statistics, session.heads.search
    measured, glyphs = session.measured, session.looking.looks.shading.glyphs
    shades = below = absent = None
    legend = "each head's largest ordinary weight is full"
    statistic = state.statistic(thumbnails=thumbnails, measured=measured)
    if isinstance(statistic, Statistic):
        values = statistics.numbers[statistic.name]
        # A share's scale ends at 1 only where a head reaches it: so little would be seen else.
        full = float(np.fmax.reduce(values, axis=None, initial=0.0))
        shades = np.nan_to_num(values / full) if full > 0 else np.zeros_like(values)
        unit = f" {statistic.unit}" if statistic.unit else ""
        legend = f"{statistic.title}, {glyphs.full} = {full:.2f}{unit}"
    elif statistic is not None:
        signed = measured[statistic.name]
        sizes = np.abs(signed)
        full = float(np.fmax.reduce(sizes, axis=None, initial=0.0))
        shades = np.nan_to_num(sizes / full) if full > 0 else np.zeros_like(sizes)
        below, absent = signed < 0, np.isnan(signed)
        legend = (
            f"{glyphs.full} = {full:.2f}, {glyphs.below[-1]} below 0: {session.named(statistic)}"
        )
        if (so_far := session.so_far.get(statistic.name)) is not None:
            legend = f"{so_far.legend}: {legend}"
    noted, cut, moved = session.noted, session.cutting.heads, session.cutting.transplanted
    return MapView(
        MapContent(statistics.thumbnails, shades, search.found, noted, cut, below, moved, absent),
        (statistics, statistic, *session.measured_of(statistic), search.found, noted, cut, moved),
        legend,
    )
