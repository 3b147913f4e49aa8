"""The line that says what is cut inside the model, as long as anything is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from tui.analysis.interventions import CUTS, Interventions, Transplant, described
from tui.terminal.textual_internals import cell_len
from tui.text import visible
from tui.widgets.text.line import Line

if TYPE_CHECKING:
    from tui.session.session import Session


_SHORTEST = len("1·1, ")
"""Columns of a head's name at the least: no more of them are tried than may fit."""


class CutLine(Line):
    """Says what is cut, and what is being cut; it is not there while the model is as it is."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(keep="left", id=id)
        self._session: Session | None = None

    def tell(self, session: Session) -> None:
        """Follow the session."""
        self._session = session
        self._fill()

    def on_resize(self) -> None:
        """Name as many as there is room for now."""
        self._fill()

    def _fill(self) -> None:
        if self._session is None:
            return
        # Before it is displayed it has no width of its own; the screen's is the same.
        room = self.app.size.width - 2
        said, keys = cut_words(self._session, room), cut_keys(self._session)
        has_room_for_keys = cell_len(said) + cell_len(keys) + 3 <= room
        if (left := Text(f" {said}")) != self.left:
            self.left = left
        if (right := Text(f"{keys} " if has_room_for_keys else "")) != self.right:
            self.right = right
        if self.display != bool(said):
            self.display = bool(said)


def cut_words(session: Session, width: int) -> str:
    """The cuts in force or under way, in so many columns; empty while nothing is to be said."""
    cutting = session.cutting
    awaited, in_force = cutting.awaited, cutting.in_force
    if awaited:
        asking = _named(session, awaited, width - len("asking: …"))
        return f"asking: {asking}…"
    if awaited is not None:
        back = "asking: nothing cut… "
        return f"{back}· {_named(session, in_force, width - len(back) - 2)}"
    if in_force:
        return _named(session, in_force, width)
    if cutting.way == "transplant":
        return "nothing is cut; space transplants the head at hand from B"
    if cutting.by != CUTS[0]:
        return f"nothing is cut; a head that is cut gives {cutting.by}"
    return ""


def cut_keys(session: Session) -> str:
    """The keys that change what is cut, and how heads are."""
    way, ways = session.cutting.way, session.cutting.ways
    following = ways[(ways.index(way) + 1) % len(ways)]
    restores = "D restores all · " if session.cutting.latest else ""
    return f"{restores}Z {way} → {following}"


def _named(session: Session, interventions: Interventions, width: int) -> str:
    """Interventions in words, as many as there is room for."""
    analysis = session.answer
    labels = [visible(token.label) for token in analysis.tokens]
    most = max(1, min(len(interventions), width // _SHORTEST))
    for named in range(most, 0, -1):
        others = [one for one in interventions if not isinstance(one, Transplant)]
        parts = [described(others, labels, means=analysis.means or "mean", most=named)]
        said = "; ".join(filter(None, [*parts, *_transplanted(session, interventions, named)]))
        if cell_len(said) <= width:
            break
    return said  # too long even with one: the line cuts its end


def _transplanted(session: Session, interventions: Interventions, most: int) -> list[str]:
    """What is transplanted, by its sentence: B by its letter, one that is not compared whole."""
    heads: dict[str, list[str]] = {}
    for one in interventions:
        if isinstance(one, Transplant):
            heads.setdefault(one.text, []).append(f"{one.layer + 1}·{one.head + 1}")
    b, is_of_b = session.comparing.b, session.from_b.offers_transplants
    parts = []
    for text, named in heads.items():
        more = f" and {len(named) - most} more" if len(named) > most else ""
        listed = f"{', '.join(named[:most])}{more}"
        if is_of_b and b is not None and b.text == text:
            parts.append(f"from B: {listed}")
        else:  # the heads stand first: the line cuts the end of a long sentence
            parts.append(f"transplanted: {listed} from “{visible(text)}”")
    return parts
