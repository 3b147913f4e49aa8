"""The command line as a script uses it: what it prints where, and what it exits with."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.support import embedded
from tui.cli.predict import as_data, print_tables

ROOT = Path(__file__).parents[1]


def bertmask(*arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "tui", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def test_predict_prints_a_table_for_each_mask() -> None:
    done = bertmask("predict", "Paris is the [MASK] of [MASK].")
    assert (done.returncode, done.stderr) == (0, "")
    assert "[MASK] 1 of 2, word piece 5 of 9" in done.stdout
    assert "[MASK] 2 of 2" in done.stdout
    rows = [line.split(maxsplit=3) for line in done.stdout.splitlines() if line[:3].strip()]
    ranked = [row for row in rows if row[0] in "123"]
    assert [row[0] for row in ranked] == ["1", "2", "3"] * 2
    assert ranked[0][1] == "capital"
    assert ranked[0][3] == "Paris is the capital of [MASK]."
    assert all(line == line.rstrip() for line in done.stdout.splitlines())


def test_predict_prints_json_from_standard_input(call: Call, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"A cup of\n<mask> \xff, please.\n")
    assert call("predict", "--json", "--top-k", "2", "-", stdin=tmp_path / "in") == 0
    answer = json.loads(call.out)
    assert answer["text"] == "A cup of [MASK] \ufffd, please."
    assert answer["notes"][0] == "<mask> was taken as [MASK]."
    assert answer["model"] == "embedded"
    [mask] = answer["masks"]
    assert len(mask["candidates"]) == 2
    assert mask["candidates"][0].keys() == {
            "token", "probability", "logit", "sentence", "shown", "read_as",
        }  # fmt: skip


@pytest.mark.parametrize("breaks", ["\u2028", "\u2029", "\n", "\x0b"])
def test_whatever_is_in_a_candidate_its_row_stays_one(
    capsys: pytest.CaptureFixture[str], breaks: str
) -> None:
    analysis = embedded().analyze("A [MASK].", top_k=2)
    first, second = analysis.candidates[0]
    odd = replace(
        first, token=f"a{breaks}b", shown="", sentence=f"A a{breaks}b.", read_as=("a", "b")
    )
    print_tables(replace(analysis, candidates=((odd, second),)))
    lines = capsys.readouterr().out.splitlines()
    rows = [line for line in lines if line.split()[:1] in (["1"], ["2"])]
    assert len(rows) == 2
    assert rows[0].endswith("A a\N{REPLACEMENT CHARACTER}b.  ≠ what was scored: read as a b")
    assert as_data(replace(analysis, candidates=((odd, second),)))["masks"] == [
        {
            "position": 2,
            "candidates": [
                {
                    "token": one.token, "shown": one.label, "probability": one.probability,
                    "logit": one.logit, "sentence": one.sentence, "read_as": one.read_as,
                }
                for one in (odd, second)
            ],
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["predict", "no mask here"], 2, "There is no [MASK] in the text"),
        (["predict", " \t"], 2, "There is no text"),
        (["predict", "--model", "./nothing", "[MASK]"], 2, "There is no folder ./nothing"),
        (["predict"], 2, "Missing argument 'TEXT'"),
        (["predict", "--top-k", "0", "[MASK]"], 2, "0 is not in the range"),
        ([], 2, "The app needs a terminal"),
        (["predict", "--nonsense", "[MASK]"], 2, "No such option"),
        (["The", "cat"], 2, "extra argument (cat). Put a sentence in quotes. See bertmask-tui --"),
        (["--", "predict"], 2, "The app needs a terminal"),
    ],
)
def test_what_goes_wrong_is_one_line_on_standard_error(
    call: Call, arguments: list[str], code: int, said: str
) -> None:
    assert call(*arguments) == code
    is_one_line_on_standard_error(call.out, call.err, said)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["predict", "word " * 600 + "[MASK]"], 2, "91 word pieces too long"),
        (["predict", "--model", "x\x1b[2Jy", "--offline", "[MASK]"], 2, "no model named x"),
        ([], 2, "The app needs a terminal"),
    ],
)
def test_neither_python_nor_a_library_adds_a_line(
    arguments: list[str], code: int, said: str
) -> None:
    done = bertmask(*arguments)
    assert done.returncode == code
    is_one_line_on_standard_error(done.stdout, done.stderr, said)


def is_one_line_on_standard_error(out: str, err: str, said: str) -> None:
    assert out == ""
    assert said in err
    assert err.startswith("bertmask-tui: ")
    assert len(err.splitlines()) == 1
    assert "\x1b" not in err


def test_a_reader_that_has_had_enough_is_no_error() -> None:
    command = f"{sys.executable} -m tui predict --top-k 1000 'a [MASK]' | head -1"
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.startswith("[MASK]")
    assert done.stderr == ""


def test_help_names_every_command_and_option() -> None:
    from tui.cli.app import app
    from tui.cli.main import APP, COMMANDS

    said = bertmask("--help").stdout
    for name in COMMANDS:
        assert (f"  {name} " in said) == (name != APP)
    for option in app.params:
        assert all(name in said for name in option.opts if name.startswith("--"))
