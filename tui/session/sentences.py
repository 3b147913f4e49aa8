"""The sentences at hand: the examples, and what was asked, in the order of asking."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

EXERCISE_MODEL = "bert-base-uncased"
"""The model whose heads the examples are known for."""


@dataclass(frozen=True, slots=True)
class ExampleSentence:
    """A sentence to begin with.

    Attributes:
        text: the sentence.
        layer: on `EXERCISE_MODEL`, the layer of the head to look at, counted from 0.
        head: that head, counted from 0.
    """

    text: str
    layer: int
    head: int


EXAMPLES: tuple[ExampleSentence, ...] = (
    ExampleSentence("The cat, despite the noise and distractions, [MASK] gracefully.", 7, 10),
    ExampleSentence("The cat, even with all the chaos, [MASK] quickly.", 7, 10),
    ExampleSentence(
        "Oh great, another AI that claims it can pass the Turing test, "
        "but [MASK] as well as a toaster.",
        9,
        1,
    ),
    ExampleSentence(
        "Sure, the AI has 'learned' from its mistakes, "
        "now it [MASK] errors with twice the confidence.",
        9,
        1,
    ),
)


def example_head(text: str, model: str) -> tuple[int, int] | None:
    """The layer and head, from 0, that an example opens on: known for `EXERCISE_MODEL` alone."""
    if model.removeprefix("google-bert/") != EXERCISE_MODEL:
        return None
    return next(((e.layer, e.head) for e in EXAMPLES if e.text == text), None)


class Sentences:
    """A list to walk through: the examples first, then what was asked, the latest last.

    Args:
        asked: earlier sentences, the oldest first.

    Attributes:
        listed: a list that is walked in the place of examples and history, if it has at least two.
    """

    def __init__(self, asked: Iterable[str] = ()) -> None:
        self.listed: tuple[str, ...] = ()
        self._texts = [example.text for example in EXAMPLES]
        for text in asked:
            self.add(text)

    def __contains__(self, text: str) -> bool:
        return text in self._texts

    @property
    def latest(self) -> str:
        """The sentence asked last, or the first example."""
        return self._texts[-1] if len(self._texts) > len(EXAMPLES) else self._texts[0]

    def others(self, text: str) -> list[str]:
        """All sentences but this one: first the one before it, then the list's, then the latest."""
        before = self.earlier(text)
        texts = [*([before] if before else []), *self.listed, *reversed(self._texts)]
        return [one for one in dict.fromkeys(texts) if one != text]

    def add(self, text: str) -> None:
        """Note that a sentence was asked: it becomes the latest; an example keeps its place."""
        if text in self._texts[: len(EXAMPLES)]:
            return
        if text in self._texts:
            self._texts.remove(text)
        self._texts.append(text)

    def step(self, text: str, direction: int) -> str:
        """The next (1) or previous (-1) sentence, going round."""
        texts = self.listed if len(self.listed) > 1 else self._texts
        if text not in texts:
            return texts[-1 if direction < 0 else 0]
        return texts[(texts.index(text) + direction) % len(texts)]

    def earlier(self, text: str) -> str | None:
        """The sentence before this one; before one that is not in the list comes the latest."""
        at = self._texts.index(text) if text in self._texts else len(self._texts)
        return self._texts[at - 1] if at > 0 else None

    def later(self, text: str) -> str | None:
        """The sentence after this one, or None behind the latest."""
        at = self._texts.index(text) + 1 if text in self._texts else len(self._texts)
        return self._texts[at] if at < len(self._texts) else None
