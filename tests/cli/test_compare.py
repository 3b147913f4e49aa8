"""`bertmask-tui compare`: two runs, and files of pairs, for scripts and people."""

from __future__ import annotations

import csv
import json
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.cli.conftest import Call
from tests.model import tiny
from tests.support import embedded
from tui.cli import compare_pairs as module
from tui.experiments.compare import compare_pairs, compare_texts
from tui.text import MASK

A, B = "The cat [MASK] on the mat.", "The old dogs [MASK] on a mat."

PAIRS = (
    ("The dogs bark.", "The dogs barks."),
    ("She is reading a book.", "She is reading book a."),
    ("Boy the sleeps.", "The boy sleeps."),
)


def data(call: Call, *arguments: str | Path) -> dict[str, Any]:
    assert call("compare", "--json", *arguments) == 0, call.err
    answer: dict[str, Any] = json.loads(call.out)
    return answer


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return tiny.save_bert(tmp_path / "small")


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    path = tmp_path / "pairs.tsv"
    path.write_text("".join(f"{a}\t{b}\n" for a, b in PAIRS))
    return path


# Two runs


def test_json_holds_every_head_and_both_sides(call: Call) -> None:
    answer = data(call, A, B)
    found = compare_texts(embedded(), A, B)
    numbers = found.changes()
    assert len(answer["heads"]) == 72
    for head in answer["heads"]:
        assert head.keys() == {"layer", "head", "change"}
        wanted = float(numbers[head["layer"] - 1, head["head"] - 1])
        assert head["change"] == pytest.approx(wanted, abs=1e-6)
        assert 0 <= head["change"] <= log(2)
    changes = [head["change"] for head in answer["heads"]]
    assert changes == sorted(changes, reverse=True), "what changes most comes first"
    for side, text in (("a", A), ("b", B)):
        own = embedded().analyze(text, top_k=5)
        assert (answer[side]["text"], answer[side]["model"]) == (text, "embedded")
        assert answer[side]["tokens"] == [token.text for token in own.tokens]
        for rank, (one, other) in enumerate(
            zip(answer[side]["candidates"], own.candidates[0], strict=True), 1
        ):
            assert (one["token"], one["rank"]) == (other.token, rank)
            assert one["probability"] == pytest.approx(other.probability, abs=1e-5)
            assert one["logit"] == pytest.approx(other.logit, abs=1e-3)
    for one in answer["masks"][0]["candidates"]:
        for side, scores in (("a", found.a.analysis.scores), ("b", found.b.analysis.scores)):
            assert scores is not None
            token = embedded().find_token(A, 0, one["token"])
            assert one[side] == pytest.approx(scores.probability(0, token), rel=1e-3)
            assert one[f"rank_{side}"] == scores.rank(0, token)
        assert one["change"] is not None
    for left, right in answer["aligned"]:
        a, b = answer["a"]["tokens"][left - 1], answer["b"]["tokens"][right - 1]
        assert a == b or (a, b) == ("the", "a")
    assert "“cat” of A; “old”, “dogs” of B" in answer["notes"][0]
    [mask] = answer["masks"]
    for side in "ab":
        assert answer[side]["tokens"][mask[side] - 1] == MASK, "counted from 1, as in `aligned`"


def test_a_against_a_is_zero(call: Call) -> None:
    answer = data(call, A, A)
    assert {head["change"] for head in answer["heads"]} == {0.0}
    assert all(one["change"] == 0 for one in answer["masks"][0]["candidates"])
    assert answer["notes"] == []


def test_the_order_and_the_first_of_them(call: Call) -> None:
    in_place = data(call, A, B, "--sort", "head", "--top", "13")["heads"]
    assert [(head["layer"], head["head"]) for head in in_place] == [
        *((1, head) for head in range(1, 13)), (2, 1),
    ]  # fmt: skip
    some = data(call, A, B, "--where", "layer = 2")["heads"]
    assert {head["layer"] for head in some} == {2}


def test_the_whole_against_the_cut(call: Call) -> None:
    answer = data(call, A, "--cut", "3.4", "--cut-by", "zero")
    assert answer["notes"] == ["B: Not the model as it is: cut (zero): 3·4."]
    assert (answer["a"]["changed"], answer["b"]["changed"]) == ("", "cut (zero): 3·4")
    assert answer["a"]["text"] == answer["b"]["text"] == A
    for head in answer["heads"]:
        assert (head["change"] > 1e-6) == (head["layer"] > 3)


def test_two_models_of_other_sizes_have_candidates_and_no_heads(call: Call, small: Path) -> None:
    text = "the cat sat on the [MASK]"
    answer = data(call, text, "--against", small)
    assert answer["heads"] == []
    assert any("compare models of one size" in note for note in answer["notes"])
    assert answer["b"]["model"] == str(small)
    assert answer["a"]["candidates"]
    assert answer["b"]["candidates"]
    words = [{one["token"] for one in answer[side]["candidates"]} for side in "ab"]
    for one in answer["masks"][0]["candidates"]:
        for side, listed in zip("ab", words, strict=True):
            is_known = one["token"] in listed
            assert (one[side] is not None) == (one[f"rank_{side}"] is not None) == is_known
    assert call("compare", text, "--against", small) == 0
    assert "compare models of one size" in call.err
    assert MASK in call.out
    assert call("compare", text, "--against", small, "--where", "prev > 0") == 2


def test_a_mask_on_one_side_alone_is_said(call: Call) -> None:
    answer = data(call, "The [MASK] sat on the mat.", "The cat sat on the mat.")
    assert answer["b"]["candidates"] == []
    assert answer["a"]["candidates"]
    assert len(answer["heads"]) == 72
    assert any("none as its partner" in note for note in answer["notes"])


def test_nothing_in_common_is_answered_and_said(call: Call) -> None:
    answer = data(call, "Dogs bark loudly", "Every tree")
    assert len(answer["heads"]) == 72
    assert len(answer["aligned"]) == 2
    assert any("no token in common" in note for note in answer["notes"])


def test_the_table_has_both_sides(call: Call) -> None:
    assert call("compare", A, B, "--top", "2") == 0
    lines = call.out.splitlines()
    assert lines[:2] == [f"A  {A}  (embedded)", f"B  {B}  (embedded)"]
    assert any("rank A" in line for line in lines)
    numbers = [line.split() for line in lines if line.strip()[:1].isdigit()]
    assert len(numbers) == 2
    assert float(numbers[0][2]) >= float(numbers[1][2])


def test_csv_has_a_line_a_head(call: Call) -> None:
    assert call("compare", A, B, "--csv") == 0
    header, *rows = csv.reader(call.out.splitlines())
    assert header == ["layer", "head", "change"]
    assert len(rows) == 72


# Files


@pytest.mark.parametrize("with_b", [(B,), ("--cut", "2.3", "--cut-by", "zero")])
def test_files_of_both_are_written(call: Call, tmp_path: Path, with_b: tuple[str, ...]) -> None:
    folder = tmp_path / "both"
    asked: tuple[str | Path, ...] = (A, *with_b, "--out", folder, "--layer", "3", "--head", "4")
    answer = data(call, *asked)
    assert {Path(path) for path in answer["files"]} == set(folder.iterdir())
    assert sorted(path.suffix for path in folder.iterdir()) == [".npz", ".png"]
    with np.load(next(folder.glob("*.npz"))) as file:
        attention = file["attention"]
    own = embedded().analyze(A).attention[2:3, 3:4]
    np.testing.assert_allclose(attention, own, atol=1e-5)
    assert len(answer["heads"]) == 72, "what is printed is as ever"
    assert call("compare", *asked, "--top", "1") == 0
    assert f"2 files in {folder} (2 were there already)." in call.err
    assert A in call.out


def test_another_model_is_written_beside_the_first(call: Call, small: Path, tmp_path: Path) -> None:
    twin = tiny.save_bert(tmp_path / "twin", dtype=torch.bfloat16)
    text = "the cat sat on the [MASK]"
    asked: tuple[str | Path, ...] = (text, "--model", small, "--against", twin)
    answer = data(call, *asked, "--out", tmp_path / "models", "--format", "png")
    assert len(answer["files"]) == len(answer["heads"])
    assert all(Path(path).suffix == ".png" for path in answer["files"])
    assert call("compare", text, "--against", small, "--out", tmp_path / "none") == 2
    assert "compare models of one size" in call.err
    assert call.out == ""
    assert not (tmp_path / "none").exists()


def test_a_folder_that_is_a_file_is_said(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("mine")
    assert call("compare", A, B, "--out", path) == 1
    assert str(path) in call.err
    assert (call.out, path.read_text()) == ("", "mine")


# Pairs


def test_json_of_pairs(call: Call, pairs: Path) -> None:
    answer = data(call, "--pairs", pairs)
    found = compare_pairs(embedded(), PAIRS)
    for line, (one, other) in enumerate(zip(answer["pairs"], found.pairs, strict=True), 1):
        assert (one["line"], one["a"], one["b"]) == (line, other.a, other.b)
        assert one["pll_a"] == pytest.approx(other.pll_a, abs=1e-4)
        assert one["pll_b"] == pytest.approx(other.pll_b, abs=1e-4)
        assert one["prefers"] == ("a" if one["pll_a"] > one["pll_b"] else "b")
        assert one["error"] is None
    assert [one["prefers"] for one in answer["pairs"]] == ["a", "a", "b"]
    assert answer["accuracy"] == pytest.approx(2 / 3)
    assert answer["n"] == 3
    # Wilson (1927) of 2 among 3.
    assert answer["low"] == pytest.approx(0.2077, abs=1e-4)
    assert answer["high"] == pytest.approx(0.9385, abs=1e-4)
    assert answer["sign_test"] == 1
    assert len(answer["heads"]) == 72
    assert all(head["low"] <= head["change"] <= head["high"] for head in answer["heads"])


def test_one_pair_has_no_interval_and_says_so(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("The dogs bark.\tThe dogs barks.\n")
    assert call("compare", "--pairs", path, "--top", "1") == 0
    assert "change within one pair, which has no interval" in call.out
    assert "with an interval of 95 %" not in call.out


def test_ties_are_counted_and_told(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("The dogs bark.\tThe dogs barks.\nThe dogs bark.\tThe dogs bark.\n")
    answer = data(call, "--pairs", path, "--against", "embedded")
    assert [one["prefers"] for one in answer["pairs"]] == ["a", None]
    for told in (answer, answer["against"]):
        assert (told["n"], told["ties"], told["accuracy"]) == (2, 1, 0.5)
    assert call("compare", "--pairs", path) == 0
    assert "; neither in 1, which counts as A not preferred." in call.out
    assert call("compare", "--pairs", path, "--csv") == 0
    assert "; neither in 1, which counts as A not preferred." in call.err


def test_a_line_that_is_not_utf_8_is_not_scored(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_bytes(b"The dogs bark.\tThe dogs barks.\n" + "Café.\tCafe.\n".encode("latin-1"))
    answer = data(call, "--pairs", path)
    assert len(answer["pairs"]) == 1
    assert answer["broken"] == [{"line": 2, "error": "it is no text in UTF-8"}]
    assert "Line 2 is left out: it is no text in UTF-8." in call.err


def test_blimp_from_standard_input(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "blimp.jsonl"
    fields = ("sentence_good", "sentence_bad")
    path.write_text(
        "".join(f"{json.dumps(dict(zip(fields, one, strict=True)))}\n" for one in PAIRS)
    )
    assert call("compare", "--pairs", "-", "--json", stdin=path) == 0
    assert [one["a"] for one in json.loads(call.out)["pairs"]] == [a for a, _ in PAIRS]


def test_broken_lines_are_named_and_the_rest_is_done(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("no tab\nThe dogs bark.\tThe dogs barks.\n{broken\nThe [MASK].\tThe cat.\n")
    assert call("compare", "--pairs", path, "--csv") == 0
    assert "Line 1 is left out: there is no tab" in call.err
    assert "Line 3 is left out: it begins as JSON" in call.err
    assert "Line 4: A sentence is scored whole" in call.err
    rows = list(csv.DictReader(call.out.splitlines()))
    assert [(row["line"], row["prefers"]) for row in rows] == [("2", "a"), ("4", "")]
    answer = data(call, "--pairs", path)
    assert [one["line"] for one in answer["broken"]] == [1, 3]
    assert answer["pairs"][1]["pll_a"] is None
    assert "put a word" in answer["pairs"][1]["error"]
    assert answer["n"] == 1
    monkeypatch.setattr(module, "MOST_NAMED", 1)
    assert call("compare", "--pairs", path) == 0
    assert "And 1 more line like these." in call.err
    assert "A is preferred in 100.0% of 1" in call.out


def test_another_model_scores_the_pairs_too(call: Call, small: Path, tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("the cat sat\tsat cat the\n")
    answer = data(call, "--pairs", path, "--against", small)
    [one] = answer["pairs"]
    assert one["against"]["pll_a"] != one["pll_a"]
    assert one["against"]["prefers"] in ("a", "b")
    assert answer["against"]["model"] == str(small)
    assert answer["against"]["accuracy"] == (one["against"]["prefers"] == "a")
    assert call("compare", "--pairs", path, "--against", small, "--csv") == 0
    assert next(csv.reader(call.out.splitlines()))[-1] == "against_prefers"
    assert call("compare", "--pairs", path, "--against", small) == 0
    assert call.out.count("sign test p") == 2


def test_with_a_cut_the_pairs_are_of_the_cut_model(call: Call, pairs: Path) -> None:
    whole = data(call, "--pairs", pairs)
    cut = data(call, "--pairs", pairs, "--cut", "1.1", "--cut-by", "zero")
    assert cut["notes"][0] == "Not the model as it is: cut (zero): 1·1."
    assert cut["pairs"][0]["pll_a"] != whole["pairs"][0]["pll_a"]


# Requests that are wrong


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("one",), "Give two sentences; or one, and --against"),
        ((), "Give two sentences"),
        (("a", "b", "--json", "--csv"), "--json or --csv"),
        (("a", "--pairs", "x"), "With --pairs give no sentence"),
        (("--pairs", "x", "--where", "prev > 0"), "no --where"),
        (("--pairs", "x", "--out", "y"), "With --pairs there are no files"),
        (("a", "b", "--layer", "1"), "give --out DIR too"),
        (("a", "b", "--out", "y", "--layer", "99"), "There is no layer 99"),
        (("a", "b", "--out", "y", "--format", "csv"), "There is no format csv"),
        (("--pairs", "none.tsv"), "cannot be read: No such file"),
        (("--pairs", "empty.tsv"), "empty.tsv holds no pair: write two"),
        (("--pairs", "binary.tsv"), "binary.tsv is no text"),
        (("a", " "), "There is no text: give a sentence for B."),
        (("a", "--cut", "99.1"), "There is no layer 99"),
        (("a", "b " * 600), "B: The text is"),
        (("a", "--against", "saved.npz"), "a model is a folder"),
        (("a", "b", "--where", "nonsense"), "there is no number nonsense"),
    ],
)
def test_a_wrong_request_is_one_sentence(
    call: Call,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty.tsv").touch()
    Path("binary.tsv").write_bytes(bytes(range(256)))
    Path("saved.npz").write_bytes(b"PK")
    assert call("compare", *arguments) == 2
    assert said in call.err
    assert len(call.err.splitlines()) == 1
    assert call.out == ""
