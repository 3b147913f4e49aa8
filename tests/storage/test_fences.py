"""Where blocks of code are: as a whole parser of Markdown has it, in less time."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tui.storage.fences import Fence, fences, outside

PIECES = st.sampled_from(
    ["", "words", "```", "~~~", "````", "``` python", "``` a`b", "# one", "   # two", "#", "- one",
     "- ```", "  ```", "   ~~~", "    ```", "\t```", "      code", "> quoted", "> ```", ">",
     "1. one", "2. ~~~", "3) ```", "* * *", "---", "-", "  ", "\t", "\\```", "a\rb", "```\r",
     "\x0b", "\u2028x"]
)  # fmt: skip
ENDS = st.sampled_from(["\n", "\n", "\n\n", "\r\n"])
TEXTS = st.builds(
    lambda lines, last: "".join(piece + end for piece, end in lines) + last,
    st.lists(st.tuples(PIECES, ENDS), max_size=14),
    PIECES,
)


def lines_of(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


@given(st.one_of(TEXTS, st.text(alphabet="`~#>-1. \n\r\ta", max_size=60)))
@settings(max_examples=500)
@example("a\n# b\nc\n```\n")
@example("- a\n\n  ```\n  b\n\nc\n```\n# d\n```\n")
@example("```\n\n# a\n\nb\n\n```\n# c\n")
@example("> ```\n\n# a\n")
@example("a\n2. ```\n# b\n")
@example("a\n-\n2. ~~~")
@example("a\n==\n2. ```\n# b\n")
def test_the_same_lines_are_outside_as_for_a_whole_parser(text: str) -> None:
    lines = lines_of(text)
    parser = MarkdownIt("commonmark").disable(["html_block", "reference"])
    inside = {
        at
        for token in parser.parse(re.sub(r"\r(?!\n)", " ", text))
        if token.type == "fence" and token.map
        for at in range(*token.map)
    }
    found = set(outside(lines))
    for at, line in enumerate(lines):
        if line.strip(" \t\r\n"):  # a blank line at a block's end is neither here nor there
            assert (at in found) == (at not in inside), at


@given(TEXTS)
@settings(max_examples=300)
def test_a_text_that_is_closed_has_everything_after_it_outside(text: str) -> None:
    missing = "".join(f"{fence.missing}\n" for fence in fences(lines_of(text)) if fence.missing)
    before = lines_of(f"{text}\n{missing}")
    assert outside([*before, "# after\n"])[-1] == len(before)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("words\n", []),
        ("```\na\n```\nb\n", [Fence(0, 3, "")]),
        ("````\n```\n````\n", [Fence(0, 3, "")]),
        ("~~~~ python\n~~~\n", [Fence(0, 2, "~~~~")]),
        ("a\n```", [Fence(1, 2, "```")]),
        ("```\n   \t", [Fence(0, 2, "```")]),
        ("```\n   ```  \t\r\n", [Fence(0, 2, "")]),
        ("```\n    ```\n", [Fence(0, 2, "```")]),
        ("```\n```x\n", [Fence(0, 2, "```")]),
        ("``` a`b\n", []),
        ("- ```\n  a\n", [Fence(0, 2, "")]),
        ("> ```\nb\n", [Fence(0, 1, "")]),
        ("<!--\n```\n-->\n", [Fence(1, 3, "```")]),
    ],
)  # fmt: skip
def test_what_a_block_is(text: str, found: list[Fence]) -> None:
    assert fences(lines_of(text)) == found


def test_text_without_code_needs_no_parser() -> None:
    code = """
import sys
from tui.storage.notes import Notes
Notes.parse("# A\\n\\n## Layer 1, Head 1\\n\\n`x` and ~~y~~\\n")
print("markdown_it" in sys.modules)
Notes.parse("```")
print("markdown_it" in sys.modules)
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    assert ran.stdout == "False\nTrue\n"
