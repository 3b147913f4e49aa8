"""Every family of transformers: each either shows its attention as it is, or says why it cannot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sentencepiece import SentencePieceTrainer
from transformers import (
    MODEL_FOR_MASKED_LM_MAPPING,
    AutoConfig,
    DebertaV2Config,
    DebertaV2ForMaskedLM,
    EsmConfig,
    EsmForMaskedLM,
    EsmTokenizer,
    PreTrainedModel,
)

from tests.model.families import FAMILIES, POSITIONS, SHORT, TEXT, TOKENIZERS, save
from tests.model.torch_models import engine, network, on_torch
from tui.analysis.wanted import Target, WantedQuantities
from tui.errors import ModelError, TextTooLongError
from tui.model.masked_lm import MaskedLM
from tui.model.refused import REFUSED
from tui.model.torch_engine import gradients
from tui.model.torch_engine.families import check_kind
from tui.model.torch_engine.model_inputs import batch
from tui.model.torch_engine.probe import Recorder, recording
from tui.text import MASK

KINDS = sorted(config.model_type for config in MODEL_FOR_MASKED_LM_MAPPING)


def padded(model: MaskedLM, *texts: str) -> dict[str, torch.Tensor]:
    """What a model takes of texts."""
    inputs = [model.encoder.encode(text).inputs for text in texts]
    return batch(inputs, model.encoder.facts.pad_id)


class Pair:
    """A family's model as it is loaded here, and as transformers itself shows its attention."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.folder = folder
        self.theirs: PreTrainedModel = save(kind, folder)
        if kind == "xmod":
            self.theirs.set_default_language("en_XX")
        self.ours = on_torch(folder)

    def attentions(self, texts: list[str]) -> torch.Tensor:
        """transformers' own weights, `(text, layer, head, query, key)`."""
        inputs = padded(self.ours, *texts)
        with torch.inference_mode():
            output: Any = self.theirs(**inputs, output_attentions=True)
        found = getattr(output, "encoder_attentions", None) or output.attentions
        weights = torch.stack(list(found), dim=1)
        # What SqueezeBERT calls attentions are the scores before the softmax.
        return weights.softmax(dim=-1) if self.kind == "squeezebert" else weights


@pytest.fixture(scope="module", params=sorted(FAMILIES))
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return Pair(request.param, tmp_path_factory.mktemp("family"))


def test_every_type_is_shown_or_refused() -> None:
    assert set(KINDS) == FAMILIES.keys() | REFUSED.keys()
    assert not FAMILIES.keys() & REFUSED.keys()


def test_its_attention_is_transformers_own(pair: Pair) -> None:
    family = FAMILIES[pair.kind]
    alone = pair.ours.analyze(TEXT, top_k=3)
    n = len(alone.tokens)
    layers = pair.ours.info.layers
    assert alone.attention.shape == (layers, family.heads, n, n)
    assert alone.model.heads == family.heads
    np.testing.assert_allclose(alone.attention.sum(axis=-1), 1, atol=1e-5)
    theirs = pair.attentions([TEXT])[0]
    assert len(theirs) == layers
    np.testing.assert_allclose(alone.attention, theirs, rtol=0, atol=2e-6)
    assert np.ptp(alone.attention, axis=1).max() > 1e-3, "heads that differ"


def test_its_attention_in_a_padded_batch_too(pair: Pair) -> None:
    together = pair.ours.analyze_batch([TEXT, SHORT])
    theirs = pair.attentions([TEXT, SHORT])
    assert len(together[0].tokens) > len(together[1].tokens)
    for row, analysis in enumerate(together):
        n = len(analysis.tokens)
        np.testing.assert_allclose(analysis.attention, theirs[row, :, :, :n, :n], rtol=0, atol=2e-6)
        np.testing.assert_allclose(analysis.attention.sum(axis=-1), 1, atol=1e-5)
    if pair.kind not in ("convbert", "nystromformer"):  # their convolutions run into the padding
        alone = pair.ours.analyze(SHORT).attention
        np.testing.assert_allclose(together[1].attention, alone, rtol=0, atol=1e-4)


def test_its_mask_and_its_candidates(pair: Pair) -> None:
    analysis = pair.ours.analyze(TEXT, top_k=4)
    [mask] = analysis.masks
    expected = "[MASK]" if FAMILIES[pair.kind].tokenizer == "wordpiece" else "<mask>"
    assert analysis.tokens[mask].text == analysis.model.mask_token == expected
    assert not analysis.special[mask]
    assert analysis.text[analysis.tokens[mask].start : analysis.tokens[mask].end] == MASK
    assert analysis.special[[0, -1]].all()
    assert not analysis.special[1:-1].any()
    [candidates] = analysis.candidates
    assert len(candidates) == 4
    with torch.inference_mode():
        logits = pair.theirs(**padded(pair.ours, TEXT)).logits[0, mask].float()
    best = logits.softmax(-1).topk(4)
    np.testing.assert_allclose([one.probability for one in candidates], best.values, atol=1e-5)
    assert all(one.sentence.startswith("the cats sat, un") for one in candidates)


def test_its_gradients_are_finite_differences_where_its_kind_says(pair: Pair) -> None:
    """An encoder-decoder's decoder reads all rows of the encoder; of others only the mask's is."""
    wanted = WantedQuantities(gradient=Target())
    analysis = pair.ours.analyze(TEXT, wanted=wanted)
    found = analysis.derived.gradient
    if pair.kind == "squeezebert":  # it takes the softmax of what it gives out itself
        assert analysis.derived.missing == {"gradient": gradients.MISSING}
        return
    assert found is not None, analysis.derived.missing
    [mask] = analysis.masks
    rows = np.abs(found.products[-1]).max(axis=(0, 2))
    assert analysis.model.has_decoder == (pair.kind in ("bart", "mbart", "mvp"))
    if analysis.model.has_decoder:
        assert (rows > 0).all()
    else:
        assert not np.delete(rows, mask).any()
    if engine(pair.ours).anatomy.asks_for_attentions:
        return  # whose weights are seen when they have been used already
    model = network(pair.ours)
    inputs = padded(pair.ours, TEXT)
    # Some norms compute in single precision whatever they are given: no smaller a step.
    step, shape = 1e-2, found.importance.shape
    model.double()
    try:
        for layer, head in np.ndindex(shape):
            up, down = (
                _log_p(model, inputs, Gate(layer, head, 1 + by, shape[0]), mask, found.target.token)
                for by in (step, -step)
            )
            difference = (up - down) / (2 * step)
            assert found.importance[layer, head] == pytest.approx(difference, rel=0.01, abs=1e-4)
    finally:
        model.float()


class Gate(Recorder):
    """Multiplies the weights of one head, as the pass goes by."""

    def __init__(self, layer: int, head: int, by: float, layers: int) -> None:
        super().__init__([np.empty((layers, 1, 1, 1), np.float32)], lambda: False)
        self._place, self._by = (layer, head), by

    def record(self, weights: torch.Tensor) -> None:
        if self._layer == self._place[0]:
            weights[:, self._place[1]] *= self._by
        self._layer += 1


def _log_p(model: PreTrainedModel, inputs: Any, gate: Gate, mask: int, token: int | None) -> float:
    with torch.inference_mode(), recording(gate):
        logits = model(**inputs).logits[0, mask]
    return float(logits.log_softmax(dim=-1)[token])


def test_it_takes_as_many_tokens_as_it_says(pair: Pair) -> None:
    limit = pair.ours.info.max_tokens
    assert limit == POSITIONS
    around = pair.ours.info.special_tokens
    words = " ".join(["the"] * (limit - around - 3))
    fitting = next(
        analysis
        for more in range(4, -1, -1)
        if (analysis := _fits(pair.ours, f"{words}{' the' * more}")) is not None
    )
    assert fitting.attention.shape[-1] == limit
    with pytest.raises(TextTooLongError):
        pair.ours.analyze(words + " the the the the the")


def _fits(model: MaskedLM, text: str) -> Any:
    try:
        return model.analyze(text)
    except TextTooLongError:
        return None


def test_one_layer_alone_is_that_layer(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = pair.ours.analyze(TEXT)
    monkeypatch.setattr("tui.model.budget.BUDGET", 0)
    for layer in range(whole.model.layers):
        alone = pair.ours.analyze(TEXT, layer=layer)
        assert alone.held == range(layer, layer + 1)
        np.testing.assert_allclose(alone.attention[0], whole.attention[layer], rtol=0, atol=1e-5)
        np.testing.assert_allclose(
            [one.probability for one in alone.candidates[0]],
            [one.probability for one in whole.candidates[0]],
            atol=1e-5,
        )


@pytest.mark.parametrize("kind", sorted(REFUSED))
def test_what_cannot_be_shown_is_refused_by_name_with_the_reason(kind: str) -> None:
    with pytest.raises(ModelError) as raised:
        check_kind("my/model", AutoConfig.for_model(kind))
    said = str(raised.value)
    assert said.startswith(f"my/model is a {kind} model, which ")
    assert REFUSED[kind] in said
    assert said.endswith("choose a masked language model, such as bert-base-uncased.")


def test_a_window_is_seen_and_told(tmp_path: Path) -> None:
    save("modernbert", tmp_path)
    model = MaskedLM.load(str(tmp_path))
    assert model.info.windows == (0, 2, 2)
    attention = model.analyze(TEXT).attention
    n = attention.shape[-1]
    distance = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    assert (attention[1:, :, distance > 2] == 0).all()
    assert (attention[1:, :, distance <= 2] > 0).all()
    assert (attention[0] > 0).all()


@pytest.mark.parametrize("name", sorted(TOKENIZERS))
def test_the_table_has_tokenizers_of_every_kind(name: str) -> None:
    pieces = TOKENIZERS[name]().tokenize("the cats")
    assert name in {family.tokenizer for family in FAMILIES.values()}
    assert (
        pieces
        == {
            "wordpiece": ["the", "cat", "##s"],
            "bytes": ["t", "he", "Ġcat", "s"],
            "unigram": ["▁the", "▁cat", "s"],
        }[name]
    )


# Tokenizers that are not written in Rust, and SentencePiece's own files


def test_a_tokenizer_without_offsets_is_looked_after(tmp_path: Path) -> None:
    pieces = ["<cls>", "<pad>", "<eos>", "<unk>", *"LAGVSERTIDPKQNFYMHWCXBUZO", "<mask>"]
    (tmp_path / "vocab.txt").write_text("\n".join(pieces))
    EsmTokenizer(str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
    config = EsmConfig(
        vocab_size=len(pieces), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=16, max_position_embeddings=66, pad_token_id=1, mask_token_id=29,
        position_embedding_type="rotary",
    )  # fmt: skip
    EsmForMaskedLM(config).save_pretrained(tmp_path)
    analysis = MaskedLM.load(str(tmp_path)).analyze("MKT[MASK]LA ||| MK")
    ordinary = [token for token in analysis.tokens if not token.special]
    assert [analysis.text[token.start : token.end] for token in ordinary] == [
        *"MKT", MASK, *"LA", *"MK"
    ]  # fmt: skip
    assert [token.sentence for token in ordinary] == [0] * 6 + [1] * 2
    assert analysis.masks == (4,)


def test_sentencepieces_own_file_is_read(tmp_path: Path) -> None:
    lines = tmp_path / "lines.txt"
    lines.write_text("the cat sat on the mat\na dog sat on a cat\n" * 30)
    SentencePieceTrainer.train(
        input=str(lines), model_prefix=str(tmp_path / "spm"), vocab_size=18, minloglevel=2,
        pad_id=0, bos_id=1, eos_id=2, unk_id=3, pad_piece="[PAD]", bos_piece="[CLS]",
        eos_piece="[SEP]", unk_piece="[UNK]", user_defined_symbols=["[MASK]"],
    )  # fmt: skip
    (tmp_path / "tokenizer_config.json").write_text(
        '{"tokenizer_class": "DebertaV2Tokenizer", "vocab_type": "spm"}'
    )
    config = DebertaV2Config(
        vocab_size=30, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=16, max_position_embeddings=64, type_vocab_size=0,
    )  # fmt: skip
    DebertaV2ForMaskedLM(config).save_pretrained(tmp_path)
    analysis = MaskedLM.load(str(tmp_path)).analyze("the cat [MASK] on the mat")
    words = {token.word: "" for token in analysis.tokens}
    for token in analysis.tokens:
        words[token.word] += analysis.text[token.start : token.end] if token.start else ""
    assert list(words.values())[2:] == ["cat", MASK, "on", "the", "mat", ""]
    assert len(analysis.masks) == 1
