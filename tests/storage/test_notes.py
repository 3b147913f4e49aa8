"""The text of the notes: read and changed without losing a byte that is not the app's."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tui.storage.notes import NotedHead, Notes, escaped, plain

HERE = NotedHead(1, 4, "embedded")
BLOCK = "### The cat [MASK].\n\n![x](x.png)\n\n1. The cat **sat**. (0.100)\n"

EXERCISE = """# Analysis

## Layer 8, Head 11

In this head, adverbs attend to the verbs that they modify.

Example Sentences:
- The cat, despite the noise and distractions, [MASK] gracefully.
- The cat, even with all the chaos, [MASK] quickly.

## Layer 10, Head 2

Irony.

Example Sentences:
- Oh great, another AI

# Afterthoughts

Mine.
"""

MEGABYTE = 1 << 20
REALISTIC = """## Layer 3, Head 4 (embedded)

In this head, adverbs attend to the verbs that they modify.

```
gracefully -> moved
```

### The cat, despite the noise and distractions, [MASK] gracefully.

![Layer 3, Head 4](Attention_Layer3_Head4.png)

1. The cat, despite the noise and distractions, **moved** gracefully. (0.182)

"""

LINES = st.sampled_from(
    ["", "words", "## Layer 2, Head 5 (embedded)", "## Layer 2, Head 5", "## Layer 12, Head 1 (m)",
     "### a *sentence*", "# one", "## two", "```", "~~~", "```python", "\\# x", "   ",
     "    ## code", "- one", "  ```", "- ```", "> ```", "1. ~~~~", "    ```", "<!--",
     "##  layer 1 , head 1 ##", "## Layer 0, Head 0", "a\x0bb\x85c\u2028d\r"]
)  # fmt: skip
TEXTS = st.lists(LINES).map("\n".join)
ANY = st.one_of(TEXTS, st.text(max_size=200))
CLAIMS = st.lists(LINES.filter(lambda line: "\r" not in line)).map("\n".join)


@given(ANY)
@example("")
@example("\n")
@example("# x\r\n\r\n## Layer 1, Head 1\r\ny")
@example("\udcff\ufeff# x")
def test_reading_changes_nothing(text: str) -> None:
    assert str(Notes.parse(text)) == text


@given(ANY, CLAIMS)
@settings(max_examples=300)
def test_a_claim_comes_back_as_it_was_given(text: str, claim: str) -> None:
    notes = Notes.parse(str(Notes.parse(text).with_claim(HERE, claim)))
    found, wanted = notes.claim(HERE), claim.strip("\n").rstrip()
    assert found == wanted or found.startswith(f"{wanted}\n"), "a fence left open is closed"


@given(ANY, CLAIMS)
@settings(max_examples=300)
def test_a_claim_changes_no_other_section(text: str, claim: str) -> None:
    before = Notes.parse(text)
    after = Notes.parse(str(before.with_claim(HERE, claim)))
    at = before.at(HERE)
    others = ["".join(one.lines).strip() for one in before.sections if one is not at]
    rest = str(after)
    for other in others:
        assert other in rest
        rest = rest[rest.index(other) + len(other) :]
    if at:
        found = after.at(HERE)
        assert found is not None
        assert found.examples == at.examples


@given(ANY)
@settings(max_examples=300)
def test_an_example_is_found_again_and_nothing_is_lost(text: str) -> None:
    before = Notes.parse(text)
    after = Notes.parse(str(before.with_example(HERE, "The cat [MASK].", BLOCK)))
    section = after.at(HERE)
    assert section is not None
    assert section.examples[-1] == "The cat [MASK]."
    assert BLOCK in str(after)
    kept = str(after).replace(BLOCK, "", 1).split()
    for word in text.split():
        assert word in kept
        del kept[: kept.index(word) + 1]
    assert str(after.with_example(HERE, "The cat [MASK].", BLOCK)) == str(after), "not twice"


@given(TEXTS, st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1)))
def test_experiments_are_found_again_and_nothing_is_lost(text: str, said: list[str]) -> None:
    before = Notes.parse(text).with_example(HERE, "The cat [MASK].", BLOCK)
    told = ["It is doubtful."]
    after = before.with_experiments(HERE, said, told)
    again = Notes.parse(str(after))
    section = again.at(HERE)
    assert section
    assert set(said) <= set(section.experiments)
    assert not said or set(told) <= set(section.told)
    assert again.with_experiments(HERE, said, told) == again, "not twice"
    assert section.examples == (before.at(HERE) or section).examples
    assert section.claim == before.claim(HERE)
    left = str(again).splitlines()
    for line in str(before).splitlines():
        assert line in left


def test_experiments_stand_with_their_example_or_at_the_end() -> None:
    notes = Notes.parse("").with_example(HERE, "The cat [MASK].", BLOCK)
    other = BLOCK.replace("cat", "dog")
    notes = notes.with_example(HERE, "The dog [MASK].", other)
    notes = notes.with_experiments(HERE, ["of the *cat*"], sentence="The cat [MASK].")
    notes = notes.with_experiments(HERE, ["of the head"], ["Mind this."])
    text = str(notes)
    assert text.endswith("(0.100)\n\nExperiment: of the head\n\nNote: Mind this.\n")
    assert text.index(r"Experiment: of the \*cat\*") < text.index("### The dog")
    section = notes.at(HERE)
    assert section
    assert section.experiments == ("of the *cat*", "of the head")
    assert section.told == ("Mind this.",)


def test_experiments_never_become_a_claim() -> None:
    notes = Notes.parse("").with_claim(HERE, "Mine.")
    assert notes.with_experiments(HERE, ["of the head"]) == notes


def test_a_new_file() -> None:
    notes = Notes().with_claim(HERE, "It looks at the next token.")
    notes = notes.with_example(HERE, "The cat [MASK].", BLOCK)
    assert str(notes) == (
        "# Analysis\n\n## Layer 2, Head 5 (embedded)\n\nIt looks at the next token.\n\n" + BLOCK
    )


def test_the_exercise_s_file_is_understood() -> None:
    notes = Notes.parse(EXERCISE)
    assert notes.noted("bert-base-uncased") == {(7, 10), (9, 1)}
    claim = notes.claim(NotedHead(7, 10, "bert-base-uncased"))
    assert claim.startswith("In this head, adverbs")
    assert claim.endswith("[MASK] quickly.")
    changed = str(notes.with_claim(NotedHead(9, 1, "bert-base-uncased"), "Sarcasm."))
    assert changed == EXERCISE.replace(
        "Irony.\n\nExample Sentences:\n- Oh great, another AI", "Sarcasm."
    )


@pytest.mark.parametrize(
    ("place", "behind"),
    [
        (NotedHead(0, 0, "m"), "# Analysis\n\n"),
        (NotedHead(8, 0, "m"), "[MASK] quickly.\n\n"),
        (NotedHead(9, 0, "m"), "[MASK] quickly.\n\n"),
        (NotedHead(9, 2, "m"), "another AI\n\n"),
        (NotedHead(11, 11, "m"), "another AI\n\n"),
    ],
)
def test_sections_stand_in_the_order_of_layers_and_heads(place: NotedHead, behind: str) -> None:
    changed = str(Notes.parse(EXERCISE).with_claim(place, "Mine too."))
    assert changed.replace(f"{place.heading}\nMine too.\n\n", "") == EXERCISE
    assert f"{behind}{place.heading}" in changed


def test_models_have_notes_of_their_own() -> None:
    notes = Notes().with_claim(HERE, "one")
    other = NotedHead(1, 4, "bert (large)")
    notes = notes.with_claim(other, "two")
    assert (notes.claim(HERE), notes.claim(other)) == ("one", "two")
    assert notes.noted("embedded") == {(1, 4)}
    assert notes.noted("distilbert") == frozenset()
    again = Notes.parse(str(notes))
    assert again.claim(other) == "two"


def test_headings_in_code_are_no_headings() -> None:
    text = "# A\n\n```\n## Layer 2, Head 5 (embedded)\n```\n"
    assert Notes.parse(text).noted("embedded") == frozenset()
    open_ = "# A\n\n~~~\ncode"
    changed = str(Notes.parse(open_).with_claim(HERE, "x"))
    assert changed.startswith("# A\n\n~~~\ncode")
    assert Notes.parse(changed).claim(HERE) == "x"


def test_headings_below_code_in_a_list_are_headings() -> None:
    """The list ends there, and its block of code with it."""
    text = "- tried\n  ```\n  code\n\n## Layer 2, Head 5 (embedded)\n\nIt looks ahead.\n"
    notes = Notes.parse(text)
    assert notes.claim(HERE) == "It looks ahead."
    assert str(notes.with_claim(HERE, "x")) == text.replace("It looks ahead.", "x")


@pytest.mark.parametrize(
    "text",
    [
        REALISTIC * (MEGABYTE // len(REALISTIC)),
        "# a b\n" * (MEGABYTE // 6),
        "## Layer 1, Head 1" + " " * 10_000 + "x\n",
        "## Layer 1, Head 1 (x" + " " * 10_000 + "x\n",
        "## Layer 1, Head 1\n### a" + " " * 10_000 + "b\n",
        "## Layer 1, Head 1\n### " + "\x0b" * 10_000 + "\n",
    ],
    ids=["notes", "headings", "spaces", "spaces in brackets", "spaces in a sentence", "odd spaces"],
)
def test_a_large_file_is_read_at_once(text: str) -> None:
    began = time.process_time()
    notes = Notes.parse(text)
    assert str(notes) == text
    found = notes.at(NotedHead(0, 0, "m"))
    assert found is None or len(found.examples) <= 1
    # Its own time on a machine of today is at most 0.5 s.
    assert time.process_time() - began < 2


def test_an_empty_claim_leaves_no_section_behind() -> None:
    assert str(Notes().with_claim(HERE, " \n")) == ""
    notes = Notes().with_claim(HERE, "x").with_claim(HERE, "")
    assert notes.claim(HERE) == ""


@given(st.text())
@example("a*b_c`d<e\\f ~g [h](i) [j][k] [MASK] [l]: m")
def test_a_sentence_is_the_same_in_markdown(text: str) -> None:
    assert plain(escaped(text)) == text


def test_a_mask_is_readable_in_the_file() -> None:
    assert escaped("The cat [MASK].") == "The cat [MASK]."


def test_the_project_s_own_notes_are_read() -> None:
    path = Path(__file__).parents[2] / "screenshots" / "analysis" / "analysis.md"
    if not path.exists():
        pytest.skip("not made yet")
    text = path.read_text(encoding="utf-8")
    notes = Notes.parse(text)
    assert str(notes) == text
    assert len(notes.noted("embedded")) == 2
