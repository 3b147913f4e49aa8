"""Saved attention in the place of a model: its one answer, and a clear word about any other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.model.worker.real_child import Ear
from tui.analysis.analysis import Analysis
from tui.analysis.wanted import WantedQuantities
from tui.errors import ModelError, RequestError
from tui.model.masked_lm import MaskedLM
from tui.model.names import is_saved
from tui.model.saved.saved_model import SavedModel
from tui.model.worker.client import ModelClient
from tui.model.worker.protocol import Failed, Loaded, LoadFailed
from tui.storage.data_files import Data, npz_chunks

TEXT = "Paris is the [MASK] of France."


@pytest.fixture(scope="module")
def original(model: MaskedLM) -> Analysis:
    return model.analyze(TEXT, top_k=5)


@pytest.fixture(scope="module")
def file(original: Analysis, tmp_path_factory: pytest.TempPathFactory) -> Path:
    layers, heads = original.attention.shape[:2]
    data = Data(original, original.attention, tuple(range(layers)), tuple(range(heads)), "raw")
    path = tmp_path_factory.mktemp("saved") / "paris.npz"
    path.write_bytes(b"".join(npz_chunks(data)))
    return path


def test_names_of_files() -> None:
    assert is_saved("x.npz")
    assert not is_saved("bert-base-uncased")


def test_the_answer_is_the_saved_one(file: Path, original: Analysis) -> None:
    saved = SavedModel.load(str(file))
    assert saved.info.only_text == TEXT
    answer = saved.analyze(f" {TEXT}\n", top_k=3)
    assert (answer.attention == original.attention).all()
    assert answer.tokens == original.tokens
    assert answer.candidates == (original.candidates[0][:3],)
    assert answer.model == saved.info


def test_attention_goes_where_it_is_wanted(file: Path, original: Analysis) -> None:
    made: list[np.ndarray] = []

    def allocate(shape: tuple[int, ...]) -> np.ndarray:
        made.append(np.zeros(shape, dtype=np.float32))
        return made[-1]

    answer = SavedModel.load(str(file)).analyze(TEXT, allocate=allocate)
    assert answer.attention is made[0]
    assert (made[0] == original.attention).all()


def test_words_have_peaks_of_their_own(model: MaskedLM, tmp_path: Path) -> None:
    text = "The antidisestablishmentarian [MASK]."
    wanted = WantedQuantities(mixing=True, words=True)
    asked = model.analyze(text, wanted=wanted)
    layers, heads = asked.attention.shape[:2]
    data = Data(asked, asked.attention, tuple(range(layers)), tuple(range(heads)), "raw")
    path = tmp_path / "words.npz"
    path.write_bytes(b"".join(npz_chunks(data)))
    found = SavedModel.load(str(path)).analyze(text, wanted=wanted).derived
    assert set(found.word_peaks) == {"", "layermean", "mean", "rollout"}
    assert found.word_peaks == pytest.approx(asked.derived.word_peaks)
    assert found.shown_word_peaks == pytest.approx(asked.derived.shown_word_peaks)


def test_another_text_needs_a_model(file: Path) -> None:
    with pytest.raises(RequestError, match=r"paris\.npz holds the attention of one sentence"):
        SavedModel.load(str(file)).analyze("Rome is the [MASK] of Italy.")


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no file"):
        SavedModel.load(str(tmp_path / "gone.npz"))


def test_it_needs_no_torch(file: Path) -> None:
    code = (
        "import sys; from tui.model.saved.saved_model import SavedModel; "
        "SavedModel.load(sys.argv[1]);"
        "print([name for name in ('torch', 'transformers', 'textual') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


async def test_the_process_answers_from_a_file(
    file: Path, tmp_path: Path, original: Analysis
) -> None:
    client = ModelClient()
    ear = Ear(client)
    try:
        client.load(str(file))
        event = await ear.next(5)  # torch alone takes a second or two to import
        assert isinstance(event, Loaded)
        assert event.info.only_text == TEXT
        client.analyze(TEXT, top_k=2)
        answer = (await ear.answer()).analysis
        assert (answer.attention == original.attention).all()
        assert len(answer.candidates[0]) == 2
        client.analyze("Another sentence.", top_k=2)
        assert isinstance(await ear.next(), Failed)
        client.load(str(tmp_path / "gone.npz"))
        failed = await ear.next()
        assert isinstance(failed, LoadFailed)
        assert "no file" in failed.message
    finally:
        client.close()
