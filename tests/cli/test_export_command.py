"""`bertmask-tui export` as scripts call it: exit codes, streams, and what stays after a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Call
from tests.support import embedded
from tui.cli import export as export_module
from tui.cli.export import folder_names
from tui.evidence.export import into_folder
from tui.model.masked_lm import MaskedLM
from tui.render import typeface

TEXT = "The cat [MASK]."


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_one_head(call: Call, tmp_path: Path) -> None:
    assert call("export", TEXT, "--out", tmp_path / "new", "--layer", "2", "--head", "5") == 0
    assert names(tmp_path / "new") == {"Attention_Layer2_Head5.png"}
    assert call.out == f"1 file in {tmp_path / 'new'}\n"
    assert call.err == ""
    with Image.open(tmp_path / "new" / "Attention_Layer2_Head5.png") as picture:
        assert picture.text["Text"] == TEXT  # type: ignore[attr-defined]


def test_json_says_each_file_and_the_end(call: Call, tmp_path: Path) -> None:
    arguments = ("export", TEXT, "--out", tmp_path, "--layer", "2", "--format", "png,npz", "--json")
    assert call(*arguments) == 0
    *lines, end = [json.loads(line) for line in call.out.splitlines()]
    assert [line["done"] for line in lines] == list(range(1, 14))
    assert {line["of"] for line in lines} == {13}
    assert {Path(line["path"]).name for line in lines} == names(tmp_path)
    assert end == {
        "saved": 13, "kept": 0, "failed": [], "folder": str(tmp_path), "notes": [],
    }  # fmt: skip
    assert call(*arguments) == 0
    assert json.loads(call.out.splitlines()[-1])["kept"] == 13


def test_a_text_from_standard_input(call: Call, tmp_path: Path) -> None:
    (tmp_path / "in").write_text("The cat\n[MASK].\n")
    out = tmp_path / "out"
    assert (
        call("export", "-", "--out", out, "--layer", "1", "--format", "json", stdin=tmp_path / "in")
        == 0
    )
    (path,) = out.iterdir()
    assert json.loads(path.read_bytes())["text"] == TEXT


def test_saved_attention_in_the_place_of_a_model(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call("export", TEXT, "--out", tmp_path / "a", "--format", "npz,png") == 0

    def no_model(*_: object, **__: object) -> None:
        raise AssertionError("a model was loaded")

    monkeypatch.setattr(MaskedLM, "load", no_model)
    saved = tmp_path / "a" / "Attention.npz"
    assert call("export", "--open", saved, "--out", tmp_path / "a") == 0
    assert "73 files" in call.out
    assert "(73 were there already)" in call.out, "the same pictures, from the file"


def test_a_list_has_a_folder_for_each_sentence(call: Call, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text(f"{TEXT}\n\n# a note\nDer Käse [MASK]!\n{TEXT}\n")
    arguments = ("export", "--from", tmp_path / "list.txt", "--out", tmp_path / "out")
    assert call(*arguments, "--format", "npz", "--layer", "1") == 0
    assert names(tmp_path / "out") == {
        "1_the-cat-mask/Attention_Layer1.npz",
        "2_der-kase-mask/Attention_Layer1.npz",
    }
    with np.load(tmp_path / "out" / "2_der-kase-mask" / "Attention_Layer1.npz") as arrays:
        alone = embedded().analyze("Der Käse [MASK]!")
        assert np.abs(arrays["attention"] - alone.attention[:1]).max() < 1e-5


def test_a_sentence_that_fails_is_named_and_the_others_are_exported(
    call: Call, tmp_path: Path
) -> None:
    (tmp_path / "list.txt").write_text(f"{'long ' * 600}\n{TEXT}\n")
    arguments = ("export", "--from", tmp_path / "list.txt", "--out", tmp_path / "out", "--json")
    assert call(*arguments, "--format", "npz") == 1
    assert names(tmp_path / "out") == {"2_the-cat-mask/Attention.npz"}
    end = json.loads(call.out.splitlines()[-1])
    assert end["failed"][0]["text"].startswith("long long")
    assert "too long" in end["failed"][0]["error"]
    assert "Not exported: long long" in call.err
    assert "One sentence" in call.err


def test_folders_are_told_apart() -> None:
    found = folder_names(
        ("The same words here, and more one", "The same words here, and more two", "日本語")
    )
    assert found == [
        "1_the-same-words-here-and-more",
        "2_the-same-words-here-and-more",
        "3_sentence",
    ]
    assert folder_names(("a",) * 12)[0] == "01_a"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Give one of these"),
        ((TEXT, "--open", "x.npz"), "Give one of these"),
        ((TEXT, "--format", "jpg"), "no format jpg"),
        ((TEXT, "--format", ","), "No format"),
        ((TEXT, "--layer", "9"), "no layer 9: embedded has layers 1 to 6"),
        ((TEXT, "--layer", "0"), "0"),
        ((TEXT, "--head", "13"), "no head 13"),
        ((" ",), "There is no text"),
        (("--from", "gone.txt"), "gone.txt cannot be read"),
        ((TEXT, "--out", "-", "--json"), "not both"),
    ],
)
def test_wrong_requests(
    call: Call,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("export", *arguments) == 2
    assert said in call.err
    assert call.err.count("\n") == 1
    assert call.out == ""
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("content", [b"", b"\n# only\n\n"])
def test_an_empty_list(call: Call, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "list.txt").write_bytes(content)
    assert call("export", "--from", tmp_path / "list.txt") == 2
    assert "holds no sentence" in call.err


def test_saved_attention_that_is_none(call: Call, tmp_path: Path) -> None:
    assert call("export", "--open", tmp_path / "gone.npz", "--out", tmp_path) == 2
    assert "There is no file" in call.err


def test_a_folder_that_is_a_file(call: Call, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert call("export", TEXT, "--out", tmp_path / "file") == 1
    assert "a part of that path is a file" in call.err


def test_an_interrupt_says_what_is_there(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: object, **options: object) -> object:
        for number, saved in enumerate(into_folder(*arguments, **options)):  # type: ignore[arg-type]
            if number == 4:
                os.kill(os.getpid(), signal.SIGTERM)
            yield saved

    monkeypatch.setattr(export_module, "into_folder", interrupted)
    assert call("export", TEXT, "--out", tmp_path) == 130
    assert "of 73 files are there and whole; the same command goes on" in call.err
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    monkeypatch.undo()


# In a process of its own: pipes and kills


def start(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """The real command on saved attention, which needs no torch."""
    return subprocess.Popen(
        [sys.executable, "-m", "tui", "export", *arguments],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Saved attention of a model of 12 × 12 heads: enough files to be stopped among."""
    path = tmp_path_factory.mktemp("saved") / "big.npz"
    tokens = [f"t{place}" for place in range(20)]
    weights = np.random.default_rng(0).dirichlet([0.3] * 20, (12, 12, 20)).astype(np.float32)
    np.savez(path, attention=weights, tokens=tokens)
    return path


def test_a_tar_stream_through_a_pipe(saved: Path, tmp_path: Path) -> None:
    process = start(tmp_path, "--open", str(saved), "--out", "-", "--layer", "3")
    assert process.stdout
    with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
        found = [entry.name for entry in archive]
    assert found == [f"Attention_Layer3_Head{head}.png" for head in range(1, 13)]
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, b"")


def test_a_reader_that_goes_away(saved: Path, tmp_path: Path) -> None:
    process = start(tmp_path, "--open", str(saved), "--out", "-")
    assert process.stdout
    assert process.stdout.read(512)
    process.stdout.close()
    assert process.wait(30) == 1
    assert process.stderr
    assert process.stderr.read() == b""
    process.stderr.close()


def test_killed_in_the_middle_what_was_whole_stays_whole_and_the_rest_follows(
    saved: Path, tmp_path: Path
) -> None:
    arguments = ("--open", str(saved), "--out", str(tmp_path))
    process = start(tmp_path, *arguments)
    deadline = time.monotonic() + 30
    while len(list(tmp_path.glob("*.png"))) < 20 and time.monotonic() < deadline:
        time.sleep(0.005)
    process.kill()
    process.communicate()
    whole = sorted(tmp_path.glob("*.png"))
    assert 20 <= len(whole) < 145
    before = {path: (path.read_bytes(), path.stat().st_ino) for path in whole}
    for path in whole:
        with Image.open(path) as picture:
            picture.load()
    again = start(tmp_path, *arguments)
    out, err = again.communicate(timeout=60)
    assert (again.returncode, err) == (0, b"")
    assert f"145 files in {tmp_path} ({len(whole)} were there already)" in out.decode()
    assert {path: (path.read_bytes(), path.stat().st_ino) for path in whole} == before


def test_what_pictures_show_as_boxes_is_said_once(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typeface, "_system_fonts", lambda: ())
    typeface.font_for.cache_clear()
    (tmp_path / "list.txt").write_text("猫 [MASK]\n日 [MASK]\n", encoding="utf-8")
    out, one = tmp_path / "out", ("--layer", "1", "--head", "1")
    for given in (("--from", tmp_path / "list.txt"), ("猫 [MASK]",)):
        assert call("export", *given, *one, "--out", out) == 0
        assert call.err.count("Boxes stand for Chinese") == 1
        assert "fonts-noto-cjk" in call.err
    assert call("export", "猫 [MASK]", *one, "--format", "csv", "--out", out) == 0
    assert "Boxes" not in call.err
    notes = ("--notes", tmp_path / "notes")
    assert call("notes", "猫 [MASK]", *one, *notes) == 0
    assert call.err.count("Boxes stand for Chinese") == 1
    typeface.font_for.cache_clear()
