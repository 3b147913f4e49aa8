"""Files of pairs as people write them and as BLiMP has them, and what is wrong with some."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.errors import RequestError
from tui.storage.pairs_file import read_pairs

BLIMP = {
    "sentence_good": "Aaron broke the unicycle.", "sentence_bad": "Aaron broken the unicycle.",
    "field": "morphology", "UID": "irregular_past", "two_prefix_prefix_word": "a", "pair_id": "0",
    "simple_LM_method": True,
}  # fmt: skip


def test_sentences_with_a_tab_between() -> None:
    found = read_pairs(b"The dogs bark.\tThe dogs barks.\nA b.\tB a.\n")
    assert found.pairs == (("The dogs bark.", "The dogs barks."), ("A b.", "B a."))
    assert found.lines == (1, 2)
    assert found.broken == ()


def test_blimp_as_it_comes(tmp_path: Path) -> None:
    path = tmp_path / "irregular.jsonl"
    path.write_text("".join(f"{json.dumps(BLIMP)}\n" for _ in range(3)))
    found = read_pairs(path)
    assert found.pairs == (("Aaron broke the unicycle.", "Aaron broken the unicycle."),) * 3


def test_what_editors_leave_is_no_matter() -> None:
    content = "\ufeff# good and bad\r\n\r\n Café  x.\tcafé y. \t\r\nb\tc"
    found = read_pairs(content.encode())
    assert found.pairs == (("Café x.", "café y."), ("b", "c"))
    assert found.lines == (3, 4)


def test_what_json_holds_breaks_no_line() -> None:
    line = json.dumps({**BLIMP, "sentence_bad": "one\u2028two\x85\tthree"}, ensure_ascii=False)
    [(_, bad)] = read_pairs(line.replace("\t", "\\t").encode()).pairs
    assert bad.split() == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("only one sentence", "there is no tab"),
        ("a\tb\tc", "3 parts"),
        ("a\t", "is empty"),
        ("\tb", "is empty"),
        ('{"sentence_good": "a"', "begins as JSON and is none"),
        ("{" * 100_000, "begins as JSON and is none"),
        ('{"sentence_good": "a"}', "no text sentence_bad"),
        ('{"sentence_good": 1, "sentence_bad": "b"}', "no text sentence_good"),
        ('{"sentence_good": " ", "sentence_bad": "b"}', "sentence_good is empty"),
    ],
)
def test_a_broken_line_is_named_and_the_rest_is_read(line: str, reason: str) -> None:
    found = read_pairs(f"a\tb\n\n{line}\nc\td\n".encode())
    assert found.pairs == (("a", "b"), ("c", "d"))
    [broken] = found.broken
    assert broken.number == 3
    assert broken.said.startswith("Line 3 is left out: ")
    assert reason in broken.said
    with pytest.raises(RequestError, match=r"holds no pair \(line 1: .*\): write two sentences"):
        read_pairs(line.encode())


def test_a_line_in_another_encoding_is_named_and_not_altered() -> None:
    found = read_pairs(b"a\tb\n\nCaf\xe9 x.\tcaf\xe9 y.\n" + "Café\tc\ufffd\n".encode())
    assert found.pairs == (("a", "b"), ("Café", "c\ufffd")), "one that stands there itself is read"
    [broken] = found.broken
    assert broken.said == "Line 3 is left out: it is no text in UTF-8."


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# a remark\n"])
def test_an_empty_file_is_said_to_be_one(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_bytes(content)
    with pytest.raises(RequestError, match=r"pairs.tsv holds no pair: write two"):
        read_pairs(path)


def test_what_is_no_text_or_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="Standard input is no text"):
        read_pairs("a\tb".encode("utf-16"))
    with pytest.raises(RequestError, match="cannot be read: No such file"):
        read_pairs(tmp_path / "none.tsv")
    with pytest.raises(RequestError, match="cannot be read: Is a directory"):
        read_pairs(tmp_path)


@given(st.binary(max_size=200))
def test_whatever_is_in_a_file_is_read_or_refused(content: bytes) -> None:
    try:
        found = read_pairs(content)
    except RequestError:
        return
    assert found.pairs
    assert all(a and b for a, b in found.pairs)
    assert len(found.lines) == len(found.pairs)
