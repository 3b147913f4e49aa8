"""`bertmask-tui heads`: statistics for scripts."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from tests.support import embedded
from tui.analysis.labels import TOO_SHORT
from tui.analysis.statistics import STATISTICS
from tui.analysis.units import Units
from tui.cli.main import cli
from tui.errors import RequestError
from tui.model.masked_lm import MaskedLM

CAT = "The cat, even with all the chaos, [MASK] quickly."


@pytest.fixture(autouse=True)
def loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    model = embedded()
    monkeypatch.setattr(MaskedLM, "load", lambda *_, **__: model)


def data(*options: str, text: str = CAT) -> dict[str, Any]:
    done = CliRunner().invoke(cli, ["heads", text, "--json", *options], catch_exceptions=False)
    assert done.exit_code == 0
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_json_holds_every_head_with_every_statistic_and_label() -> None:
    answer, analysis = data(), embedded().analyze(CAT)
    assert len(answer["heads"]) == 72
    for head in answer["heads"]:
        place = head["layer"] - 1, head["head"] - 1
        label = analysis.statistics.labels.get(place)
        assert head["label"] == (None if label is None else str(label))
        for statistic in STATISTICS:
            assert head[statistic.name] == pytest.approx(
                float(analysis.statistics.numbers[statistic.name][place])
            )
            assert answer["meanings"][statistic.name] == statistic.meaning
    assert answer["tokens"] == [token.text for token in analysis.tokens]


def test_no_number_is_null() -> None:
    answer = data(text="A cat sat.")
    assert {head["context"] for head in answer["heads"]} == {None}


def test_where_and_sort() -> None:
    answer = data("--where", "cls > .6 and layer in 2..4", "--sort", "entropy")
    numbers = embedded().analyze(CAT).statistics.numbers
    wanted = {(int(a) + 1, int(b) + 1) for a, b in np.argwhere(numbers["cls"] > 0.6)}
    found = [(head["layer"], head["head"]) for head in answer["heads"]]
    assert set(found) == {place for place in wanted if 2 <= place[0] <= 4}
    entropies = [head["entropy"] for head in answer["heads"]]
    assert entropies == sorted(entropies, reverse=True)


def test_likeness_and_importance() -> None:
    answer = data("--sort", "unlike", "--like", "2.9")
    assert (answer["heads"][0]["layer"], answer["heads"][0]["head"]) == (2, 9)
    values = [head["unlike"] for head in answer["heads"]]
    assert values == sorted(values)
    sizes = [abs(head["importance"]) for head in data("--sort", "importance")["heads"]]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 0


def test_importance_is_of_log_p_with_the_lead_beside_it() -> None:
    answer = data("--sort", "margin")
    best, second = embedded().analyze(CAT).candidates[0][:2]
    assert (answer["candidate"], answer["runner_up"]) == (best.token, second.token)
    sizes = [abs(head["margin"]) for head in answer["heads"]]
    assert sizes == sorted(sizes, reverse=True)
    assert all("importance" in head for head in answer["heads"])
    for name in ("importance", "margin"):
        assert "stimated" in answer["meanings"][name]
    assert "Michel et al. 2019: loss over data" in answer["meanings"]["importance"]
    assert "candidate" not in data()


@pytest.mark.parametrize("where", ["importance > .05", "Importance > .05", "not margin < .05"])
def test_what_a_query_names_is_asked_of_the_model(where: str) -> None:
    name = "margin" if "margin" in where else "importance"
    heads = data("--where", where)["heads"]
    assert heads
    assert all(head[name] >= 0.05 for head in heads)


@pytest.mark.parametrize("condition", ["context > .5", "context / 0 > 1", "prev / 0 > 1"])
def test_what_is_missing_is_met_by_no_head(condition: str) -> None:
    for where in (condition, f"not {condition}", f"not not {condition}"):
        assert data("--where", where, text="The cat sat on the mat.")["heads"] == []


def test_a_split_word_is_named_whole() -> None:
    text = "The cat, despite the unbelievable distractions, [MASK] unembarrassedly."
    analysis = embedded().analyze(text)
    word = next(unit for unit, of in enumerate(Units.of(analysis, words=True).labels)
                if of == "unembarrassedly")  # fmt: skip
    pieces = Units.of(analysis, words=True).tokens_of(word)
    assert len(pieces) > 2
    part = analysis.attention[:, :, pieces.start : pieces.stop, 2]
    met = {(layer + 1, head + 1) for layer, head in np.argwhere(part.mean(axis=2) > 0.02).tolist()}
    found = data("--where", "unembarrassedly->cat > .02", text=text)["heads"]
    assert met
    assert {(head["layer"], head["head"]) for head in found} == met


def test_a_short_text_says_why_it_has_no_labels() -> None:
    answer = data(text="The [MASK] sat.")
    assert {head["label"] for head in answer["heads"]} == {None}
    said = "There are no labels: they need 8 tokens, special ones not counted, and this text has 4."
    assert said in answer["notes"]
    done = CliRunner().invoke(cli, ["heads", "The [MASK] sat."], catch_exceptions=False)
    assert said in done.stderr
    assert done.stdout.count(TOO_SHORT) == 72


def test_the_table_has_a_line_a_head_and_notes_go_to_stderr() -> None:
    done = CliRunner().invoke(
        cli, ["heads", CAT, "--where", "the->cat > .1"], catch_exceptions=False
    )
    analysis = embedded().analyze(CAT)
    count = int((analysis.attention[:, :, 1, 2] > 0.1).sum())
    lines = [
        line for line in done.stdout.splitlines() if line.split()[:1] and line.split()[0].isdigit()
    ]
    assert len(lines) == count
    assert 'the occurs twice: the first is taken, "the#2" is the other.' in done.stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--where", "prv > .5"], "--where 'prv > .5': At character 1: there is no number prv"),
        (["--where", "mask->dog > 1"], "no dog in this sentence"),
        (["--sort", "nothing"], "nothing called nothing to sort by"),
        (["--sort", "unlike"], "--like 2.5"),
        (["--like", "9.1"], "There is no layer 9: embedded has layers 1 to 6"),
        (["--like", "6.13"], "There is no head 13: embedded has heads 1 to 12"),
        (["--sort", "to_cursor"], "nothing called to_cursor to sort by"),
    ],
)
def test_a_wrong_request_is_one_sentence(options: list[str], says: str) -> None:
    with pytest.raises(RequestError) as error:
        CliRunner().invoke(cli, ["heads", CAT, *options], catch_exceptions=False)
    assert says in str(error.value)
    assert error.value.exit_code == 2
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("written", ["two", "0.5", "2.0", "2"])
def test_a_head_that_is_none_is_refused(written: str) -> None:
    done = CliRunner().invoke(cli, ["heads", CAT, "--like", written])
    assert done.exit_code == 2
    assert "write them, counted from 1, as in 2.5" in done.stderr


def test_an_empty_text_is_refused() -> None:
    with pytest.raises(RequestError, match="There is no text"):
        CliRunner().invoke(cli, ["heads", " "], catch_exceptions=False)
    with pytest.raises(RequestError, match="no candidate to take a gradient"):
        CliRunner().invoke(cli, ["heads", "A cat.", "--sort", "importance"], catch_exceptions=False)
