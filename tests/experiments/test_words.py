"""Words at a mask, of one piece and of several, and sentences, beside plain loops."""

from __future__ import annotations

from math import log
from pathlib import Path

import numpy as np
import pytest

from tests.model import families, tiny
from tests.model.torch_models import network, on_torch
from tests.support import embedded
from tui.analysis.interventions import CutArrow, CutHead
from tui.analysis.ranking import log_probability
from tui.errors import RequestError
from tui.experiments import words as module
from tui.experiments.words import pseudo_log_likelihood, score_words, single_piece
from tui.model.masked_lm import MaskedLM

TEXT = "The cat sat on the [MASK] and slept."


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> MaskedLM:
    """A random model: `cats` and `sats` are two pieces of its vocabulary, `sattings` three."""
    return MaskedLM.load(str(tiny.save_bert(tmp_path_factory.mktemp("small"))))


def log_probabilities(model: MaskedLM, ids: list[int], place: int) -> np.ndarray:
    """log p at a place, from transformers itself."""
    import torch

    with torch.inference_mode():
        logits = network(model)(input_ids=torch.tensor([ids])).logits[0, place]
    return np.asarray(logits.double().log_softmax(-1).numpy())


def test_a_word_of_one_piece_is_a_candidate() -> None:
    model = embedded()
    own = model.analyze(TEXT, top_k=5).candidates[0]
    found = score_words(model, TEXT, [one.label for one in own])
    for rank, (word, candidate) in enumerate(zip(found, own, strict=True), 1):
        assert word.ids == (candidate.id,)
        assert word.pieces == (candidate.label,)
        assert word.rank == rank
        assert word.probability == pytest.approx(candidate.probability, abs=1e-5)
        assert word.log_probability == pytest.approx(log(candidate.probability), abs=1e-4)


def test_of_two_pieces_the_second_is_scored_with_the_first_filled_in(small: MaskedLM) -> None:
    ids = {piece: 5 + at for at, piece in enumerate(tiny.WORDS)}
    mask, first, last = 4, 2, 3
    [word] = score_words(small, "the [MASK] sat", ["cats"])
    both_masked = [first, ids["the"], mask, mask, ids["sat"], last]
    one_masked = [first, ids["the"], ids["cat"], mask, ids["sat"], last]
    expected = (
        log_probabilities(small, both_masked, 2)[ids["cat"]]
        + log_probabilities(small, one_masked, 3)[ids["##s"]]
    )
    assert word.log_probability == pytest.approx(expected, abs=1e-5)
    assert word.pieces == ("cat", "##s")
    assert word.rank is None


def test_words_of_unlike_lengths_go_through_together(
    small: MaskedLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["cats", "dog", "sattings", "mat"]
    together = score_words(small, "the [MASK] sat on a [MASK]", words, mask=1)
    assert [len(one.pieces) for one in together] == [2, 1, 3, 1]
    monkeypatch.setattr(module, "TOKENS_A_PASS", 1)
    alone = score_words(small, "the [MASK] sat on a [MASK]", words, mask=1)
    for one, other in zip(together, alone, strict=True):
        assert one.log_probability == pytest.approx(other.log_probability, abs=1e-5)
        assert one.rank == other.rank


def test_a_sentence_is_scored_as_a_plain_loop_scores_it(small: MaskedLM) -> None:
    text = "the cats sat on sattings."
    encoded = small.encode(text)
    expected = []
    for place, token in enumerate(encoded.tokens):
        if token.special:
            continue
        ids = list(encoded.ids)
        for other in range(place, len(ids)):
            if encoded.tokens[other].word == token.word and not encoded.tokens[other].special:
                ids[other] = encoded.mask_id
        expected.append(log_probabilities(small, ids, place)[encoded.ids[place]])
    steps: list[tuple[int, int]] = []
    found = pseudo_log_likelihood(small, text, progress=lambda *step: steps.append(step))
    assert found.log_probabilities == pytest.approx(expected, abs=1e-5)
    assert found.total == pytest.approx(sum(expected), abs=1e-4)
    assert len(found.places) == len(encoded.ids) - 2
    assert steps[-1] == (len(expected), len(expected))
    in_sight = [*encoded.ids]
    in_sight[2] = encoded.mask_id
    seen = log_probabilities(small, in_sight, 2)[encoded.ids[2]]
    assert found.log_probabilities[1] != pytest.approx(seen), "what is behind it is hidden too"


def test_a_sentence_that_makes_sense_is_likelier() -> None:
    one = pseudo_log_likelihood(embedded(), "The cat sat on the mat.")
    other = pseudo_log_likelihood(embedded(), "Mat the on sat cat the.")
    assert one.total > other.total


@pytest.mark.parametrize("kind", ["roberta", "xlm-roberta", "roc_bert"])
def test_other_tokenizers_pieces_take_the_masks_place(kind: str, tmp_path: Path) -> None:
    families.save(kind, tmp_path)
    model = on_torch(tmp_path)
    text = "the cat [MASK] on the mat"
    [one, other] = score_words(model, text, ["sat", "dotcom"])
    assert len(other.pieces) > 1
    if len(one.ids) == 1:
        [answer] = model.run([model.encode(text)], [model.encode(text).masks])
        expected = log_probability(answer.logits[0], one.ids[0])
        assert one.log_probability == pytest.approx(expected, abs=1e-5)


def test_heads_may_be_cut_and_arrows_among_one_mask(small: MaskedLM) -> None:
    text, cut = "the [MASK] sat", (CutHead(0, 1, "zero"),)
    [own] = score_words(small, text, ["dog"])
    [changed] = score_words(small, text, ["dog"], interventions=cut)
    assert own.log_probability != changed.log_probability
    arrow = (CutArrow(0, 0, 2, 1),)
    assert score_words(small, text, ["dog"], interventions=arrow)
    with pytest.raises(RequestError, match="takes several masks"):
        score_words(small, text, ["dog", "cats"], interventions=arrow)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("", "There is no word"),
        (" \n", "There is no word"),
        ("zebra", "“zebra” is not in the vocabulary"),
        ("the [MASK]", "cannot be scored there"),
        ("\u00ad", "reads nothing|no word"),
    ],
)
def test_what_is_no_word_is_said_in_one_sentence(small: MaskedLM, word: str, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        score_words(small, "the [MASK] sat", [word])


def test_a_word_that_its_neighbours_swallow_is_refused(small: MaskedLM) -> None:
    with pytest.raises(RequestError, match="read as other"):
        score_words(small, "the c[MASK] sat", ["at"])
    [end] = score_words(small, "the cat[MASK] sat", ["s"])
    assert end.pieces == ("##s",)


def test_a_masked_sentence_is_not_scored(small: MaskedLM) -> None:
    with pytest.raises(RequestError, match="put a word in the place"):
        pseudo_log_likelihood(small, "the [MASK] sat")


def test_a_single_piece(small: MaskedLM) -> None:
    assert single_piece(small, "the [MASK] sat", 0, "DOG") == 5 + tiny.WORDS.index("dog")
    with pytest.raises(RequestError, match="“cats” is 2 word pieces, cat ##s: choose"):
        single_piece(small, "the [MASK] sat", 0, "cats")
