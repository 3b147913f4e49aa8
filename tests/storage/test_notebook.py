"""The folder of notes: edited by the app and by hand, by two apps at once, and through crashes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.storage.test_saving import failing
from tui.errors import SaveError
from tui.storage import notebook as notebook_module
from tui.storage.notebook import FilledSentence, Notebook, NoteExample
from tui.storage.notes import NotedHead

HERE = NotedHead(1, 4, "embedded")
EXAMPLE = NoteExample(
    sentence="The *cat* [MASK] well.",
    picture="Attention_Layer2_Head5.png",
    shown="per head scale",
    measured=("next token 0.61", "[MASK] → gracefully 0.612"),
    filled=(
        FilledSentence("The *cat* ", "did", " well.", 0.18249),
        FilledSentence("The *cat* ", "ate", " well.", 0.1),
    ),
)


@pytest.fixture
def notebook(tmp_path: Path) -> Notebook:
    return Notebook(tmp_path / "new" / "analysis")


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_nothing_is_made_before_the_first_note(notebook: Notebook) -> None:
    assert str(notebook.read()) == ""
    assert notebook.sentences() == []
    assert not notebook.folder.exists()


def test_an_example_as_it_stands_in_the_file(notebook: Notebook) -> None:
    notebook.set_claim(HERE, "It looks ahead.", known="")
    notebook.add_example(HERE, EXAMPLE)
    assert notebook.path.read_text(encoding="utf-8") == (
        "# Analysis\n"
        "\n"
        "## Layer 2, Head 5 (embedded)\n"
        "\n"
        "It looks ahead.\n"
        "\n"
        "### The \\*cat\\* [MASK] well.\n"
        "\n"
        "![Layer 2, Head 5, per head scale](Attention_Layer2_Head5.png)\n"
        "\n"
        "next token 0.61\n"
        "\n"
        "[MASK] → gracefully 0.612\n"
        "\n"
        "1. The \\*cat\\* **did** well. (0.182)\n"
        "2. The \\*cat\\* **ate** well. (0.100)\n"
    )
    assert notebook.sentences() == ["The *cat* [MASK] well."]
    assert names(notebook.folder) == {"analysis.md", "sentences.txt"}


def test_the_same_sentence_is_not_added_twice(notebook: Notebook) -> None:
    notebook.add_example(HERE, EXAMPLE)
    before = notebook.path.read_bytes()
    notebook.add_example(HERE, EXAMPLE)
    assert notebook.path.read_bytes() == before
    assert len(notebook.sentences()) == 1


def test_hand_edits_stay(notebook: Notebook) -> None:
    notebook.set_claim(HERE, "Mine.", known="")
    text = notebook.path.read_text() + "\n- by hand\n\n## Layer 1, Head 1\n\nBy hand too.\n\xff"
    notebook.path.write_bytes(text.encode("latin-1"))
    notebook.add_example(HERE, EXAMPLE)
    notebook.set_claim(NotedHead(5, 0, "embedded"), "Later.", known="")
    content = notebook.path.read_bytes()
    assert b"\n- by hand\n" in content
    assert b"By hand too.\n\xff" in content, "bytes that are no UTF-8 as well"


def test_a_claim_changed_in_the_meantime_is_kept_too(notebook: Notebook) -> None:
    notebook.set_claim(HERE, "one", known="")
    other = Notebook(notebook.folder)
    other.set_claim(HERE, "theirs", known="one")
    notes = notebook.set_claim(HERE, "ours", known="one")
    assert notes.claim(HERE) == "theirs\n\nours"
    assert notebook.set_claim(HERE, "done", known="theirs\n\nours").claim(HERE) == "done"


def test_two_apps_lose_nothing(notebook: Notebook) -> None:
    def add(number: int) -> None:
        place = NotedHead(number % 5, number // 5, "embedded")
        Notebook(notebook.folder).set_claim(place, f"claim {number}", known="")
        Notebook(notebook.folder).add_example(place, EXAMPLE)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(add, range(25)))
    notes = notebook.read()
    assert len(notes.noted("embedded")) == 25
    for number in range(25):
        place = NotedHead(number % 5, number // 5, "embedded")
        assert notes.claim(place) == f"claim {number}"
    order = [section.place.order for section in notes.sections if section.place]
    assert order == sorted(order)


def test_a_kill_at_any_moment_leaves_the_notes_whole(tmp_path: Path) -> None:
    code = """
import sys, itertools
from pathlib import Path
from tui.storage.notebook import Notebook
from tui.storage.notes import NotedHead
notebook, place = Notebook(Path(sys.argv[1])), NotedHead(1, 4, "embedded")
known = ""
for number in itertools.count():
    claim = f"{number} " * 2000 + "end"
    notebook.set_claim(place, claim, known=known)
    known = claim
    if number == 3:
        print("ready", flush=True)
"""
    for delay in (0.0, 0.013, 0.031):
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )  # fmt: skip
        assert process.stdout
        process.stdout.readline()
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        claim = Notebook(tmp_path).read().claim(HERE)
        assert claim.endswith("end")
        assert len(set(claim.split())) == 2
        # What it was about to write lies beside, under a name that is swept up later.
        assert all(name == "analysis.md" or name.endswith(".part") for name in names(tmp_path))
        (tmp_path / "analysis.md").unlink()


@pytest.mark.parametrize("call", ["replace", "fsync"])
def test_a_full_disk_leaves_the_notes_as_they_were(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    notebook.set_claim(HERE, "one", known="")
    monkeypatch.setattr(os, call, failing(28))
    with pytest.raises(SaveError, match="full"):
        notebook.set_claim(HERE, "two", known="one")
    monkeypatch.undo()
    assert notebook.read().claim(HERE) == "one"
    assert names(notebook.folder) == {"analysis.md"}


def test_notes_that_cannot_be_read_are_not_overwritten(notebook: Notebook) -> None:
    notebook.folder.mkdir(parents=True)
    notebook.path.mkdir()
    with pytest.raises(SaveError, match=r"analysis\.md cannot be read"):
        notebook.set_claim(HERE, "x", known="")


def test_a_file_that_nobody_wrote_by_hand(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebook_module, "LARGEST", 10)
    notebook.folder.mkdir(parents=True)
    notebook.path.write_text("x" * 11)
    with pytest.raises(SaveError, match="too large"):
        notebook.set_claim(HERE, "x", known="")


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SaveError, match="a part of that path is a file"):
        Notebook(tmp_path / "file" / "notes").set_claim(HERE, "x", known="")


def test_control_characters_do_not_get_into_the_file(notebook: Notebook) -> None:
    odd = FilledSentence("a\x1b[31m ", "b\n## Layer 1, Head 1", " c", 0.5)
    notebook.add_example(HERE, NoteExample("one\ntwo\x1b[0m", "x.png", "raw", ("m\n# x",), (odd,)))
    text = notebook.path.read_text(encoding="utf-8")
    assert "\x1b" not in text
    assert notebook.read().noted("embedded") == {(1, 4)}


def test_the_list_of_sentences_is_the_author_s_too(notebook: Notebook) -> None:
    notebook.folder.mkdir(parents=True)
    path = notebook.folder / "sentences.txt"
    path.write_text("# mine\nA dog [MASK].")
    notebook.add_example(HERE, EXAMPLE)
    assert path.read_text() == "# mine\nA dog [MASK].\nThe *cat* [MASK] well.\n"
    assert notebook.sentences() == ["A dog [MASK].", "The *cat* [MASK] well."]
