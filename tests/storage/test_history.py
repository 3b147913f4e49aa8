"""The sentences that were asked: kept in order, each once, by however many apps."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.storage.test_saving import failing
from tui.errors import SaveError
from tui.storage import history
from tui.text import clean


def test_there_is_none_at_first(tmp_path: Path) -> None:
    assert history.load(tmp_path / "none" / "history.txt") == []
    assert history.load(tmp_path) == [], "a folder of that name"


@given(st.lists(st.text(alphabet="ab[M]\n \x1b\u2028é", max_size=4), max_size=8))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_sentence_once_in_the_order_of_the_last_asking(
    tmp_path: Path, texts: list[str]
) -> None:
    path = tmp_path / "state" / "history.txt"
    path.unlink(missing_ok=True)
    for text in texts:
        history.add(path, text)
    last_first = dict.fromkeys(text for one in reversed(texts) if (text := clean(one)))
    assert history.load(path) == list(last_first)[::-1]


def test_the_oldest_are_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "LONGEST", 3)
    path = tmp_path / "history.txt"
    for number in range(5):
        history.add(path, f"sentence {number}")
    assert history.load(path) == ["sentence 2", "sentence 3", "sentence 4"]


def test_adding_the_last_one_again_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "history.txt"
    history.add(path, "one")
    before = path.stat()
    history.add(path, "one")
    assert path.stat().st_ino == before.st_ino, "not even the same anew"


def test_apps_add_to_each_other_s_history(tmp_path: Path) -> None:
    path = tmp_path / "state" / "history.txt"
    sentences = [f"sentence {number}" for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: history.add(path, text), sentences))
    assert sorted(history.load(path)) == sorted(sentences)
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_full_disk_leaves_the_history_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "history.txt"
    history.add(path, "one")
    monkeypatch.setattr(os, "replace", failing(28))
    with pytest.raises(SaveError, match="full"):
        history.add(path, "two")
    monkeypatch.undo()
    assert history.load(path) == ["one"]
