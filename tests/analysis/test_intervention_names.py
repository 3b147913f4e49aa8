"""Interventions in the names of files and as plain types."""

from __future__ import annotations

import json

import pytest

from tui.analysis.intervention_names import as_plain, from_plain, in_file_names
from tui.analysis.interventions import (
    CutArrow,
    CutHead,
    Intervention,
    Transplant,
    TransplantResidual,
    all_but,
)

ONES: list[Intervention] = [
    CutHead(1, 8), CutHead(0, 0, "zero"), CutArrow(1, 8, 3, 5), CutArrow(0, 0, 0, 0, True),
    Transplant(1, 8, "a [MASK]"), Transplant(1, 9, "a [MASK]", ((1, 2), (0, 0))),
    TransplantResidual(2, 4, "a [MASK]"), TransplantResidual(0, 0, "b", ((0, 3),)),
]  # fmt: skip


def test_names_count_from_one_and_say_how() -> None:
    assert in_file_names([]) == []
    assert in_file_names([CutHead(1, 8)]) == ["cut2.9"]
    assert in_file_names([CutHead(1, 8), CutHead(4, 9)]) == ["cut2.9-5.10"]
    cuts, zero, moved, paired, into, other, arrows = in_file_names(ONES)
    assert (cuts, zero, arrows) == ("cut2.9", "cut1.1_zero", "arrow2.9.4.6-1.1.1.1r")
    assert moved.startswith("transplant2.9_")
    assert paired.startswith("transplant2.10_")
    assert paired[-8:] != moved[-8:], "the pairs are part of it"
    assert into.startswith("residual3.5_")
    assert other.startswith("residual1.1_")
    assert in_file_names([Transplant(1, 8, "another [MASK]")]) != [moved]


def test_many_are_counted_and_still_told_apart() -> None:
    one, other = (in_file_names(all_but([kept], 6, 12)) for kept in ((0, 0), (5, 3)))
    assert one != other
    for [name] in (one, other):
        assert name.startswith("cut71heads-")
        assert len(name) < 24
    [arrows] = in_file_names([CutArrow(0, 0, 1, key) for key in range(9)])
    assert arrows.startswith("arrow9s-")


@pytest.mark.parametrize("one", ONES, ids=str)
def test_they_come_back(one: Intervention) -> None:
    assert from_plain(json.loads(json.dumps(as_plain(one)))) == one


@pytest.mark.parametrize(
    "data",
    [
        None, [], 3, {}, {"cut": "head"}, {"cut": "head", "layer": 0, "head": 1, "by": "mean"},
        {"cut": "head", "layer": 1, "head": 1, "by": "force"},
        {"cut": "head", "layer": "1", "head": 1, "by": "mean"},
        {"cut": "arrow", "layer": 1, "head": 1, "query": 0},
        {"cut": "arrow", "layer": 1, "head": 1, "query": -1, "key": 0},
        {"transplant": "head", "layer": 1, "head": 1},
        {"transplant": "head", "layer": 1, "from": ""},
        {"transplant": "residual", "layer": 1, "head": 1, "from": ""},
        {"transplant": "residual", "layer": 1, "token": 0, "from": "", "pairs": [[1]]},
        {"transplant": "residual", "layer": 1, "token": 0, "from": "", "pairs": [[1, -1]]},
        {"transplant": "tree", "layer": 1, "head": 1, "token": 0, "from": ""},
        {"cut": "tree", "layer": 1, "head": 1, "query": 1, "key": 0},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_none_is_none(data: object) -> None:
    assert from_plain(data) is None
