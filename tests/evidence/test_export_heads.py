"""All heads' pictures of a sentence: in this process, and as a job of the model's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.model.worker.real_child import Ear
from tests.support import embedded
from tui.analysis.analysis import Analysis
from tui.errors import Cancelled, RequestError, SaveError
from tui.evidence.export_heads import ExportHeads, HeadsExported, export_heads
from tui.model.masked_lm import MaskedLM
from tui.model.worker.client import ModelClient
from tui.model.worker.protocol import (
    Analyzed,
    Event,
    JobDone,
    JobFailed,
    JobProgress,
    Loaded,
)
from tui.storage.saving import picture_metadata

TEXT = "The cat [MASK]."


def pictures(folder: Path) -> list[Path]:
    return sorted(folder.glob("Attention_*.png"))


def whole(folder: Path) -> bool:
    """Whether every picture there is one from its first byte to its last."""
    return all(picture_metadata(path) is not None for path in pictures(folder))


def test_every_head_and_the_page_of_all_are_saved_or_kept(tmp_path: Path) -> None:
    folder, told = tmp_path / "new" / "folder", list[tuple[int, int]]()
    job = ExportHeads(TEXT, "embedded", folder)
    exported = export_heads(job, embedded(), progress=lambda *step: told.append(step))
    assert exported == HeadsExported(folder, 73, 0)
    assert exported.said == f"Saved 73 pictures in {folder}."
    assert told == [(done, 73) for done in range(74)]
    facts = picture_metadata(folder / "Attention_Layer6_Head12.png")
    assert facts is not None
    assert (facts["Text"], facts["Scale"], facts["Model"]) == (TEXT, "absolute", "embedded")
    (folder / "Attention_Layer1_Head1.png").unlink()
    exported = export_heads(job, embedded())
    assert exported == HeadsExported(folder, 1, 72)
    assert exported.said == f"Saved 73 pictures in {folder}, 72 of them were there already."


def test_stopping_leaves_whole_files(tmp_path: Path) -> None:
    done: list[int] = []
    with pytest.raises(Cancelled):
        export_heads(
            ExportHeads(TEXT, "embedded", tmp_path),
            embedded(),
            progress=lambda step, _: done.append(step),
            cancelled=lambda: 5 in done,
        )
    assert done == [0, 1, 2, 3, 4, 5]
    assert 5 <= len(pictures(tmp_path)) < 73
    assert whole(tmp_path)


def test_a_folder_that_cannot_be_written_to_is_said_before_the_model_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setattr(MaskedLM, "analyze", None)
    with pytest.raises(SaveError, match="a part of that path is a file"):
        export_heads(ExportHeads(TEXT, "embedded", tmp_path / "file" / "below"), embedded())


def test_attention_that_is_not_held_whole_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole_one = embedded().analyze(TEXT)

    def one_layer(*_: object, **__: object) -> Analysis:
        return replace(whole_one, attention=whole_one.attention[:1], first_layer=2)

    monkeypatch.setattr(MaskedLM, "analyze", one_layer)
    with pytest.raises(RequestError, match="one layer's attention is held at a time"):
        export_heads(ExportHeads(TEXT, "embedded", tmp_path), embedded())
    assert not pictures(tmp_path)


async def until_end(ear: Ear) -> list[Event]:
    events = [await ear.next()]
    while not isinstance(events[-1], JobDone | JobFailed):
        events.append(await ear.next())
    return events


async def test_it_is_a_job_of_the_process_that_holds_the_model(tmp_path: Path) -> None:
    """The reader goes on meanwhile; stopped, it leaves whole files, and goes on from there."""
    client = ModelClient()
    ear = Ear(client)
    job = ExportHeads(TEXT, "embedded", tmp_path / "pictures")
    try:
        client.load("embedded")
        assert isinstance(await ear.next(), Loaded)
        pid = client.pid
        number = client.start_job(job)
        while not (isinstance(event := await ear.next(), JobProgress) and event.done > 3):
            assert isinstance(event, JobProgress), event
        analysis = client.analyze("Another [MASK].", top_k=1)
        while not isinstance(event := await ear.next(), Analyzed):
            assert isinstance(event, JobProgress), "the answer does not wait for all pictures"
        assert event.id == analysis
        client.cancel_job(number)
        *before, last = await until_end(ear)
        assert last == JobFailed(number, "")
        told = [one.done for one in before if isinstance(one, JobProgress)]
        assert not told or told[-1] <= len(pictures(job.folder)) < 73
        assert whole(job.folder)

        client.start_job(job)
        *_, last = await until_end(ear)
        assert isinstance(last, JobDone)
        assert isinstance(last.result, HeadsExported)
        assert last.result.kept > 3
        assert "were there already" in last.result.said
        assert len(pictures(job.folder)) == 73
        assert client.pid == pid

        (tmp_path / "file").write_bytes(b"")
        number = client.start_job(replace(job, folder=tmp_path / "file"))
        [failed] = await until_end(ear)
        assert isinstance(failed, JobFailed)
        assert "a part of that path is a file" in failed.message
    finally:
        client.close()


async def test_saved_attention_is_exported_without_a_model(tmp_path: Path) -> None:
    weights = np.random.default_rng(0).dirichlet([0.2] * 6, (3, 5, 6)).astype(np.float32)
    words = ["[CLS]", "the", "cat", "[MASK]", ".", "[SEP]"]
    np.savez(tmp_path / "cluster.npz", attention=weights, tokens=words)
    client = ModelClient()
    ear = Ear(client)
    try:
        client.load(str(tmp_path / "cluster.npz"))
        loaded = await ear.next()
        assert isinstance(loaded, Loaded)
        text = loaded.info.only_text
        assert text is not None
        client.start_job(ExportHeads(text, loaded.info.name, tmp_path / "pictures"))
        *_, last = await until_end(ear)
        assert isinstance(last, JobDone), last
        assert isinstance(last.result, HeadsExported)
        assert last.result.saved == 3 * 5 + 1
    finally:
        client.close()


def test_boxes_are_told_behind_the_number_of_pictures(tmp_path: Path) -> None:
    said = HeadsExported(tmp_path, 3, 0, "Boxes stand for emoji: no font here has them.").said
    assert said == f"Saved 3 pictures in {tmp_path}. Boxes stand for emoji: no font here has them."
