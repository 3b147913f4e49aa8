"""`--cut`: candidates, heads and files of a model with heads cut."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Call
from tests.support import embedded
from tui.analysis.interventions import CutHead
from tui.model.saved.saved_model import SavedModel

TEXT = "I drank a cup of [MASK] this morning."
TWO = "The [MASK] sat on the [MASK]."
CUTS = ("--cut", "6.11", "--cut", "2 9")
CHANGES = (CutHead(1, 8), CutHead(5, 10))


def candidates(call: Call, *options: str, text: str = TEXT) -> list[list[dict[str, Any]]]:
    assert call("predict", text, "--json", *options) == 0
    answer = json.loads(call.out)
    return [mask["candidates"] for mask in answer["masks"]]


@pytest.mark.parametrize("text", [TEXT, TWO])
@pytest.mark.parametrize("by", ["mean", "zero"])
def test_each_candidate_has_both_models_numbers(call: Call, text: str, by: Any) -> None:
    found = candidates(call, *CUTS, "--cut-by", by, "--top-k", "4", text=text)
    changes = tuple(CutHead(one.layer, one.head, by) for one in CHANGES)
    model = embedded()
    for mask, ones in enumerate(found):
        order = {}
        for name, interventions in (("now", changes), ("before", ())):
            analysis = model.analyze(text, top_k=1000, interventions=interventions)
            order[name] = {
                one.token: (rank, one) for rank, one in enumerate(analysis.candidates[mask], 1)
            }
        best_now = sorted(order["now"], key=lambda token: order["now"][token][0])[:4]
        best_before = sorted(order["before"], key=lambda token: order["before"][token][0])[:4]
        tokens = [one["token"] for one in ones]
        assert tokens[:4] == best_now
        assert tokens[4:] == [token for token in best_before if token not in best_now]
        for one in ones:
            for name, numbers in (("now", one), ("before", one["before"])):
                rank, candidate = order[name][one["token"]]
                assert numbers["rank"] == rank
                assert numbers["probability"] == pytest.approx(candidate.probability, abs=1e-5)
                assert numbers["logit"] == pytest.approx(candidate.logit, abs=1e-4)


def test_without_cuts_nothing_is_beside_them(call: Call) -> None:
    [found] = candidates(call)
    assert all("before" not in one for one in found)


def test_the_table_shows_now_before_and_places(call: Call) -> None:
    assert call("predict", TEXT, *CUTS) == 0
    [found] = candidates(call, *CUTS)
    assert call("predict", TEXT, *CUTS) == 0
    lines = call.out.splitlines()
    assert lines[0] == "[MASK], word piece 7 of 11"
    assert lines[2].split() == ["rank", "cut", "before", "places"]
    for one, line in zip(found, lines[4:], strict=False):
        rank, token, now, before, places, *_ = line.split()
        risen = one["before"]["rank"] - one["rank"]
        assert (rank, token) == (str(one["rank"]), one["token"])
        assert (float(now), float(before)) == pytest.approx(
            (one["probability"], one["before"]["probability"]), abs=1e-3
        )
        assert places == (f"{risen:+}" if risen else "=")
    assert "cut (mean of 200 sentences): 2·9, 6·11" in call.err


def test_heads_are_those_of_the_changed_model(call: Call) -> None:
    assert call("heads", TEXT, *CUTS, "--json") == 0
    analysis = embedded().analyze(TEXT, interventions=CHANGES)
    entropy = analysis.statistics.numbers["entropy"]
    for head in json.loads(call.out)["heads"]:
        wanted = entropy[head["layer"] - 1, head["head"] - 1]
        assert head["entropy"] == pytest.approx(float(wanted), abs=1e-5)


def test_a_list_is_measured_with_heads_cut(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text(f"{TEXT}\n{TWO}\n")
    both = []
    for cuts in ((), CUTS):
        assert call("heads", "--from", file, *cuts, "--json") == 0
        both.append([head["mean"]["entropy"] for head in json.loads(call.out)["heads"]])
    whole, cut = np.array(both).reshape(2, 6, 12)
    np.testing.assert_allclose(cut[:2], whole[:2], atol=1e-5)
    assert np.abs(cut[2:] - whole[2:]).max() > 1e-3
    assert call("export", "--from", file, *CUTS, "--format", "npz", "--out", tmp_path / "x") == 0
    assert len([*(tmp_path / "x").glob("*/Attention_cut2.9-6.11.npz")]) == 2


@pytest.mark.parametrize("by", ["mean", "zero"])
def test_files_say_it_and_give_it_back(call: Call, tmp_path: Path, by: Any) -> None:
    out = tmp_path / "x"
    export = ("export", TEXT, *CUTS, "--cut-by", by, "--format", "npz,json,png", "--out", out)
    assert call(*export) == 0
    end = "_cut2.9-6.11" + ("_zero" if by == "zero" else "")
    changes = tuple(CutHead(one.layer, one.head, by) for one in CHANGES)
    analysis = embedded().analyze(TEXT, interventions=changes)
    saved = SavedModel.load(str(out / f"Attention{end}.npz"))
    again = saved.analyze(TEXT)
    assert again.interventions == changes
    assert again.told == analysis.told
    np.testing.assert_allclose(again.attention, analysis.attention, atol=1e-6)
    data = json.loads((out / f"Attention{end}.json").read_text())
    assert data["interventions"] == [
        {"cut": "head", "layer": 2, "head": 9, "by": by},
        {"cut": "head", "layer": 6, "head": 11, "by": by},
    ]
    assert data["means"] == ("mean of 200 sentences" if by == "mean" else "")
    assert len([*out.glob(f"Attention_Layer*_Head*{end}.png")]) == 72
    for name in (f"Attention_Layer3_Head4{end}.png", f"Attention_AllHeads{end}.png"):
        with Image.open(out / name) as picture:
            assert any("2·9, 6·11" in str(text) for text in picture.info.values())
    # The model as it is has names of its own, and the same command writes nothing anew.
    assert call(*export[:2], "--format", "npz", "--out", out) == 0
    assert (out / "Attention.npz").is_file()
    assert call(*export) == 0
    assert f"({74 + 1} were there already)" in call.out


def test_one_layer_of_it_is_saved_with_the_sentence_alone(call: Call, tmp_path: Path) -> None:
    """Its layers are counted otherwise in the file, and so would be those of the cuts."""
    assert call("export", TEXT, *CUTS, "--layer", "3", "--format", "npz", "--out", tmp_path) == 0
    saved = SavedModel.load(str(tmp_path / "Attention_Layer3_cut2.9-6.11.npz"))
    again = saved.analyze(TEXT)
    assert not again.interventions
    assert any("cut (mean of 200 sentences): 2·9, 6·11" in note for note in again.told)


@pytest.mark.parametrize("cut", ["2", "0.1", "x", "2.9.4", "-1.2"])
def test_what_is_no_head_is_refused(call: Call, cut: str) -> None:
    assert call("predict", TEXT, f"--cut={cut}") == 2
    assert "is no layer and head" in call.err


@pytest.mark.parametrize("command", ["predict", "heads", "export"])
def test_a_head_that_is_not_there_is_refused(call: Call, tmp_path: Path, command: str) -> None:
    out = ("--out", tmp_path) if command == "export" else ()
    for cut, said in (("7.1", "There is no layer 7"), ("1.13", "There is no head 13")):
        assert call(command, TEXT, "--cut", cut, *out) == 2
        assert said in call.err
        assert len(call.err.splitlines()) == 1


def test_saved_attention_cannot_be_cut(call: Call, tmp_path: Path) -> None:
    assert call("export", "--open", "x.npz", "--cut", "1.1", "--out", tmp_path) == 2
    assert "Nothing can be cut in saved attention" in call.err


def test_a_text_without_a_mask_has_no_candidates(call: Call) -> None:
    assert call("predict", "The cat sat.", *CUTS) == 2
    assert "There is no [MASK] in the text" in call.err


def test_numbers_that_are_none_are_null(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    from tui.cli.predict_cut import _standing
    from tui.experiments.changed_candidates import Standing

    nan = math.nan
    assert _standing(Standing(nan, nan, nan))["rank"] is None


def test_a_word_of_ones_own_has_both_models_numbers(call: Call) -> None:
    assert call("predict", TEXT, "--word", "tea", "--word", "tea", *CUTS, "--json") == 0
    cut, again = json.loads(call.out)["words"]
    assert cut == again
    assert call("predict", TEXT, "--word", "tea", "--json") == 0
    [whole] = json.loads(call.out)["words"]
    standing = {name: whole[name] for name in ("log_probability", "probability", "rank")}
    assert cut["before"] == pytest.approx(standing, rel=1e-4)
    [masks] = candidates(call, *CUTS, "--top-k", "1000")
    now = next(one for one in masks if one["token"] == "tea")
    assert cut["probability"] == pytest.approx(now["probability"], rel=1e-4)
    assert call("predict", TEXT, "--word", "tea", *CUTS) == 0
    assert "rank before" in call.out
