"""`bertmask-tui effects`: the effect of cutting each head, for scripts and people."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli.conftest import Call, found_once
from tests.model import tiny
from tests.model.numpy_engine.checkpoints import rewrite
from tests.support import embedded
from tui.analysis.correlation import rank_correlation
from tui.analysis.interventions import CutHead
from tui.cli import progress
from tui.experiments import sweep as sweep_module
from tui.experiments import time_left
from tui.experiments.arrows import sweep_arrows
from tui.experiments.measures import MEASURES, measure_named
from tui.model.masked_lm import MaskedLM

sweep = found_once(sweep_module.sweep)

TEXT = "I drank a cup of [MASK] this morning."
TWO = "The [MASK] sat on the [MASK]."


def data(call: Call, *options: str, text: str = TEXT) -> dict[str, Any]:
    assert call("effects", text, "--json", *options) == 0, call.err
    answer: dict[str, Any] = json.loads(call.out)
    return answer


@pytest.mark.parametrize("measure", [measure.slug for measure in MEASURES])
@pytest.mark.parametrize("by", ["mean", "zero"])
def test_json_holds_every_head(call: Call, measure: str, by: Any) -> None:
    answer = data(call, "--measure", measure, "--cut-by", by)
    found = sweep(embedded(), TEXT, by=by)
    assert (answer["text"], answer["model"], answer["mask"]) == (TEXT, "embedded", 1)
    assert (answer["word"], answer["runner_up"]) == (found.word, found.runner_up_word)
    assert (answer["by"], answer["measure"], answer["notes"]) == (by, measure, [])
    numbers = found.effects[measure]
    assert len(answer["heads"]) == 72
    for head in answer["heads"]:
        assert head.keys() == {"layer", "head", "effect", "estimate"}
        wanted = float(numbers[head["layer"] - 1, head["head"] - 1])
        assert head["effect"] == pytest.approx(wanted, abs=1e-6)
        assert head["estimate"] is None
    effects = [head["effect"] for head in answer["heads"]]
    assert effects == sorted(effects, reverse=True), "the largest first"
    assert answer["sum"] == pytest.approx(sum(effects))
    layers = {one["layer"]: one["effect"] for one in answer["layers"]}
    assert layers == {
        layer: pytest.approx(effect, abs=1e-6)
        for layer, effect in enumerate(found.layers[measure].tolist(), 1)
    }
    assert answer["all"] == pytest.approx(found.all_at_once[measure])


def test_sorting_and_the_first_of_them(call: Call) -> None:
    in_place = data(call, "--sort", "head")["heads"]
    assert [(head["layer"], head["head"]) for head in in_place] == [
        (layer, head) for layer in range(1, 7) for head in range(1, 13)
    ]
    sizes = [abs(head["effect"]) for head in data(call, "--sort", "size", "--top", "9")["heads"]]
    assert len(sizes) == 9
    assert sizes == sorted((abs(head["effect"]) for head in in_place), reverse=True)[:9]


def test_a_word_and_a_mask_of_one_s_own(call: Call) -> None:
    answer = data(call, "--word", "coffee")
    assert (answer["word"], answer["runner_up"]) == ("coffee", "tea")
    second = data(call, "--mask", "2", "--word", "##s", text=TWO)
    assert (second["mask"], second["word"]) == (2, "##s")
    assert data(call, "--word", "Coffee")["word"] == "coffee", "read as the model reads it"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--word", "pirouetted", "--measure", "kl"), "several pieces is measured by log-prob"),
        (("--word", "pirouetted", "--measure", "logit-diff"), "leave --measure out"),
        (("--word", "pirouetted", "--estimate"), "no first-order estimate of the effect on a word"),
        (("--word", "pirouetted", "--arrows"), "word pieces of this model (pi, ##rou"),
        (
            ("--word", "pirouetted", "--from", "I ate [MASK].", "--source-word", "cake"),
            "word pieces of this model (pi, ##rou",
        ),
        (("--word", "pirouetted", "--where", "margin > 1"), "estimates of the effect on one word"),
        (("--word", "pirouetted", "--where", "estimate > 1"), "there is no number estimate"),
        (("--mask", "2", "--word", "pirouetted"), "There is no mask 2: the text has 1"),
        (("--word", "🜚"), "is no word piece of this model's vocabulary"),
        (("--word", ""), "is no word piece of this model's vocabulary"),
        (("--mask", "2"), "There is no mask 2: the text has 1"),
        (("--mask", "2", "--word", "tea"), "There is no mask 2: the text has 1"),
        (("--mask", "0"), "0 is not in the range"),
        (("--measure", "charm"), "'charm' is not one of"),
        (("--cut-by", "force"), "'force' is not one of"),
        (("--json", "--csv"), "--json or --csv"),
        (("--sort", "estimate"), "--estimate"),
        (("--where", "effect >"), "--where 'effect >'"),
        (("--where", "effct > 1"), "did you mean effect?"),
        (("--where", "effect_zero > 1"), "there is no number effect_zero"),
        (("--where", "estimate > 1"), "there is no number estimate"),
        (("--cut", "9.1"), "There is no layer 9"),
        (("--mask", "2", "--where", "effect > 1"), "There is no mask 2: the text has 1"),
        (("--estimate", "--measure", "kl"), "estimate of logit-diff and log-prob alone"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_in_a_sentence(
    call: Call, options: tuple[str, ...], said: str
) -> None:
    assert call("effects", TEXT, *options) == 2
    assert said in call.err
    assert len(call.err.splitlines()) == 1
    assert call.out == ""


def test_a_word_of_several_pieces_is_measured_by_its_log_p(call: Call) -> None:
    found = sweep(embedded(), TEXT, word="pirouetted")
    answer = data(call, "--word", "pirouetted", "--sort", "head")
    assert (answer["word"], answer["measure"], answer["runner_up"]) == (
        "pirouetted", "log-prob", None
    )  # fmt: skip
    assert tuple(answer["pieces"]) == found.pieces
    numbers = [head["effect"] for head in answer["heads"]]
    np.testing.assert_allclose(numbers, found.effects["log-prob"].ravel(), atol=1e-6)
    assert data(call, "--word", "pirouetted", "--measure", "log-prob", "--top", "1")["heads"]
    assert answer["all"] == pytest.approx(found.all_at_once["log-prob"], abs=1e-6)
    assert answer["layers"][3]["effect"] == pytest.approx(found.layers["log-prob"][3], abs=1e-6)
    assert data(call, "--word", "coffee")["pieces"] == ["coffee"]


def test_its_table_and_csv_say_its_pieces(call: Call) -> None:
    asked = ("effects", TEXT, "--word", "pirouetted", "--cut-by", "both", "--sort", "size")
    where = ("--where", "effect > 0 and effect_zero > 0 and layer > 2")
    assert call(*asked, *where, "--top", "4") == 0
    pieces = " ".join(sweep(embedded(), TEXT, word="pirouetted", by="zero").pieces)
    title = f"“pirouetted”: log p of {len(pieces.split())} pieces ({pieces}), each head cut alone"
    assert call.out.startswith(title)
    assert "the sum over its pieces" in call.out
    assert "heads rank alike to" in call.out
    assert call(*asked, *where, "--csv") == 0
    rows = list(csv.DictReader(call.out.splitlines()))
    assert rows
    for row in rows:
        assert (row["word"], row["pieces"], row["runner_up"]) == ("pirouetted", pieces, "")
        assert (row["measure"], row["by"]) == ("log-prob", "both")
        assert float(row["effect"]) > 0
        assert float(row["effect_zero"]) > 0
        assert int(row["layer"]) > 2
    sizes = [abs(float(row["effect"])) for row in rows]
    assert sizes == sorted(sizes, reverse=True)


def test_a_text_without_a_mask_is_refused(call: Call) -> None:
    for options in ((), ("--word", "tea"), ("--word", "pirouetted")):
        assert call("effects", "The cat sat.", *options) == 2
        assert "There is no [MASK] in the text" in call.err


def test_scores_that_are_no_numbers_are_refused(call: Call, tmp_path: Path) -> None:
    folder = tiny.save_bert(tmp_path / "broken")

    def spoil(weights: dict[str, np.ndarray]) -> None:
        weights["bert.encoder.layer.1.output.dense.bias"][:] = np.nan

    rewrite(folder, spoil)
    options = ("--model", str(folder), "--cut-by", "zero")
    assert call("effects", "the [MASK] sat", *options) == 1
    assert "no numbers (NaN)" in call.err
    assert len(call.err.splitlines()) == 1


def test_csv_is_a_line_a_head(call: Call) -> None:
    heads = data(call)["heads"]
    assert call("effects", TEXT, "--csv") == 0
    rows = list(csv.DictReader(call.out.splitlines()))
    assert [(int(row["layer"]), int(row["head"])) for row in rows] == [
        (head["layer"], head["head"]) for head in heads
    ]
    assert [float(row["effect"]) for row in rows] == [head["effect"] for head in heads]
    assert {row["estimate"] for row in rows} == {""}


def test_the_table_ends_in_what_the_effects_come_to(call: Call) -> None:
    found = sweep(embedded(), TEXT)
    assert call("effects", TEXT, "--top", "3") == 0
    lines = [line for line in call.out.splitlines() if line.strip()]
    assert lines[0].startswith(f"“{found.word}” over “{found.runner_up_word}”: logit difference")
    assert "mean of 200 sentences" in lines[0]
    assert lines[1].split() == ["layer", "head", "effect"]
    assert len(lines) == 3 + 3 + 2
    assert lines[-2].startswith("All heads of a layer cut together: 1 ")
    assert lines[-1] == found.compared(measure_named("logit-diff"))


def test_estimates_stand_beside_the_effects(call: Call) -> None:
    answer = data(call, "--estimate", "--cut-by", "zero", "--sort", "estimate")
    estimates = [head["estimate"] for head in answer["heads"]]
    assert estimates == sorted(estimates, reverse=True)
    assert answer["notes"] == []
    effects = [head["effect"] for head in answer["heads"]]
    assert np.corrcoef(effects, estimates)[0, 1] > 0.5
    assert any("to zero" in note for note in data(call, "--estimate")["notes"])
    assert call("effects", TEXT, "--estimate", "--top", "2") == 0
    assert "estimate" in call.out


def test_only_heads_that_meet_a_query(call: Call) -> None:
    everything = data(call, "--sort", "head")["heads"]
    analysis = embedded().analyze(TEXT)
    prev = analysis.statistics.numbers["prev"]
    wanted = [
        head
        for head in everything
        if head["effect"] < -0.05 and prev[head["layer"] - 1, head["head"] - 1] > 0.05
    ]
    where = "effect < -.05 and prev > .05"
    found = data(call, "--where", where, "--sort", "head")
    assert 0 < len(wanted) < 72
    assert found["heads"] == wanted
    assert data(call, "--where", where, "--top", "1")["heads"][0] in wanted
    assert found["sum"] == pytest.approx(sum(head["effect"] for head in everything))
    assert data(call, "--where", "effect > 99")["heads"] == []
    assert call("effects", TEXT, "--where", "effect > 99") == 0
    assert "No head meets the query." in call.out


def test_a_query_for_estimates_and_for_the_mask_looked_at(call: Call) -> None:
    estimated = data(call, "--where", "estimate > .05", "--estimate", "--cut-by", "zero")["heads"]
    assert estimated
    assert all(head["estimate"] > 0.04 for head in estimated)
    assert data(call, "--where", "margin > -99")["heads"], "which takes a gradient"
    analysis = embedded().analyze(TWO)
    first, second = (analysis.attention[:, :, place, 1] for place in analysis.masks)
    found = data(call, "--mask", "2", "--where", "mask->the > .1", "--sort", "head", text=TWO)
    assert found["notes"], "there are two of them"
    heads = {(head["layer"] - 1, head["head"] - 1) for head in found["heads"]}
    assert all(second[head] >= 0.095 for head in heads)
    assert any(first[head] < 0.095 for head in heads)


def test_on_top_of_cuts_that_stay(call: Call) -> None:
    assert call("effects", TEXT, "--cut", "2.9", "--cut", "6.11", "--json") == 0
    answer = json.loads(call.out)
    staying = (CutHead(1, 8), CutHead(5, 10))
    found = sweep(embedded(), TEXT, interventions=staying)
    assert (answer["word"], answer["notes"]) == (found.word, list(found.told))
    assert any("2·9, 6·11" in note for note in answer["notes"])
    by_place = {(head["layer"] - 1, head["head"] - 1): head["effect"] for head in answer["heads"]}
    assert {by_place[one.layer, one.head] for one in staying} == {0.0}
    for place, effect in by_place.items():
        assert effect == pytest.approx(float(found.effects["logit-diff"][place]), abs=1e-6)
    assert call("effects", TEXT, "--cut", "2.9", "--top", "1") == 0
    assert "Not the model as it is" in call.err


def test_both_ways_side_by_side(call: Call) -> None:
    both = data(call, "--cut-by", "both", "--sort", "head")
    mean, zero = (data(call, "--cut-by", by, "--sort", "head")["heads"] for by in ("mean", "zero"))
    assert both["by"] == "both"
    for head, one, other in zip(both["heads"], mean, zero, strict=True):
        assert head.keys() == {
            "layer", "head", "effect", "effect_mean", "effect_zero", "estimate"
        }  # fmt: skip
        assert head["effect"] == head["effect_mean"] == pytest.approx(one["effect"], abs=1e-6)
        assert head["effect_zero"] == pytest.approx(other["effect"], abs=1e-6)
    numbers = [[head["effect"] for head in of] for of in (mean, zero)]
    assert both["rank_correlation"] == pytest.approx(rank_correlation(*map(np.array, numbers)))
    assert both["sum_zero"] == pytest.approx(sum(numbers[1]), abs=1e-4)
    assert call("effects", TEXT, "--cut-by", "both", "--top", "2", "--where", "effect_zero>0") == 0
    lines = [line for line in call.out.splitlines() if line.strip()]
    assert lines[1].split() == ["layer", "head", "effect_mean", "effect_zero"]
    assert f"rank alike to {both['rank_correlation']:.2f} (Spearman's" in lines[-1]
    assert call("effects", TEXT, "--cut-by", "both", "--csv") == 0
    header = call.out.splitlines()[0]
    assert header.startswith("layer,head,effect,effect_mean,effect_zero,estimate,")


def test_both_ways_have_what_they_do_to_each_layer(call: Call) -> None:
    both = data(call, "--cut-by", "both")
    mean, zero = (data(call, "--cut-by", by)["layers"] for by in ("mean", "zero"))
    for layer, one, other in zip(both["layers"], mean, zero, strict=True):
        assert layer == {
            "layer": one["layer"],
            "effect": pytest.approx(one["effect"], abs=1e-6),
            "effect_mean": pytest.approx(one["effect"], abs=1e-6),
            "effect_zero": pytest.approx(other["effect"], abs=1e-6),
        }
    assert call("effects", TEXT, "--cut-by", "both", "--top", "1") == 0
    for by, layers in (("mean", mean), ("zero", zero)):
        [line] = [
            line
            for line in call.out.splitlines()
            if line.startswith(f"By {by}: All heads of a layer cut together: 1 ")
        ]
        assert f"6 {layers[5]['effect']:+.3f}" in line


def test_what_takes_long_is_told_on_a_terminal_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with progress.progress_of("cutting heads") as tell:
        tell(3, 72)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with progress.progress_of("cutting heads") as tell:
        tell(3, 72)
    assert capsys.readouterr().err == "", "it has not taken long"
    monkeypatch.setattr(progress, "AFTER", -1)
    with progress.progress_of("cutting heads") as tell:
        tell(3, 72)
    assert capsys.readouterr().err == "\r\x1b[Kcutting heads: 3 of 72\r\x1b[K"
    seconds = iter([0.0, 60.0])
    monkeypatch.setattr(time_left, "monotonic", lambda: next(seconds))
    with progress.progress_of("cutting heads") as tell:
        tell(0, 6)
        tell(1, 6)
    assert "cutting heads: 1 of 6, about 5 min left\r" in capsys.readouterr().err


# Arrows

SHORT = "The cat [MASK] on the mat."


@pytest.fixture
def on_torch_too(monkeypatch: pytest.MonkeyPatch) -> MaskedLM:
    """The command's model, which torch may take over without the other tests' being so."""
    model = MaskedLM.load()
    monkeypatch.setattr("tui.cli.effects.load_model", lambda *_, **__: model)
    return model


@pytest.mark.parametrize("options", [(), ("--renormalise",), ("--measure", "log-prob")], ids=str)
def test_json_holds_arrows(call: Call, on_torch_too: MaskedLM, options: tuple[str, ...]) -> None:
    answer = data(call, "--arrows", "6", *options, text=SHORT)
    measure = measure_named("log-prob" if "--measure" in options else "logit-diff")
    found = sweep_arrows(
        on_torch_too, SHORT, count=6, renormalised="--renormalise" in options, measure=measure.slug
    )
    assert answer["renormalised"] == found.renormalised
    assert (answer["word"], answer["runner_up"]) == (found.word, found.runner_up_word)
    assert answer["correlation"] == pytest.approx(found.correlation(measure), abs=1e-4)
    assert "heads" not in answer
    effects = [arrow["effect"] for arrow in answer["arrows"]]
    assert effects == sorted(effects, reverse=True)
    wanted = sorted(found.arrows, key=lambda one: -one.effects[measure.slug])
    for arrow, one in zip(answer["arrows"], wanted, strict=True):
        at = one.arrow
        place = [arrow[name] for name in ("layer", "head", "query", "key")]
        assert place == [at.layer + 1, at.head + 1, at.query + 1, at.key + 1]
        names = found.tokens[at.query], found.tokens[at.key]
        assert (arrow["query_token"], arrow["key_token"]) == names
        assert arrow["weight"] == pytest.approx(one.weight, abs=1e-6)
        assert arrow["effect"] == pytest.approx(one.effects[measure.slug], abs=1e-5)
        estimate = one.estimate(measure)
        assert arrow["estimate"] == (
            None if estimate != estimate else pytest.approx(estimate, abs=1e-5)
        )


def test_arrows_as_csv_and_as_a_table(call: Call, on_torch_too: MaskedLM) -> None:
    arrows = data(call, "--arrows", "6", "--sort", "head", text=SHORT)["arrows"]
    assert call("effects", SHORT, "--arrows", "6", "--sort", "head", "--csv") == 0
    rows = list(csv.DictReader(call.out.splitlines()))
    assert [{name: row[name] for name in arrows[0]} for row in rows] == [
        {name: str(value) for name, value in one.items()} for one in arrows
    ]
    assert call("effects", SHORT, "--arrows", "6", "--top", "2", "--measure", "kl") == 0
    assert len([line for line in call.out.splitlines() if " → " in line]) == 3, "and the header"
    assert "KL divergence has no estimate." in call.out
    assert call("effects", SHORT, "--arrows") == 0
    assert "over 50 arrows" in call.out
    assert "first order" in call.out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--renormalise",), "--renormalise goes with --arrows"),
        (("--arrows", "0"), "0 is not in the range"),
        (("--arrows", "3", "--cut-by", "zero"), "--cut-by says nothing beside --arrows"),
        (("--arrows", "3", "--measure", "kl", "--sort", "estimate"), "take another measure"),
        (("--arrows", "3", "--mask", "2"), "no mask 2"),
        (("--arrows", "3", "--json", "--csv"), "--json or --csv"),
    ],
    ids=str,
)
def test_what_arrows_cannot_be_is_refused(call: Call, options: tuple[str, ...], said: str) -> None:
    assert call("effects", SHORT, *options) == 2
    assert said in call.err
    assert len(call.err.splitlines()) == 1
