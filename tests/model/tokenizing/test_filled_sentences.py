"""A sentence with a candidate in it is the one that was scored, or says what it is instead."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

from tests.model import families
from tui.analysis.analysis import Candidate
from tui.model.masked_lm import MaskedLM
from tui.model.tokenizing import candidates
from tui.model.tokenizing.candidates import Ranker
from tui.text import MASK


@dataclass(frozen=True)
class Kinds:
    """A tiny model for each kind of tokenizer, by its name."""

    models: dict[str, MaskedLM]

    def ranked(self, kind: str, text: str) -> dict[str, Candidate]:
        """Every candidate for a text's first mask, by its word piece."""
        return {one.token: one for one in self.models[kind].analyze(text, top_k=999).candidates[0]}


@pytest.fixture(autouse=True)
def all_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every piece of the tiny vocabularies."""
    monkeypatch.setattr(candidates, "CHECKED", 1000)


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Kinds:
    models = {}
    for kind, family in (("wordpiece", "bert"), ("bytes", "roberta"), ("unigram", "camembert")):
        folder = tmp_path_factory.mktemp(kind)
        families.save(family, folder)
        models[kind] = MaskedLM.load(str(folder))
    return Kinds(models)


TEXTS = (
    "un[MASK] the cat", "[MASK] cat sat", "the [MASK] sat", "the [MASK]s sat, on", "the cat [MASK]",
    "([MASK]), cat", "the [MASK] [MASK] cat", "the [MASK] ||| a [MASK]", "日[MASK]本", "[MASK]",
)  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("kind", ["wordpiece", "bytes", "unigram"])
def test_no_mark_means_that_the_sentence_is_the_one_that_was_scored(
    kinds: Kinds, kind: str, text: str
) -> None:
    model = kinds.models[kind]
    asked = model.analyze(text)
    exact = 0
    for one in kinds.ranked(kind, text).values():
        scored = [token.id for token in asked.tokens]
        scored[asked.masks[0]] = one.id
        found = model.encoder.readings([one.sentence])[0]
        same = found is not None and [id_ for id_, _ in found] == scored
        assert same == (one.read_as is None), one
        exact += same
    assert exact


@pytest.mark.parametrize(
    ("kind", "text", "token", "sentence", "read_as"),
    [
        ("unigram", "un[MASK] cat", "▁the", "un the cat", None),
        ("unigram", "the[MASK]", "s", "thes", None),
        ("unigram", "the [MASK].", "s", "thes.", ("▁the", "s", ".")),
        ("unigram", "[MASK] sat", "s", "s sat", ("▁", "s")),
        ("unigram", "the cat [MASK]", "</s>", "the cat </s>", ("</s>",)),
        ("unigram", "[MASK] sat", "<s>", "<s> sat", ("<s>", "▁sat")),
        ("bytes", "un[MASK] cat", "Ġthe", "un the cat", None),
        ("bytes", "[MASK] cat", "Ġthe", "the cat", ("t", "he")),
        ("bytes", "the [MASK]", "cat", "thecat", None),
        ("bytes", "the c[MASK]", "at", "the cat", ("Ġcat",)),
        ("bytes", "the [MASK] sat", "æ", "the� sat", ("�1/3", "�2/3", "�3/3")),
        ("wordpiece", "un[MASK] on", "the", "un the on", None),
        ("wordpiece", "the [MASK] sat", "##s", "thes sat", None),
        ("wordpiece", "[MASK] sat", "##s", "s sat", ("s",)),
        ("wordpiece", "the cat, [MASK]", "##s", "the cat,s", ("s",)),
        ("wordpiece", "the ca[MASK]", "##t", "the cat", ("cat",)),
        ("wordpiece", "the [MASK] sat", "[UNK]", "the [UNK] sat", None),
        ("wordpiece", "the cat [MASK]", "[SEP]", "the cat [SEP]", ("[SEP]",)),
        ("wordpiece", "the [MASK] sat", "[MASK]", "the [MASK] sat", None),
    ],
)  # fmt: skip
def test_candidates_in_their_sentences(
    kinds: Kinds, kind: str, text: str, token: str, sentence: str, read_as: tuple[str, ...] | None
) -> None:
    found = kinds.ranked(kind, text)[token]
    assert (found.sentence, found.read_as is None) == (sentence, read_as is None)
    if read_as and token not in ("</s>", "<s>", "[SEP]"):
        assert found.read_as == read_as


def test_candidates_of_bytes_have_their_letters(kinds: Kinds) -> None:
    ranked = kinds.ranked("bytes", "the [MASK] sat")
    assert ranked["æ"].label == "<0xE6>"
    assert ranked["Ġcat"].label == "Ġcat"
    assert ranked["Ċ"].label == "Ċ"


def test_tokens_of_bytes_have_their_letters(kinds: Kinds) -> None:
    analysis = kinds.models["bytes"].analyze("the cat日 é [MASK]")
    assert [token.label for token in analysis.tokens] == [
        "<s>", "t", "he", "Ġcat", "日1/3", "日2/3", "日3/3", "Ġ", "é1/2", "é2/2", "<mask>", "</s>",
    ]  # fmt: skip
    assert analysis.tokens[4].text == "æ"


def test_a_long_text_is_tried_around_its_masks_alone(
    kinds: Kinds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others of its words are not read again for every candidate."""
    model = kinds.models["wordpiece"]
    lengths: list[int] = []
    readings = model.encoder.readings

    def noted(texts: list[str]) -> object:
        lengths.extend(len(text.split()) for text in texts)
        return readings(texts)

    monkeypatch.setattr(model.encoder, "readings", noted)
    text = "cat " * 30 + MASK
    assert all(
        one.sentence.startswith("cat " * 29 + "cat") for one in model.analyze(text).candidates[0]
    )
    assert lengths
    assert max(lengths) <= 14


def test_trying_costs_little_beside_the_model(
    model: MaskedLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    spent = 0.0
    tried = Ranker._tried

    def timed(self: Ranker, *given: object) -> object:
        nonlocal spent
        began = time.process_time()
        found = list(tried(self, *given))  # type: ignore[arg-type]
        spent += time.process_time() - began
        return found

    monkeypatch.setattr(Ranker, "_tried", timed)
    text = "The cat, despite the noise and distractions, [MASK] gracefully."
    model.analyze(text)
    spent, began = 0.0, time.process_time()
    for _ in range(5):
        model.analyze(text)
    assert spent < 0.25 * (time.process_time() - began)
