"""`bertmask-tui lens`, and words of one's own behind `predict`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.model import families
from tests.support import embedded
from tui.experiments.lens import WORTH
from tui.experiments.logit_parts import ACCOUNTING
from tui.experiments.words import NO_COMPARISON

TEXT = "The [MASK] sat on the [MASK]."


def test_the_last_layer_is_what_predict_says(call: Call) -> None:
    assert call("predict", TEXT, "--json") == 0
    own = json.loads(call.out)["masks"][1]["candidates"]
    assert call("lens", TEXT, "--mask", "2", "--json") == 0
    found = json.loads(call.out)
    assert list(found) == ["text", "model", "mask", "word", "notes", "worth", "layers"]
    assert (found["text"], found["model"], found["mask"]) == (TEXT, "embedded", 2)
    assert [one["layer"] for one in found["layers"]] == list(range(embedded().info.layers + 1))
    last = found["layers"][-1]
    for name in ("token", "shown"):
        assert [one[name] for one in last["candidates"]] == [one[name] for one in own]
    for one, other in zip(last["candidates"], own, strict=True):
        assert one["probability"] == pytest.approx(other["probability"], abs=1e-5)
    assert (found["word"], last["rank"]) == (own[0]["shown"], 1)
    assert last["probability"] == last["candidates"][0]["probability"]


def test_a_word_is_followed_through_the_table(call: Call) -> None:
    assert call("lens", TEXT, "--word", "cat", "--top-k", "2") == 0
    lines = call.out.splitlines()
    assert lines[0] == "[MASK] 1 of 2, word piece 3"
    assert lines[-1] == WORTH
    title = next(line for line in lines if line.lstrip().startswith("layer"))
    assert title.split() == ["layer", "best", "cat", "rank"]
    rows = [line.split() for line in lines if line.split()[:1] and line.split()[0].isdigit()]
    assert [row[0] for row in rows] == [str(at + 1) for at in range(embedded().info.layers)]
    assert call("lens", TEXT, "--word", "cat", "--json") == 0
    layers = json.loads(call.out)["layers"]
    assert [int(row[-1].replace(",", "")) for row in rows] == [one["rank"] for one in layers[1:]]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lens", "The cat sat."], "There is no [MASK] in the text"),
        (["lens", TEXT, "--mask", "3"], "The text has 2 masks, and no mask 3."),
        (["lens", TEXT, "--mask", "0"], "0 is not in the range"),
        (["lens", TEXT, "--word", "gizmotron"], "word pieces"),
        (["lens", TEXT, "--word", ""], "There is no word to score"),
        (["predict", TEXT, "--word", "ᚠ"], "“ᚠ” is not in the vocabulary of embedded"),
        (["predict", TEXT, "--word", " "], "There is no word to score"),
    ],
)
def test_what_is_wrong_is_one_line(call: Call, arguments: list[str], said: str) -> None:
    assert call(*arguments) == 2
    assert call.out == ""
    assert said in call.err
    assert len(call.err.splitlines()) == 1


def test_words_of_ones_own(call: Call) -> None:
    assert call("predict", TEXT, "--word", "cat", "--word", "dog", "--json") == 0
    found = json.loads(call.out)
    cat, dog = found["words"]
    assert list(cat) == ["word", "pieces", "mask", "log_probability", "probability", "rank"]
    assert cat["mask"] == 1, "the first"
    assert (cat["word"], cat["pieces"]) == ("cat", ["cat"])
    assert (cat["rank"] < dog["rank"]) == (cat["probability"] > dog["probability"])
    assert NO_COMPARISON not in found["notes"]
    own = {one["token"]: one for one in found["masks"][0]["candidates"]}
    if "cat" in own:
        assert cat["probability"] == pytest.approx(own["cat"]["probability"], abs=1e-5)
    assert call("predict", TEXT, "--json") == 0
    assert "words" not in json.loads(call.out), "nobody asked"


def test_words_of_unlike_lengths_are_said_to_be_no_comparison(call: Call) -> None:
    assert call("predict", TEXT, "--word", "cat", "--word", "gizmotron", "--json") == 0
    found = json.loads(call.out)
    assert found["words"][1]["rank"] is None
    assert len(found["words"][1]["pieces"]) > 1
    assert NO_COMPARISON in found["notes"]
    assert call("predict", TEXT, "--word", "cat", "--word", "gizmotron") == 0
    assert call.out.splitlines()[-1] == NO_COMPARISON
    assert "gizmotron" in call.out


def test_direct_parts_add_up_to_what_predict_says(call: Call) -> None:
    assert call("predict", TEXT, "--json") == 0
    first, second = json.loads(call.out)["masks"][1]["candidates"][:2]
    assert call("lens", TEXT, "--mask", "2", "--direct", "--json") == 0
    found = json.loads(call.out)
    names = "text model mask word runner_up notes worth logit lead parts"
    assert list(found) == names.split()
    assert (found["word"], found["runner_up"]) == (first["shown"], second["shown"])
    for name, wanted in (
        ("logit", first["logit"]),
        ("lead", first["logit"] - second["logit"]),
    ):
        assert found[name] == pytest.approx(wanted, abs=1e-3)
        assert sum(part[name] for part in found["parts"]) == pytest.approx(found[name], abs=1e-9)
    info = embedded().info
    heads = [(one["layer"], one["head"]) for one in found["parts"] if one["part"] == "head"]
    assert (heads[0], heads[-1]) == ((1, 1), (info.layers, info.heads))
    assert call("lens", TEXT, "--mask", "2", "--direct") == 0
    lines = [line.split() for line in call.out.splitlines() if line.strip()]
    assert lines[-1] == ACCOUNTING.split()
    assert lines[-2] == ["sum", f"{found['lead']:+.3f}", f"{found['logit']:+.3f}"]
    of_lead = [abs(float(line[-2])) for line in lines if line[-3:-2] and line[0] == "layer"]
    assert of_lead == sorted(of_lead, reverse=True)
    assert len(of_lead) == info.layers * (info.heads + 1)


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_direct_tells_how_the_text_was_read(call: Call, as_json: list[str]) -> None:
    assert call("lens", "The [mask] sat.", "--direct", *as_json) == 0
    assert "[mask] was taken as [MASK]." in (call.out if as_json else call.err)


def test_a_model_that_is_built_otherwise_has_no_parts(call: Call, tmp_path: Path) -> None:
    families.save("albert", tmp_path)
    assert call("lens", families.TEXT, "--direct", "--model", str(tmp_path)) == 1
    assert call.out == ""
    assert "A logit is taken apart in models of the plain BERT shape alone" in call.err
    assert call("lens", families.TEXT, "--model", str(tmp_path)) == 0
