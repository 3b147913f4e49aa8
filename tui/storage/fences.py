"""Blocks of code in Markdown, whose lines are neither headings nor anything else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_MARK = re.compile("```|~~~")
_HEADING = re.compile(r"#{1,6}[ \t\n]")

_DEEPEST = 40
"""Levels of quotes, lists and their items; what lies deeper is not looked at."""


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block of code (CommonMark 0.31, section 4.5).

    Attributes:
        first: its first line, counted from 0.
        end: the line behind its last.
        missing: the line that would close it, without its end, where the text ends before it is
            closed; empty where whatever follows is outside.
    """

    first: int
    end: int
    missing: str


def fences(lines: Sequence[str]) -> list[Fence]:
    """The blocks of code in their order, those in lists and quotes included.

    Args:
        lines: the lines of a text, each with its line feed.
    """
    # Most notes have none, and then nothing has to be imported.
    if not any(map(_MARK.search, lines)):
        return []
    # To Markdown a lone carriage return ends a line as well; here it must not, for counting.
    lines = [line.replace("\r", " ") for line in lines]
    found = []
    for token in _parser().parse("".join(_without_other_text(lines))):
        if token.type == "fence" and token.map:
            first, end = token.map
            # A block in a list or a quote ends with that, and so before the next line outside.
            closed = token.level > 0 or (end - 1 > first and _closes(lines[end - 1], token.markup))
            found.append(
                Fence(first, end, "") if closed else Fence(first, len(lines), token.markup)
            )
    return found


def outside(lines: Sequence[str]) -> list[int]:
    """The numbers of the lines that stand in no block of code, counted from 0."""
    inside = {at for fence in fences(lines) for at in range(fence.first, fence.end)}
    return [at for at in range(len(lines)) if at not in inside]


def _without_other_text(lines: Sequence[str]) -> list[str]:
    """As many lines, those left out that decide nothing about code: parsing them takes the time.

    A heading, and any line after a blank one, ends whatever is open if it is not indented, but for
    code outside of lists and quotes. So a stretch that begins there and has no marks for code is
    worth an empty heading.
    """
    starts = [0]
    for at in range(1, len(lines)):
        after_blank = not lines[at - 1].strip(" \t\n")
        if (after_blank and not lines[at][0].isspace()) or _HEADING.match(lines[at]):
            starts.append(at)
    kept = ["\n"] * len(lines)
    for start, end in pairwise([*starts, len(lines)]):
        if any(map(_MARK.search, lines[start:end])):
            kept[start:end] = lines[start:end]
        else:
            kept[start] = "#\n"
    return kept


def _closes(line: str, markup: str) -> bool:
    """Whether a line closes a block that began with these marks."""
    return re.fullmatch(rf" {{0,3}}{markup}{markup[0]}*[ \t]*\n?", line) is not None


@cache
def _parser() -> MarkdownIt:
    """A parser for blocks alone, and for no more of them than decide where code ends.

    A block of HTML is text here: one that a person left open would swallow every note below it.
    """
    from markdown_it import MarkdownIt

    parser = MarkdownIt("zero", {"maxNesting": _DEEPEST})
    parser.enable(["code", "fence", "blockquote", "hr", "list", "heading", "lheading"])
    return parser.disable(["inline", "text_join"])
