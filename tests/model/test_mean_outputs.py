"""Heads' mean outputs: the numbers, the file that ships, and what is kept on the disk."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.model import tiny
from tests.support import embedded
from tui.errors import Cancelled, RequestError
from tui.model import make_means, mean_outputs, means_file
from tui.model.checkpoint_identity import checkpoint_identity
from tui.model.engine import EngineQuestion, EngineRow
from tui.model.folders import EMBEDDED_FOLDER
from tui.model.interventions import HeadMeans, TokenKind
from tui.model.masked_lm import MaskedLM
from tui.model.mean_outputs import (
    EMBEDDED_MEANS,
    compute_means,
    find_means,
    means_identity,
    reference_sentences,
)
from tui.model.means_file import kept_file, read_means, write_means
from tui.text import MASK

TEXTS = ("A dog.", "Cats sleep.", "A dog sat on the mat.", "It rains, and we stay.", "No.")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where means are kept meanwhile."""
    place = tmp_path / "cache" / "means"
    monkeypatch.setattr(means_file, "means_folder", lambda: place)
    return place


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    return tiny.save_bert(tmp_path / "model")


def never(*_: object, **__: object) -> HeadMeans:
    raise AssertionError("computed again")


def one_by_one(model: MaskedLM, texts: tuple[str, ...]) -> np.ndarray:
    """The means, a text and a token at a time."""
    kinds: dict[TokenKind, list[np.ndarray]] = {kind: [] for kind in TokenKind}
    for text in texts:
        encoded = model.encode(text)
        n = len(encoded.ids)
        shape = (model.info.layers, model.info.heads, n, n)
        row = EngineRow(encoded.inputs, (), np.empty(shape, np.float32))
        [answer] = model.engine.run(EngineQuestion([row], outputs=True))
        assert answer.outputs is not None
        for place in range(n):
            kind = TokenKind.ORDINARY
            if place == 0:
                kind = TokenKind.OPENING
            elif place == n - 1:
                kind = TokenKind.CLOSING
            kinds[kind].append(answer.outputs[:, :, place].astype(np.float64))
    return np.stack([np.mean(kinds[kind], axis=0) for kind in TokenKind])


def test_means_are_those_of_a_loop(model: MaskedLM) -> None:
    for one in (embedded(), model):
        means = compute_means(one, TEXTS)
        np.testing.assert_allclose(means.outputs, one_by_one(one, TEXTS), atol=1e-6)
        assert means.sentences == len(TEXTS)


def test_sentences_of_one_length_share_a_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    model = embedded()
    asked: list[list[int]] = []
    run = type(model.engine).run

    def counted(engine: object, question: EngineQuestion) -> object:
        asked.append([len(row.inputs["input_ids"]) for row in question.rows])
        assert all(row.attention.size == 0 for row in question.rows), "no weights are kept"
        return run(engine, question)  # type: ignore[arg-type]

    monkeypatch.setattr(type(model.engine), "run", counted)
    told: list[tuple[int, int]] = []
    compute_means(model, reference_sentences(), progress=lambda *step: told.append(step))
    assert all(len(set(lengths)) == 1 for lengths in asked), "none is padded"
    assert len(asked) < 40
    assert told[-1] == (200, 200)


def test_the_reference_is_two_hundred_everyday_sentences() -> None:
    sentences = reference_sentences()
    assert len(sentences) == len(set(sentences)) == 200
    assert all(6 <= len(sentence.split()) <= 25 for sentence in sentences)
    assert not any(MASK in sentence for sentence in sentences)


def test_the_embedded_model_comes_with_its_means(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where this fails the weights or the sentences are new: see `tui.model.make_means`."""
    model = MaskedLM.load()
    computed = compute_means(model, reference_sentences())
    monkeypatch.setattr(mean_outputs, "compute_means", never)
    means = find_means(model)
    assert means.described == "mean of 200 sentences"
    assert "ship with the package" in means.of
    np.testing.assert_allclose(means.outputs, computed.outputs, atol=1e-5)
    assert EMBEDDED_MEANS.stat().st_size < 100_000


def test_the_file_is_made_the_same_each_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = []
    for name in ("a.npz", "b.npz"):
        monkeypatch.setattr(make_means, "EMBEDDED_MEANS", tmp_path / name)
        make_means.main()
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]


def test_they_are_not_taken_for_those_of_other_weights(tmp_path: Path) -> None:
    """The embedded model, one number of it changed in the middle of the file."""
    copy = Path(shutil.copytree(EMBEDDED_FOLDER, tmp_path / "copy"))
    assert checkpoint_identity(copy) == checkpoint_identity(EMBEDDED_FOLDER)
    with (copy / "model.safetensors").open("r+b") as file:
        file.seek((copy / "model.safetensors").stat().st_size - 1000)
        file.write(b"\0\1")
    assert checkpoint_identity(copy) != checkpoint_identity(EMBEDDED_FOLDER)
    shutil.copy(EMBEDDED_FOLDER / "model.safetensors", copy / "model.safetensors")
    (copy / "config.json").write_text((copy / "config.json").read_text() + " ")
    assert checkpoint_identity(copy) != checkpoint_identity(EMBEDDED_FOLDER)


def test_means_are_computed_once_and_kept(
    checkpoint: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = MaskedLM.load(str(checkpoint))
    means = first.means()
    assert means.sentences == 200
    [kept] = folder.iterdir()
    assert kept == kept_file(means_identity(first) or "")
    monkeypatch.setattr(mean_outputs, "compute_means", never)
    assert first.means() is means
    again = MaskedLM.load(str(checkpoint)).means()
    np.testing.assert_array_equal(again.outputs, means.outputs)
    assert (again.sentences, again.of) == (means.sentences, means.of)


def test_half_precision_has_means_of_its_own(checkpoint: Path, folder: Path) -> None:
    MaskedLM.load(str(checkpoint)).means()
    MaskedLM.load(str(checkpoint), dtype="bfloat16").means()
    assert len([*folder.iterdir()]) == 2


@pytest.mark.parametrize("damage", ["cut off", "foreign", "no zip", "other shape", "empty"])
def test_a_file_that_is_no_use_is_made_anew(checkpoint: Path, folder: Path, damage: str) -> None:
    model = MaskedLM.load(str(checkpoint))
    means, identity = model.means(), means_identity(model)
    assert identity is not None
    path = kept_file(identity)
    whole = path.read_bytes()
    if damage == "foreign":
        write_means(path, HeadMeans(means.outputs + 1, 7), "of another model")
    elif damage == "other shape":
        write_means(path, HeadMeans(means.outputs[:, :1] + 1, 7), identity)
    else:
        contents = {"cut off": whole[: len(whole) // 2], "no zip": b"hello", "empty": b""}
        path.write_bytes(contents[damage])
    again = MaskedLM.load(str(checkpoint)).means()
    np.testing.assert_array_equal(again.outputs, means.outputs)
    assert path.read_bytes() == whole
    assert [*folder.iterdir()] == [path], "nothing half written is left"


def test_without_a_place_to_keep_them_they_are_computed(checkpoint: Path, folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_text("a file where the folder should be")
    assert MaskedLM.load(str(checkpoint)).means().sentences


def test_what_fails_while_it_is_written_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space"):
        write_means(folder / "x.npz", HeadMeans(np.zeros((3, 1, 1, 1), np.float32), 1), "x")
    assert not [*folder.iterdir()]
    assert read_means(folder / "x.npz", "x") is None


def test_it_can_be_given_up(cancelling: Callable[[int], Callable[[], bool]]) -> None:
    with pytest.raises(Cancelled):
        compute_means(embedded(), TEXTS, cancelled=cancelling(9))


def test_a_sentence_that_cannot_be_read_is_not_counted() -> None:
    means = compute_means(embedded(), (*TEXTS, "long " * 600, ""))
    assert means.sentences == len(TEXTS)
    np.testing.assert_array_equal(means.outputs, compute_means(embedded(), TEXTS).outputs)


def test_of_nothing_there_is_no_mean() -> None:
    with pytest.raises(RequestError, match="can read no sentence"):
        compute_means(embedded(), ("", "long " * 600))
