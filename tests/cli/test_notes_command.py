"""`bertmask-tui notes`: the notebook for scripts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tui.storage.notebook import Notebook
from tui.storage.notes import NotedHead

TEXT = "The cat [MASK]."
HERE = NotedHead(1, 4, "embedded")


def test_a_note_is_added_and_shown(call: Call, tmp_path: Path) -> None:
    arguments = ("notes", TEXT, "--layer", "2", "--head", "5", "--notes", tmp_path)
    assert call(*arguments, "--claim", "It looks ahead.") == 0
    assert call.out == f"{tmp_path / 'analysis.md'}\n"
    text = (tmp_path / "analysis.md").read_text(encoding="utf-8")
    assert "## Layer 2, Head 5 (embedded)\n\nIt looks ahead.\n" in text
    assert "](Attention_Layer2_Head5.png)" in text
    assert (tmp_path / "Attention_Layer2_Head5.png").is_file()
    assert call(*arguments, "--json") == 0
    assert json.loads(call.out)["examples"] == [TEXT], "not twice"
    assert call("notes", "--notes", tmp_path) == 0
    assert call.out == f"Layer 2, Head 5 (embedded)\n    It looks ahead.\n  - {TEXT}\n"
    assert call("notes", "--notes", tmp_path, "--json") == 0
    assert json.loads(call.out) == [
        {
            "layer": 2, "head": 5, "model": "embedded", "claim": "It looks ahead.",
            "examples": [TEXT], "compared": [], "experiments": [], "notes": [],
        }
    ]  # fmt: skip


def test_a_claim_written_by_hand_stays(call: Call, tmp_path: Path) -> None:
    Notebook(tmp_path).set_claim(HERE, "By hand.", known="")
    arguments = ("notes", TEXT, "--layer", "2", "--head", "5", "--notes", tmp_path)
    assert call(*arguments, "--claim", "By a script.") == 0
    assert Notebook(tmp_path).read().claim(HERE) == "By hand.\n\nBy a script."


def test_experiments_are_printed_too(call: Call, tmp_path: Path) -> None:
    arguments = ("notes", TEXT, "--layer", "2", "--head", "5", "--notes", tmp_path)
    assert call(*arguments) == 0
    Notebook(tmp_path).add_experiments(HERE, ["effect 0.31 logits, of *this* head."], ["Mind it."])
    assert call("notes", "--notes", tmp_path) == 0
    assert call.out.endswith("  > effect 0.31 logits, of *this* head.\n  ! Mind it.\n")
    assert call("notes", "--notes", tmp_path, "--json") == 0
    (noted,) = json.loads(call.out)
    assert noted["experiments"] == ["effect 0.31 logits, of *this* head."]
    assert noted["notes"] == ["Mind it."]


def test_no_notes_yet(call: Call, tmp_path: Path) -> None:
    assert call("notes", "--notes", tmp_path / "none") == 0
    assert "no notes" in call.out
    assert call("notes", "--notes", tmp_path / "none", "--json") == 0
    assert json.loads(call.out) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((TEXT,), "--layer and --head"),
        ((TEXT, "--layer", "9", "--head", "1"), "no layer 9"),
        ((" ", "--layer", "1", "--head", "1"), "There is no text"),
        (("--claim", "x"), "needs a sentence"),
    ],
)
def test_wrong_requests(call: Call, tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    assert call("notes", *arguments, "--notes", tmp_path) == 2
    assert said in call.err
    assert not list(tmp_path.iterdir())
