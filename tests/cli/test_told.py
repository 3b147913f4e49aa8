"""What makes a model doubtful is told on every way out: each command, and each kind of file.

The commands and the formats are taken from their lists: a new one fails here until it is said how
it is called, and says what must be told.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Call
from tests.model import tiny
from tests.model.numpy_engine.checkpoints import rewrite
from tests.model.torch_engine.test_trust import strip
from tui.analysis.analysis import Analysis
from tui.cli.main import COMMANDS
from tui.experiments.list_statistics import MeasureList, measure_list
from tui.model.masked_lm import MaskedLM
from tui.model.saved.saved_model import SavedModel
from tui.storage.formats import FORMATS

DOUBT = "weights of the encoder are not in the file"
"""The part of the warning that no line of a table breaks."""

TEXT = "the [mask] sat on the mat"
CUT_NOTE = "Not the model as it is: cut (zero): 1·2."
NOTE = "[mask] was taken as [MASK]."

BY_ZERO = ("--cut-by", "zero")
MOVED = ("--from", "the [MASK] sat on the dog", "--word", "cat", "--source-word", "mat")
CUT = ("--cut", "1.2", *BY_ZERO)

WAYS: dict[str, list[tuple[str, ...]]] = {
    "predict": [("predict", TEXT), ("predict", TEXT, "--json"), ("predict", TEXT, *CUT)],
    "compare": [
        ("compare", TEXT, TEXT), ("compare", TEXT, TEXT, "--json"),
        ("compare", TEXT, TEXT, "--csv"), ("compare", TEXT, TEXT, "--out", "both"),
        ("compare", TEXT, TEXT, "--out", "both", "--json"), ("compare", "--pairs", "pairs.tsv"),
        ("compare", "--pairs", "pairs.tsv", "--json"), ("compare", "--pairs", "pairs.tsv", "--csv"),
    ],
    "effects": [
        ("effects", TEXT, *BY_ZERO), ("effects", TEXT, *BY_ZERO, "--csv"),
        ("effects", TEXT, *BY_ZERO, "--json"),
        ("effects", TEXT, *BY_ZERO, "--where", "effect > -99"),
        ("effects", TEXT, *MOVED), ("effects", TEXT, *MOVED, "--csv"),
        ("effects", TEXT, *MOVED, "--json"),
        ("effects", TEXT, *MOVED, "--residual"), ("effects", TEXT, *MOVED, "--residual", "--csv"),
        ("effects", TEXT, *MOVED, "--residual", "--json"),
        ("effects", TEXT, "--arrows"),
        ("effects", TEXT, "--arrows", "--csv"), ("effects", TEXT, "--arrows", "--json"),
    ],
    "heads": [
        ("heads", TEXT), ("heads", TEXT, "--json"), ("heads", TEXT, "--where", "prev > .1"),
        ("heads", TEXT, *CUT), ("heads", "--from", "list.txt"),
        ("heads", "--from", "list.txt", "--json"),
    ],
    "lens": [("lens", TEXT), ("lens", TEXT, "--json")],
    "export": [
        ("export", TEXT, "--out", "some"), ("export", TEXT, "--out", "some", "--json"),
        ("export", "--from", "list.txt", "--out", "more"),
        ("export", "--from", "list.txt", "--out", "again", "--json"),
        ("export", TEXT, "--out", "-", "--format", "csv"),
    ],
    "notes": [
        ("notes", TEXT, "--layer", "1", "--head", "1", "--notes", "n"),
        ("notes", TEXT, "--layer", "1", "--head", "2", "--notes", "n", "--json"),
    ],
}  # fmt: skip
"""How each command that asks a model is called."""

ASKS_NO_MODEL = {
    "config": "it prints settings",
    "app": "it opens the interface, whose line of warnings has a test of its own",
    "open": "it opens the interface on a file, which is read below",
    "models": "it lists what there is and loads nothing",
}


def _raise_voice(weights: dict[str, np.ndarray]) -> None:
    """So that the model answers otherwise to another sentence."""
    for name, weight in weights.items():
        if weight.ndim == 2:
            weights[name] = 8 * weight


@pytest.fixture(scope="module")
def doubtful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that lacks weights of its encoder."""
    folder = tiny.save_bert(tmp_path_factory.mktemp("doubtful"))
    rewrite(folder, _raise_voice)
    strip(folder, "bert.encoder.layer.1.attention")
    return folder


@pytest.fixture(scope="module")
def answer(doubtful: Path) -> Analysis:
    return MaskedLM.load(str(doubtful)).analyze(TEXT)


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("list.txt").write_text(f"the cat {TEXT}\nthe [MASK] sat\n")
    Path("pairs.tsv").write_text(f"the cat\tthe dog\n{TEXT}\tthe cat sat on the mat\n")


def test_every_command_is_walked_over() -> None:
    assert WAYS.keys() | ASKS_NO_MODEL.keys() == COMMANDS.keys()


@pytest.mark.parametrize("way", [way for ways in WAYS.values() for way in ways], ids=" ".join)
def test_every_command_tells_it(call: Call, doubtful: Path, way: tuple[str, ...]) -> None:
    assert call(*way, "--model", doubtful) == 0
    if "--json" in way:
        # Of an export each line is an object, and the last one says how it went.
        last = call.out.splitlines()[-1] if way[0] == "export" else call.out
        notes = json.loads(last)["notes"]
        assert DOUBT in notes[0]
        assert NOTE in notes
    else:
        assert call.err.count(DOUBT) == 1, "once, on standard error"
        assert NOTE in call.err


@pytest.mark.parametrize(
    "way",
    [
        ("predict", TEXT, *CUT), ("predict", TEXT, *CUT, "--json"), ("heads", TEXT, *CUT),
        ("heads", TEXT, *CUT, "--json"), ("heads", "--from", "list.txt", *CUT),
        ("effects", TEXT, *CUT), ("effects", TEXT, *CUT, "--json"),
        ("heads", "--from", "list.txt", *CUT, "--json"),
        ("export", TEXT, *CUT, "--out", "some"), ("export", TEXT, *CUT, "--out", "some", "--json"),
        ("export", "--from", "list.txt", *CUT, "--out", "more"),
        ("export", TEXT, *CUT, "--out", "-", "--format", "csv"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_every_command_tells_what_was_cut(call: Call, doubtful: Path, way: tuple[str, ...]) -> None:
    assert call(*way, "--model", doubtful) == 0
    if "--json" in way:
        last = call.out.splitlines()[-1] if way[0] == "export" else call.out
        assert CUT_NOTE in json.loads(last)["notes"]
    else:
        assert call.err.count(CUT_NOTE) == 1


@pytest.mark.parametrize("kind", FORMATS)
def test_every_file_tells_what_was_cut(call: Call, doubtful: Path, kind: str) -> None:
    export = ("export", TEXT, *CUT, "--format", kind, "--model", doubtful, "--out", "x")
    assert call(*export) == 0
    for path in Path("x").iterdir():
        assert path.name.endswith(f"_cut1.2_zero.{kind}")
        content = path.read_bytes()
        assert CUT_NOTE.encode() in content or CUT_NOTE.encode("utf-32-le") in content, path


@pytest.mark.parametrize("kind", FORMATS)
def test_every_file_tells_it(call: Call, doubtful: Path, tmp_path: Path, kind: str) -> None:
    assert call("export", TEXT, "--format", kind, "--model", doubtful, "--out", "x") == 0
    files = [*Path("x").iterdir()]
    assert {path.suffix for path in files} == {f".{kind}"}
    for path in files:
        content = path.read_bytes()
        for sentence in (DOUBT, NOTE):
            # numpy writes strings in four bytes a character.
            assert sentence.encode() in content or sentence.encode("utf-32-le") in content, path


def test_a_picture_has_it_in_its_caption(call: Call, doubtful: Path, tmp_path: Path) -> None:
    whole = tiny.save_bert(tmp_path / "whole")
    text = "the [MASK] sat on the mat"
    sizes = []
    for model, folder in ((whole, "w"), (doubtful, "d")):
        assert call("export", text, "--model", model, "--out", folder) == 0
        for name in ("Attention_Layer1_Head1.png", "Attention_AllHeads.png"):
            with Image.open(Path(folder, name)) as picture:
                sizes.append(picture.height)
    assert sizes[2] > sizes[0], "a head's picture has more lines"
    assert sizes[3] > sizes[1], "and so has the page of all"


def test_a_table_has_it_with_each_head(call: Call, doubtful: Path) -> None:
    assert call("export", TEXT, "--format", "csv", "--model", doubtful, "--out", "x") == 0
    header, *lines = Path("x", "Attention.csv").read_text().splitlines()
    assert header.endswith(",weight,notes")
    assert {line.count(",") for line in lines} <= {7, 8}, "every line has the column"
    assert sum(DOUBT in line for line in lines) == 4, "of two layers and two heads"
    assert DOUBT in lines[0]


def test_saved_attention_gives_it_back(call: Call, doubtful: Path, answer: Analysis) -> None:
    assert call("export", TEXT, "--format", "npz", "--model", doubtful, "--out", "x") == 0
    model = SavedModel.load("x/Attention.npz")
    assert DOUBT in model.info.warnings[0]
    again = model.analyze(model.info.only_text or "")
    assert again.told == answer.told, "each sentence once"
    assert call("export", "--open", "x/Attention.npz", "--format", "json", "--out", "y") == 0
    assert DOUBT in call.err
    assert DOUBT in json.loads(Path("y/Attention.json").read_text())["warnings"][0]


def test_the_note_tells_it_and_so_does_who_prints_it(call: Call, doubtful: Path) -> None:
    add = ("notes", TEXT, "--layer", "1", "--head", "1", "--notes", "n", "--model", doubtful)
    assert call(*add) == 0
    text = Path("n/analysis.md").read_text()
    assert text.count(DOUBT) == 1
    assert "\n\nNote: " in text
    assert call("notes", "--notes", "n") == 0
    assert DOUBT in call.out
    assert call("notes", "--notes", "n", "--json") == 0
    assert DOUBT in json.loads(call.out)[0]["notes"][0]


def test_a_file_from_before_is_not_taken_for_one_that_tells_it(
    call: Call, doubtful: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same numbers without the warning, as an older version left them."""
    export = ("export", TEXT, "--format", "npz,json,csv,png", "--model", doubtful, "--out", "x")
    with monkeypatch.context() as silent:
        silent.setattr(Analysis, "told", ())
        assert call(*export) == 0
    before = len([*Path("x").iterdir()])
    assert call(*export) == 0
    assert len([*Path("x").iterdir()]) == 2 * before


def test_a_list_s_statistics_carry_it(doubtful: Path) -> None:
    model = MaskedLM.load(str(doubtful))
    measured = measure_list(MeasureList((TEXT, "the [mask] sat"), str(doubtful)), model)
    assert len(measured.told) == 2
    assert DOUBT in measured.told[0]
    assert measured.told[1] == NOTE
