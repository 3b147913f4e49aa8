"""A folder's session: kept outside it, whole, and never believed blindly."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.storage.test_saving import failing
from tui.errors import SaveError
from tui.storage import kept_place as session
from tui.storage.kept_place import KeptPlace, place_file
from tui.text import clean

FULL = KeptPlace(
    text="Der Käse [MASK] 日本.", model="embedded", layer=1, head=4, query=7, key=9, mask=1,
    view="raw weights", scale="per row", toggles={"hides": True, "ramp": "viridis"},
)  # fmt: skip


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    path = place_file(tmp_path / "state", tmp_path)
    assert session.load(path) == KeptPlace()
    session.save(path, FULL, tmp_path)
    assert session.load(path) == FULL
    assert json.loads(path.read_text())["folder"] == str(tmp_path)
    assert [path.name for path in path.parent.iterdir()] == [path.name]


def test_each_folder_has_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    here = place_file(tmp_path, Path())
    assert here == place_file(tmp_path, tmp_path / "a")
    assert here != place_file(tmp_path, tmp_path)
    assert place_file(tmp_path, Path("\udcff")) != here


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b"null"])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    assert session.load(path) == KeptPlace()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*KeptPlace.__slots__, "other"]), JSON))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_field_is_checked(tmp_path: Path, kept: dict[str, object]) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps(kept))
    found = session.load(path)
    for name in ("layer", "head", "query", "key", "mask"):
        assert getattr(found, name) is None or getattr(found, name) >= 0
    for name in ("text", "model", "view", "scale"):
        value = getattr(found, name)
        assert value is None or (isinstance(value, str) and value == clean(value))
    assert all(isinstance(value, bool | str) for value in found.toggles.values())


def test_a_full_disk_is_said_and_the_session_before_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = place_file(tmp_path, tmp_path)
    session.save(path, FULL, tmp_path)
    monkeypatch.setattr(os, "replace", failing(28))
    with pytest.raises(SaveError, match="full"):
        session.save(path, KeptPlace(), tmp_path)
    monkeypatch.undo()
    assert session.load(path) == FULL
