"""Answers to texts: the fill-mask pipeline's candidates, tokens at their places, bad input."""

from __future__ import annotations

import doctest
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from transformers import PreTrainedModel, PreTrainedTokenizerBase, pipeline

import tui.model.masked_lm
from tests.model import tiny
from tui.analysis.analysis import Analysis
from tui.analysis.interventions import CutHead
from tui.errors import RequestError, TextTooLongError
from tui.model.masked_lm import MaskedLM
from tui.text import clean


@pytest.fixture(scope="session")
def other_mask(tmp_path_factory: pytest.TempPathFactory) -> MaskedLM:
    """A random model whose mask is shorter than `[MASK]`."""
    return MaskedLM.load(str(tiny.save_bert(tmp_path_factory.mktemp("m"), mask="<m>")))


@pytest.fixture(scope="session")
def greedy_mask(tmp_path_factory: pytest.TempPathFactory) -> MaskedLM:
    """A random model whose mask takes the space before it, as RoBERTa's does."""
    folder = tiny.save_bert(tmp_path_factory.mktemp("l"), mask="<mask>", lstrip=True)
    return MaskedLM.load(str(folder))


# Candidates


@pytest.mark.parametrize(
    "text",
    [
        "Paris is the [MASK] of France.",
        "The cat, despite the noise and distractions, [MASK] gracefully.",
        "[MASK] was born in [MASK], and died in [MASK].",
    ],
)
def test_candidates_are_those_of_the_fill_mask_pipeline(
    model: MaskedLM, eager: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, text: str
) -> None:
    theirs = pipeline("fill-mask", model=eager, tokenizer=tokenizer, device="cpu")(text, top_k=7)
    if text.count("[MASK]") == 1:
        theirs = [theirs]
    ours = model.analyze(text, top_k=7).candidates
    assert len(ours) == len(theirs) == text.count("[MASK]")
    for candidates, expected in zip(ours, theirs, strict=True):
        assert [one.id for one in candidates] == [one["token"] for one in expected]
        assert [one.token for one in candidates] == [one["token_str"] for one in expected]
        # torch's own softmax adds 30,522 scores up in single precision.
        np.testing.assert_allclose(
            [one.probability for one in candidates],
            [one["score"] for one in expected],
            rtol=5e-5,
            atol=0,
        )


@pytest.mark.parametrize(
    ("text", "sensible"),
    [
        ("I drank a cup of [MASK] this morning.", {"coffee", "tea"}),
        ("Paris is the [MASK] of France.", {"capital"}),
        ("She opened the [MASK] and walked into the room.", {"door", "doors"}),
        ("He has two brothers and one [MASK].", {"sister"}),
        ("The [MASK] is shining in the blue sky.", {"sun"}),
    ],
)
def test_any_sensible_model_knows(model: MaskedLM, text: str, sensible: set[str]) -> None:
    [candidates] = model.analyze(text, top_k=5).candidates
    assert sensible & {one.token for one in candidates}


def test_candidates_descend_and_their_logits_agree(model: MaskedLM) -> None:
    [candidates] = model.analyze("The [MASK] sleeps.", top_k=40_000).candidates
    assert len(candidates) == 30_522, "no more candidates than the vocabulary has"
    probabilities = np.array([one.probability for one in candidates])
    logits = np.array([one.logit for one in candidates])
    assert (np.diff(probabilities) <= 0).all()
    assert probabilities.sum() == pytest.approx(1, abs=1e-4)
    expected = np.exp(logits - logits.max())
    np.testing.assert_allclose(probabilities, expected / expected.sum(), atol=1e-6)


def test_filled_sentences_keep_what_the_user_wrote(model: MaskedLM) -> None:
    analysis = model.analyze("In PARIS,  Zoë [MASK] a [MASK]…", top_k=3)
    for candidate in analysis.candidates[0]:
        assert candidate.sentence == f"In PARIS, Zoë {candidate.token} a [MASK]…"
    for candidate in analysis.candidates[1]:
        assert candidate.sentence == f"In PARIS, Zoë [MASK] a {candidate.token}…"


def test_a_continuation_goes_on_the_word_before(other_mask: MaskedLM) -> None:
    [candidates] = other_mask.analyze("the Cat [MASK] sat", top_k=100).candidates
    sentences = {one.token: one.sentence for one in candidates}
    assert sentences["##s"] == "the Cats sat"
    assert sentences["##ting"] == "the Catting sat"
    assert sentences["dog"] == "the Cat dog sat"
    [candidates] = other_mask.analyze("[MASK] sat", top_k=100).candidates
    assert "s sat" in {one.sentence for one in candidates}


# Attention and tokens


@pytest.mark.parametrize("text", ["The [MASK] sleeps.", "No mask at all.", "x", "🙂 日本 שלום"])
def test_attention_is_a_distribution_for_each_token(model: MaskedLM, text: str) -> None:
    analysis = model.analyze(text)
    n = len(analysis.tokens)
    assert analysis.attention.shape == (6, 12, n, n)
    assert analysis.attention.dtype == np.float32
    np.testing.assert_allclose(analysis.attention.sum(axis=-1), 1, atol=1e-5)
    ordinary = analysis.attention[..., ~analysis.special]
    np.testing.assert_array_equal(analysis.peaks, ordinary.max(axis=(-2, -1)))


def test_special_tokens_open_close_and_separate(model: MaskedLM) -> None:
    analysis = model.analyze("one [SEP] two [MASK] [PAD] \u2603\u20e3")
    special = [token.text for token in analysis.tokens if token.special]
    assert special == ["[CLS]", "[SEP]", "[PAD]", "[SEP]"]
    assert "[UNK]" in {token.text for token in analysis.tokens if not token.special}
    [mask] = analysis.masks
    assert analysis.tokens[mask].text == "[MASK]"
    assert not analysis.special[mask]


def check_spans(analysis: Analysis) -> None:
    """Ordinary tokens stand for pieces of the text, one after the other.

    A character that the tokenizer takes apart (눠 is ᄂ + ᅯ) belongs to several tokens.
    """
    tokens = analysis.tokens
    assert (tokens[0].text, tokens[-1].text) == ("[CLS]", "[SEP]")
    assert tokens[0].start == tokens[0].end
    start = end = 0
    for token in tokens[1:-1]:
        if analysis.is_pair and token.special and token.start == token.end:
            continue  # what separates two sentences that were pasted with their special tokens
        assert start <= token.start < token.end <= len(analysis.text)
        assert token.start >= end or token.start == end - 1
        piece = analysis.text[token.start : token.end]
        assert piece == piece.strip() != ""
        start, end = token.start, token.end
    masks = [tokens[position] for position in analysis.masks]
    assert [analysis.text[mask.start : mask.end] for mask in masks] == ["[MASK]"] * len(masks)
    assert len(masks) == analysis.text.count("[MASK]") == len(analysis.candidates)


PIECES = st.one_of(
    st.sampled_from(
        ["[MASK]", " ", "[mask]", "<mask>", "the", "Cat", "[SEP]", "é", "e\u0301", "日"]
    ),
    st.text(max_size=8),
)


@given(st.lists(PIECES, max_size=12).map("".join))
@settings(max_examples=60)
@example("[MASK][MASK] [MASK]x[MASK]")
@example("a\x1b[31mred\x1b[0m [MASK] \x00\x9b1m\u202eright to left")
@example("눠 [MASK]")
@example("[/MASK] [unused1] <m> <[MASK]>")
@example("[MASK][SEP][MASK][SEP]")
def test_tokens_stand_where_the_text_has_them(model: MaskedLM, text: str) -> None:
    if not clean(text):
        return
    check_spans(model.analyze(text, top_k=1))


@given(st.lists(st.one_of(PIECES, st.just("<m>")), max_size=3).map("".join))
@settings(max_examples=60)
@example("<m>the [MASK] cat<m>")
@example("<m<m>>")
def test_tokens_stand_right_when_the_models_own_mask_has_another_length(
    other_mask: MaskedLM, greedy_mask: MaskedLM, text: str
) -> None:
    if not clean(text):
        return
    for model in (other_mask, greedy_mask):
        check_spans(model.analyze(text, top_k=1))


def test_the_models_own_mask_is_written_as_everywhere(other_mask: MaskedLM) -> None:
    analysis = other_mask.analyze("the <m> sat on [MASK] mat")
    assert analysis.text == "the [MASK] sat on [MASK] mat"
    assert analysis.notes == ()
    assert analysis.model.mask_token == "<m>"
    words = [analysis.text[token.start : token.end] for token in analysis.tokens[1:-1]]
    assert words == ["the", "[MASK]", "sat", "on", "[MASK]", "mat"]
    assert [token.text for token in analysis.tokens][2] == "<m>"
    assert analysis.candidates[1][0].sentence.startswith("the [MASK] sat on")


# Bad input


def test_without_a_mask_there_is_attention_and_no_candidate(model: MaskedLM) -> None:
    analysis = model.analyze("Nothing is hidden here.")
    assert not analysis.masks
    assert not analysis.candidates
    assert analysis.attention.shape == (6, 12, 7, 7)


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\x1b[31m\x1b[0m", "\x00\x07"])
def test_an_empty_text_is_a_wrong_request(model: MaskedLM, text: str) -> None:
    with pytest.raises(RequestError, match="There is no text") as raised:
        model.analyze(text)
    assert raised.value.exit_code == 2


@pytest.mark.parametrize(
    ("words", "says"), [(511, "1 word piece too long"), (1_700, "1,190 word pieces too long")]
)
def test_a_text_that_is_too_long_says_by_how_much(model: MaskedLM, words: int, says: str) -> None:
    with pytest.raises(TextTooLongError, match=says) as raised:
        model.analyze("cat " * words)
    assert f"it has {words + 2:,}, special tokens included" in str(raised.value)


def test_a_text_that_just_fits_is_analysed(model: MaskedLM) -> None:
    assert model.analyze("cat " * 510).attention.shape == (6, 12, 512, 512)


def test_a_model_with_fewer_positions_says_its_own_limit(other_mask: MaskedLM) -> None:
    assert other_mask.info.max_tokens == 32
    with pytest.raises(TextTooLongError, match="3 word pieces too long"):
        other_mask.analyze("cat " * 33)


@pytest.mark.parametrize(
    ("typed", "notes"),
    [
        ("[MASK]", ()),
        ("[mask]", ("[mask] was taken as [MASK].",)),
        ("<mask>", ("<mask> was taken as [MASK].",)),
        ("<Mask> [mask]", ("<Mask> was taken as [MASK].", "[mask] was taken as [MASK].")),
    ],
)
def test_other_spellings_of_the_mask_are_taken_and_told(
    model: MaskedLM, typed: str, notes: tuple[str, ...]
) -> None:
    analysis = model.analyze(f"The {typed} sleeps.")
    assert analysis.notes == notes
    assert len(analysis.masks) == len(typed.split())
    assert "[mask]" not in analysis.text


def test_a_closing_mask_is_plain_text(model: MaskedLM) -> None:
    analysis = model.analyze("a [/MASK] b")
    assert analysis.text == "a [/MASK] b"
    assert analysis.masks == ()


def test_control_characters_and_escapes_are_taken_out(model: MaskedLM) -> None:
    analysis = model.analyze("\x1b]0;title\x07The \x1b[1;31m[MASK]\x1b[0m\r\nsleeps\x00.")
    assert analysis.text == "The [MASK] sleeps."


@pytest.mark.parametrize(
    "text",
    [
        "I am 🙂 [MASK] 👨‍👩‍👧.",
        "שלום [MASK] עולם",
        "مرحبا [MASK]",
        "我爱[MASK]国。",
        "ｗｉｄｅ [MASK]",
    ],
)
def test_every_script_is_analysed(model: MaskedLM, text: str) -> None:
    analysis = model.analyze(text)
    assert analysis.text == text
    assert len(analysis.masks) == 1
    check_spans(analysis)


def test_what_the_vocabulary_lacks_is_told(model: MaskedLM) -> None:
    one = model.analyze("I am 🙂 [MASK].")
    assert one.notes == ("“🙂” is not in the vocabulary: the model sees [UNK].",)
    two = model.analyze("I am 🙂 and 🙃 [MASK].")
    assert two.notes == ("“🙂” and “🙃” are not in the vocabulary: the model sees [UNK].",)


# The rest


def test_facts_about_the_model(model: MaskedLM) -> None:
    info = model.info
    assert (info.name, info.type, info.layers, info.heads) == ("embedded", "bert", 6, 12)
    assert (info.max_tokens, info.mask_token, info.special_tokens) == (512, "[MASK]", 2)


def test_a_batch_of_nothing_is_nothing(model: MaskedLM) -> None:
    assert model.analyze_batch([]) == []


def test_the_array_is_where_the_caller_wants_it(model: MaskedLM) -> None:
    given_out = []

    def allocate(shape: tuple[int, ...]) -> np.ndarray:
        given_out.append(np.empty(shape, dtype=np.float32))
        return given_out[-1]

    analysis = model.analyze("The [MASK].", allocate=allocate)
    attention, scores = given_out
    assert analysis.attention is attention
    assert analysis.scores is not None
    assert analysis.scores.logits is scores
    assert scores.shape == (1, model.engine.shape.embeddings)


def test_all_scores_are_there_and_make_the_candidates(model: MaskedLM) -> None:
    first, second = model.analyze_batch(
        ["The [MASK] sat on the [MASK] mat.", "A cat."],
        interventions=[(CutHead(0, 0, "zero"),), ()],
    )
    assert second.scores is None, "there is no mask"
    assert first.scores is not None
    assert first.scores.interventions == first.interventions
    for mask, listed in enumerate(first.candidates):
        for rank, one in enumerate(listed, 1):
            assert first.scores.logits[mask, one.id] == one.logit
            assert first.scores.probability(mask, one.id) == pytest.approx(
                one.probability, rel=1e-4
            )
            assert first.scores.rank(mask, one.id) == rank


def test_more_scores_than_are_held_are_left_out(
    model: MaskedLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = model.engine.shape.embeddings
    monkeypatch.setattr("tui.model.answers.MOST_SCORES", size)
    assert model.analyze("The [MASK].").scores is not None
    two = model.analyze("The [MASK] and the [MASK].")
    assert two.scores is None
    assert len(two.candidates) == 2


def test_the_documented_example_runs() -> None:
    results = doctest.testmod(tui.model.masked_lm)
    assert (results.failed, results.attempted) == (0, 5)


def test_a_saved_model_answers_the_same(tmp_path: Path) -> None:
    folder = tiny.save_bert(tmp_path)
    first, second = (MaskedLM.load(str(folder)).analyze("the [MASK]") for _ in range(2))
    np.testing.assert_array_equal(first.attention, second.attention)
    assert first.candidates == second.candidates
