"""Candidates as rows: called as people read them, and marked where the sentence is another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support import embedded
from tui.analysis.analysis import Candidate
from tui.widgets.text.predictions_table import Row, why_empty


@pytest.mark.parametrize(
    ("candidate", "token"),
    [
        (Candidate("cat", 1, 0.5, 1.0, "a cat"), "cat"),
        (Candidate("\u0120caf\u00c3\u00a9", 1, 0.5, 1.0, "a", "\u0120café"), "\u0120café"),
        (Candidate("the", 1, 0.5, 1.0, "un the", "the", ("##the",)), "the ≠"),
        (Candidate("the", 1, 0.5, 1.0, "un", "the", ()), "the ≠"),
        (Candidate("a\u2028b", 1, 0.5, 1.0, "x"), "a\N{REPLACEMENT CHARACTER}b"),
    ],
)
def test_a_candidate_s_row(candidate: Candidate, token: str) -> None:
    assert Row.of(candidate) == Row(token, 0.5)


def test_it_is_said_why_there_are_no_candidates() -> None:
    with_mask = embedded().analyze("The cat [MASK].")
    saved = replace(with_mask, candidates=((),))
    headless = replace(saved, model=replace(saved.model, has_head=False))
    assert "no candidates for [MASK] in this file" in why_empty(saved)
    assert "no trained masked-LM head" in why_empty(headless)
    assert "There is no [MASK]" in why_empty(embedded().analyze("The cat sat."))
