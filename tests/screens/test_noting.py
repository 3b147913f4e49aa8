"""`a`: a note on a head, its examples, and the claim that is written as it is typed."""

from __future__ import annotations

import asyncio
import os
import re
import threading
import time
from pathlib import Path

import pytest

from tests.storage.test_saving import failing
from tests.support import Desk, desk
from tui.screens.note import NoteScreen
from tui.storage.notebook import Notebook
from tui.storage.notes import NotedHead, Notes
from tui.storage.saving import picture_metadata

TEXT = "The cat, despite the noise, [MASK] gracefully."
OTHER = "The cat, even with all the chaos, [MASK] quickly."
HERE = NotedHead(0, 1, "embedded")


def notebook(folder: Path) -> Notebook:
    return Notebook(folder / "pictures" / "analysis")


def text_of(folder: Path) -> str:
    return notebook(folder).path.read_text(encoding="utf-8")


def note(at: Desk) -> NoteScreen:
    assert isinstance(at.app.screen, NoteScreen)
    return at.app.screen


async def test_a_note_from_the_key_to_the_file(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.press("right", "a")
        assert note(at).claim.has_focus
        assert "Layer 1 · Head 2 · embedded" in at.text
        assert f"1 {TEXT}  (kept with a claim, or with ctrl+s)" in at.text
        await at.press(*"It looks ahead", "enter", *"a lot", "escape")
        assert at.status == f"The notes are in {notebook(tmp_path).path}"
        assert "Head 2 of 12 · note" in at.text
    text = text_of(tmp_path)
    assert text.startswith(
        "# Analysis\n\n## Layer 1, Head 2 (embedded)\n\nIt looks ahead\na lot\n\n"
        f"### {TEXT}\n\n![Layer 1, Head 2, raw weights, per head scale]"
        "(Attention_Layer1_Head2_perhead.png)\n\nembedded, raw weights, per head scale: white = "
    )
    assert re.search(r"^“\[MASK\]” attends most to (“\S+” 0\.\d{3}(, )?){3}\.$", text, re.M)
    ranked = re.findall(r"^(\d)\. (.*)\*\*(\S+)\*\*(.*) \((0\.\d{3})\)$", text, re.M)
    assert [line[0] for line in ranked] == ["1", "2", "3"]
    assert {line[1] + "[MASK]" + line[3] for line in ranked} == {TEXT}
    facts = picture_metadata(notebook(tmp_path).folder / "Attention_Layer1_Head2_perhead.png")
    assert facts is not None
    assert facts["Text"] == TEXT


async def test_another_sentence_is_added_to_the_same_note(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.press("a")
        await at.press(*"claim", "escape")
        await at.ask(OTHER)
        await at.press("a")
        assert note(at).claim.text == "claim"
        assert "2 The cat, even with all" in at.text
        await at.press("ctrl+s")
        assert f"2 {OTHER}  (added now)" in at.text
        await at.press("escape")
        await at.press("a")
        await at.press("ctrl+s", "escape")
    notes = notebook(tmp_path).read()
    section = notes.at(NotedHead(0, 0, "embedded"))
    assert section is not None
    assert section.examples == (TEXT, OTHER)
    assert len(list(notebook(tmp_path).folder.glob("*.png"))) == 2
    assert text_of(tmp_path).count("](Attention_Layer1_Head1_perhead_2.png)") == 1


async def test_the_sentences_of_the_notes_are_walked_through(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.press("a")
        await at.press("ctrl+s", "escape")
        await at.ask(OTHER)
        await at.press("right", "a")
        await at.press("ctrl+s", "escape")
        await at.ask("Neither of them [MASK].")
        await at.press("}")
        assert at.main.sentence.value == TEXT
        await at.press("}")
        assert at.main.sentence.value == OTHER
        await at.press("}")
        assert at.main.sentence.value == TEXT
        await at.press("{")
        assert at.main.sentence.value == OTHER
        assert "Head 2 of 12" in at.text, "at the same head"


async def test_what_is_typed_is_written_a_moment_later(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.press("right", "a")
        await at.press(*"half a sent")
        await at.pilot.pause(1.0)
        await at.settle()
        assert notebook(tmp_path).read().claim(HERE) == "half a sent"
        await at.press("ctrl+q")
    assert notebook(tmp_path).read().claim(HERE) == "half a sent"


async def test_leaving_at_once_writes_what_was_typed_last(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.press("right", "a")
        await at.press(*"last words", "ctrl+q")
    assert notebook(tmp_path).read().claim(HERE) == "last words"


async def test_hand_edits_are_seen_and_kept(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.press("right", "a")
        await at.press(*"one", "escape")
        path = notebook(tmp_path).path
        path.write_text(text_of(tmp_path).replace("one", "by hand") + "\n## Mine\n\nToo.\n")
        await at.press("a")
        assert note(at).claim.text == "by hand"
        await at.press(*"!", "escape")
    text = text_of(tmp_path)
    assert "by hand!" in text
    assert text.endswith("\n## Mine\n\nToo.\n")


async def test_an_edit_by_hand_while_the_note_is_open_is_kept_too(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.press("right", "a")
        await at.press(*"ours")
        notebook(tmp_path).set_claim(HERE, "theirs", known="")
        await at.pilot.pause(1.0)
        await at.settle()
        assert note(at).claim.text == "theirs\n\nours"
        await at.press("escape")
    assert notebook(tmp_path).read().claim(HERE) == "theirs\n\nours"


async def test_a_note_that_is_opened_and_closed_leaves_no_file(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.press_each("right", "a", "escape")
        assert "The sentence was not kept" in at.status
        assert "· note" not in at.text
        assert not notebook(tmp_path).path.exists()
        await at.press_each("a", "x", "backspace")
        await at.pilot.pause(1.0)
        await at.press("escape")
        assert not notebook(tmp_path).path.exists()
        await at.press_each("a", "ctrl+s", "escape")
        assert at.status == f"The notes are in {notebook(tmp_path).path}"
        assert "Head 2 of 12 · note" in at.text
    section = notebook(tmp_path).read().at(HERE)
    assert section is not None
    assert section.examples == (TEXT,)


async def test_the_editor_gets_the_sentence_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "true")
    async with desk(tmp_path, TEXT) as at:
        await at.press_each("right", "a", "ctrl+o")
        assert f"## Layer 1, Head 2 (embedded)\n\n### {TEXT}" in text_of(tmp_path)
        await at.press("escape")


async def test_keys_behind_it_are_the_notes_where_the_disk_is_slow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Notebook.read

    def slow(book: Notebook) -> Notes:
        time.sleep(0.1)
        return read(book)

    async with desk(tmp_path, TEXT) as at:
        monkeypatch.setattr(Notebook, "read", slow)
        await at.press("right", "a", *"flat line")
        assert note(at).claim.text == "flat line"
        await at.press("escape")
    assert "\n\nflat line\n\n" in text_of(tmp_path)


async def test_a_disk_that_says_nothing_holds_no_key_up_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, goes_on = Notebook.read, threading.Event()

    def stalled(book: Notebook) -> Notes:
        goes_on.wait(30)
        return read(book)

    async with desk(tmp_path, TEXT) as at:
        monkeypatch.setattr(Notebook, "read", stalled)
        await at.pilot.press("right", "a")
        await at.pilot.press("right")
        await at.pilot.pause()
        assert "Head 3 of 12" in at.text
        assert not isinstance(at.app.screen, NoteScreen)
        goes_on.set()
        await at.settle()
        assert note(at).claim.has_focus
        assert "Layer 1 · Head 2 · embedded" in at.text


async def test_looking_at_a_note_changes_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.press("right", "a")
        await at.press("ctrl+s", "escape")
        path = notebook(tmp_path).path
        path.write_bytes(
            path.read_bytes().replace(b"\n\n###", b"\n\nmine \x1b[31m\t\xff  \n\n\n###", 1)
        )
        before = path.read_bytes()
        await at.press("a")
        assert "\x1b" not in at.text
        await at.press("escape")
        assert path.read_bytes() == before


async def test_a_full_disk_keeps_the_dialog_and_the_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.press("right", "a")
        await at.press(*"precious")
        with monkeypatch.context() as full:
            full.setattr(os, "replace", failing(28))
            await at.press("escape")
            assert note(at).claim.text == "precious"
            assert "disk is full" in re.sub(r"[│\s]+", " ", at.text)  # a long path wraps it
        await at.press("!", "escape")
        assert "Head 2 of 12 · note" in at.text
    assert notebook(tmp_path).read().claim(HERE) == "precious!"


async def test_a_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "pictures").write_bytes(b"")
    async with desk(tmp_path, TEXT) as at:
        await at.press("a")
        assert "a part of that path is a file" in at.status


async def test_a_sentence_without_a_mask_reads_out_the_cursor_s_row(tmp_path: Path) -> None:
    async with desk(tmp_path, "The cat sleeps.") as at:
        await at.press("j", "a")
        await at.press("ctrl+s", "escape")
    text = text_of(tmp_path)
    assert re.search(r"^“cat” attends most to ", text, re.M)
    assert "1. " not in text


async def test_heads_with_notes_are_marked_from_the_start(tmp_path: Path) -> None:
    notebook(tmp_path).set_claim(HERE, "x", known="")
    async with desk(tmp_path, TEXT) as at:
        await at.press("left")
        assert "· note" not in at.text
        await at.press("right", "right")
        assert "Head 2 of 12 · note" in at.text


async def test_heads_with_notes_are_marked_on_the_map(tmp_path: Path) -> None:
    notebook(tmp_path).set_claim(HERE, "x", known="")
    async with desk(tmp_path, TEXT) as at:
        await at.press("right", "right", "right", "m")
        layers = [line for line in at.screen if re.match(r"[1-6][ ▐*]", line)]
        assert [line.count("*") for line in layers] == [1, 0, 0, 0, 0, 0]


async def test_a_note_says_the_head_s_label_and_statistics(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT, layer=0, head=2) as at:
        await at.press("a")
        await at.press("ctrl+s", "escape")
    text = text_of(tmp_path)
    assert "Label: previous token 1.00." in text
    assert re.search(r"^Measured: entropy \d\.\d\d nats, .*previous token 1\.00, ", text, re.M)


async def test_a_paste_of_any_kind_is_text(tmp_path: Path) -> None:
    from textual import events

    async with desk(tmp_path, TEXT) as at:
        await at.press("right", "a")
        note(at).claim.post_message(events.Paste("one\x1b[31m\n\ttwo\x07"))
        await asyncio.sleep(0.1)
        await at.press("escape")
    claim = notebook(tmp_path).read().claim(HERE)
    assert claim.startswith("one")
    assert claim.count("\n") == 1
    assert "\x1b" not in claim
    assert "\x07" not in claim


async def test_effects_and_the_list_stand_in_the_note(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT) as at:
        await at.press("e")
        await at.press("a")
        assert "> effect " in at.text
        assert re.search(r"\d+(st|nd|rd|th) of 72, of cutting this head alone", at.text)
        await at.press("ctrl+l")
        assert "over a list of 1 sentence: mean effect" in at.text
        await at.press(*"It helps", "escape")
        await at.press("a")
        assert "self-repair" in at.text, "whenever the verdict is read"
        await at.press("escape")
        await at.press("}")
        await at.press("a")
        await at.press("ctrl+l")
        assert "over a list of " in at.text
        await at.press("escape")
    text = text_of(tmp_path)
    assert text.count("Experiment: effect ") == 1
    lists = re.findall(r"^Experiment: over a list of (\d+) sentences?: mean effect", text, re.M)
    assert lists == ["1", "2"] or lists == ["1", "1"]
    assert text.count("self-repair") == 1
    assert "It helps\n\n###" in text
