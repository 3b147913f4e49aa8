"""Runs of tokens are what indexing with the same tokens gives, without a copy."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tui.analysis.runs import runs


@given(st.lists(st.booleans(), max_size=20))
def test_slices_are_what_is_chosen(chosen: list[bool]) -> None:
    mask = np.array(chosen, dtype=bool)
    places = np.arange(len(mask))
    found = [places[run] for run in runs(mask)]
    assert [int(place) for part in found for place in part] == places[mask].tolist()
    assert all(len(part) and np.shares_memory(part, places) for part in found)
    assert all(a[-1] + 1 < b[0] for a, b in pairwise(found))
