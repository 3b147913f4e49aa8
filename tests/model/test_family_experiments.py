"""Every experiment with every family: it works, or says in a sentence that it cannot be done."""

from __future__ import annotations

import pytest

from tests.model.families import FAMILIES
from tests.model.family_experiments import EXPERIMENTS, README, refusals, table, with_table


@pytest.mark.parametrize("kind", FAMILIES)
def test_it_works_or_says_why_not(kind: str) -> None:
    found = refusals(kind)
    assert {*found} <= {*EXPERIMENTS}
    for sentence in found.values():
        assert len(sentence.splitlines()) == 1
        assert sentence.endswith(".")
        assert len(sentence.split(". ")) == 1, "one sentence"
    assert ("heads cut" in found) == ("arrows cut" in found)


def test_what_runs_the_plain_encoder_can_do_everything() -> None:
    for kind in ("bert", "distilbert", "roberta", "xlm-roberta", "camembert"):
        assert not refusals(kind)


def test_the_readme_says_so() -> None:
    text = README.read_text(encoding="utf-8")
    assert table() in text, "run python -m tests.model.family_experiments"
    assert with_table(text) == text
