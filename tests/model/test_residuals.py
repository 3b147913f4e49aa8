"""What goes into a layer at a token is what goes into it in another sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tests.model import families
from tests.model.torch_models import network, on_torch
from tests.support import embedded
from tui.analysis.interventions import (
    CutArrow,
    CutHead,
    Intervention,
    Interventions,
    Pairs,
    Transplant,
    TransplantResidual,
    described,
    ordered,
)
from tui.analysis.wanted import Target, WantedQuantities
from tui.errors import ModelError, RequestError
from tui.model.engine import NO_RESIDUALS, EngineQuestion, EngineRow, new_array
from tui.model.masked_lm import MaskedLM
from tui.model.names import EMBEDDED
from tui.model.passes import Passes

HERE = "Paris is the [MASK] of France."
THERE = "Anna is the [MASK] of Peter."
LONGER = "My old aunt Anna is the [MASK] of Peter."
PAIRS: Pairs = ((0, 0), (1, 4), (2, 5), (3, 6), (4, 7), (5, 8), (6, 9), (7, 10), (8, 11))
"""Each token of `HERE` but none more, and its partner in `LONGER`."""

LAYERS = range(6)


@pytest.fixture(scope="module", params=["numpy", "torch"])
def either(request: pytest.FixtureRequest) -> MaskedLM:
    return embedded() if request.param == "numpy" else on_torch_embedded()


def logits(model: MaskedLM, text: str, *changes: Intervention) -> NDArray[np.float32]:
    [scores] = model.scores(text, [changes])
    return scores.logits


def hidden(model: MaskedLM, text: str, *changes: Intervention) -> NDArray[np.float32]:
    """The hidden states, `[layer + 1, token, hidden size]`."""
    encoded = model.encode(text)
    [answer] = model.run([encoded], [encoded.masks], interventions=changes, hidden=True)
    assert answer.hidden is not None
    return answer.hidden


def at_every_token(model: MaskedLM, layer: int, text: str) -> Interventions:
    return tuple(TransplantResidual(layer, at, text) for at in range(model.count_tokens(text)))


@pytest.mark.parametrize("layer", [0, 3, 5])
def test_at_every_token_the_other_sentence_answers(either: MaskedLM, layer: int) -> None:
    found = logits(either, HERE, *at_every_token(either, layer, THERE))
    np.testing.assert_allclose(found, logits(either, THERE), atol=1e-6, rtol=1e-6)
    assert np.abs(found - logits(either, HERE)).max() > 1


def test_of_the_sentence_itself_nothing_changes(either: MaskedLM) -> None:
    changes = [one for layer in LAYERS for one in at_every_token(either, layer, HERE)]
    expected = logits(either, HERE)
    np.testing.assert_allclose(logits(either, HERE, *changes), expected, atol=1e-6, rtol=1e-6)


def test_one_token_s_way_alone_is_replaced(either: MaskedLM) -> None:
    own, theirs = hidden(either, HERE), hidden(either, THERE)
    found = hidden(either, HERE, TransplantResidual(2, 1, THERE))
    np.testing.assert_allclose(found[:3], own[:3], atol=1e-5)
    # The layer adds to what it gets: behind it the token is nearer to the other sentence's.
    assert np.abs(found[3, 1] - theirs[3, 1]).max() < np.abs(own[3, 1] - theirs[3, 1]).max()
    assert np.abs(found[3:, 4] - own[3:, 4]).max() > 1e-3
    last = hidden(either, HERE, TransplantResidual(5, 1, THERE))
    np.testing.assert_allclose(last[:6], own[:6], atol=1e-5)


def test_pairs_say_which_token_stands_for_which(either: MaskedLM) -> None:
    """By hand: the other sentence's hidden state is set in."""
    theirs = hidden(either, LONGER)
    layer, token = 2, 1
    found = logits(either, HERE, TransplantResidual(layer, token, LONGER, PAIRS))
    with set_in(layer, 0, token, theirs[layer, 4]):
        expected = logits(on_torch_embedded(), HERE)
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert np.abs(found - logits(either, HERE)).max() > 1e-2


def test_a_head_s_pairs_leave_the_others_alone(either: MaskedLM) -> None:
    def outputs(text: str, *changes: Intervention) -> NDArray[np.float32]:
        encoded = either.encode(text)
        sources = Passes(either).sources([changes], lambda: False)
        room = new_array((0, 12, len(encoded.ids), len(encoded.ids)))
        row = EngineRow(
            encoded.inputs, encoded.masks, room, *either.applied(changes, encoded, sources)
        )
        [answer] = either.engine.run(EngineQuestion([row], outputs=True))
        assert answer.outputs is not None
        return answer.outputs

    own, theirs = outputs(HERE), outputs(LONGER)
    found = outputs(HERE, Transplant(2, 7, LONGER, ((1, 4), (6, 2))))
    np.testing.assert_allclose(found[2, 7, [1, 6]], theirs[2, 7, [4, 2]], atol=1e-6)
    alone = [0, 2, 3, 4, 5, 7, 8]
    np.testing.assert_allclose(found[2, 7, alone], own[2, 7, alone], atol=1e-6)
    np.testing.assert_allclose(np.delete(found[2], 7, 0), np.delete(own[2], 7, 0), atol=1e-6)
    same = tuple((at, at) for at in range(9))
    np.testing.assert_allclose(
        logits(either, HERE, Transplant(1, 3, THERE, same)),
        logits(either, HERE, Transplant(1, 3, THERE)),
        atol=1e-5,
    )


MIXED: Interventions = (
    CutHead(0, 1, "zero"), Transplant(1, 3, LONGER, PAIRS), TransplantResidual(1, 2, LONGER, PAIRS),
    TransplantResidual(3, 4, THERE), CutArrow(3, 1, 6, 2),
)  # fmt: skip


def test_both_engines_agree() -> None:
    for changes in (MIXED, (TransplantResidual(0, 4, THERE),), (TransplantResidual(5, 0, THERE),)):
        one, other = (logits(model, HERE, *changes) for model in (embedded(), on_torch_embedded()))
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=2e-5)
        one, other = (hidden(model, HERE, *changes) for model in (embedded(), on_torch_embedded()))
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=2e-5)


def test_a_pass_that_starts_inside_has_what_is_replaced_there(either: MaskedLM) -> None:
    residual, lower = TransplantResidual(3, 4, THERE), TransplantResidual(1, 2, THERE)
    runs: list[Interventions] = [
        (), (residual,), (lower,), (lower, residual), (CutHead(3, 1, "zero"), residual),
        (residual, CutHead(5, 2, "zero")), (TransplantResidual(3, 5, THERE), residual),
    ]  # fmt: skip
    expected = [logits(either, HERE, *changes) for changes in runs]
    inside = [hidden(either, HERE, *changes) for changes in runs]
    for changes in runs:
        [known] = either.scores(HERE, [changes], keeps_hidden=True)
        for other, wanted, within in zip(runs, expected, inside, strict=True):
            [found] = either.scores(HERE, [other], known=known, keeps_hidden=True)
            np.testing.assert_allclose(found.logits, wanted, atol=1e-4)
            assert found.hidden is not None
            np.testing.assert_allclose(found.hidden, within, atol=1e-4)
        several = either.scores(HERE, runs, known=known)
        for scores, wanted in zip(several, expected, strict=True):
            np.testing.assert_allclose(scores.logits, wanted, atol=1e-4)


def test_rows_of_a_padded_batch_keep_to_themselves(either: MaskedLM) -> None:
    texts = [LONGER, HERE, THERE]
    changes: list[Interventions] = [
        (), (TransplantResidual(2, 8, THERE), Transplant(2, 1, THERE)),
        (TransplantResidual(0, 1, HERE), TransplantResidual(2, 4, LONGER, PAIRS)),
    ]  # fmt: skip
    together = either.analyze_batch(texts, interventions=changes)
    for text, of, found in zip(texts, changes, together, strict=True):
        alone = either.analyze(text, interventions=of)
        np.testing.assert_allclose(found.attention, alone.attention, atol=1e-5)
        assert [one.id for one in found.candidates[0]] == [one.id for one in alone.candidates[0]]
    assert (
        "residual transplanted from “Paris is the [MASK] of France.”: into 1" in together[2].told[0]
    )


def test_gradients_are_those_of_the_changed_run() -> None:
    wanted = WantedQuantities(gradient=Target(0, None))
    changes = at_every_token(embedded(), 0, THERE)
    model = on_torch_embedded()
    found = model.analyze(HERE, interventions=changes, wanted=wanted).derived.gradient
    expected = model.analyze(THERE, wanted=wanted).derived.gradient
    assert found is not None
    assert expected is not None
    np.testing.assert_allclose(found.products, expected.products, atol=1e-5)


@cache
def on_torch_embedded() -> MaskedLM:
    return on_torch(EMBEDDED)


@contextmanager
def set_in(layer: int, row: int, token: int, vector: NDArray[np.float32]) -> Iterator[None]:
    """Inside the `with` block what the layer before gives is changed, by a hook made by hand."""
    bert: Any = network(on_torch_embedded()).base_model
    before = bert.embeddings if layer == 0 else bert.encoder.layer[layer - 1]

    def change(_module: Any, _args: Any, output: Any) -> Any:
        first = output[0] if isinstance(output, tuple) else output
        changed = first.clone()
        changed[row, token] = torch.from_numpy(vector)
        return (changed, *output[1:]) if isinstance(output, tuple) else changed

    hook = before.register_forward_hook(change)
    try:
        yield
    finally:
        hook.remove()


@pytest.mark.parametrize(("layer", "token"), [(0, 1), (1, 4), (4, 8), (5, 4)])
def test_a_hook_made_by_hand_gives_the_same(either: MaskedLM, layer: int, token: int) -> None:
    vector = hidden(either, THERE)[layer, token]
    with set_in(layer, 0, token, vector):
        expected = logits(on_torch_embedded(), HERE)
    found = logits(either, HERE, TransplantResidual(layer, token, THERE))
    np.testing.assert_allclose(found, expected, atol=1e-4)


IN_LETTERS = {"bytes": ("the sat cat", "the cat sat")}
"""Of as many pieces where words stand in no vocabulary."""

REFUSED = {"flaubert", "xlm", "squeezebert"}
"""Families whose layers are no modules, or hand on something else than they report."""


READS_BESIDES = {"neomme"}
"""Families whose heads have embeddings of the text's own tokens in their values besides."""


@pytest.mark.parametrize("kind", families.FAMILIES)
def test_every_family_does_it_or_says_that_it_cannot(kind: str, tmp_path: Path) -> None:
    families.save(kind, tmp_path)
    model = on_torch(tmp_path)
    words = IN_LETTERS.get(families.FAMILIES[kind].tokenizer, ("the cat sat", "the dog sat"))
    here, there = (f"{text} {model.info.mask_token}" for text in words)
    if kind in REFUSED:
        with pytest.raises(ModelError) as refused:
            logits(model, here, TransplantResidual(0, 1, there))
        assert str(refused.value) == NO_RESIDUALS
        return
    own, theirs = hidden(model, here), hidden(model, there)
    for layer in range(model.info.layers):
        changes = at_every_token(model, layer, there)
        found = hidden(model, here, *changes)
        # Of an encoder-decoder this is the encoder's; the decoder reads the text itself.
        if kind not in READS_BESIDES:
            np.testing.assert_allclose(found[layer + 1 :], theirs[layer + 1 :], atol=1e-6)
        np.testing.assert_allclose(found[: layer + 1], own[: layer + 1], atol=1e-6)
        assert np.abs(found[-1] - own[-1]).max() > 1e-4
        if not model.info.has_decoder and kind not in READS_BESIDES:
            expected = logits(model, there)
            np.testing.assert_allclose(logits(model, here, *changes), expected, atol=1e-6)
    itself = at_every_token(model, model.info.layers - 1, here)
    np.testing.assert_allclose(logits(model, here, *itself), logits(model, here), atol=1e-6)
    one = hidden(model, here, TransplantResidual(1, 2, there))
    assert np.abs(one[2] - own[2]).max() > 1e-5, "the layer in the middle is counted right"
    np.testing.assert_allclose(one[:2], own[:2], atol=1e-6)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([TransplantResidual(0, 1, LONGER)], r"has 12 word pieces.*the text 9: what layers get is"),
        ([TransplantResidual(6, 0, THERE)], "There is no layer 7 to transplant into"),
        ([TransplantResidual(0, 9, THERE)], "There is no token 10: the text has 9"),
        ([TransplantResidual(0, 1, LONGER, PAIRS[2:])], "Token 2 has no partner in “My old"),
        ([TransplantResidual(0, 1, LONGER, ((1, 12),))], "There is no token 13: “My old"),
        ([Transplant(0, 1, LONGER, ((9, 1),))], "There is no token 10: the text has 9"),
        ([Transplant(0, 1, LONGER, ((1, 1), (1, 2)))], "Token 2 is paired with two tokens"),
        (
            [TransplantResidual(0, 1, THERE), TransplantResidual(0, 1, HERE)],
            "into layer 1 at token 2 is changed in two ways",
        ),
        ([Transplant(0, 1, THERE), CutHead(0, 1, "zero")], "changed in two ways"),
    ],
)
def test_what_cannot_be_is_refused(changes: Sequence[Intervention], said: str) -> None:
    with pytest.raises(RequestError, match=said):
        embedded().scores(HERE, [ordered(changes)])


def test_they_are_named_in_words() -> None:
    labels = ["[CLS]", "paris", "is"]
    moved = TransplantResidual(2, 1, "b", ((1, 4), (0, 0)))
    assert moved.pairs == ((0, 0), (1, 4))
    assert moved == TransplantResidual(2, 1, "b", ((0, 0), (1, 4)))
    assert described([moved], labels) == (
        "residual transplanted from “b”: into 3 at paris from token 5"
    )
    assert described([TransplantResidual(0, 5, "b")], labels) == (
        "residual transplanted from “b”: into 1 at 6"
    )
    assert described([Transplant(1, 8, "b", ((1, 3), (0, 0)))]) == (
        "transplanted from “b” (tokens 1 from 1, 2 from 4): 2·9"
    )
    both = ordered([CutArrow(0, 0, 1, 2), moved, Transplant(1, 8, "b"), CutHead(2, 3)])
    assert [type(one) for one in both] == [CutHead, Transplant, TransplantResidual, CutArrow]
    assert "\x1b" not in described([TransplantResidual(0, 0, "a\x1b[31m")])
