"""JSON is JSON, whatever the numbers: one writer for all of it."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest

import tui
from tui.storage.json_text import json_text


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_null(odd: float) -> None:
    data = {"a": odd, "b": [1.5, (odd, "NaN")], "c": {"d": {"e": odd}}}
    found = json.loads(json_text(data, indent=2), parse_constant=refuse)
    assert found == {"a": None, "b": [1.5, [None, "NaN"]], "c": {"d": {"e": None}}}


def test_words_keep_their_letters() -> None:
    assert json_text({"é": "漢"}) == '{"é": "漢"}'


def test_nothing_else_writes_json() -> None:
    house = Path(tui.__file__).parent
    writers = {
        path.relative_to(house).as_posix()
        for path in house.rglob("*.py")
        if re.search(r"json\.dumps?\(", path.read_text(encoding="utf-8"))
    }
    # An export hashes the names of its tokens, which are then read by nobody; the table of contents
    # of a file of weights is safetensors' own.
    of_others = {"evidence/export.py", "model/numpy_engine/layout.py"}
    assert writers == {"storage/json_text.py", *of_others}
