"""Labels that stand level: each begins above its column, whole, and in nobody's way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.terminal.textual_internals import cell_len
from tui.widgets.grid.level_labels import STEM, level_line

LABELS = st.lists(
    st.text(st.characters(codec="ascii", categories=["L"]), min_size=1, max_size=11),
    min_size=1,
    max_size=20,
)


def lines(labels: list[str], levels: int, cell: int, first: int = 0, aside: int = 0) -> list[str]:
    return [
        "".join(
            text
            for text, _ in level_line(
                labels, line, levels=levels, cell=cell, first=first, aside=aside
            )
        )
        for line in range(levels)
    ]


def test_labels_are_staggered_and_stems_lead_to_their_columns() -> None:
    assert lines(["despite", "the", "noise", "and"], 2, 4, aside=2) == [
        "despite noise     ",
        "│   the │   and   ",
    ]


def test_a_stem_gives_way_to_a_label() -> None:
    assert lines(["a", "bcdefgh", "i", "j"], 3, 4) == [
        "a           j   ",
        "│   bcdefgh │   ",
        "│   │   i   │   ",
    ]


@given(LABELS, st.integers(1, 3), st.sampled_from([4, 6]), st.integers(0, 5), st.integers(0, 12))
def test_each_label_begins_above_its_column(
    labels: list[str], levels: int, cell: int, first: int, aside: int
) -> None:
    drawn = lines(labels, levels, cell, first, aside)
    assert {cell_len(line) for line in drawn} == {len(labels) * cell + aside}
    for column, label in enumerate(labels):
        line, start = (first + column) % levels, column * cell
        room = min(levels * cell - 1, len(labels) * cell + aside - start)
        there = drawn[line][start : start + min(len(label), room)]
        assert there == label if len(label) <= room else there[:-1] == label[: len(there) - 1]


@given(LABELS, st.integers(1, 3), st.sampled_from([4, 6]))
def test_what_belongs_to_a_column_stands_above_it_or_runs_on_from_there(
    labels: list[str], levels: int, cell: int
) -> None:
    for line in range(levels):
        at = 0
        for text, column in level_line(labels, line, levels=levels, cell=cell):
            if column is not None:
                assert at == column * cell
                assert text == STEM or column % levels == line
            at += cell_len(text)
