"""The picture of a set's curve: named by what decides it, and never in the place of another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support import embedded
from tui.evidence.smallest_set import SetPicture, curve_of, heads_named
from tui.experiments.set_over_list import SentenceKept, SetOverList
from tui.experiments.smallest_set import ONE_OF_MANY, SmallestSet, smallest_set
from tui.storage.saving import picture_metadata

TEXT = "A [MASK]."


@pytest.fixture(scope="module")
def found() -> SmallestSet:
    return smallest_set(embedded(), TEXT, by="zero")


def test_the_curve_is_that_of_the_pruning(found: SmallestSet) -> None:
    curve = curve_of(found)
    assert curve.x.tolist() == found.left.tolist()
    np.testing.assert_array_equal(curve.y, found.log_probabilities)
    assert curve.marked == len(found.kept)
    assert found.word in curve.y_label


def test_the_file_says_what_it_shows(found: SmallestSet, tmp_path: Path) -> None:
    (path,) = SetPicture(found).save(tmp_path).paths
    assert path.name == f"SmallestSet_Mask1_{len(found.kept)}heads_zero.png"
    facts = picture_metadata(path)
    assert facts is not None
    assert (facts["Text"], facts["Model"]) == (TEXT, "embedded")
    assert facts["Heads"] == heads_named(found)
    assert facts["Cut"] == "heads cut to zero"
    assert ONE_OF_MANY in facts["Notes"]
    assert "Over the list" not in facts


def test_what_is_known_of_the_list_is_another_picture(found: SmallestSet, tmp_path: Path) -> None:
    over_list = SetOverList("embedded", found.kept, "zero", (SentenceKept("x", "cat", 1),))
    first = SetPicture(found).save(tmp_path).paths
    assert SetPicture(found).save(tmp_path).paths == first, "the same is written once"
    (second,) = SetPicture(found, over_list).save(tmp_path).paths
    assert second not in first
    facts = picture_metadata(second)
    assert facts is not None
    assert "in 1 of 1 other sentence of the list" in facts["Over the list"]
    (other,) = SetPicture(replace(found, text="Another [MASK].")).save(tmp_path).paths
    assert other not in (*first, second)
