"""Cut heads and arrows: as if it had been done to the network by hand, on both engines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.model.torch_models import network
from tests.support import embedded
from tui.analysis.analysis import Analysis
from tui.analysis.interventions import CutArrow, CutHead, Intervention, Interventions, all_but
from tui.errors import RequestError
from tui.model.engine import EngineAnswer, EngineQuestion, EngineRow
from tui.model.masked_lm import MaskedLM
from tui.model.torch_engine.probe import Recorder, recording

TEXT = "I drank a cup of [MASK] this morning."
LAYER, HEAD, SIZE = 2, 5, 32
COLUMNS = slice(HEAD * SIZE, (HEAD + 1) * SIZE)


@pytest.fixture(params=["numpy", "torch"])
def either(request: pytest.FixtureRequest, model: MaskedLM) -> MaskedLM:
    """The embedded model on each engine."""
    return embedded() if request.param == "numpy" else model


def projections(model: MaskedLM) -> list[nn.Linear]:
    """The output projection of each layer."""
    return [
        module
        for name, module in network(model).named_modules()
        if name.endswith("attention.output.dense") and isinstance(module, nn.Linear)
    ]


def logits(model: MaskedLM, *changes: Intervention) -> np.ndarray:
    [scores] = model.scores(TEXT, [changes])
    return scores.logits


def of_theirs(model: MaskedLM) -> np.ndarray:
    """The scores at the mask as the network itself has them."""
    encoded = model.encode(TEXT)
    with torch.inference_mode():
        inputs = {name: torch.tensor([ids]) for name, ids in encoded.inputs.items()}
        found = network(model)(**inputs).logits[0, encoded.ids.index(model.encoder.mask_id)]
    return np.asarray(found.numpy()[None])


@contextmanager
def read_by_projection(model: MaskedLM, columns: slice, instead: Tensor) -> Iterator[None]:
    """Inside the block one layer's output projection reads something else of a head."""

    def before(_module: nn.Module, inputs: Any) -> tuple[Tensor]:
        changed = inputs[0].clone()
        changed[..., columns] = instead
        return (changed,)

    handle = projections(model)[LAYER].register_forward_pre_hook(before)
    try:
        yield
    finally:
        handle.remove()


def test_cut_to_nothing_is_a_projection_without_its_columns(
    either: MaskedLM, model: MaskedLM
) -> None:
    weight = projections(model)[LAYER].weight
    kept = weight.detach().clone()
    try:
        with torch.no_grad():
            weight[:, COLUMNS] = 0
        wanted = of_theirs(model)
    finally:
        weight.data = kept
    found = logits(either, CutHead(LAYER, HEAD, "zero"))
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=2e-5)
    assert np.abs(wanted - of_theirs(model)).max() > 1e-2


def test_cut_to_the_mean_is_a_projection_that_reads_the_mean(
    either: MaskedLM, model: MaskedLM
) -> None:
    means = either.means()
    kinds = [0, *[2] * (len(model.encode(TEXT).ids) - 2), 1]
    instead = torch.from_numpy(means.outputs[kinds, LAYER, HEAD])
    with read_by_projection(model, COLUMNS, instead):
        wanted = of_theirs(model)
    found = logits(either, CutHead(LAYER, HEAD, "mean"))
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=2e-5)
    assert np.abs(wanted - of_theirs(model)).max() > 1e-3


def test_of_a_layer_without_heads_the_bias_is_left(model: MaskedLM) -> None:
    dense, seen = projections(model)[LAYER], []
    handle = dense.register_forward_hook(lambda _m, _i, output: seen.append(output.detach()))
    try:
        logits(model, *(CutHead(LAYER, head, "zero") for head in range(model.info.heads)))
    finally:
        handle.remove()
    [output] = seen
    torch.testing.assert_close(output, dense.bias.expand_as(output), rtol=0, atol=0)


def test_outputs_of_cut_heads_are_what_stands_in_their_place(either: MaskedLM) -> None:
    encoded = either.encode(TEXT)
    changes = tuple(CutHead(LAYER, head, "zero") for head in range(either.info.heads))
    n = len(encoded.ids)
    empty = np.empty((0, either.info.heads, n, n), np.float32)
    row = EngineRow(encoded.inputs, (), empty, *either.applied(changes, encoded))
    [answer] = either.engine.run(EngineQuestion([row], outputs=True, hidden=True))
    assert answer.outputs is not None
    assert not answer.outputs[LAYER].any()
    assert answer.outputs[LAYER - 1].any()
    assert answer.hidden is not None
    assert answer.hidden.shape == (7, n, 384)


def test_hidden_states_of_some_tokens_are_those_of_all(either: MaskedLM) -> None:
    texts = [either.encode(TEXT), either.encode("A short [MASK].")]
    places = [[3, 1], [texts[1].masks[0]]]
    everything = either.run(texts, [[], []], hidden=True)
    nowhere: list[list[int]] = [[], []]
    for asked in (nowhere, [[2], list(texts[1].masks)]):
        some = either.run(texts, asked, hidden=True, hidden_at=places)
        logits = either.run(texts, asked)
        for part, all_, own, at in zip(some, everything, logits, places, strict=True):
            assert part.hidden is not None
            assert all_.hidden is not None
            assert part.hidden.shape == (7, len(at), 384)
            np.testing.assert_allclose(part.hidden, all_.hidden[:, at], atol=1e-5)
            np.testing.assert_allclose(part.logits, own.logits, atol=1e-4)
    [none] = either.run(texts[:1], [[]], hidden=True, hidden_at=[[]])
    assert none.hidden is not None
    assert none.hidden.shape == (7, 0, 384)


def same(one: Analysis, other: Analysis) -> None:
    np.testing.assert_array_equal(one.attention, other.attention)
    assert one.candidates == other.candidates


def test_nothing_cut_and_cut_and_restored_are_the_same_to_the_bit(either: MaskedLM) -> None:
    whole = either.analyze(TEXT)
    same(whole, either.analyze(TEXT, interventions=()))
    cut = either.analyze(TEXT, interventions=(CutHead(LAYER, HEAD), CutArrow(1, 1, 2, 3)))
    assert np.abs(cut.attention - whole.attention).max() > 1e-3
    same(whole, either.analyze(TEXT))


@pytest.mark.parametrize("by", ["mean", "zero"])
def test_a_cut_changes_no_attention_up_to_its_layer(either: MaskedLM, by: Any) -> None:
    whole = either.analyze(TEXT).attention
    for layer in range(either.info.layers):
        cut = either.analyze(TEXT, interventions=(CutHead(layer, HEAD, by),)).attention
        np.testing.assert_array_equal(cut[: layer + 1], whole[: layer + 1])
        assert layer + 1 == len(whole) or (cut[layer + 1] != whole[layer + 1]).any()


class ByHand(Recorder):
    """Sets one attention weight to nothing."""

    def __init__(self, arrow: CutArrow) -> None:
        super().__init__([np.empty((0, 12, 1, 1), np.float32)], lambda: False, layers=6)
        self._arrow = arrow

    @property
    def changes_weights(self) -> bool:
        return True

    def changed(self, weights: Tensor) -> Tensor:
        if self._layer == self._arrow.layer:
            row = weights[0, self._arrow.head, self._arrow.query]
            row[self._arrow.key] = 0
            if self._arrow.renormalised:
                row /= row.sum()
        return weights


@pytest.mark.parametrize("renormalised", [False, True])
def test_a_cut_arrow_is_a_weight_set_by_hand(
    either: MaskedLM, model: MaskedLM, renormalised: bool
) -> None:
    arrow = CutArrow(LAYER, HEAD, 6, 5, renormalised)
    with recording(ByHand(arrow)):
        wanted = of_theirs(model)
    np.testing.assert_allclose(logits(either, arrow), wanted, rtol=1e-5, atol=2e-5)
    whole, cut = (either.analyze(TEXT, interventions=some) for some in ((), (arrow,)))
    before, after = (one.attention[LAYER, HEAD, 6] for one in (whole, cut))
    assert before[5] > 0
    assert after[5] == 0
    assert after.sum() == pytest.approx(1 if renormalised else 1 - before[5], abs=1e-5)
    others = np.delete(before, 5) / (1 - before[5] if renormalised else 1)
    np.testing.assert_allclose(np.delete(after, 5), others, atol=1e-6)
    rest = np.delete(cut.attention[LAYER], HEAD, axis=0)
    np.testing.assert_array_equal(rest, np.delete(whole.attention[LAYER], HEAD, axis=0))


def test_both_engines_are_alike(model: MaskedLM) -> None:
    changes = (
        CutHead(0, 1), CutHead(3, 3, "zero"), CutArrow(1, 2, 4, 6, True), CutArrow(5, 0, 6, 6),
    )  # fmt: skip
    here, there = (one.analyze(TEXT, interventions=changes) for one in (embedded(), model))
    np.testing.assert_allclose(here.attention, there.attention, atol=1e-5)
    np.testing.assert_allclose(
        logits(embedded(), *changes), logits(model, *changes), rtol=1e-5, atol=2e-5
    )
    assert here.told == there.told
    assert here.told[0].startswith("Not the model as it is: cut (mean of 200 sentences): 1·2")


def test_what_is_not_there_is_refused(either: MaskedLM) -> None:
    for one in (CutHead(6, 0), CutHead(0, 12, "zero"), CutArrow(0, 12, 0, 0)):
        with pytest.raises(RequestError, match=r"There is no layer .* to cut: embedded has"):
            either.analyze(TEXT, interventions=(one,))
    n = len(either.encode(TEXT).ids)
    for query, key in ((n, 0), (0, n), (-1, 0)):
        with pytest.raises(RequestError, match="token"):
            either.analyze(TEXT, interventions=(CutArrow(0, 0, query, key),))


def test_known_layers_are_not_computed_again(either: MaskedLM) -> None:
    """An engine that can begin inside does; the other one gives the same."""
    [whole] = either.scores(TEXT, keeps_hidden=True)
    ways: list[list[Interventions]] = [
        [(CutHead(4, 1),), (CutHead(4, 2, "zero"),)],
        [(CutHead(5, 1),), (CutArrow(3, 1, 6, 2),)],
        [all_but((), 6, 12)],
        [()],
    ]
    for changes in ways:
        quick = either.scores(TEXT, changes, known=whole)
        slow = [either.scores(TEXT, [one])[0] for one in changes]
        for one, other in zip(quick, slow, strict=True):
            assert one.interventions == other.interventions
            np.testing.assert_allclose(one.logits, other.logits, rtol=1e-5, atol=1e-5)
    # What is known may itself be of a changed model.
    [cut] = either.scores(TEXT, [(CutHead(1, 1),)], keeps_hidden=True)
    both = (CutHead(1, 1), CutHead(4, 4))
    [quick_] = either.scores(TEXT, [both], known=cut)
    [other] = either.scores(TEXT, [(CutHead(4, 4),)], known=cut)
    np.testing.assert_allclose(quick_.logits, logits(either, *both), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(other.logits, logits(either, CutHead(4, 4)), rtol=1e-5, atol=1e-5)


def test_which_engine_begins_inside(model: MaskedLM, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = MaskedLM.load()  # of its own: another test may have had torch take over
    assert plain.engine.can_start_inside
    assert not model.engine.can_start_inside
    asked: list[int] = []
    engine = plain.engine
    run = engine.run

    def noted(question: EngineQuestion) -> Sequence[EngineAnswer]:
        asked.append(question.start)
        return run(question)

    monkeypatch.setattr(engine, "run", noted)
    [whole] = plain.scores(TEXT, keeps_hidden=True)
    plain.scores(TEXT, [(CutHead(4, 1),), (CutHead(3, 1),)], known=whole)
    assert asked == [0, 3]


def test_hidden_states_below_the_first_change_are_those_that_are_known() -> None:
    plain, cut = MaskedLM.load(), (CutHead(3, 1, "zero"),)
    [whole] = plain.scores(TEXT, keeps_hidden=True)
    [again] = plain.scores(TEXT, [cut], known=whole, keeps_hidden=True)
    [anew] = plain.scores(TEXT, [cut], keeps_hidden=True)
    assert again.hidden is not None
    assert anew.hidden is not None
    np.testing.assert_allclose(again.hidden, anew.hidden, atol=1e-5)
