"""Labels in cells: never wider than the cells, and as much of them as there is room for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.terminal.textual_internals import cell_len
from tui.widgets.text.fitting import align_left, align_right, fit, upright, upright_characters, wrap

LABELS = st.text(
    st.sampled_from("ab#é日🎉👩\u200d\ufe0f\u0301🇩🇪न\u094dद\u0940ก\u0e33\u200b"), max_size=9
)


@given(LABELS, st.integers(0, 9))
def test_what_is_fitted_fits(label: str, width: int) -> None:
    assert cell_len(fit(label, width)) <= width
    assert cell_len(align_left(label, width)) == cell_len(align_right(label, width)) == width


@given(LABELS, st.integers(1, 6), st.integers(1, 3))
def test_what_stands_upright_fills_its_lines(label: str, height: int, width: int) -> None:
    lines = upright(label, height, width)
    assert len(lines) == height
    assert {cell_len(line) for line in lines} == {width}


@pytest.mark.parametrize(
    ("label", "width", "lines"),
    [
        ("हिन्दी", 1, ["ह", "ि", "न्", "द", "ी"]),
        ("हिन्दी", 2, ["हि", "न्", "दी"]),
        ("🇩🇪", 1, ["🇩", "🇪"]),
        ("กำ", 1, ["ก", "ำ"]),
        ("日", 1, ["日"]),
        ("👩\u200d👧", 1, ["👩\u200d👧"]),
    ],
    ids=ascii,
)
def test_what_is_too_wide_is_written_in_its_parts(label: str, width: int, lines: list[str]) -> None:
    assert upright_characters(label, width) == lines


def test_two_letters_in_one_can_be_read_in_narrow_cells() -> None:
    """A dot would stand for both."""
    assert upright("न्दी", 3, 1) == ["न्", "द", "ी"]
    assert upright("日", 1, 1) == ["·"]


def test_wrapping_counts_columns() -> None:
    assert wrap("日本 語", 4) == ["日本", "語"]
    assert wrap("", 4) == []
