"""The text of `analysis.md`: hypotheses about heads, which people edit by hand too.

    # Analysis

    ## Layer 2, Head 5 (embedded)

    The claim, in one's own words.

    ### The cat [MASK] gracefully.

    ![Layer 2, Head 5](Attention_Layer2_Head5.png)

    Note: what makes the model, or the reading of the sentence, doubtful.

    Compared: what differs in another run, where the example is of two.

    What was measured.

    Experiment: what was cut, and what came of it.

    1. The cat **moved** gracefully. (0.182)

A section begins with the heading of its head, ends with the next heading of level 1 or 2, and
stands in the order of layers and heads; its examples begin with headings of level 3. Everything
else in the file is the author's: it is kept byte for byte, wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tui.storage.fences import fences, outside

TITLE = "# Analysis\n"

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_HEADING = re.compile(r"(#{1,2})[ \t]+\S")
# No two neighbours here match the same spaces: that would take cubic time in their number.
_HEAD = re.compile(
    r"##[ \t]+layer[ \t]+(\d{1,4})[ \t]*,[ \t]*head[ \t]+(\d{1,4})[ \t]*(?:\((.+)\)[ \t]*)?#*\s*",
    re.IGNORECASE,
)
_EXAMPLE = re.compile(r"###[ \t]+(\S(?:.*\S)?)\s*")
_TOLD = re.compile(r"Note: (\S(?:.*\S)?)\s*")
_COMPARED = re.compile(r"Compared: (\S(?:.*\S)?)\s*")
_EXPERIMENT = re.compile(r"Experiment: (\S(?:.*\S)?)\s*")
_LOOKS_LIKE_HEADING = re.compile(r"^(\\*#{1,3}[ \t])", re.MULTILINE)
_ESCAPED_HEADING = re.compile(r"^\\(\\*#{1,3}[ \t])", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class NotedHead:
    """Which head a note is about.

    Attributes:
        layer: the layer, counted from 0.
        head: the head, counted from 0.
        model: the model's name, on one line; empty where the heading names none.
    """

    layer: int
    head: int
    model: str

    @property
    def heading(self) -> str:
        """The line that begins the section."""
        of = f" ({self.model})" if self.model else ""
        return f"## Layer {self.layer + 1}, Head {self.head + 1}{of}\n"

    @property
    def order(self) -> tuple[int, int, str]:
        """By layer, then by head."""
        return self.layer, self.head, self.model

    def names(self, other: NotedHead) -> bool:
        """Whether a heading's place is another's: a heading may leave the model out."""
        here = (self.layer, self.head) == (other.layer, other.head)
        return here and self.model in ("", other.model)


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of the file.

    Attributes:
        lines: its lines as they are, with their ends.
        place: which head it is about, or None for any other text.
    """

    lines: tuple[str, ...]
    place: NotedHead | None = None

    @property
    def claim(self) -> str:
        """The text between the heading and the first example."""
        text = "".join(self.lines[1 : self._first_example]).replace("\r\n", "\n")
        return _ESCAPED_HEADING.sub(r"\1", text.strip("\n").rstrip())

    @property
    def examples(self) -> tuple[str, ...]:
        """The sentences of its examples."""
        found = (_EXAMPLE.fullmatch(self.lines[at]) for at in self._example_places)
        return tuple(plain(match[1]) for match in found if match)

    @property
    def told(self) -> tuple[str, ...]:
        """The sentences of its examples that a reader must be told, each once."""
        return self._said(_TOLD)

    @property
    def experiments(self) -> tuple[str, ...]:
        """The sentences on what was cut and measured, each once."""
        return self._said(_EXPERIMENT)

    @property
    def compared(self) -> tuple[str, ...]:
        """The sentences of its examples that say how two runs differ, each once."""
        return self._said(_COMPARED)

    def _said(self, kind: re.Pattern[str]) -> tuple[str, ...]:
        lines = self.lines[self._first_example :]
        found = (kind.fullmatch(lines[at]) for at in outside(lines))
        return tuple(dict.fromkeys(plain(match[1]) for match in found if match))

    def with_claim(self, claim: str) -> Section:
        """The section with another claim; nothing but the claim changes."""
        claim = _LOOKS_LIKE_HEADING.sub(r"\\\1", claim.strip("\n").rstrip())
        body = ["\n", *_lines(claim + _ending(claim))] if claim else []
        rest = self.lines[self._first_example :]
        heading = self.lines[0] if self.lines[0].endswith("\n") else self.lines[0] + "\n"
        return replace(self, lines=(heading, *body, *(["\n"] if rest else []), *rest))

    def with_example(self, block: str) -> Section:
        """The section with one more example at its end; blank lines behind it stay behind it."""
        end = len(self.lines)
        while end > 1 and not self.lines[end - 1].strip():
            end -= 1
        before = "".join(self.lines[:end])
        lines = (*_lines(before + _ending(before)), "\n", *_lines(block), *self.lines[end:])
        return replace(self, lines=lines)

    def with_experiments(
        self, experiments: Sequence[str], told: Sequence[str] = (), *, sentence: str | None = None
    ) -> Section:
        """The section with what was measured by cutting; what it has already is not added again.

        Args:
            experiments: a sentence each.
            told: what a reader of them must be told, a sentence each.
            sentence: of which example they are; without one they stand at the section's end.
        """
        lines = [experiment_line(one) for one in experiments if one not in self.experiments]
        if not lines:
            return self
        lines += [told_line(one) for one in told if one not in self.told]
        places = self._example_places
        of = next(
            (at for at, own in zip(places, self.examples, strict=True) if own == sentence), None
        )
        behind = [at for at in places if of is not None and at > of]
        end = behind[0] if behind else len(self.lines)
        while end > 1 and not self.lines[end - 1].strip():
            end -= 1
        before = "".join(self.lines[:end])
        added = "".join(f"\n{line}\n" for line in lines)
        return replace(
            self,
            lines=(*_lines(before + _ending(before)), *_lines(added), *self.lines[end:]),
        )

    @property
    def _first_example(self) -> int:
        return next(iter(self._example_places), len(self.lines))

    @property
    def _example_places(self) -> list[int]:
        return [at for at in outside(self.lines) if _EXAMPLE.fullmatch(self.lines[at])]


@dataclass(frozen=True, slots=True)
class Notes:
    """All that the file says.

    Attributes:
        sections: its stretches in their order; together they are the file.
    """

    sections: tuple[Section, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Notes:
        """Read a file; `str` of the result is the text again, whatever it is."""
        lines = _lines(text)
        starts = [at for at in outside(lines) if _HEADING.match(lines[at])]
        found = []
        if lines and starts[:1] != [0]:
            found.append(Section(tuple(lines[: starts[0] if starts else None])))
        for start, end in pairwise([*starts, len(lines)]):
            match = _HEAD.fullmatch(lines[start])
            found.append(Section(tuple(lines[start:end]), match and _place(match)))
        return cls(tuple(found))

    def __str__(self) -> str:
        return "".join(line for section in self.sections for line in section.lines)

    def at(self, place: NotedHead) -> Section | None:
        """The note on a head, if there is one."""
        index = self._index(place)
        return None if index is None else self.sections[index]

    def claim(self, place: NotedHead) -> str:
        """The claim about a head; empty where there is none."""
        section = self.at(place)
        return section.claim if section else ""

    def noted(self, model: str) -> frozenset[tuple[int, int]]:
        """The heads of a model that have notes, layer and head counted from 0."""
        places = (section.place for section in self.sections)
        return frozenset(
            (place.layer, place.head) for place in places if place and place.model in ("", model)
        )

    def with_claim(self, place: NotedHead, claim: str) -> Notes:
        """The notes with another claim about a head."""
        if not claim.strip() and self.at(place) is None:
            return self
        return self._changed(place, lambda section: section.with_claim(claim))

    def with_example(self, place: NotedHead, sentence: str, block: str) -> Notes:
        """The notes with one more example for a head; unchanged if its note has the sentence."""
        section = self.at(place)
        if section and sentence in section.examples:
            return self
        return self._changed(place, lambda section: section.with_example(block))

    def with_experiments(
        self,
        place: NotedHead,
        experiments: Sequence[str],
        told: Sequence[str] = (),
        *,
        sentence: str | None = None,
    ) -> Notes:
        """The notes with what was measured by cutting a head, as `Section.with_experiments`.

        Where the head's note has no example yet, the sentences would be its claim: it is unchanged.
        """
        section = self.at(place)
        if section is None or not section.examples:
            return self
        return self._changed(
            place,
            lambda section: section.with_experiments(experiments, told, sentence=sentence),
        )

    def _changed(self, place: NotedHead, change: Callable[[Section], Section]) -> Notes:
        notes = self if self.at(place) else self._with_section(place)
        index = notes._index(place)
        assert index is not None
        changed = change(notes.sections[index])
        following = notes.sections[index + 1 :]
        if following and changed.lines[-1].strip():
            changed = replace(changed, lines=(*changed.lines, "\n"))
        return Notes((*notes.sections[:index], changed, *following))

    def _with_section(self, place: NotedHead) -> Notes:
        """The notes with an empty section where the order wants it."""
        sections = self.sections or (Section((TITLE,)),)
        after = [at for at, section in enumerate(sections) if section.place]
        behind = [at for at in after if (sections[at].place or place).order > place.order]
        at = behind[0] if behind else (after[-1] + 1 if after else len(sections))
        before = sections[:at]
        text = "".join(line for section in before for line in section.lines)
        ending = _ending(text)
        gap = "" if not text or (text + ending).endswith("\n\n") else "\n"
        filler = [Section(tuple(_lines(ending + gap)))] if ending + gap else []
        return Notes((*before, *filler, Section((place.heading,), place), *sections[at:]))

    def _index(self, place: NotedHead) -> int | None:
        found = [at for at, one in enumerate(self.sections) if one.place and one.place.names(place)]
        named = [at for at in found if (self.sections[at].place or place).model == place.model]
        return next(iter(named or found), None)


def escaped(text: str) -> str:
    """A sentence in Markdown: what would be markup there stands as it is."""
    text = re.sub(r"([\\`*_<~])", r"\\\1", text)
    return re.sub(r"\](?=[(\[:])", r"\\]", text)


def told_line(sentence: str) -> str:
    """The line of an example that says what its reader must know."""
    return f"Note: {escaped(sentence)}"


def compared_line(sentence: str) -> str:
    """The line of an example that says how two runs differ."""
    return f"Compared: {escaped(sentence)}"


def experiment_line(sentence: str) -> str:
    """The line of an example that says what was cut, and what came of it."""
    return f"Experiment: {escaped(sentence)}"


def plain(markdown: str) -> str:
    """The sentence that `escaped` made this of."""
    return re.sub(r"\\([\\`*_<~\]])", r"\1", markdown)


def _place(match: re.Match[str]) -> NotedHead | None:
    layer, head = int(match[1]) - 1, int(match[2]) - 1
    return NotedHead(layer, head, (match[3] or "").strip()) if min(layer, head) >= 0 else None


def _lines(text: str) -> list[str]:
    return _LINE.findall(text)


def _ending(text: str) -> str:
    """The end that a text lacks: of its last line, and of a block of code left open."""
    line = "\n" if text and not text.endswith("\n") else ""
    missing = next((fence.missing for fence in reversed(fences(_lines(text)))), "")
    return line + (f"{missing}\n" if missing else "")
