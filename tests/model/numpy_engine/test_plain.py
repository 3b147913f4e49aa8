"""What is opened as a plain encoder, and what is left to torch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests.model.numpy_engine.checkpoints import KINDS, Both, configure, random_text, rewrite, save
from tui.model.folders import EMBEDDED_FOLDER
from tui.model.names import EMBEDDED
from tui.model.numpy_engine.configuration import NotPlainError, read
from tui.model.numpy_engine.plain import open_plain
from tui.model.torch_engine.model_inputs import segments
from tui.model.torch_engine.tokenizer_fit import embeddings

OTHER = "model-00001-of-00002.safetensors"
DECODER = "cls.predictions.decoder"
WORDS = "bert.embeddings.word_embeddings.weight"


def test_shape_is_what_torch_says(family: Both) -> None:
    shape, config = family.ours.shape, family.theirs.config
    assert shape.type == config.model_type
    assert (shape.layers, shape.heads) == (3, 4)
    assert shape.embeddings == embeddings(family.theirs)
    assert shape.segments == segments(family.theirs)
    table = next(
        module
        for name, module in family.theirs.named_modules()
        if name.endswith("position_embeddings")
    )
    skipped = 0 if table.padding_idx is None else table.padding_idx + 1
    assert shape.positions == table.num_embeddings - skipped
    assert "input_ids" in shape.takes
    assert ("token_type_ids" in shape.takes) == (shape.type != "distilbert")
    assert not shape.has_decoder
    assert shape.windows == ()


def test_roberta_with_one_segment(tmp_path: Path) -> None:
    both = Both(save("roberta", tmp_path / "one", type_vocab_size=1))
    assert both.ours.shape.segments == segments(both.theirs) == 1


def test_embedded_model_is_plain() -> None:
    engine = open_plain(EMBEDDED_FOLDER)
    assert engine is not None, EMBEDDED
    assert engine.shape.segments == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model_type", "electra"), ("model_type", None), ("model_type", ["bert"]),
        ("hidden_act", "gelu_new"), ("hidden_act", "relu"), ("hidden_act", None),
        ("position_embedding_type", "relative_key"), ("position_embedding_type", None),
        ("is_decoder", True), ("is_decoder", None), ("is_encoder_decoder", True),
        ("add_cross_attention", True), ("tie_word_embeddings", False),
        ("tie_encoder_decoder", True), ("chunk_size_feed_forward", 2),
        ("pruned_heads", {"0": [1]}), ("quantization_config", {"load_in_8bit": True}),
        ("auto_map", {"AutoModel": "model.Model"}), ("embedding_size", 16),
        ("hidden_size", 64), ("hidden_size", 32.0), ("hidden_size", "32"),
        ("num_attention_heads", 5), ("num_attention_heads", 0), ("num_attention_heads", True),
        ("num_hidden_layers", 2), ("num_hidden_layers", 4), ("num_hidden_layers", -1),
        ("intermediate_size", 65), ("vocab_size", 61), ("max_position_embeddings", 513),
        ("type_vocab_size", 3), ("layer_norm_eps", "1e-12"), ("layer_norm_eps", -1.0),
        ("layer_norm_eps", None), ("pad_token_id", 60), ("pad_token_id", -1),
        ("pad_token_id", 0.0), ("per_layer_config", {"0": {"num_attention_heads": 2}}),
        ("rope_theta", 1e4), ("a_field_of_tomorrow", None), ("adapters", {}),
    ],
)  # fmt: skip
def test_field_that_makes_it_another_model(folder: Path, field: str, value: object) -> None:
    configure(folder, **{field: value})
    assert open_plain(folder) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dtype", "float16"), ("torch_dtype", "bfloat16"), ("architectures", ["BertModel"]),
        ("transformers_version", "4.1.0"), ("hidden_dropout_prob", 0.5), ("use_cache", False),
        ("output_attentions", True), ("id2label", {"0": "a"}), ("gradient_checkpointing", True),
        ("position_embedding_type", "absolute"), ("pruned_heads", {}), ("pad_token_id", None),
        ("chunk_size_feed_forward", 0), ("_name_or_path", "x"), ("top_k", 50),
        ("pooler_type", "first_token_transform"), ("bos_token_id", 7),
    ],
)  # fmt: skip
def test_field_that_changes_nothing(folder: Path, whole: Path, field: str, value: object) -> None:
    text = random_text(np.random.default_rng(0), 8, pair=True)
    (before,), _ = Both(whole).ask([text], [[]])
    configure(folder, **{field: value})
    both = Both(folder)
    (after,), _ = both.ask([text], [[]])
    np.testing.assert_array_equal(after, before)
    np.testing.assert_allclose(after, both.seen([text])[0].attention, atol=1e-5)


@pytest.mark.parametrize(
    ("field", "value"), [("activation", "relu"), ("type_vocab_size", 2), ("hidden_act", "gelu"),
                         ("tie_weights_", False), ("n_heads", 3), ("layer_norm_eps", 1e-5)]
)  # fmt: skip
def test_field_that_makes_it_another_distilbert(tmp_path: Path, field: str, value: object) -> None:
    folder = save("distilbert", tmp_path / "model")
    configure(folder, **{field: value})
    assert open_plain(folder) is None


def test_roberta_needs_a_padding(tmp_path: Path) -> None:
    folder = save("roberta", tmp_path / "model")
    configure(folder, pad_token_id=None)
    assert open_plain(folder) is None


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_absent_is_transformers_default(kind: str) -> None:
    from transformers import AutoConfig

    theirs: Any = AutoConfig.for_model(kind)
    ours = read({"model_type": kind})
    assert ours.vocabulary == theirs.vocab_size
    assert ours.positions == theirs.max_position_embeddings
    assert ours.segments == getattr(theirs, "type_vocab_size", 0)
    assert ours.hidden == theirs.hidden_size
    assert ours.layers == theirs.num_hidden_layers
    assert ours.heads == theirs.num_attention_heads
    assert ours.inner == getattr(theirs, "intermediate_size", getattr(theirs, "hidden_dim", 0))
    assert ours.epsilon == getattr(theirs, "layer_norm_eps", 1e-12)
    roberta_shaped = kind not in ("bert", "distilbert")
    assert ours.padding == (theirs.pad_token_id if roberta_shaped else None)


@pytest.mark.parametrize("written", [None, [], "bert", 3, {}])
def test_no_configuration(written: object) -> None:
    with pytest.raises(NotPlainError):
        read(written)


def test_epsilon_and_other_options_are_the_configurations(tmp_path: Path) -> None:
    both = Both(save("bert", tmp_path / "model", layer_norm_eps=0.05, type_vocab_size=3))
    text = random_text(np.random.default_rng(1), 10, pair=True)
    (found,), _ = both.ask([text], [[]])
    np.testing.assert_allclose(found, both.seen([text])[0].attention, atol=1e-5)


# Files


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_missing_file(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert open_plain(folder) is None


def test_no_folder(tmp_path: Path) -> None:
    assert open_plain(tmp_path / "none") is None


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
@pytest.mark.parametrize("left", [0, 1, 8, 9, 200, -2])
def test_cut_file(folder: Path, name: str, left: int) -> None:
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:left])
    assert open_plain(folder) is None


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
@pytest.mark.parametrize(
    "content",
    [
        b"\x00" * 64, b"version https://git-lfs.github.com/spec/v1\n", b"<!doctype html>",
        b"\xff\xfe{}", b"[" * 100_000,
    ],
)  # fmt: skip
def test_file_of_another_kind(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    assert open_plain(folder) is None


def test_link_that_leads_nowhere(folder: Path) -> None:
    """Beside other weights too: transformers looks for this file first."""
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").symlink_to(folder / "none")
    (folder / "model.safetensors.index.json").write_text("{}")
    assert open_plain(folder) is None


def sharded(folder: Path) -> dict[str, str]:
    """Put every other weight in a second file, and write the index."""
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names = sorted(weights)
    places: dict[str, str] = {}
    for number, part in enumerate((names[::2], names[1::2])):
        file = f"model-0000{number + 1}-of-00002.safetensors"
        save_file({name: weights[name] for name in part}, folder / file, metadata={"format": "pt"})
        places |= dict.fromkeys(part, file)
    index = {"metadata": {}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return places


def test_several_files(folder: Path, whole: Path) -> None:
    sharded(folder)
    text = random_text(np.random.default_rng(2), 7, pair=True)
    (found,), (answer,) = Both(folder).ask([text], [[1]])
    (expected,), (other,) = Both(whole).ask([text], [[1]])
    np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_allclose(answer.logits, other.logits, atol=1e-5)


def test_one_of_several_files_is_missing(folder: Path) -> None:
    (folder / min(sharded(folder).values())).unlink()
    assert open_plain(folder) is None


@pytest.mark.parametrize("change", [
    lambda index: index.pop("weight_map"),
    lambda index: index["weight_map"].popitem(),
    lambda index: index.update(weight_map=["a"]),
    lambda index: index["weight_map"].update({WORDS: "../model.safetensors"}),
    lambda index: index["weight_map"].update({WORDS: 3}),
    lambda index: index["weight_map"].update(dict.fromkeys(index["weight_map"], OTHER)),
])  # fmt: skip
def test_index_that_is_wrong(folder: Path, change: Any) -> None:
    places = sharded(folder)
    index = {"metadata": {}, "weight_map": places}
    change(index)
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert open_plain(folder) is None


# Weights


def test_every_needed_weight_is_missed(whole: Path, folder: Path) -> None:
    weights = load_file(whole / "model.safetensors")
    file = folder / "model.safetensors"
    assert any(name.startswith("cls.") for name in weights)
    for name in weights:
        others = {other: weight for other, weight in weights.items() if other != name}
        save_file(others, file, metadata={"format": "pt"})
        assert open_plain(folder) is None, name


def change_of(name: str, weight: Any) -> Any:
    return lambda weights: weights.update({name: weight})


@pytest.mark.parametrize(
    "name",
    [
        "bert.encoder.layer.3.output.dense.weight", "bert.x", "x",
        "bert.encoder.layer.0.attention.self.distance_embedding.weight",
        "bert.encoder.layer.0.crossattention.self.query.weight",
    ],
)  # fmt: skip
def test_weight_of_unknown_use(folder: Path, name: str) -> None:
    rewrite(folder, change_of(name, np.zeros(3, np.float32)))
    assert open_plain(folder) is None


@pytest.mark.parametrize("name", ["bert.pooler.dense.weight", "cls.seq_relationship.bias",
                                  "bert.embeddings.position_ids"])  # fmt: skip
def test_weight_of_no_use(folder: Path, name: str) -> None:
    rewrite(folder, change_of(name, np.zeros(3, np.int64)))
    assert open_plain(folder) is not None


@pytest.mark.parametrize("dtype", [np.int64, np.float64, np.uint8])
def test_weight_of_another_kind(folder: Path, dtype: type) -> None:
    rewrite(folder, lambda weights: weights.update({WORDS: weights[WORDS].astype(dtype)}))
    assert open_plain(folder) is None


def test_decoder_that_is_the_word_embeddings(folder: Path) -> None:
    rewrite(folder, lambda weights: weights.update({f"{DECODER}.weight": weights[WORDS].copy()}))
    assert open_plain(folder) is not None


@pytest.mark.parametrize("change", [
    lambda weights: {f"{DECODER}.weight": weights[WORDS] + 1},
    lambda weights: {f"{DECODER}.weight": weights[WORDS].astype(np.float16)},
    lambda weights: {f"{DECODER}.weight": weights[WORDS][:-1].copy()},
    lambda weights: {f"{DECODER}.bias": weights["cls.predictions.bias"] + 1},
])  # fmt: skip
def test_decoder_of_its_own(folder: Path, change: Any) -> None:
    rewrite(folder, lambda weights: weights.update(change(weights)))
    assert open_plain(folder) is None


@pytest.mark.parametrize("keep", [True, False])
def test_bias_under_its_other_name(folder: Path, keep: bool) -> None:
    """transformers ties the two, whichever is there."""

    def change(weights: dict[str, np.ndarray]) -> None:
        bias = weights["cls.predictions.bias"] if keep else weights.pop("cls.predictions.bias")
        weights[f"{DECODER}.bias"] = bias.copy()

    rewrite(folder, change)
    both = Both(folder)
    text = random_text(np.random.default_rng(3), 6, pair=True)
    _, (answer,) = both.ask([text], [[2]])
    np.testing.assert_allclose(answer.logits, both.seen([text])[0].logits[[2]], atol=1e-5)


def test_old_names_of_norms(folder: Path, whole: Path) -> None:
    def change(weights: dict[str, np.ndarray]) -> None:
        for name in list(weights):
            old = name.replace("Norm.weight", "Norm.gamma").replace("Norm.bias", "Norm.beta")
            weights[old] = weights.pop(name)

    rewrite(folder, change)
    both = Both(folder)
    text = random_text(np.random.default_rng(4), 6, pair=True)
    (found,), _ = both.ask([text], [[]])
    np.testing.assert_allclose(found, both.seen([text])[0].attention, atol=1e-5)
    (expected,), _ = Both(whole).ask([text], [[]])
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_pickled_weights_beside_it_do_not_matter(folder: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(b"anything")
    assert open_plain(folder) is not None


def test_sinusoidal_positions_are_those_of_the_file(tmp_path: Path) -> None:
    both = Both(save("distilbert", tmp_path / "model", sinusoidal_pos_embds=True))
    text = random_text(np.random.default_rng(5), 9, pair=False)
    (found,), _ = both.ask([text], [[]])
    np.testing.assert_allclose(found, both.seen([text])[0].attention, atol=1e-5)


def test_nothing_heavy_is_imported() -> None:
    code = (
        "import sys; from tui.model.numpy_engine import layout; "
        "from tui.model.numpy_engine.plain import open_plain; "
        f"assert open_plain(__import__('pathlib').Path({str(EMBEDDED_FOLDER)!r})); "
        "print([m for m in ('torch', 'transformers', 'tokenizers', 'huggingface_hub', "
        "'safetensors', 'PIL', 'textual') if m in sys.modules])"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    assert done.stdout.strip() == "[]"
