"""`bertmask-tui effects --from`: heads and layers' inputs transplanted, for scripts and people."""

from __future__ import annotations

import csv
import json
from typing import Any

import numpy as np
import pytest

from tests.cli.conftest import Call, found_once
from tests.support import embedded
from tui.analysis.alignment import align
from tui.experiments import residual, transplant
from tui.experiments.residual import PLACES_OVERLAP
from tui.experiments.transplant import SHARES_OVERLAP

transplant_heads = found_once(transplant.transplant_heads)
transplant_residual = found_once(residual.transplant_residual)

TEXT = "I drank a cup of [MASK] today."
SOURCE = "I ate a slice of [MASK] today."
FROM = ("--from", SOURCE)
NO_MASK = "I ate a slice of bread today."
RESIDUAL = (*FROM, "--residual")


def data(call: Call, *options: str) -> dict[str, Any]:
    assert call("effects", TEXT, "--json", *options) == 0, call.err
    answer: dict[str, Any] = json.loads(call.out)
    return answer


def test_json_holds_every_head_s_share(call: Call) -> None:
    answer, found = data(call, *FROM), transplant_heads(embedded(), TEXT, SOURCE)
    way = found.way
    assert (answer["text"], answer["source"], answer["model"]) == (TEXT, SOURCE, "embedded")
    assert (answer["word"], answer["source_word"]) == (way.word, way.other_word)
    assert (answer["here"], answer["there"]) == pytest.approx((way.here, way.there), abs=1e-5)
    assert answer["meaning"] == found.said
    assert answer["notes"] == [SHARES_OVERLAP, "Tokens are paired place by place."]
    assert answer["pairs"][:2] == [[1, 1], [2, 2]]
    assert len(answer["heads"]) == 72
    for head in answer["heads"]:
        assert head.keys() == {"layer", "head", "share"}
        wanted = found.shares[head["layer"] - 1, head["head"] - 1]
        assert head["share"] == pytest.approx(wanted, abs=1e-5)
    shares = [head["share"] for head in answer["heads"]]
    assert shares == sorted(shares, reverse=True), "the largest first"
    sizes = [abs(head["share"]) for head in data(call, *FROM, "--sort", "size")["heads"]]
    assert sizes == sorted(sizes, reverse=True)
    first = data(call, *FROM, "--sort", "head", "--top", "2")["heads"]
    assert [(head["layer"], head["head"]) for head in first] == [(1, 1), (1, 2)]


def test_words_of_ones_own(call: Call) -> None:
    answer = data(call, *FROM, "--word", "milk", "--source-word", "meat")
    assert (answer["word"], answer["source_word"]) == ("milk", "meat")
    assert answer["meaning"].startswith("share of the way that logit(milk) - logit(meat) goes")


def test_heads_as_csv_and_as_a_table(call: Call) -> None:
    heads = data(call, *FROM, "--top", "4")["heads"]
    assert call("effects", TEXT, *FROM, "--top", "4", "--csv") == 0
    assert SHARES_OVERLAP in call.err
    rows = list(csv.DictReader(call.out.splitlines()))
    names = ("layer", "head", "share")
    assert [{name: float(row[name]) for name in names} for row in rows] == heads
    assert call("effects", TEXT, *FROM, "--top", "4") == 0
    lines = [line.split() for line in call.out.splitlines() if line.strip()]
    assert call.out.startswith("Each head alone: share of the way that logit(")
    assert lines[1] == ["layer", "head", "share"]
    assert [line[2] for line in lines[3:]] == [f"{head['share']:+.3f}" for head in heads]


def test_layers_inputs_as_json_csv_and_a_grid(call: Call) -> None:
    answer, found = data(call, *RESIDUAL), transplant_residual(embedded(), TEXT, SOURCE)
    assert answer["notes"] == [PLACES_OVERLAP, "Tokens are paired place by place."]
    assert (answer["tokens"][2], answer["source_tokens"][2]) == ("drank", "ate")
    shares = np.array([one["share"] for one in answer["places"]]).reshape(6, 10)
    np.testing.assert_allclose(shares, found.shares, atol=1e-5)
    assert [(one["layer"], one["token"]) for one in answer["places"]][9:12] == [
        (1, 10), (2, 1), (2, 2),
    ]  # fmt: skip
    assert call("effects", TEXT, *RESIDUAL, "--csv") == 0
    rows = list(csv.DictReader(call.out.splitlines()))
    assert [float(row["share"]) for row in rows] == [one["share"] for one in answer["places"]]
    assert (rows[2]["piece"], rows[2]["source_token"], rows[2]["source_piece"]) == (
        "drank", "3", "ate",
    )  # fmt: skip
    assert call("effects", TEXT, *RESIDUAL) == 0
    lines = [line.split() for line in call.out.splitlines() if line.strip()]
    assert lines[1] == ["token", "from", *map(str, range(1, 7))]
    assert lines[9][:2] == ["[MASK]", "[MASK]"]
    assert lines[9][2:] == [f"{share:+.3f}" for share in shares[:, 6]]


def test_sentences_of_unequal_length_are_paired_by_their_words(call: Call) -> None:
    source = "We all ate a slice of [MASK] today."
    answer = data(call, "--from", source)
    pairs = align(embedded().encode(TEXT).tokens, embedded().encode(source).tokens).pairs
    assert answer["pairs"] == [[here + 1, there + 1] for here, there in pairs]
    told = answer["notes"][-1]
    assert told.startswith("Tokens are paired by the shortest edit script")
    assert "2 “i”, 3 “drank” of the text" in told
    assert "2 “we”, 3 “all”, 4 “ate” of the source" in told
    found = transplant_heads(embedded(), TEXT, source, pairs=pairs)
    shares = {(one["layer"], one["head"]): one["share"] for one in answer["heads"]}
    assert shares[1, 1] == pytest.approx(found.shares[0, 0], abs=1e-5)
    places = data(call, "--from", source, "--residual")
    assert places["notes"][-1] == told
    alone = [one["share"] for one in places["places"] if one["token"] == 2]
    assert alone == [None] * 6


def test_the_masks_are_partners_wherever_they_stand(call: Call) -> None:
    answer = data(call, "--from", "[MASK] is in my cup all day long.")
    here, there = embedded().encode(TEXT), embedded().encode("[MASK] is in my cup all day long.")
    assert [here.masks[0] + 1, there.masks[0] + 1] in answer["pairs"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--from", ""), "give a sentence with [MASK] after --from"),
        (("--from", NO_MASK), f"There is no [MASK] in “{NO_MASK}”"),
        (("--from", NO_MASK, "--word", "a", "--source-word", "b"), f"in “{NO_MASK}”"),
        (("--from", "word " * 600), "The sentence to transplant from: The text is"),
        (("--from", TEXT), "is the word for both sentences"),
        ((*FROM, "--word", "tea"), "two words: give --word for the text and --source-word"),
        ((*FROM, "--source-word", "tea"), "two words: give --word for the text and --source-word"),
        (("--source-word", "tea"), "--source-word goes with --from"),
        (("--residual",), "--residual goes with --from"),
        ((*FROM, "--cut-by", "zero"), "--cut-by says nothing beside --from"),
        ((*FROM, "--measure", "kl"), "--measure says nothing beside --from"),
        ((*FROM, "--mask", "1"), "--mask says nothing beside --from"),
        ((*FROM, "--estimate"), "--estimate says nothing beside --from"),
        ((*RESIDUAL, "--top", "3"), "--top says nothing beside --residual"),
        ((*RESIDUAL, "--sort", "size"), "--sort says nothing beside --residual"),
        ((*FROM, "--word", "two words", "--source-word", "tea"), "2 word pieces of this model"),
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
