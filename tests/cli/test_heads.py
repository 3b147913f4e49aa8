"""`bertmask-tui heads`: statistics for scripts."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from tests.support import embedded
from tui.analysis.statistics import STATISTICS
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
