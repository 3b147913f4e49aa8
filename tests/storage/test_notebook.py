"""The folder of notes: edited by the app and by hand, by two apps at once, and through crashes."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.storage.test_lock import held
from tests.storage.test_saving import failing
from tui.errors import SaveError
from tui.storage import lock
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
    assert notebook.set_claim(HERE, "ours\n", known="one") == notes, "tried again, not twice"
    assert notebook.set_claim(HERE, "", known="one") == notes
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


CALLS: dict[str, Callable[[Notebook], object]] = {
    "read": Notebook.read,
    "sentences": Notebook.sentences,
    "set_claim": lambda notebook: notebook.set_claim(HERE, "x", known=""),
    "add_example": lambda notebook: notebook.add_example(HERE, EXAMPLE),
}
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


def refused(call: Callable[[Notebook], object], notebook: Notebook) -> str:
    """The one sentence that is said, which names the folder and a way out."""
    with pytest.raises(SaveError) as caught:
        call(notebook)
    sentence = str(caught.value)
    assert str(notebook.folder) in sentence
    assert sentence.endswith(".")
    assert sentence.count(". ") == 0
    assert sentence.isprintable()
    return sentence


@every_call
@pytest.mark.parametrize("code", [errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE, errno.ELOOP])
def test_a_folder_that_cannot_be_read_is_one_sentence(
    notebook: Notebook,
    monkeypatch: pytest.MonkeyPatch,
    call: Callable[[Notebook], object],
    code: int,
) -> None:
    notebook.folder.mkdir(parents=True)
    monkeypatch.setattr(os, "open", failing(code))
    assert "--save-dir" in refused(call, notebook)


@every_call
@pytest.mark.parametrize("code", [errno.EACCES, errno.EIO])
def test_files_that_cannot_be_read_are_one_sentence_and_stay(
    notebook: Notebook,
    monkeypatch: pytest.MonkeyPatch,
    call: Callable[[Notebook], object],
    code: int,
) -> None:
    notebook.set_claim(HERE, "one", known="")
    notebook.add_example(HERE, EXAMPLE)
    before = {path.name: path.read_bytes() for path in notebook.folder.iterdir()}
    really_open = os.open

    def refuse(path: Path, flags: int, *more: int) -> int:
        if Path(path).name in before:
            raise OSError(code, os.strerror(code))
        return really_open(path, flags, *more)

    monkeypatch.setattr(os, "open", refuse)
    assert f"cannot be read: {os.strerror(code)};" in refused(call, notebook)
    monkeypatch.undo()
    assert {path.name: path.read_bytes() for path in notebook.folder.iterdir()} == before


@pytest.mark.parametrize(
    ("name", "calls"),
    [("analysis.md", ["read", "set_claim", "add_example"]),
     ("sentences.txt", ["sentences", "add_example"])],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["folder", "pipe", "loop"])
def test_what_is_no_file_is_one_sentence_and_stays(
    notebook: Notebook, name: str, calls: list[str], kind: str
) -> None:
    notebook.folder.mkdir(parents=True)
    path = notebook.folder / name
    match kind:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case _:
            path.symlink_to(path)
    for call in calls:
        assert f"{name} cannot be read: " in refused(CALLS[call], notebook)
    assert path.is_dir() or path.is_fifo() or path.is_symlink(), "nothing took its place"


@every_call
@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_file_in_the_place_of_the_folder(
    tmp_path: Path, call: Callable[[Notebook], object], below: str
) -> None:
    (tmp_path / "file").write_bytes(b"")
    said = refused(call, Notebook(tmp_path / "file" / below))
    assert "a part of that path is a file; choose another folder with --save-dir." in said


@every_call
def test_links_in_a_circle_in_the_place_of_the_folder(
    tmp_path: Path, call: Callable[[Notebook], object]
) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    refused(call, Notebook(tmp_path / "loop"))


def test_a_current_folder_that_has_been_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    notebook = Notebook(Path("screenshots"))
    assert notebook.read().sections == ()
    assert notebook.sentences() == []
    assert "the folder is not there" in refused(CALLS["set_claim"], notebook)


def test_notes_that_another_app_holds_are_waited_for_only_so_long(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook.set_claim(HERE, "one", known="")
    monkeypatch.setattr(lock, "PATIENCE", 0.1)
    before = notebook.path.read_bytes()
    with held(notebook.folder):
        for call in ("set_claim", "add_example"):
            began = time.monotonic()
            assert "in use by another program" in refused(CALLS[call], notebook)
            assert time.monotonic() - began < 2
        assert notebook.read().claim(HERE) == "one", "reading waits for nobody"
    assert notebook.path.read_bytes() == before
    assert notebook.set_claim(HERE, "two", known="one").claim(HERE) == "two"


def test_an_example_whose_list_failed_can_be_added_again(notebook: Notebook) -> None:
    (notebook.folder / "sentences.txt").mkdir(parents=True)
    refused(CALLS["add_example"], notebook)
    (notebook.folder / "sentences.txt").rmdir()
    notes = notebook.add_example(HERE, EXAMPLE)
    section = notes.at(HERE)
    assert section is not None
    assert len(section.examples) == 1
    assert len(notebook.sentences()) == 1


def test_a_file_that_nobody_wrote_by_hand(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebook_module, "LARGEST", 10)
    notebook.folder.mkdir(parents=True)
    notebook.path.write_text("x" * 11)
    assert "too large" in refused(CALLS["set_claim"], notebook)
    (notebook.folder / "sentences.txt").write_text("x" * 11)
    assert "too large" in refused(CALLS["sentences"], notebook)


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
