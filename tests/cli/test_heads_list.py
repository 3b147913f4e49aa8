"""`bertmask-tui heads --from`: means and spreads over a list."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Call
from tests.support import embedded

TEXTS = ["The cat [MASK].", "A dog sat on the [MASK] mat.", "I drank a cup of [MASK]."]


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    path = tmp_path / "list.txt"
    path.write_text("".join(f"{text}\n" for text in TEXTS))
    return path


def test_means_and_spreads(call: Call, listed: Path) -> None:
    assert call("heads", "--from", listed, "--sort", "prev", "--json") == 0
    found = json.loads(call.out)
    assert found["sentences"] == 3
    assert found["failed"] == []
    first = found["heads"][0]
    layer, head = first["layer"] - 1, first["head"] - 1
    alone = [embedded().analyze(text).statistics.numbers["prev"][layer, head] for text in TEXTS]
    assert first["mean"]["prev"] == pytest.approx(np.mean(alone), abs=1e-5)
    assert first["spread"]["prev"] == pytest.approx(np.std(alone), abs=1e-5)
    means = [one["mean"]["prev"] for one in found["heads"]]
    assert means == sorted(means, reverse=True)
    assert len(means) == 72


def test_a_table(call: Call, listed: Path) -> None:
    assert call("heads", "--from", listed) == 0
    assert "±" in call.out
    assert "over 3 sentences" in call.out


def test_the_formulas_stand_beside_the_numbers(call: Call, listed: Path) -> None:
    assert call("heads", "--from", listed, "--json") == 0
    found = json.loads(call.out)
    assert found["meanings"].keys() == found["heads"][0]["mean"].keys()


@pytest.mark.parametrize("from_input", [False, True])
def test_a_list_in_another_encoding_is_refused_and_not_altered(
    call: Call, tmp_path: Path, from_input: bool
) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(b"The cat [MASK].\nThe caf\xe9 [MASK].\n")
    given = ("-", path) if from_input else (path, None)
    for command in (("heads",), ("export", "--out", tmp_path / "x")):
        assert call(*command, "--from", given[0], stdin=given[1]) == 2
        assert "is no text in UTF-8, in line 2: save it as UTF-8." in call.err
        assert len(call.err.splitlines()) == 1
    assert not (tmp_path / "x").exists()


def test_a_sentence_that_fails_is_named(call: Call, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text(f"{'long ' * 600}\n{TEXTS[0]}\n")
    assert call("heads", "--from", tmp_path / "list.txt", "--json") == 0
    found = json.loads(call.out)
    assert found["sentences"] == 1
    assert "too long" in found["failed"][0]["error"]
    assert "too long" in call.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Give one of these"),
        (("x", "--from", "LIST"), "Give one of these"),
        (("--from", "LIST", "--where", "prev > .5"), "not about a list"),
        (("--from", "LIST", "--sort", "unlike"), "nothing called unlike"),
    ],
)
def test_wrong_requests(call: Call, listed: Path, arguments: tuple[str, ...], said: str) -> None:
    asked = [str(listed) if one == "LIST" else one for one in arguments]
    assert call("heads", *asked) == 2
    assert said in call.err
