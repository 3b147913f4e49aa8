"""Evidence of two runs says the same of both everywhere: sentences, models, a name for B."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from tui.analysis.analysis import Analysis
from tui.analysis.comparison import Comparison
from tui.analysis.intervention_names import in_file_names
from tui.text import visible

_LONGEST_NAME = 24
"""Letters of a file's name that say in what B differs; a hash behind them tells it apart."""

_NAMED = 6
"""How many stretches of words that differ are named."""

_WORD = re.compile(r"\[\w+\]|\w+|[^\w\s]")


def name_of_b(comparison: Comparison) -> str:
    """The part of a file's name that tells B: what it has and A has not, and a hash of all of it.

    Of another sentence its words, of another model its name, else `whole` where nothing is cut, or
    what is: `dogs-run-1a2b3c4d`, `whole-5e6f7a8b`.
    """
    a, b = comparison.a.analysis, comparison.b.analysis
    if a.model.name != b.model.name:
        named = b.model.name.rstrip("/").rpartition("/")[2]
    elif a.text != b.text:
        named = " ".join(differing_words(a.text, b.text)[1]) or "shorter"
    else:
        named = " ".join(in_file_names(b.interventions)) or "whole"
    plain = re.sub(r"[^a-z0-9.]+", "-", named.casefold())[:_LONGEST_NAME].strip("-.")
    whole = repr((b.text, b.model.name, b.interventions, comparison.alignment.pairs))
    digest = hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()[:8]
    return "-".join(filter(None, [plain, digest]))


def differing_words(text: str, other: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The stretches of words that each text has and the other has not in their place."""
    cuts = [(match.start(), match.end()) for match in _WORD.finditer(text)]
    other_cuts = [(match.start(), match.end()) for match in _WORD.finditer(other)]
    words = [text[start:end] for start, end in cuts]
    others = [other[start:end] for start, end in other_cuts]
    found: tuple[list[str], list[str]] = [], []
    for kind, *places in SequenceMatcher(None, words, others, False).get_opcodes():
        if kind == "equal":
            continue
        for side, whole, at, (start, end) in (
            (0, text, cuts, places[:2]),
            (1, other, other_cuts, places[2:]),
        ):
            if start < end:
                found[side].append(whole[at[start][0] : at[end - 1][1]])
    return tuple(found[0]), tuple(found[1])


def differs(comparison: Comparison) -> str:
    """In what the two differ, a sentence; empty where it is not the text."""
    a, b = comparison.a.analysis, comparison.b.analysis
    if a.text == b.text:
        return ""
    own, others = differing_words(a.text, b.text)
    return f"In A: {_quoted(own)}; in B: {_quoted(others)}."


def run_named(analysis: Analysis, other: Analysis) -> str:
    """One of two runs in a line: its sentence, and its model and cuts where they differ."""
    parts = [visible(analysis.text)]
    if analysis.model.name != other.model.name:
        parts.append(visible(analysis.model.name))
    if analysis.interventions != other.interventions:
        parts.append(" ".join(in_file_names(analysis.interventions)) or "nothing cut")
    return " · ".join(parts)


def pair_named(comparison: Comparison) -> str:
    """Both runs in a line, A first."""
    a, b = comparison.a.analysis, comparison.b.analysis
    return f"{run_named(a, b)} ↔ {run_named(b, a)}"


def pairs_said(comparison: Comparison) -> str:
    """Which rows and columns stand for each other, counted from 1: `1-1 2-3`."""
    return " ".join(f"{a + 1}-{b + 1}" for a, b in comparison.alignment.pairs)


def _quoted(stretches: Sequence[str]) -> str:
    if not stretches:
        return "nothing more"
    more = f" and {len(stretches) - _NAMED} more" if len(stretches) > _NAMED else ""
    return ", ".join(f"“{visible(one)}”" for one in stretches[:_NAMED]) + more
