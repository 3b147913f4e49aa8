"""Values against what the output projection gives, gradients against finite differences."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_pre_hook
from transformers import (
    AlbertConfig,
    AutoModelForMaskedLM,
    DebertaV2Config,
    DistilBertConfig,
    ElectraConfig,
    ModernBertConfig,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    RobertaConfig,
)

from tests.model import tiny
from tests.model.torch_models import network, on_torch
from tui.analysis import peaks
from tui.analysis.analysis import Analysis
from tui.analysis.displayed import displayed_matrix
from tui.analysis.units import Units
from tui.analysis.views import SHARES, VIEWS, View
from tui.analysis.wanted import Target, WantedQuantities
from tui.analysis.words import join_shares
from tui.errors import ModelError
from tui.model import budget
from tui.model.engine import EngineAnswer, EngineGradient, EngineQuestion, EngineRow, Gate
from tui.model.masked_lm import MaskedLM
from tui.model.torch_engine import gradients
from tui.model.torch_engine import transformed_values as values
from tui.model.torch_engine.anatomy import Anatomy, study
from tui.model.torch_engine.engine import NO_GATES, run_pass
from tui.model.torch_engine.loading import Checkpoint
from tui.model.torch_engine.probe import NAME, Recorder, recording

CAT = "The cat, even with all the chaos, [MASK] quickly."
TWO = "The [MASK] sat on the [MASK]."
NO_MASK = "The cat sat."

SIZE: dict[str, Any] = {
    "vocab_size": 40, "hidden_size": 24, "num_hidden_layers": 3, "num_attention_heads": 4,
    "intermediate_size": 32, "max_position_embeddings": 40,
}  # fmt: skip
FAMILIES: dict[str, PretrainedConfig] = {
    "roberta": RobertaConfig(**SIZE),
    "distilbert": DistilBertConfig(
        vocab_size=40, dim=24, n_layers=3, n_heads=4, hidden_dim=32, max_position_embeddings=40
    ),
    "albert": AlbertConfig(**SIZE, embedding_size=16),
    "electra": ElectraConfig(**SIZE, embedding_size=16),
    "modernbert": ModernBertConfig(
        **SIZE, local_attention=4, pad_token_id=0, cls_token_id=1, sep_token_id=2,
        bos_token_id=1, eos_token_id=2,
    ),
}  # fmt: skip


def build(config: PretrainedConfig, implementation: str = NAME) -> PreTrainedModel:
    torch.manual_seed(3)
    config._attn_implementation = implementation
    return AutoModelForMaskedLM.from_config(config, attn_implementation=implementation).eval()


IDS = torch.tensor([[5, 6, 7, 8, 9, 10, 11], [12, 13, 14, 15, 16, 17, 18]])


def passed(
    model: PreTrainedModel,
    ids: Tensor,
    *,
    asked: tuple[int, ...] = (),
    eager: bool = False,
    gates: tuple[Gate, ...] = (),
    **wishes: Any,
) -> tuple[list[EngineAnswer], list[np.ndarray]]:
    """What comes of a pass, and the attention weights of each row."""
    layers, heads = model.config.num_hidden_layers, model.config.num_attention_heads
    count, n = ids.shape
    arrays = [np.empty((layers, heads, n, n), np.float32) for _ in range(count)]
    rows = [
        EngineRow({"input_ids": row.tolist()}, asked, array, gates)
        for row, array in zip(ids, arrays, strict=True)
    ]
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    anatomy = Anatomy(layers, heads, asks_for_attentions=eager)
    return run_pass(model, inputs, EngineQuestion(rows, **wishes), anatomy), arrays


# Values


@pytest.mark.parametrize("family", ["embedded", *FAMILIES])
def test_weighted_values_add_up_to_what_the_projection_gives(
    family: str, monkeypatch: pytest.MonkeyPatch, loaded: Checkpoint
) -> None:
    model = loaded.model if family == "embedded" else build(FAMILIES[family])
    layers = model.config.num_hidden_layers
    heads = model.config.num_attention_heads
    seen: list[tuple[Tensor, Tensor]] = []
    project = values.project

    def spy(value: Tensor, weight: Tensor) -> values.LayerValues:
        seen.append((value, weight))
        return project(value, weight)

    monkeypatch.setattr(values, "project", spy)
    outputs: dict[int, list[Tensor]] = {}
    biases: dict[int, Tensor] = {}
    for module in model.modules():
        if isinstance(module, nn.Linear):
            bias = getattr(module, "bias", None)
            biases[id(module.weight)] = torch.zeros(module.out_features) if bias is None else bias
            module.register_forward_hook(
                lambda module, _, output: outputs.setdefault(id(module.weight), []).append(output)
            )
    answers, arrays = passed(model, IDS, values=True)
    assert len(seen) == layers
    calls: dict[int, int] = {}
    with torch.inference_mode():
        for layer, (value, weight) in enumerate(seen):
            f = torch.stack(
                [v @ w.T for v, w in zip(value.unbind(1), weight.chunk(heads, dim=1), strict=True)],
                dim=1,
            )  # (batch, head, key, hidden)
            alpha = torch.from_numpy(np.stack([array[layer] for array in arrays]))
            added = torch.einsum("bhqk,bhko->bqo", alpha, f) + biases[id(weight)]
            call = calls.get(id(weight), 0)  # albert runs one module for every layer
            calls[id(weight)] = call + 1
            projected = outputs[id(weight)][call].view_as(added)
            torch.testing.assert_close(added, projected, rtol=1e-5, atol=1e-5)
            for row in range(len(IDS)):
                given = answers[row].values
                assert given is not None
                for head in range(heads):
                    found, vectors = given.norms(layer, head), f[row, head]
                    np.testing.assert_allclose(found, vectors.norm(dim=-1), rtol=1e-4, atol=1e-5)
                    # A sum of vectors is as long as the same sum of values says.
                    shares = alpha[row, head]
                    summed = given.lengths(shares.numpy() @ given.values[layer, head], layer, head)
                    wanted = (shares @ vectors).norm(dim=-1)
                    np.testing.assert_allclose(summed, wanted, rtol=1e-3, atol=1e-5)


def test_a_family_whose_values_cannot_be_seen_says_so() -> None:
    config = DebertaV2Config(**SIZE, pad_token_id=0)
    model = build(config, "eager")
    study("tiny", model, {"input_ids": IDS[:1]})  # finds where its weights are to be seen
    [answer], _ = passed(model, IDS[:1], eager=True, values=True)
    assert answer.values is None
    assert answer.missing == {"values": values.MISSING}


def test_looking_at_values_changes_nothing_and_leaves_nothing(model: MaskedLM) -> None:
    from torch.nn.modules import module

    plain, looked = model.analyze(CAT), model.analyze(CAT, wanted=WantedQuantities(values=True))
    np.testing.assert_array_equal(plain.attention, looked.attention)
    assert plain.candidates == looked.candidates
    assert not module._global_forward_pre_hooks


# Gradients


class Nudged(Recorder):
    """Adds a little to one weight, or to a share of one head's weights, as the pass goes by."""

    def __init__(self, layer: int, nudge: Callable[[Tensor], None]) -> None:
        super().__init__([np.empty((2, 2, 7, 7), np.float32)], lambda: False)
        self._at, self._nudge = layer, nudge

    @property
    def wants_layer(self) -> bool:
        return True

    def record(self, weights: Tensor) -> None:
        if self._layer == self._at:
            self._nudge(weights)
        self._layer += 1


MASK_AT, TOKEN = 3, 9


@pytest.fixture(scope="module")
def exact() -> PreTrainedModel:
    """A tiny random BERT in float64, whose output differences are exact to many digits."""
    config = tiny.bert_config()
    config.initializer_range = 0.5
    return build(config).double()


def at_mask(model: PreTrainedModel, recorder: Recorder) -> np.ndarray:
    """The logits at the mask, `[vocabulary]`."""
    ids = IDS[:1]
    with torch.inference_mode(), recording(recorder):
        return np.asarray(model(input_ids=ids).logits[0, MASK_AT].double())


def log_p(logits: np.ndarray, token: int = TOKEN) -> float:
    """The logarithm of a softmax, in plain words."""
    return float(logits[token] - np.log(sum(math.exp(one) for one in logits)))


def lead(logits: np.ndarray, token: int = TOKEN) -> float:
    """By how much a logit is over the best other."""
    return float(logits[token] - max(one for at, one in enumerate(logits) if at != token))


def gradient(
    model: PreTrainedModel, token: int = TOKEN, *, margin: bool = False
) -> tuple[EngineGradient, np.ndarray]:
    """The gradient towards a candidate, and the weights."""
    [answer], [weights] = passed(
        model, IDS[:1], asked=(MASK_AT,), gradient=Target(0, token), margin=margin
    )
    found = answer.gradient
    assert found is not None
    assert found.target == Target(0, token)
    return found, weights


def importance(found: EngineGradient) -> np.ndarray:
    """The sum of each head's products, `[layer, head]`."""
    return np.asarray(found.products.sum(axis=(2, 3)))


def gated(layer: int, head: int, by: float) -> Nudged:
    """A pass in which one head's weights are 1 + `by` times what they are."""

    def scale(seen: Tensor) -> None:
        seen[:, head] *= 1 + by

    return Nudged(layer, scale)


def test_gradients_are_finite_differences_of_log_p(exact: PreTrainedModel) -> None:
    found, weights = gradient(exact)
    products = found.products
    assert np.abs(products[0]).max() > 1e-3
    step = 1e-4
    rng = np.random.default_rng(0)
    places = [(1, head, MASK_AT, key) for head in range(2) for key in range(7)]
    places += [(0, *rng.integers(0, (2, 7, 7))) for _ in range(25)]
    for layer, head, query, key in places:

        def nudge(
            by: float, at: tuple[int, ...] = (0, head, query, key)
        ) -> Callable[[Tensor], None]:
            def add(seen: Tensor) -> None:
                seen[at] += by

            return add

        up, down = (log_p(at_mask(exact, Nudged(layer, nudge(by)))) for by in (step, -step))
        wanted = weights[layer, head, query, key] * (up - down) / (2 * step)
        assert products[layer, head, query, key] == pytest.approx(wanted, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("rank", [0, 1, 9])
def test_importance_is_what_gating_a_head_changes_to_first_order(
    exact: PreTrainedModel, rank: int
) -> None:
    """Of log p, and of the lead over the runner-up, for the first candidate and for others."""
    plain = at_mask(exact, gated(0, 0, 0.0))
    token = int(np.argsort(-plain)[rank])
    found, _ = gradient(exact, token, margin=True)
    assert found.runner_up == np.argsort(-plain)[0 if rank else 1]
    assert found.margin is not None
    step = 1e-4
    for layer, head in np.ndindex(2, 2):
        up, down = (at_mask(exact, gated(layer, head, by)) for by in (step, -step))
        for measure, estimated in ((log_p, importance(found)), (lead, found.margin)):
            wanted = (measure(up, token) - measure(down, token)) / (2 * step)
            assert estimated[layer, head] == pytest.approx(wanted, rel=1e-4, abs=1e-5)


def test_a_head_that_lifts_all_logits_has_no_importance(exact: PreTrainedModel) -> None:
    """What is added to every logit changes no probability."""
    before, _ = gradient(exact, margin=True)
    lifted = build(exact.config).double()
    lifted.load_state_dict(exact.state_dict())
    head = lifted.get_output_embeddings()
    common = torch.randn(head.in_features, dtype=torch.float64, generator=torch.Generator())
    with torch.no_grad():
        head.weight = nn.Parameter(head.weight + 5 * common)
    after, _ = gradient(lifted, margin=True)
    assert before.margin is not None
    assert after.margin is not None
    np.testing.assert_allclose(importance(after), importance(before), rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(after.margin, before.margin, rtol=1e-3, atol=1e-5)


def test_importance_in_the_model_that_ships_is_a_finite_difference(model: MaskedLM) -> None:
    analysis = model.analyze(CAT, wanted=WantedQuantities(gradient=Target(), margin=True))
    found, bare = analysis.derived.gradient, network(model)
    assert found is not None
    assert found.margin is not None
    best, second = analysis.candidates[0][:2]
    assert (found.token, found.runner_up) == (best.token, second.token)
    batch = {"input_ids": torch.tensor([[token.id for token in analysis.tokens]])}
    heads = np.argsort(-np.abs(found.importance), axis=None)[[0, 1, 5, 30]]
    step = 1e-2
    for layer, head in zip(*np.unravel_index(heads, found.importance.shape), strict=True):
        measured = []
        for by in (step, -step):
            with torch.inference_mode(), recording(gated(layer, head, by)):
                logits = bare(**batch).logits[0, analysis.masks[0]].double().numpy()
            measured.append((log_p(logits, best.id), float(logits[best.id] - logits[second.id])))
        for place, estimated in enumerate((found.importance, found.margin)):
            wanted = (measured[0][place] - measured[1][place]) / (2 * step)
            assert estimated[layer, head] == pytest.approx(wanted, rel=0.03, abs=2e-3)


def test_cells_sum_to_the_importance_in_pieces_and_in_words(split: Analysis) -> None:
    found = split.derived.gradient
    assert found is not None
    view = next(view for view in VIEWS if view.slug == "gradient")
    for words in (False, True):
        units = Units.of(split, words=words)
        for layer, head in np.ndindex(found.importance.shape):
            cells = displayed_matrix(units, view, layer, head).matrix
            assert cells.sum() == pytest.approx(found.importance[layer, head], abs=1e-4)


def test_the_margin_comes_only_if_it_is_wanted(model: MaskedLM) -> None:
    plain = model.analyze(CAT, wanted=WantedQuantities(gradient=Target())).derived
    assert plain.gradient is not None
    assert plain.gradient.margin is None
    assert not plain.answers(WantedQuantities(gradient=Target(), margin=True))
    no_mask = model.analyze(NO_MASK, wanted=WantedQuantities(gradient=Target(), margin=True))
    assert no_mask.derived.answers(WantedQuantities(gradient=Target(), margin=True))


def test_each_text_of_a_batch_gets_its_own_margin(model: MaskedLM) -> None:
    wanted = WantedQuantities(gradient=Target(), margin=True)
    texts = [CAT, NO_MASK, TWO]
    for text, analysis in zip(texts, model.analyze_batch(texts, wanted=wanted), strict=True):
        alone = model.analyze(text, wanted=wanted).derived.gradient
        together = analysis.derived.gradient
        if text == NO_MASK:
            assert together is alone is None
            continue
        assert together is not None
        assert alone is not None
        assert together.margin is not None
        assert alone.margin is not None
        assert together.runner_up == alone.runner_up
        np.testing.assert_allclose(together.margin, alone.margin, atol=2e-3)


def test_in_the_last_layer_only_the_masks_row_has_a_gradient(model: MaskedLM) -> None:
    analysis = model.analyze(CAT, wanted=WantedQuantities(gradient=Target()))
    gradient = analysis.derived.gradient
    assert gradient is not None
    last = np.abs(gradient.products[-1]).max(axis=(0, 2))
    assert last[analysis.masks[0]] > 0
    assert np.delete(last, analysis.masks[0]).max() == 0
    assert (np.abs(gradient.products[0]).max(axis=(0, 2)) > 0).all()


def test_the_candidate_is_the_one_asked_for(model: MaskedLM) -> None:
    best, second, *_ = model.analyze(TWO).candidates[1]
    default = model.analyze(TWO, wanted=WantedQuantities(gradient=Target(1))).derived.gradient
    other = model.analyze(
        TWO, wanted=WantedQuantities(gradient=Target(1, second.id))
    ).derived.gradient
    assert default is not None
    assert other is not None
    assert (default.target, default.token) == (Target(1, best.id), best.token)
    assert (other.target, other.token) == (Target(1, second.id), second.token)
    assert np.abs(default.products - other.products).max() > 1e-3


def test_each_text_of_a_batch_gets_its_own_gradient(model: MaskedLM) -> None:
    wanted = WantedQuantities(gradient=Target())
    texts = [CAT, NO_MASK, TWO]
    for text, analysis in zip(texts, model.analyze_batch(texts, wanted=wanted), strict=True):
        alone = model.analyze(text, wanted=wanted).derived
        if text == NO_MASK:
            assert analysis.derived.gradient is alone.gradient is None
            assert analysis.derived.missing == alone.missing == {"gradient": gradients.NO_MASK}
            continue
        assert analysis.derived.gradient is not None
        assert alone.gradient is not None
        np.testing.assert_allclose(
            analysis.derived.gradient.products, alone.gradient.products, atol=2e-4
        )


def test_a_gradient_changes_nothing_that_was_there(model: MaskedLM) -> None:
    plain, looked = (
        model.analyze(CAT),
        model.analyze(CAT, wanted=WantedQuantities(gradient=Target())),
    )
    np.testing.assert_allclose(plain.attention, looked.attention, atol=1e-6)
    assert [c.token for c in plain.candidates[0]] == [c.token for c in looked.candidates[0]]
    assert looked.derived.values is None
    assert looked.derived.mixing is None


def test_every_family_has_gradients() -> None:
    for name, config in FAMILIES.items():
        [found], _ = passed(build(config), IDS[:1], asked=(2,), gradient=Target())
        assert found.gradient is not None, (name, found.missing)
        assert (np.abs(found.gradient.products).max(axis=(1, 2, 3)) > 0).all(), name


# Mixing, and what holds for every view


@pytest.fixture(scope="module")
def rich(model: MaskedLM) -> Analysis:
    return model.analyze(CAT, wanted=WantedQuantities(True, True, Target(), (1, 2)))


def test_rollout_is_its_recurrence(rich: Analysis) -> None:
    assert rich.derived.mixing is not None
    n = len(rich.tokens)
    rolled = np.eye(n)
    for layer, found in enumerate(rich.derived.mixing.rollout):
        rolled = (0.5 * rich.attention[layer].mean(axis=0) + 0.5 * np.eye(n)) @ rolled
        np.testing.assert_allclose(found, rolled, atol=1e-5)


def test_relevance_is_its_recurrence(rich: Analysis) -> None:
    gradient = rich.derived.gradient
    assert gradient is not None
    relevant = np.eye(len(rich.tokens))
    for layer, found in enumerate(gradient.relevance):
        mean = np.mean([np.where(one > 0, one, 0) for one in gradient.products[layer]], axis=0)
        relevant = relevant + mean @ relevant
        np.testing.assert_allclose(found, relevant, atol=1e-5)


def test_likeness_comes_as_it_was_asked_for(rich: Analysis) -> None:
    assert rich.derived.likeness is not None
    assert rich.derived.likeness.argmin() == 1 * 12 + 2
    assert rich.derived.likeness[1, 2] == pytest.approx(0.0, abs=1e-4)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.slug or "raw")
def test_a_view_is_what_it_says_it_is(rich: Analysis, view: Any) -> None:
    n = len(rich.tokens)
    largest = 0.0
    for layer, head in np.ndindex(rich.attention.shape[:2]):
        matrix = view.matrix(rich.source, layer, head)
        assert matrix.shape == (n, n)
        assert matrix.dtype == np.float32
        if view.sums_to_one:
            np.testing.assert_allclose(matrix.sum(axis=1), 1.0, atol=1e-5)
        if not view.signed:
            assert (matrix >= 0).all()
        largest = max(largest, float(np.abs(matrix[:, ~rich.special]).max()))
    if view.needs:
        assert rich.derived.peaks[view.slug] == pytest.approx(largest)
    same = {
        "head": lambda a, b: a == b,
        "layer": lambda a, b: a[0] == b[0],
        "model": lambda a, b: True,
    }[view.of]
    for a, b in pairwise([(0, 0), (0, 1), (1, 1), (1, 1)]):
        alike = np.array_equal(view.matrix(rich.source, *a), view.matrix(rich.source, *b))
        assert alike == same(a, b)


SPLIT = "The antidisestablishmentarian cat [MASK] unembarrassedly."


HALVED = View(
    "halved",
    "halved",
    "½ A",
    "It needs no more than weights, and is not them.",
    "",
    "head",
    False,
    "weight",
    lambda source, layer, head: source.attention[layer, head] / 2,
    SHARES,
)
SHOWN = [*VIEWS, HALVED]


@pytest.fixture(scope="module")
def split(model: MaskedLM) -> Analysis:
    wanted = WantedQuantities(True, True, Target(), words=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(peaks, "VIEWS", SHOWN)
        analysis = model.analyze(SPLIT, wanted=wanted)
    assert len(analysis.firsts) < len(analysis.tokens)
    return analysis


def assert_peak_is_of_all(units: Units, view: View, *, hides: bool) -> None:
    found = [
        displayed_matrix(units, view, layer, head, hides=hides)
        for layer, head in np.ndindex(units.analysis.attention.shape[:2])
    ]
    largest = max(float(one.head.matrix[:, ~units.special].max()) for one in found)
    assert [one.head.peak for one in found] == pytest.approx([largest] * len(found))


@pytest.mark.parametrize("words", [False, True])
@pytest.mark.parametrize("hides", [False, True])
@pytest.mark.parametrize("view", SHOWN, ids=lambda view: view.slug or "raw")
def test_the_peak_is_that_of_what_is_displayed(
    split: Analysis, view: View, hides: bool, words: bool
) -> None:
    assert_peak_is_of_all(Units.of(split, words=words), view, hides=hides)


@pytest.mark.parametrize("view", [view for view in SHOWN if not view.needs])
def test_the_peak_of_what_needs_nothing_comes_with_every_answer(
    model: MaskedLM, monkeypatch: pytest.MonkeyPatch, view: View
) -> None:
    monkeypatch.setattr(peaks, "VIEWS", SHOWN)
    assert_peak_is_of_all(Units.of(model.analyze(CAT), words=False), view, hides=False)


def test_of_one_layer_there_are_peaks_of_words_too(
    model: MaskedLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = model.analyze(SPLIT)
    monkeypatch.setattr(budget, "BUDGET", 0)
    analysis = model.analyze(SPLIT, layer=3, wanted=WantedQuantities(mixing=True, words=True))
    assert analysis.held == range(3, 4)
    firsts, special = whole.firsts, whole.special[whole.firsts]
    largest = join_shares(whole.attention[3], firsts)[:, :, ~special].max()
    assert analysis.derived.word_peaks == {"": pytest.approx(largest)}
    assert analysis.derived.answers(WantedQuantities(mixing=True, words=True))


def test_value_weighted_rows_are_weights_times_norms(rich: Analysis) -> None:
    values = rich.derived.values
    assert values is not None
    view = next(view for view in VIEWS if view.slug == "values")
    for query, key in [(0, 0), (3, 7)]:
        wanted = rich.attention[2, 5, query, key] * values.norms(2, 5)[key]
        assert view.matrix(rich.source, 2, 5)[query, key] == pytest.approx(wanted)


def test_nothing_is_computed_that_is_not_wanted(model: MaskedLM) -> None:
    assert not model.analyze(CAT).derived.given
    for name, view in [(view.slug, view) for view in VIEWS]:
        target = Target(0, model.analyze(CAT).candidates[0][0].id)
        analysis = model.analyze(CAT, wanted=view.wanted(target))
        assert view.is_in(analysis.derived), name
        assert analysis.derived.given == ({view.needs} if view.needs else set())


def test_a_sentence_of_two_special_tokens_and_a_mask(model: MaskedLM) -> None:
    analysis = model.analyze("[MASK]", wanted=WantedQuantities(True, True, Target(), (0, 0)))
    assert analysis.attention.shape == (6, 12, 3, 3)
    assert not analysis.derived.missing
    assert np.isnan(analysis.statistics.numbers["context"]).all(), "there are no words to attend to"


def test_a_broken_checkpoint_is_survived(
    loaded: tuple[PreTrainedModel, PreTrainedTokenizerBase], tmp_path: Any
) -> None:
    folder = tiny.save_bert(tmp_path)
    broken = on_torch(folder)
    with torch.no_grad():
        next(
            p
            for name, p in network(broken).named_parameters()
            if "layer.1" in name and "query" in name
        ).fill_(float("nan"))
    analysis = broken.analyze(
        "the cat [MASK]", wanted=WantedQuantities(True, True, Target(), (0, 0))
    )
    assert np.isfinite(analysis.statistics.numbers["entropy"][0]).all()
    assert np.isnan(analysis.statistics.numbers["entropy"][1]).all()
    assert analysis.derived.mixing is not None
    assert any("In layer 2 the attention weights are no numbers" in note for note in analysis.notes)


# Gates


class WithoutColumns(Recorder):
    """Has an output projection read nothing of one head, by hand, and sees no more of the pass."""

    def __init__(self, layers: int, heads: int, layer: int, head: int, size: int) -> None:
        super().__init__([np.empty((layers, heads, 7, 7), np.float32)], lambda: False)
        self._place, self._columns = layer, slice(head * size, (head + 1) * size)
        self._memory = 0
        self.seen = 0

    def passed_on(self, values: Tensor, attended: Tensor) -> Tensor:
        self._memory = attended.data_ptr()
        return attended

    def before(self, module: nn.Module, inputs: Any) -> Any:
        if not isinstance(module, nn.Linear) or inputs[0].data_ptr() != self._memory:
            return None
        self._memory = 0  # it may be somebody else's by and by
        self.seen += 1
        if self.seen - 1 != self._place:
            return None
        changed = inputs[0].clone()
        changed[..., self._columns] = 0
        return (changed,)


@pytest.mark.parametrize("family", [*FAMILIES])
def test_a_gate_of_nothing_is_a_projection_without_its_columns(family: str) -> None:
    """A head that is cut gives nothing to the output projection, whatever a family calls it."""
    model = build(FAMILIES[family])
    layers, heads = model.config.num_hidden_layers, model.config.num_attention_heads
    [plain], _ = passed(model, IDS[:1], asked=(2,), outputs=True)
    assert plain.outputs is not None
    for layer, head in ((0, 1), (layers - 1, heads - 1)):
        gate = Gate(layer, head, 0.0)
        [cut], _ = passed(model, IDS[:1], asked=(2,), outputs=True, gates=(gate,))
        assert cut.outputs is not None
        assert not cut.outputs[layer, head].any()
        by_hand = WithoutColumns(layers, heads, layer, head, plain.outputs.shape[-1])
        handle = register_module_forward_pre_hook(by_hand.before)
        try:
            with torch.inference_mode(), recording(by_hand):
                wanted = model(input_ids=IDS[:1]).logits[0, 2].numpy()
        finally:
            handle.remove()
        assert by_hand.seen == layers
        np.testing.assert_allclose(cut.logits[0], wanted, atol=1e-5)
        assert np.abs(cut.logits - plain.logits).max() > 1e-6


def test_a_gate_of_one_changes_no_bit_and_an_offset_takes_the_place() -> None:
    model = build(FAMILIES["roberta"])
    [plain], _ = passed(model, IDS[:1], asked=(2, 3), outputs=True, hidden=True)
    [gated_], _ = passed(model, IDS[:1], asked=(2, 3), outputs=True, gates=(Gate(1, 2),))
    assert plain.outputs is not None
    assert gated_.outputs is not None
    np.testing.assert_array_equal(plain.logits, gated_.logits)
    other = plain.outputs[1, 2] + 1
    [put], _ = passed(model, IDS[:1], outputs=True, gates=(Gate(1, 2, 0.0, other),))
    assert put.outputs is not None
    np.testing.assert_array_equal(put.outputs[1, 2], other)
    np.testing.assert_array_equal(put.outputs[:1], plain.outputs[:1])
    assert plain.hidden is not None
    assert plain.hidden.shape == (4, 7, model.config.hidden_size)


def test_gates_are_of_their_row_and_leave_padding_alone() -> None:
    model = build(FAMILIES["electra"])
    [_, plain], _ = passed(model, IDS, asked=(2,))
    rows = [
        EngineRow({"input_ids": ids.tolist()}, (2,), np.empty((3, 4, 7, 7), np.float32), gates)
        for ids, gates in zip(IDS, ((Gate(0, 0, 0.0),), ()), strict=True)
    ]
    inputs = {"input_ids": IDS, "attention_mask": torch.ones_like(IDS)}
    first, second = run_pass(model, inputs, EngineQuestion(rows), Anatomy(3, 4, False))
    np.testing.assert_allclose(second.logits, plain.logits, atol=1e-6)
    [alone], _ = passed(model, IDS[:1], asked=(2,), gates=(Gate(0, 0, 0.0),))
    np.testing.assert_allclose(first.logits, alone.logits, atol=1e-5)


def test_a_family_whose_heads_cannot_be_changed_says_so() -> None:
    model = build(DebertaV2Config(**SIZE, pad_token_id=0), "eager")
    study("tiny", model, {"input_ids": IDS[:1]})
    with pytest.raises(ModelError, match=re.escape(NO_GATES)):
        passed(model, IDS[:1], eager=True, gates=(Gate(0, 0, 0.0),))
