"""What makes a model doubtful is told on every way out: each command, and each kind of file.

The commands and the formats are taken from their lists: a new one fails here until it is said how
it is called, and says what must be told.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Call
from tests.model import tiny
from tests.model.numpy_engine.checkpoints import rewrite
from tests.model.torch_engine.test_trust import strip
from tui.analysis.analysis import Analysis
from tui.cli.changes import change_meaning
from tui.cli.main import COMMANDS, cli
from tui.experiments.arrows import FIRST_ORDER
from tui.experiments.compare import PLL
from tui.experiments.lens import WORTH
from tui.experiments.list_statistics import MeasureList, measure_list
from tui.experiments.logit_parts import ACCOUNTING
from tui.experiments.measures import OF_WORD, measure_named
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
        ("effects", TEXT, *BY_ZERO, "--word", "cats"),
        ("effects", TEXT, *BY_ZERO, "--word", "cats", "--csv"),
        ("effects", TEXT, *BY_ZERO, "--word", "cats", "--json"),
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


# What the numbers are of: the same on every way out


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of result, and what its reader must learn whatever the form.

    Attributes:
        call: the command that gives it.
        facts: what every number is of, by the names that JSON has for it; so has CSV, in columns.
        table: the same as the table says it, made of JSON's answer.
        sentences: what is said once: in JSON anywhere, else printed, of CSV on standard error.
    """

    call: tuple[str, ...]
    facts: tuple[str, ...]
    table: Callable[[Mapping[str, Any]], tuple[str, ...]]
    sentences: tuple[str, ...] = ()


TWO = "the [MASK] sat on the [MASK]"
SECOND = ("--mask", "2")
AT_SECOND = "at [MASK] 2 of 2"

OF_EFFECTS = ("word", "runner_up", "measure", "by", "means", "mask")
OF_SHARES = ("word", "source_word", "here", "there")

LEAD = measure_named("logit-diff")


def of_effects(answer: Mapping[str, Any]) -> tuple[str, ...]:
    first = f"“{answer['word']}” over “{answer['runner_up']}” {AT_SECOND}: {LEAD.name}"
    return first, answer["means"]


def of_shares(answer: Mapping[str, Any]) -> tuple[str, ...]:
    words = f"logit({answer['word']}) - logit({answer['source_word']})"
    here, there = f"{answer['here']:+.2f}", f"{answer['there']:+.2f}"
    return (f"{words} goes from the sentence's {here} to the source's {there}",)


def no_facts(_: Mapping[str, Any]) -> tuple[str, ...]:
    return ()


KINDS: dict[str, Kind] = {
    "effects": Kind(("effects", TWO, *SECOND), OF_EFFECTS, of_effects),
    "effects by zero": Kind(
        ("effects", TWO, *SECOND, *BY_ZERO), OF_EFFECTS, lambda one: (*of_effects(one), "(zero)")
    ),
    "effects both ways": Kind(
        ("effects", TWO, *SECOND, "--cut-by", "both"),
        OF_EFFECTS,
        lambda one: (*of_effects(one), ", zero)", "By mean: All heads", "By zero: All heads"),
    ),
    "effects on a word of several pieces": Kind(
        ("effects", TWO, *SECOND, "--word", "cats"),
        ("word", "measure", "by", "means", "mask"),
        lambda one: (
            f"“cats” {AT_SECOND}: log p of 2 pieces ({' '.join(one['pieces'])})",
            one["means"],
        ),
        (OF_WORD.meaning,),
    ),
    "arrows": Kind(
        ("effects", TWO, *SECOND, "--arrows", "4", "--renormalise"),
        ("word", "runner_up", "measure", "renormalised", "mask"),
        lambda one: (*of_effects(dict(one, means="")), "rows renormalised"),
        (FIRST_ORDER,),
    ),
    "shares of heads": Kind(("effects", TEXT, *MOVED), OF_SHARES, of_shares, ("place by place.",)),
    "shares of places": Kind(
        ("effects", TEXT, *MOVED, "--residual"), OF_SHARES, of_shares, ("place by place.",)
    ),
    "lens": Kind(("lens", TWO, *SECOND), (), lambda one: ("[MASK] 2 of 2", one["word"]), (WORTH,)),
    "parts": Kind(
        ("lens", TWO, *SECOND, "--direct"),
        (),
        lambda one: (f"“{one['word']}” over “{one['runner_up']}” {AT_SECOND}",),
        (ACCOUNTING,),
    ),
    "changes": Kind(("compare", TEXT, TWO), (), no_facts, (change_meaning(),)),
    "pairs": Kind(("compare", "--pairs", "pairs.tsv"), (), no_facts, (PLL,)),
    "estimates of heads": Kind(
        ("heads", TWO, "--sort", "importance"),
        (),
        lambda one: (
            f"“{one['candidate']}” over “{one['runner_up']}” at [MASK] {one['mask']} of 2",
        ),
    ),
}

OTHERWISE_TOLD = {
    "predict": "its candidates and masks are what it prints",
    "export": "its files have tests above",
    "notes": "it prints notes as they are",
    "models": "it prints no number of a model's",
}
"""Commands with forms whose facts are not walked over below."""


def forms_of(command: str) -> set[str]:
    """The forms of a command's answer besides the table: `json`, `csv`."""
    with click.Context(cli) as context:
        found = cli.get_command(context, command)
    params = found.params if found else []
    return {param.name[3:] for param in params if param.name and param.name.startswith("as_")}


WALKS = [
    (name, form)
    for name, kind in KINDS.items()
    for form in ("table", *sorted(forms_of(kind.call[0])))
]


def test_every_command_with_forms_is_walked_over() -> None:
    with_forms = {name for name in COMMANDS if forms_of(name)}
    assert {kind.call[0] for kind in KINDS.values()} == with_forms - OTHERWISE_TOLD.keys()


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that lacks nothing, so that it says the same whenever it is loaded."""
    folder = tiny.save_bert(tmp_path_factory.mktemp("sound"))
    rewrite(folder, _raise_voice)
    return folder


@pytest.mark.parametrize(("name", "form"), WALKS, ids=str)
def test_what_numbers_are_of_is_told_in_every_form(
    call: Call, sound: Path, name: str, form: str
) -> None:
    kind = KINDS[name]
    asked = (*kind.call, "--model", str(sound))
    assert call(*asked, "--json") == 0, call.err
    answer, written = json.loads(call.out), json.loads(call.out, parse_float=str)
    if form == "json":
        for fact in kind.facts:
            assert fact in answer
        said = json.dumps(answer, ensure_ascii=False)
        assert kind.facts == () or answer["meaning"]
    else:
        assert call(*asked, *([f"--{form}"] if form != "table" else [])) == 0, call.err
        said = {"table": call.out + call.err, "csv": call.err}[form]
    if form == "table":
        for fact in kind.table(answer):
            assert fact in said
    if form == "csv":
        rows = list(csv.DictReader(call.out.splitlines()))
        assert rows
        for row in rows:
            for fact in kind.facts:
                assert row[fact] == str(written[fact]), fact
    for sentence in kind.sentences:
        assert sentence in said


def test_csv_says_what_a_number_means_and_shares_who_stands_for_whom(
    call: Call, sound: Path
) -> None:
    assert call("effects", TWO, "--csv", "--model", sound) == 0
    assert f"effect: {LEAD.meaning}" in call.err
    assert call("effects", TEXT, *MOVED, "--csv", "--model", sound) == 0
    assert ": 0 is as in the sentence, 1 as in the source." in call.err
    row = next(csv.DictReader(call.out.splitlines()))
    assert row["pairs"].split()[:2] == ["1-1", "2-2"], "counted from 1"
