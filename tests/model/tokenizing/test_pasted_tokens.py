"""A text pasted with its special tokens: what the tokenizer adds is not doubled."""

from __future__ import annotations

import pytest

from tests.model import families
from tui.model.masked_lm import MaskedLM
from tui.model.tokenizing.pasted_tokens import without_added_tokens


@pytest.mark.parametrize(
    ("pasted", "text", "note"),
    [
        ("[CLS] a [MASK] b [SEP]", "a [MASK] b", "[CLS] and [SEP] were taken as what"),
        ("[CLS] a b", "a b", "[CLS] was taken as what"),
        ("a b [SEP]", "a b", "[SEP] was taken as what"),
        ("[CLS]a[SEP]", "a", "[CLS] and [SEP] were taken as what"),
        ("[cls] a [sep]", "a", "[cls] and [sep] were taken as what"),
        ("[CLS] a [SEP] b [SEP]", "a ||| b", "between the sentences as |||"),
        ("[CLS] a [SEP] b", "a ||| b", "between the sentences as |||"),
        ("<s> a </s></s> b </s>", "a ||| b", "between the sentences as |||"),
        ("<s> a </s> </s> b </s>", "a ||| b", "between the sentences as |||"),
        ("[CLS] a [SEP] [PAD] [PAD]", "a", "[CLS] and [SEP] were taken as what"),
        ("<bos2> a <end>", "a", "<bos2> and <end> were taken as what"),
        ("[CLS] a ||| b [SEP]", "a ||| b", "[CLS] and [SEP] were taken as what"),
        ("[CLS] a [SEP] b [SEP] c [SEP]", "a [SEP] b [SEP] c", "were taken as what"),
        ("a [SEP] b", "a [SEP] b", ""),
        ("[SEP]", "[SEP]", ""),
        ("[CLS] [SEP]", "[CLS] [SEP]", ""),
        ("a b", "a b", ""),
        ("a <s> b", "a <s> b", ""),
    ],
)
def test_the_tokens_at_the_ends_go(pasted: str, text: str, note: str) -> None:
    found, notes = without_added_tokens(pasted, ["<bos2>"], ["<end>"])
    assert found == text
    assert note in " ".join(notes)
    assert bool(notes) == bool(note)


@pytest.mark.parametrize(
    "pasted",
    ["[CLS] The [MASK] sleeps. [SEP]", "[CLS] The [MASK] sleeps.", "<s>The [MASK] sleeps.</s>"],
)
def test_a_pasted_sentence_is_the_sentence(model: MaskedLM, pasted: str) -> None:
    plain, analysis = model.analyze("The [MASK] sleeps."), model.analyze(pasted)
    assert analysis.text == plain.text
    assert analysis.tokens == plain.tokens
    assert "what the tokenizer adds" in analysis.notes[0]


def test_a_pasted_pair_is_the_pair(model: MaskedLM) -> None:
    pair = model.analyze("[CLS] A cat. [SEP] It [MASK]. [SEP]")
    assert pair.tokens == model.analyze("A cat. ||| It [MASK].").tokens
    assert pair.is_pair


def test_a_model_has_tokens_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("roberta")
    families.save("roberta", folder)
    model = MaskedLM.load(str(folder))
    pasted, plain = model.analyze("<s>the <mask> sat</s>"), model.analyze("the <mask> sat")
    assert [token.id for token in pasted.tokens] == [token.id for token in plain.tokens]
    assert pasted.text == "the [MASK] sat"


@pytest.mark.parametrize(
    "typed",
    [
        "［MASK］",
        "＜mask＞",
        "【MASK】",
        "［ＭＡＳＫ］",
        "[ MASK ]",
        "{mask}",
        r"\[MASK\]",
        "&lt;mask&gt;",
        "〈Mask〉",
    ],
)
def test_a_mask_in_any_brackets_is_a_mask(model: MaskedLM, typed: str) -> None:
    analysis = model.analyze(f"The {typed} sleeps.")
    assert analysis.text == "The [MASK] sleeps."
    assert analysis.notes == (f"{typed} was taken as [MASK].",)
    assert len(analysis.masks) == 1


@pytest.mark.parametrize("typed", ["(mask)", "[/MASK]", "[masks]", "a mask", "[mask>"])
def test_other_brackets_are_text(model: MaskedLM, typed: str) -> None:
    assert model.analyze(f"The {typed} sleeps.").masks == ()
