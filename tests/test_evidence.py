"""Evidence in a real terminal: saved attention without a model, and the next day's start."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from tests.pty_terminal import bertmask

WORDS = ["[CLS]", "the", "cat", "[MASK]", ".", "[SEP]"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Attention of some model that this program has never heard of."""
    path = tmp_path / "cluster.npz"
    weights = np.random.default_rng(0).dirichlet([0.2] * 6, (3, 5, 6)).astype(np.float32)
    np.savez(path, attention=weights, tokens=WORDS)
    return path


def test_saved_attention_opens_without_a_model_and_again_tomorrow(
    file: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    home = tmp_path / "home"
    home.mkdir()
    with bertmask("open", str(file), home=home, cwd=folder) as terminal:
        terminal.wait_for("Layer 1 of 3 · Head 1 of 5")
        terminal.wait_for("cluster 3×5 · saved")
        terminal.wait_for("the cat [MASK] .")
        terminal.key("right", "down")  # nothing has to be typed: the keys are the grid's
        terminal.wait_for("Layer 2 of 3 · Head 2 of 5")
        terminal.key("g")
        terminal.send("3 4\r")
        terminal.wait_for("Layer 3 of 3 · Head 4 of 5")
        terminal.key("k", "w")
        terminal.wait_for("no model to read another")
        terminal.key("S")
        terminal.wait_for("Saved 16 pictures in")
        terminal.key("q")
        assert terminal.wait() == 0
        terminal.assert_restored()
    assert len(list((folder / "screenshots").glob("*.png"))) == 16
    with bertmask(home=home, cwd=folder) as terminal:
        terminal.wait_for("Layer 3 of 3 · Head 4 of 5")
        terminal.wait_for("cluster 3×5 · saved")
        terminal.key("ctrl+q")
        assert terminal.wait() == 0
    with bertmask("--fresh", home=home, cwd=folder) as terminal:
        terminal.wait_for(re.compile(r"embedded 6×12"))
        terminal.wait_for("Layer 1 of 6 · Head 1 of 12")
        terminal.key("ctrl+q")
        assert terminal.wait() == 0


def test_a_file_that_holds_no_attention_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.npz").write_bytes(b"no zip")
    with bertmask("open", str(tmp_path / "x.npz")) as terminal:
        terminal.wait_for("cannot be read as npz")
        terminal.key("ctrl+q")
        assert terminal.wait() == 0


def test_the_notes_open_in_the_editor_that_the_user_has_chosen(tmp_path: Path) -> None:
    editor = tmp_path / "nano"  # by its name it is told the line
    editor.write_text(
        '#!/bin/sh\necho "$@" > "$HOME/asked"\nprintf "in the editor\\n"\nread answer\n'
        'sed -i.before "s/^Mine\\./By hand./" "$2"\n'
    )
    editor.chmod(0o755)
    with bertmask("The cat [MASK].", home=tmp_path, env={"EDITOR": str(editor)}) as terminal:
        terminal.wait_for(re.compile(r"\[MASK\] → "), timeout=60)
        terminal.key("right", "a")
        terminal.wait_for("(kept with a claim")
        terminal.send("Mine.")
        terminal.wait_for("Mine.")
        terminal.key("ctrl+o")
        terminal.wait_for("in the editor")
        assert "Layer 1 · Head 2" not in terminal.text
        terminal.key("enter")
        terminal.wait_for("By hand.")
        terminal.key("escape")
        terminal.wait_for("The notes are in")
        terminal.key("q")
        assert terminal.wait() == 0
        terminal.assert_restored()
    notes = tmp_path / "screenshots" / "analysis" / "analysis.md"
    assert "\nBy hand.\n" in notes.read_text(encoding="utf-8")
    line, path = (tmp_path / "asked").read_text().split()
    assert path == str(notes)
    heading = notes.read_text(encoding="utf-8").splitlines()[int(line.removeprefix("+")) - 1]
    assert heading == "## Layer 1, Head 2 (embedded)"
