"""What is at hand is on screen, and no room stays empty while something is hidden."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.widgets.window import first_shown


@given(st.data())
def test_what_is_at_hand_is_shown_and_no_room_is_lost(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 50))
    at = data.draw(st.integers(0, count - 1))
    room = data.draw(st.integers(1, 60))
    before = data.draw(st.integers(0, 60))
    first = first_shown(before, at, room, count)
    assert 0 <= first <= at < first + room
    assert first + room <= max(count, room)
    if before <= at < before + room <= count:
        assert first == before, "nothing moves without need"
