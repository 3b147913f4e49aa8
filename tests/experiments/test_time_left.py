"""The time that is left: from the steps that are done, said where it is worth a word."""

from __future__ import annotations

import pytest

from tui.experiments import time_left
from tui.experiments.time_left import TimeLeft


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(time_left, "monotonic", found)
    return found


def after(clock: Clock, steps: list[tuple[float, int]], of: int) -> TimeLeft:
    """What is told at these seconds, so many steps done each time."""
    left, began = TimeLeft(), clock.now
    for second, done in steps:
        clock.now = began + second
        left.tell(done, of)
    return left


def test_after_the_first_steps_the_rest_takes_as_long(clock: Clock) -> None:
    assert after(clock, [(0, 0)], 144).said == ""
    left = after(clock, [(0, 0), (20, 12)], 144)
    assert left.seconds == pytest.approx(220)
    assert left.said == "about 4 min left"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (9.9, ""), (14, "about 10 s left"), (86, "about 90 s left"), (95, "about 2 min left"),
        (3600, "about 60 min left"), (2 * 3600, "about 2 h left"),
    ],
)  # fmt: skip
def test_in_words(clock: Clock, seconds: float, said: str) -> None:
    assert after(clock, [(0, 0), (seconds, 1)], 2).said == said


def test_what_goes_before_the_steps_does_not_count(clock: Clock) -> None:
    assert after(clock, [(0, 0), (50, 0), (60, 1)], 3).seconds == pytest.approx(20)


def test_other_steps_begin_anew(clock: Clock) -> None:
    left = after(clock, [(0, 0), (100, 1)], 2)
    left.tell(1, 50)
    assert left.seconds is None
    clock.now += 5
    left.tell(2, 50)
    assert left.seconds == pytest.approx(5 * 48)


def test_the_later_half_counts(clock: Clock) -> None:
    steps = [(float(second), second) for second in range(11)]
    steps += [(10 + 4.0 * step, 10 + step) for step in range(1, 11)]
    assert after(clock, steps, 40).seconds == pytest.approx(80)


def test_what_is_too_short_or_over_says_nothing(clock: Clock) -> None:
    assert after(clock, [(0, 0), (0.1, 1)], 1000).said == ""
    assert after(clock, [(0, 0), (100, 5)], 5).said == ""
