"""Files of numbers: read back with nothing but numpy, json and csv, and opened again by the app."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from tests.support import embedded
from tui.analysis.analysis import Analysis
from tui.analysis.intervention_names import as_plain, from_plain
from tui.analysis.interventions import (
    CutArrow,
    CutHead,
    Intervention,
    Transplant,
    TransplantResidual,
)
from tui.errors import ModelError
from tui.model.saved.read_npz import read_npz
from tui.storage import data_files
from tui.storage.data_files import (
    COLUMNS,
    SCHEMA,
    Data,
    csv_lines,
    json_lines,
    json_metadata,
    npz_chunks,
    npz_metadata,
)

TEXT = 'The cat, "despite" [MASK] and the noise, moved [MASK].'


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return embedded().analyze(TEXT, top_k=4)


@pytest.fixture(scope="module")
def data(analysis: Analysis) -> Data:
    layers, heads = (1, 4), (0, 2, 11)
    matrices = analysis.attention[np.ix_(layers, heads)]
    return Data(analysis, matrices, layers, heads, "raw weights")


def whole(analysis: Analysis) -> Data:
    layers, heads = analysis.attention.shape[:2]
    return Data(
        analysis, analysis.attention, tuple(range(layers)), tuple(range(heads)), "raw weights"
    )


def saved(folder: Path, data: Data) -> Path:
    path = folder / "saved.npz"
    path.write_bytes(b"".join(npz_chunks(data)))
    return path


# The schema, with the tools that anybody has


def test_the_schema_has_every_form_of_what_was_changed() -> None:
    pairs = ((0, 0), (2, 1))
    forms: tuple[Intervention, ...] = (
        CutHead(0, 0), CutArrow(0, 0, 1, 2), Transplant(0, 0, TEXT, pairs),
        TransplantResidual(0, 2, TEXT, pairs),
    )  # fmt: skip
    assert {type(one) for one in forms} == {*get_args(Intervention)}
    schema = " ".join((data_files.__doc__ or "").split())
    for one in forms:
        plain = as_plain(one)
        kind = next(iter(plain))
        written = schema[schema.index(f'{{"{kind}": "{plain[kind]}"') :]
        written = written[: written.index("}")]
        assert [name for name in plain if f'"{name}"' not in written] == []


def test_npz_with_nothing_but_numpy(data: Data, analysis: Analysis) -> None:
    (content,) = npz_chunks(data)
    with np.load(io.BytesIO(content)) as arrays:  # which refuses Python objects
        assert str(arrays["schema"]) == SCHEMA
        assert arrays["attention"].dtype == np.float32
        assert (arrays["attention"] == data.matrices).all()
        assert arrays["layers"].tolist() == [2, 5]
        assert arrays["heads"].tolist() == [1, 3, 12]
        assert arrays["tokens"].tolist() == [token.text for token in analysis.tokens]
        assert arrays["token_ids"].tolist() == [token.id for token in analysis.tokens]
        assert arrays["special"].tolist() == analysis.special.tolist()
        assert arrays["masks"].tolist() == list(analysis.masks)
        text = str(arrays["text"])
        assert text == analysis.text
        for token, start, end in zip(
            analysis.tokens, arrays["starts"], arrays["ends"], strict=True
        ):
            assert text[start:end] == analysis.text[token.start : token.end]
        assert str(arrays["model"]) == "embedded"
        assert str(arrays["model_type"]) == "bert"
        assert str(arrays["mask_token"]) == "[MASK]"
        assert str(arrays["view"]) == "raw weights"
        assert str(arrays["software"]).startswith("bertmask-tui ")
        assert arrays["candidate_tokens"].shape == (2, 4)
        for mask, ranked in enumerate(analysis.candidates):
            assert arrays["candidate_tokens"][mask].tolist() == [c.token for c in ranked]
            assert arrays["candidate_ids"][mask].tolist() == [c.id for c in ranked]
            assert arrays["candidate_probabilities"][mask].tolist() == [
                c.probability for c in ranked
            ]
            assert arrays["candidate_logits"][mask].tolist() == [c.logit for c in ranked]
            assert arrays["candidate_sentences"][mask].tolist() == [c.sentence for c in ranked]


def test_json_with_nothing_but_json(data: Data, analysis: Analysis) -> None:
    found = json.loads(b"".join(json_lines(data)))
    assert found["schema"] == SCHEMA
    assert found["text"] == analysis.text
    assert found["model"] == {
        "name": "embedded", "type": "bert", "layers": 6, "heads": 12, "mask_token": "[MASK]",
    }  # fmt: skip
    assert found["layers"] == [2, 5]
    assert found["heads"] == [1, 3, 12]
    assert found["masks"] == list(analysis.masks)
    assert [token["text"] for token in found["tokens"]] == [t.text for t in analysis.tokens]
    assert {"text", "id", "special", "start", "end"} <= set(found["tokens"][0])
    best = found["candidates"][1][0]
    assert best["token"] == analysis.candidates[1][0].token
    assert best["probability"] == analysis.candidates[1][0].probability
    assert (np.array(found["attention"], dtype=np.float32) == data.matrices).all()


def test_csv_with_nothing_but_csv(data: Data, analysis: Analysis) -> None:
    lines = b"".join(csv_lines(data)).decode()
    rows = list(csv.DictReader(io.StringIO(lines, newline="")))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == data.matrices.size
    again = np.full_like(data.matrices, np.nan)
    tokens = [token.text for token in analysis.tokens]
    assert '"' in tokens, "a token that csv has to quote"
    for row in rows:
        query, key = int(row["query_index"]), int(row["key_index"])
        assert (row["query_token"], row["key_token"]) == (tokens[query], tokens[key])
        layer, head = (
            data.layers.index(int(row["layer"]) - 1),
            data.heads.index(int(row["head"]) - 1),
        )
        again[layer, head, query, key] = np.float32(row["weight"])
    assert (again == data.matrices).all(), "every digit that matters"


def test_json_stays_json_where_a_weight_is_no_number(data: Data) -> None:
    odd = data.matrices.copy()
    odd[0, 0, 0, :3] = np.nan, np.inf, -np.inf
    found = json.loads(b"".join(json_lines(replace(data, matrices=odd))))
    assert found["attention"][0][0][0][:4] == [None, None, None, float(str(odd[0, 0, 0, 3]))]


def test_a_text_without_masks_has_no_candidates() -> None:
    plain = whole(embedded().analyze("No mask here."))
    (content,) = npz_chunks(plain)
    with np.load(io.BytesIO(content)) as arrays:
        assert arrays["masks"].shape == (0,)
        assert arrays["candidate_tokens"].shape[0] == 0
    assert json.loads(b"".join(json_lines(plain)))["candidates"] == []


def test_facts_are_read_back(tmp_path: Path, data: Data) -> None:
    for name, chunks, read in (
        ("a.npz", npz_chunks(data), npz_metadata),
        ("a.json", json_lines(data), json_metadata),
    ):
        path = tmp_path / name
        path.write_bytes(b"".join(chunks))
        assert read(path) == {**data.facts, "Digest": data.digest}
        path.write_bytes(path.read_bytes()[:60])
        assert read(path) is None
        assert read(tmp_path / "gone") is None


# Opened again


def test_what_is_saved_is_what_is_opened(tmp_path: Path, analysis: Analysis) -> None:
    again = read_npz(saved(tmp_path, whole(analysis)))
    assert again.text == analysis.text
    assert again.tokens == analysis.tokens
    assert again.masks == analysis.masks
    assert again.candidates == analysis.candidates
    assert again.notes == analysis.notes
    assert (again.model.name, again.model.layers, again.model.heads) == ("embedded", 6, 12)
    assert (again.attention == analysis.attention).all()
    assert (again.peaks == analysis.peaks).all()


def test_what_was_transplanted_is_read_back(tmp_path: Path) -> None:
    there = "My old cat [MASK]."
    pairs = ((0, 0), (1, 3), (2, 4), (3, 5), (4, 6))
    changes = (Transplant(1, 2, there, pairs), TransplantResidual(3, 1, there, pairs))
    found = embedded().analyze("Cats [MASK].", interventions=changes)
    data = whole(found)
    again = read_npz(saved(tmp_path, data))
    assert again.interventions == changes
    assert again.told == found.told
    assert "residual transplanted from “My old cat [MASK].”: into 4 at" in again.told[0]
    written = json.loads(b"".join(json_lines(data)))["interventions"]
    assert [from_plain(one) for one in written] == [*changes]
    for beyond in (TransplantResidual(3, 5, there), Transplant(1, 2, there, ((5, 0),))):
        lost = read_npz(saved(tmp_path, whole(replace(found, interventions=(beyond,)))))
        assert not lost.interventions, "there is no such token"


def test_a_part_of_the_heads_says_which_they_are(tmp_path: Path, data: Data) -> None:
    again = read_npz(saved(tmp_path, data))
    assert again.attention.shape[:2] == (2, 3)
    assert any("layers" in note and "2, 5" in note for note in again.notes)
    assert any("heads" in note and "1, 3, 12" in note for note in again.notes)


WEIGHTS = np.random.default_rng(0).dirichlet([1.0] * 4, (2, 3, 4))  # [layer, head, query, key]
WORDS = ["[CLS]", "cat", "##s", "<mask>"]


def foreign(folder: Path, **arrays: Any) -> Path:
    path = folder / "cluster.npz"
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize(
    "arrays",
    [
        {"attention": WEIGHTS, "tokens": WORDS},
        {"attention": WEIGHTS.astype(np.float16), "tokens": WORDS},
        {"attentions": WEIGHTS[:, np.newaxis], "tokens": WORDS},
        {"a": WEIGHTS, "b": WORDS, "c": np.arange(3)},
        {"weights": WEIGHTS, "words": WORDS, "hidden_states": np.ones((2, 1, 4, 8))},
        {"attention": WEIGHTS, "tokens": np.char.encode(WORDS, "utf-8")},
    ],
    ids=["plain", "half", "batch", "other names", "with more", "bytes"],
)
def test_anybody_s_attention_opens(tmp_path: Path, arrays: dict[str, Any]) -> None:
    found = read_npz(foreign(tmp_path, **arrays))
    assert found.attention.dtype == np.float32
    assert np.allclose(found.attention, WEIGHTS, atol=1e-3)
    assert [token.text for token in found.tokens] == WORDS
    assert found.special.tolist() == [True, False, False, False]
    assert found.masks == (3,)
    assert found.candidates == ((),)
    assert found.text == "cats [MASK]"
    assert (found.model.name, found.model.layers, found.model.heads) == ("cluster", 2, 3)


def test_fields_of_another_kind_are_passed_over(tmp_path: Path) -> None:
    path = foreign(
        tmp_path, attention=WEIGHTS, tokens=WORDS, text=np.array([1, 2]), masks="none",
        special=[True], model=7, starts=[0, 900, 1, 2], ends=[1, 2, 3, 4],
        candidate_tokens=[["a"]], candidate_ids=[[1, 2]],
    )  # fmt: skip
    found = read_npz(path)
    assert found.masks == (3,)
    assert found.model.name == "cluster"
    assert found.text == "cats [MASK]"


def test_positions_outside_the_text_are_not_believed(tmp_path: Path) -> None:
    path = foreign(
        tmp_path, attention=WEIGHTS, tokens=WORDS, text="cats\x1b[31m here",
        starts=[0, 1, 2, 90], ends=[1, 2, 3, 91], masks=[3, 77, -1],
    )  # fmt: skip
    found = read_npz(path)
    assert found.text == "cats here"
    written = [found.text[token.start : token.end] for token in found.tokens]
    assert written == ["", "cat", "s", "here"], "looked for in the text instead"
    assert found.masks == (3,)


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        (WEIGHTS * 3, "do not sum to 1"),
        (np.where(WEIGHTS.max() == WEIGHTS, np.nan, WEIGHTS), "no numbers"),
    ],
)
def test_odd_weights_are_said(tmp_path: Path, weights: Any, said: str) -> None:
    found = read_npz(foreign(tmp_path, attention=weights, tokens=WORDS))
    assert any(said in note for note in found.notes)


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"tokens": WORDS}, "no arrays of attention"),
        ({"a": WEIGHTS, "b": WEIGHTS, "tokens": WORDS}, "several arrays"),
        ({"attention": WEIGHTS[..., :3], "tokens": WORDS}, "as many queries as keys"),
        ({"attention": WEIGHTS[0, 0, 0], "tokens": WORDS}, "no arrays of attention"),
        ({"attention": np.stack([WEIGHTS] * 2, 1), "tokens": WORDS}, "2 sentences"),
        ({"attention": WEIGHTS}, "which tokens"),
        ({"attention": WEIGHTS, "tokens": WORDS[:3]}, "3 tokens for 4"),
        ({"attention": WEIGHTS, "tokens": np.array(WORDS, dtype=object)}, "dtype str"),
        ({"attention": np.empty((0, 3, 4, 4)), "tokens": WORDS}, "0 × 3"),
    ],
)
def test_what_cannot_be_shown_is_said_in_a_sentence(
    tmp_path: Path, arrays: dict[str, Any], said: str
) -> None:
    with pytest.raises(ModelError, match=said) as caught:
        read_npz(foreign(tmp_path, **arrays))
    assert str(tmp_path) in str(caught.value)
    assert str(caught.value).endswith(".")


def test_files_that_are_no_npz(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    with pytest.raises(ModelError, match="no file"):
        read_npz(path)
    good = saved(tmp_path, whole(embedded().analyze("A."))).read_bytes()
    for content in (b"", b"text", good[: len(good) // 2], b"PK\x03\x04" + b"\0" * 50):
        path.write_bytes(content)
        with pytest.raises(ModelError, match="cannot be read") as caught:
            read_npz(path)
        assert "\n" not in str(caught.value)
    with path.open("wb") as file:
        np.save(file, WEIGHTS)
    with pytest.raises(ModelError, match="one array and no tokens"):
        read_npz(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(ModelError, match="cannot be read"):
        read_npz(path)
