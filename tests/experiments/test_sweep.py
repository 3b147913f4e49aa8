"""The effect of cutting each head: against cuts one by one, and as a job of the model's."""

from __future__ import annotations

import math
import pickle
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.model import tiny
from tests.model.torch_models import network, on_torch
from tests.model.worker.real_child import Ear
from tests.support import embedded
from tui.analysis.analysis import Analysis
from tui.analysis.interventions import CutArrow, CutBy, CutHead, Interventions, all_but
from tui.errors import (
    Cancelled,
    ModelError,
    NoMaskError,
    RequestError,
    TextTooLongError,
    UserError,
)
from tui.experiments.measures import MEASURES, measure_named
from tui.experiments.sweep import Sweep, SweepHeads, _batches, sweep, sweep_heads
from tui.model import budget, means_file
from tui.model.batches import TOKENS_A_PASS
from tui.model.masked_lm import MaskedLM
from tui.model.worker.client import ModelClient
from tui.model.worker.protocol import JobDone, JobProgress, JobSoFar, Loaded

TEXT = "I drank a cup of [MASK] this morning."
TINY = "the cat [MASK] on the [MASK] mat"
VOCABULARY = 5 + len(tiny.WORDS)


@pytest.fixture(autouse=True)
def kept_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(means_file, "means_folder", lambda: tmp_path / "means")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model whose heads do something."""
    import torch
    from transformers import BertForMaskedLM

    folder = tiny.save_bert(tmp_path_factory.mktemp("tiny"))
    network = BertForMaskedLM.from_pretrained(folder)
    with torch.no_grad():
        for weight in network.parameters():
            if weight.dim() == 2:
                weight *= 12
    network.save_pretrained(folder)
    return folder


def numbers(analysis: Analysis, mask: int) -> np.ndarray:
    """The logits of the whole vocabulary."""
    found = np.full(VOCABULARY, np.nan)
    for candidate in analysis.candidates[mask]:
        found[candidate.id] = candidate.logit
    return found


def by_hand(before: np.ndarray, after: np.ndarray, token: int) -> dict[str, float]:
    """The four measures of one cut, in plain words."""
    order = np.argsort(-before)
    second = int(order[1] if order[0] == token else order[0])
    p, q = (np.exp(one) / np.exp(one).sum() for one in (before, after))
    return {
        "logit-diff": (before[token] - before[second]) - (after[token] - after[second]),
        "log-prob": math.log(p[token]) - math.log(q[token]),
        "kl": float((p * np.log(p / q)).sum()),
        "rank": int((after > after[token]).sum()) - int((before > before[token]).sum()),
    }


@pytest.mark.parametrize("engine", ["numpy", "torch"])
@pytest.mark.parametrize("by", ["mean", "zero"])
@pytest.mark.parametrize(
    ("mask", "token", "in_force"),
    [(0, None, ()), (1, 7, ()), (1, None, (CutHead(0, 1, "zero"), CutArrow(1, 0, 2, 3)))],
)
def test_effects_are_those_of_cuts_one_by_one(
    checkpoint: Path,
    engine: str,
    by: CutBy,
    mask: int,
    token: int | None,
    in_force: Interventions,
) -> None:
    model = MaskedLM.load(str(checkpoint)) if engine == "numpy" else on_torch(checkpoint)
    found = sweep(model, TINY, by=by, mask=mask, token=token, interventions=in_force)

    def logits(*changes: CutHead) -> np.ndarray:
        changed = (*in_force, *changes)
        return numbers(model.analyze(TINY, top_k=VOCABULARY, interventions=changed), mask)

    before = logits()
    asked = int(before.argmax()) if token is None else token
    assert found.token == asked
    assert found.word == [*["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], *tiny.WORDS][asked]
    for layer in range(2):
        for head in range(2):
            cut_already = CutHead(layer, head, "zero") in in_force
            after = before if cut_already else logits(CutHead(layer, head, by))
            for slug, wanted in by_hand(before, after, asked).items():
                assert found.effects[slug][layer, head] == pytest.approx(wanted, abs=2e-5), slug
    everything = all_but([(0, 1)] if in_force else [], 2, 2, by)
    for slug, wanted in by_hand(before, logits(*everything), asked).items():  # type: ignore[arg-type]
        assert found.all_at_once[slug] == pytest.approx(wanted, abs=2e-5)
    for layer in range(2):
        of_layer = [cut for cut in everything if cut.layer == layer]
        for slug, wanted in by_hand(before, logits(*of_layer), asked).items():  # type: ignore[arg-type]
            assert found.layers[slug][layer] == pytest.approx(wanted, abs=2e-5)
    assert np.abs(found.effects["logit-diff"]).max() > 1e-2


def test_of_the_embedded_model_too() -> None:
    model, found = embedded(), sweep(embedded(), TEXT)
    first, second = model.analyze(TEXT).candidates[0][:2]
    assert (found.word, found.runner_up_word) == (first.token, second.token)
    assert found.means == "mean of 200 sentences"
    lead = first.logit - second.logit
    for layer, head in [(0, 0), (2, 5), (5, 10), (5, 11)]:
        analysis = model.analyze(TEXT, top_k=100, interventions=(CutHead(layer, head),))
        cut = {candidate.id: candidate for candidate in analysis.candidates[0]}
        effect = lead - (cut[first.id].logit - cut[second.id].logit)
        assert found.effects["logit-diff"][layer, head] == pytest.approx(effect, abs=2e-5)
        log_p = math.log(first.probability) - math.log(cut[first.id].probability)
        assert found.effects["log-prob"][layer, head] == pytest.approx(log_p, abs=2e-5)
    total = found.effects["kl"].sum()
    assert found.total(measure_named("kl")) == pytest.approx(total)
    assert (found.effects["kl"] >= -1e-9).all()
    assert f"add up to {total:.3g}; cutting all heads at once does" in found.compared(
        measure_named("kl")
    )


def test_an_estimate_is_there_if_it_was_wanted() -> None:
    model = MaskedLM.load()
    assert not sweep(model, TEXT, by="zero").estimates
    found = sweep(model, TEXT, by="zero", estimate=True)
    assert found.estimates.keys() == {"logit-diff", "log-prob"}
    effects, estimates = (one["logit-diff"].ravel() for one in (found.effects, found.estimates))
    assert np.corrcoef(effects, estimates)[0, 1] > 0.5
    near = sweep(embedded(), TEXT, by="zero")  # on torch now, against numpy
    for measure in MEASURES:
        wanted = near.effects[measure.slug]
        np.testing.assert_allclose(found.effects[measure.slug], wanted, atol=1e-4)


def test_progress_counts_heads_and_the_sentences_before_them(checkpoint: Path) -> None:
    told: list[tuple[int, int]] = []
    sweep(embedded(), TEXT, by="zero", progress=lambda *step: told.append(step))
    assert told[0] == (0, 72)
    assert told[-1] == (72, 72)
    told.clear()
    model = MaskedLM.load(str(checkpoint))
    sweep(model, TINY, progress=lambda *step: told.append(step))
    sentences = model.means().sentences
    assert told[-1] == (sentences + 4, sentences + 4)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_what_cannot_be_is_refused(checkpoint: Path) -> None:
    def refused(error: type[UserError], match: str, text: str = TEXT, **options: object) -> None:
        with pytest.raises(error, match=match):
            sweep(embedded(), text, **options)  # type: ignore[arg-type]

    refused(NoMaskError, r"There is no \[MASK\] in the text", "The cat sat.")
    refused(RequestError, "There is no mask 2: the text has 1", mask=1)
    for estimate in (False, True):
        refused(
            RequestError, "There is no word piece 99999: the vocabulary has 30,522", token=99999,
            estimate=estimate,
        )  # fmt: skip
    refused(RequestError, "There is no layer 9", interventions=(CutHead(8, 0),))
    broken = on_torch(checkpoint)
    for weight in network(broken).parameters():
        weight.requires_grad_(False).fill_(float("nan"))
    with pytest.raises(ModelError, match="no numbers"):
        sweep(broken, TINY, by="zero")


def test_it_is_given_up(cancelled_after: Callable[[int], Callable[[], bool]]) -> None:
    with pytest.raises(Cancelled):
        sweep(embedded(), TEXT, cancelled=cancelled_after(30))


@pytest.fixture
def cancelled_after() -> Callable[[int], Callable[[], bool]]:
    def after(times: int) -> Callable[[], bool]:
        looks = iter(range(times))
        return lambda: next(looks, None) is None

    return after


def stopped(heads: int, **options: object) -> list[Sweep]:
    """What a sweep tells until it is given up, as soon as so many heads are cut."""
    told: list[Sweep] = []
    with pytest.raises(Cancelled):
        sweep(
            embedded(),
            TEXT,
            by="zero",
            so_far=told.append,
            cancelled=lambda: bool(told) and count(told[-1]) >= heads,
            **options,  # type: ignore[arg-type]
        )
    return told


def count(found: Sweep) -> int:
    assert found.so_far is not None
    return found.so_far.count


def test_what_is_measured_is_told_on_the_way() -> None:
    whole, told = sweep(embedded(), TEXT, by="zero"), stopped(30)
    assert [count(one) for one in told] == sorted({count(one) for one in told})
    assert 30 <= count(told[-1]) < 72
    for one in told:
        assert one.so_far is not None
        assert not one.is_whole
        for slug, numbers in one.effects.items():
            np.testing.assert_array_equal(np.isnan(numbers), one.so_far.to_come)
            there = ~one.so_far.to_come
            np.testing.assert_allclose(numbers[there], whole.effects[slug][there], atol=1e-5)
        assert np.isnan(one.layers["kl"]).all()
        assert math.isnan(one.all_at_once["kl"])
        assert one.compared(MEASURES[0]) == f"{count(one)} of 72 heads measured."
        assert (one.word, one.runner_up_word, one.told) == (
            whole.word, whole.runner_up_word, whole.told
        )  # fmt: skip
    first = told[0].so_far
    assert first is not None
    assert first.legend == f"{count(told[0])} of 72 heads measured, – not yet"
    assert whole.so_far is None


def test_it_goes_on_from_what_is_known() -> None:
    whole, known = sweep(embedded(), TEXT, by="zero"), stopped(30)[-1]
    told: list[Sweep] = []
    steps: list[tuple[int, int]] = []
    found = sweep(
        embedded(), TEXT, by="zero", known=known, so_far=told.append,
        progress=lambda *step: steps.append(step),
    )  # fmt: skip
    assert steps[0] == (count(known), 72)
    assert steps[-1] == (72, 72)
    assert min(map(count, told)) > count(known)
    assert found.is_whole
    there = np.isfinite(known.effects["kl"])
    for slug, numbers in whole.effects.items():
        np.testing.assert_allclose(found.effects[slug], numbers, atol=1e-5)
        np.testing.assert_array_equal(found.effects[slug][there], known.effects[slug][there])
        np.testing.assert_allclose(found.layers[slug], whole.layers[slug], atol=1e-5)
    other = sweep(embedded(), TEXT, by="zero", known=known, token=whole.runner_up)
    anew = sweep(embedded(), TEXT, by="zero", token=whole.runner_up)
    for slug, numbers in anew.effects.items():
        np.testing.assert_array_equal(other.effects[slug], numbers)


def test_the_layer_at_hand_may_come_first() -> None:
    told = stopped(12, layer_first=3)
    for one in told:
        assert one.so_far is not None
    last = told[-1].so_far
    assert last is not None
    assert not last.to_come[3].any()
    assert last.to_come[[0, 1, 2, 4, 5]].all()


async def test_it_is_a_job_of_the_process_that_holds_the_model() -> None:
    job = SweepHeads(TEXT, "embedded")
    assert pickle.loads(pickle.dumps(job)) == job
    client = ModelClient()
    ear = Ear(client)
    try:
        client.load("embedded")
        assert isinstance(await ear.next(), Loaded)
        client.start_job(job)
        parts: list[Sweep] = []
        while isinstance(event := await ear.next(), JobProgress | JobSoFar):
            if isinstance(event, JobSoFar):
                assert isinstance(event.result, Sweep)
                parts.append(event.result)
        assert isinstance(event, JobDone), event
        there, here = event.result, sweep_heads(job, embedded())
        assert isinstance(there, Sweep)
        for slug, numbers in here.effects.items():
            np.testing.assert_allclose(there.effects[slug], numbers, atol=1e-4)
        assert there.word == here.word
        assert there.is_whole
        assert parts
        for part in parts:
            assert part.so_far is not None
            known = ~part.so_far.to_come
            assert known.any()
            for slug, numbers in there.effects.items():
                np.testing.assert_array_equal(part.effects[slug][known], numbers[known])
    finally:
        client.close()


LONG = 4_000


@pytest.fixture(scope="module")
def for_long_texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model that takes long texts."""
    from transformers import BertForMaskedLM

    folder = tmp_path_factory.mktemp("long")
    config = tiny.bert_config()
    config.max_position_embeddings = LONG + 10
    BertForMaskedLM(config).save_pretrained(folder)
    pieces = tiny.tokenizer()
    pieces.model_max_length = LONG + 10
    pieces.save_pretrained(folder)
    return folder


def long_text() -> str:
    """A text of so many word pieces, special tokens included, with its mask first."""
    return "[MASK] " + " ".join(["cat"] * (LONG - 3))


def test_a_long_text_takes_the_memory_of_one_head_at_a_time(for_long_texts: Path) -> None:
    model = MaskedLM.load(str(for_long_texts))
    assert model.count_tokens(long_text()) == LONG
    tracemalloc.start()
    found = sweep(model, long_text(), by="zero")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert np.isfinite(found.effects["logit-diff"]).all()
    weights = 4 * LONG * LONG
    assert peak < 1.8 * weights, "a second head's weights, or a layer's, were held"


@pytest.mark.parametrize("engine", ["numpy", "torch"])
def test_what_there_is_no_memory_for_is_said(
    for_long_texts: Path, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = MaskedLM.load if engine == "numpy" else on_torch
    model = load(str(for_long_texts))
    monkeypatch.setattr(budget, "free_memory", lambda: 100 << 20)
    with pytest.raises(TextTooLongError, match="shorten the text"):
        sweep(model, long_text(), by="zero")


def test_layers_from_below_and_above_take_turns() -> None:
    heads = [(layer, head) for layer in range(5) for head in range(3) if (layer, head) != (0, 1)]
    batches = list(_batches(heads, TOKENS_A_PASS // 2))
    assert [batch[0][0] for batch in batches] == [0, 4, 4, 1, 1, 3, 3, 2, 2]
    assert max(map(len, batches)) == 2
    assert sorted(head for batch in batches for head in batch) == heads
    for layer, order in ((2, [2, 4, 0, 3, 1]), (0, [0, 4, 1, 3, 2]), (9, [0, 4, 1, 3, 2])):
        batches = list(_batches(heads, 1, layer))
        assert [batch[0][0] for batch in batches] == order
        assert sorted(head for batch in batches for head in batch) == heads
