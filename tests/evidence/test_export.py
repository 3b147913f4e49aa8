"""The files of an analysis: what they are called, what they hold, and what is kept."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support import embedded
from tui.analysis.analysis import Analysis
from tui.analysis.scales import PER_HEAD
from tui.errors import SaveError
from tui.evidence import export
from tui.evidence.export import (
    ExportPart,
    ExportSelection,
    boxes_in,
    parts,
    to_folder,
    to_tar,
)
from tui.evidence.pictures import Picture
from tui.render.diagram import Diagram
from tui.storage import files
from tui.storage.data_files import Data
from tui.storage.saving import Saved, picture_metadata


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return embedded().analyze("The cat [MASK].")


@pytest.fixture(scope="module")
def other() -> Analysis:
    return embedded().analyze("A dog [MASK].")


FEW = ExportSelection(layer=1, formats=("png", "npz", "json", "csv"))


def written(folder: Path, wanted: list[ExportPart]) -> list[Saved]:
    return list(to_folder(folder, wanted))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_ino) for path in folder.iterdir()}


def test_all_heads_have_a_picture_and_there_is_a_page_of_them_all(analysis: Analysis) -> None:
    found = [part.name for part in parts(analysis, ExportSelection())]
    assert found[:12] == [f"Attention_Layer1_Head{head}.png" for head in range(1, 13)]
    assert len(found) == len(set(found)) == 6 * 12 + 1 == ExportSelection().count(analysis.model)
    assert found[-1] == "Attention_AllHeads.png"


def test_a_choice_of_heads_has_no_page(analysis: Analysis) -> None:
    one = [part.name for part in parts(analysis, ExportSelection(layer=1, head=4))]
    assert one == ["Attention_Layer2_Head5.png"]
    assert len(parts(analysis, ExportSelection(head=4))) == 6
    everything = [part.name for part in parts(analysis, FEW)]
    assert everything[12:] == [f"Attention_Layer2.{kind}" for kind in ("npz", "json", "csv")]
    assert FEW.count(analysis.model) == len(everything)


def test_names_say_the_scale_unless_it_is_the_exercise_s(analysis: Analysis) -> None:
    found = {part.name for part in parts(analysis, ExportSelection(scale=PER_HEAD))}
    assert "Attention_Layer2_Head5_perhead.png" in found
    assert "Attention_AllHeads_perhead.png" in found


def test_files_hold_what_their_names_say(tmp_path: Path, analysis: Analysis) -> None:
    saved = written(tmp_path, parts(analysis, FEW))
    assert [one.path.name for one in saved] == [part.name for part in parts(analysis, FEW)]
    assert not any(one.kept for one in saved)
    facts = picture_metadata(tmp_path / "Attention_Layer2_Head5.png")
    assert facts is not None
    assert (facts["Layer"], facts["Head"], facts["Scale"]) == ("2", "5", "absolute")
    assert facts["Text"] == analysis.text
    with np.load(tmp_path / "Attention_Layer2.npz") as arrays:
        assert (arrays["attention"] == analysis.attention[1:2]).all()
    matrix = json.loads((tmp_path / "Attention_Layer2.json").read_bytes())["attention"]
    assert (np.float32(matrix) == analysis.attention[1:2]).all()
    lines = (tmp_path / "Attention_Layer2.csv").read_text().splitlines()
    assert len(lines) == 1 + analysis.attention[1].size


def test_a_picture_is_the_one_that_s_saves(tmp_path: Path, analysis: Analysis) -> None:
    written(tmp_path / "", parts(analysis, ExportSelection(layer=1, head=4)))
    path = tmp_path / "Attention_Layer2_Head5.png"
    with Image.open(path) as picture:
        exported = np.asarray(picture)
    (again,) = Picture.of_head(analysis, 1, 4).save(tmp_path).paths
    assert again == path, "the same facts"
    with Image.open(path) as picture:
        assert (np.asarray(picture) == exported).all()


def test_what_is_there_is_not_written_again(tmp_path: Path, analysis: Analysis) -> None:
    written(tmp_path, parts(analysis, FEW))
    before = contents(tmp_path)
    again = written(tmp_path, parts(analysis, FEW))
    assert all(one.kept for one in again)
    assert contents(tmp_path) == before


def test_what_is_missing_or_damaged_is_made_again(tmp_path: Path, analysis: Analysis) -> None:
    written(tmp_path, parts(analysis, FEW))
    (tmp_path / "Attention_Layer2_Head3.png").unlink()
    again = written(tmp_path, parts(analysis, FEW))
    assert [one.path.name for one in again if not one.kept] == ["Attention_Layer2_Head3.png"]


def test_another_sentence_never_takes_a_file_s_place(
    tmp_path: Path, analysis: Analysis, other: Analysis
) -> None:
    written(tmp_path, parts(analysis, FEW))
    before = contents(tmp_path)
    saved = written(tmp_path, parts(other, FEW))
    assert all(one.path.stem.endswith("_2") for one in saved)
    assert {name: contents(tmp_path)[name] for name in before} == before
    assert all(one.kept for one in written(tmp_path, parts(other, FEW)))
    assert len(names(tmp_path)) == 2 * len(before)


def test_other_numbers_under_the_same_facts_replace_the_file(
    tmp_path: Path, analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model trained on, of the same name: its pictures are drawn anew and not kept."""
    from dataclasses import replace

    trained = replace(analysis, attention=analysis.attention[..., ::-1])
    written(tmp_path, parts(analysis, FEW))
    before = names(tmp_path)
    saved = written(tmp_path, parts(trained, FEW))
    assert not any(one.kept for one in saved)
    assert names(tmp_path) == before | {"Attention_Layer2_2.csv"}, "csv has no room for facts"


def test_cancelling_leaves_whole_files_and_the_rest_follows(
    tmp_path: Path, analysis: Analysis
) -> None:
    wanted = parts(analysis, ExportSelection())
    done: list[Path] = []
    done += (saved.path for saved in to_folder(tmp_path, wanted, cancelled=lambda: len(done) == 5))
    assert len(done) == 5
    for path in tmp_path.iterdir():
        assert picture_metadata(path) is not None, path.name
    kept = sum(saved.kept for saved in written(tmp_path, wanted))
    assert 5 <= kept < 20


def test_a_full_disk_is_said_and_what_was_whole_stays(
    tmp_path: Path, analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = parts(analysis, ExportSelection(layer=0))
    write, left = files._write_beside, iter(range(6))

    def until_full(path: Path, data: object) -> Path:
        if next(left, None) is None:
            raise SaveError("Cannot write: the disk is full.")
        return write(path, data)  # type: ignore[arg-type]

    monkeypatch.setattr(files, "_write_beside", until_full)
    with pytest.raises(SaveError, match="full"):
        written(tmp_path, wanted)
    monkeypatch.undo()
    assert len(names(tmp_path)) == 6
    assert sum(saved.kept for saved in written(tmp_path, wanted)) == 6


def test_nothing_is_drawn_before_its_turn(analysis: Analysis) -> None:
    prepared: list[str] = []

    def note(part: ExportPart) -> Iterator[tuple[str, ExportPart]]:
        prepared.append(part.name)
        yield part.name, part

    wanted = parts(analysis, ExportSelection(layer=0))
    stream = to_tar(io.BytesIO(), (pair for part in wanted for pair in note(part)))
    next(stream)
    assert prepared == [wanted[0].name]


def test_a_tar_stream_holds_the_same_files(tmp_path: Path, analysis: Analysis) -> None:
    wanted = parts(analysis, FEW)
    stream = io.BytesIO()
    paths = list(to_tar(stream, ((f"a/{part.name}", part) for part in wanted)))
    stream.seek(0)
    with tarfile.open(fileobj=stream) as archive:
        archive.extractall(tmp_path / "x", filter="data")
    assert paths == [f"a/{part.name}" for part in wanted]
    written(tmp_path / "x" / "a", wanted)
    assert all(one.kept for one in written(tmp_path / "x" / "a", wanted))


def test_the_numbers_are_those_of_the_heads_chosen(analysis: Analysis) -> None:
    part = parts(analysis, ExportSelection(layer=1, head=4, formats=("npz",)))[0]
    assert part.name == "Attention_Layer2_Head5.npz"
    with np.load(io.BytesIO(b"".join(part.prepare().content()))) as arrays:
        assert arrays["layers"].tolist() == [2]
        assert arrays["heads"].tolist() == [5]
        assert (arrays["attention"][0, 0] == analysis.attention[1, 4]).all()


def test_data_tell_themselves_apart(analysis: Analysis) -> None:
    one = Data(analysis, analysis.attention[:1], (0,), tuple(range(12)), "raw weights")
    two = Data(analysis, analysis.attention[1:2], (1,), tuple(range(12)), "raw weights")
    assert one.digest != two.digest
    assert one.facts != two.facts


def test_boxes_are_looked_for_in_what_the_pictures_show(
    analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a piece of bytes pictures show the character, which no font may have."""
    of_bytes = replace(analysis.tokens[1], text="æĹ", shown="日1-2/3")
    tokens = (analysis.tokens[0], of_bytes, *analysis.tokens[2:])
    monkeypatch.setattr(export, "missing_fonts", "\n".join)
    assert "日1-2/3" in boxes_in(replace(analysis, tokens=tokens), ExportSelection())
    assert boxes_in(analysis, ExportSelection(formats=("csv",))) == ""


def test_pictures_with_boxes_are_other_than_those_drawn_with_all_fonts(
    tmp_path: Path, analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once a font is there, saving again draws what had boxes anew."""
    one = ExportSelection(layer=0, head=0)
    with monkeypatch.context() as patch:
        patch.setattr(Diagram, "missing_fonts", "Boxes stand for letters: no font here has them.")
        written(tmp_path, parts(analysis, one))
        assert [saved.kept for saved in written(tmp_path, parts(analysis, one))] == [True]
    assert [saved.kept for saved in written(tmp_path, parts(analysis, one))] == [False]
    assert len(names(tmp_path)) == 1
