"""Standard streams that are closed, full, or of an encoding that lacks what is to be said."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import click
import pytest

from tests.cli.conftest import Call
from tui.cli.main import COMMANDS, cli

ROOT = Path(__file__).parents[2]
TEXT = "“Café” 猫 שלום → [MASK] ❤️"
"""Signs that ASCII lacks, and some that Latin-1 has."""

OTHER = TEXT.replace("Café", "Tea")
WORDS = ("--from", OTHER, "--word", "cat", "--source-word", "dog")

CALLS: dict[str, tuple[str, ...]] = {
    "compare": ("compare", TEXT, "Café [MASK].", "--top", "3"),
    "compare --json": ("compare", TEXT, "Café [MASK].", "--json"),
    "compare --csv": ("compare", TEXT, "Café [MASK].", "--csv"),
    "compare --out": (
        *("compare", TEXT, "Café [MASK].", "--top", "3"),
        *("--out", "é", "--layer", "1", "--head", "1"),
    ),
    "compare --pairs": ("compare", "--pairs", "pairs.tsv"),
    "compare --pairs --json": ("compare", "--pairs", "pairs.tsv", "--json"),
    "compare --pairs --csv": ("compare", "--pairs", "pairs.tsv", "--csv"),
    "config": ("config",),
    "config --path": ("config", "--path"),
    "effects": ("effects", TEXT, "--cut-by", "zero", "--top", "3"),
    "effects --json": ("effects", TEXT, "--cut-by", "zero", "--json"),
    "effects --csv": ("effects", TEXT, "--cut-by", "zero", "--csv"),
    "effects --where": ("effects", TEXT, "--cut-by", "zero", "--where", "effect > 0"),
    "effects --from": ("effects", TEXT, *WORDS, "--top", "3"),
    "effects --from --json": ("effects", TEXT, *WORDS, "--json"),
    "effects --from --csv": ("effects", TEXT, *WORDS, "--csv"),
    "effects --residual": ("effects", TEXT, *WORDS, "--residual"),
    "effects --arrows": ("effects", TEXT, "--arrows", "3"),
    "effects --arrows --json": ("effects", TEXT, "--arrows", "3", "--json"),
    "effects --arrows --csv": ("effects", TEXT, "--arrows", "3", "--csv"),
    "export": ("export", TEXT, "--layer", "1", "--head", "1", "--out", "é"),
    "export --json": ("export", TEXT, "--layer", "1", "--head", "1", "--out", "é", "--json"),
    "heads": ("heads", TEXT),
    "heads --json": ("heads", TEXT, "--json"),
    "heads --from": ("heads", "--from", "list.txt"),
    "heads --from --json": ("heads", "--from", "list.txt", "--json"),
    "lens": ("lens", TEXT),
    "lens --json": ("lens", TEXT, "--json"),
    "lens --direct": ("lens", TEXT, "--direct"),
    "lens --direct --json": ("lens", TEXT, "--direct", "--json"),
    "models": ("models",),
    "models --json": ("models", "--json"),
    "notes": ("notes",),
    "notes TEXT": ("notes", TEXT, "--layer", "1", "--head", "1", "--claim", "é", "--notes", "é"),
    "predict": ("predict", TEXT),
    "predict --json": ("predict", TEXT, "--json"),
    "predict --cut": ("predict", TEXT, "--cut", "2.9", "--word", "cat"),
    "help": ("--help",),
    "version": ("--version",),
}
"""Every way to print something; the app and `open` draw on a terminal instead."""


def test_every_command_is_among_them() -> None:
    assert {name.split()[0] for name in CALLS} | {"app", "open"} == {*COMMANDS, "help", "version"}


@pytest.fixture
def printing_to(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Callable[..., int]]:
    """A call whose standard output is a file, in some encoding."""
    opened: list[TextIO] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "list.txt").write_text(f"{TEXT}\nCafé [MASK].\n", encoding="utf-8")
    pair = TEXT.replace("[MASK]", "x")
    (tmp_path / "pairs.tsv").write_text(f"{pair}\tCafé x.\n", encoding="utf-8")

    def calling(path: Path | None, encoding: str, *arguments: str) -> int:
        stream = path.open("w", encoding=encoding) if path else None
        if stream is not None:
            opened.append(stream)
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setattr(sys, "__stdout__", stream)
        return call(*arguments)

    yield calling
    for stream in opened:
        with suppress(OSError):
            stream.close()


ENCODINGS = ("ascii", "latin-1", "cp1251")


@pytest.mark.parametrize("name", CALLS)
def test_what_an_encoding_lacks_is_replaced_and_noted_once(
    printing_to: Callable[..., int], call: Call, tmp_path: Path, name: str
) -> None:
    whole = tmp_path / "whole.txt"
    assert printing_to(whole, "utf-8", *CALLS[name]) == 0
    before = set(call.err.splitlines())
    meant = whole.read_text(encoding="utf-8")
    for encoding in ENCODINGS:
        out = tmp_path / f"{encoding}.txt"
        assert printing_to(out, encoding, *CALLS[name]) == 0
        said = out.read_text(encoding=encoding)
        assert said, "something is printed"
        if name == "export --json":  # the second time, the files are there already
            folders = [json.loads(lines.splitlines()[-1])["folder"] for lines in (said, meant)]
            assert folders[0] == folders[1]
        elif name.endswith("--json"):
            assert json.loads(said) == json.loads(meant), "nothing is lost"
        lacks = any(not _can_say(sign, encoding) for sign in re.sub("[\u2500-\u257f]", "", meant))
        replaced = int(lacks and not name.endswith("--json"))
        assert call.err.count(f"Standard output is {encoding}") == replaced
        new = {line for line in call.err.splitlines() if "were there already" not in line} - before
        assert len(new) == replaced
        assert "Traceback" not in call.err


def _can_say(sign: str, encoding: str) -> bool:
    """Whether an encoding has a sign; of tables' lines Rich sees to it that it has."""
    try:
        sign.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


@pytest.mark.parametrize("where", ["full", "closed"])
@pytest.mark.parametrize("name", CALLS)
def test_an_output_that_takes_nothing_is_one_line(
    printing_to: Callable[..., int], call: Call, tmp_path: Path, name: str, where: str
) -> None:
    if where == "full" and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    path = Path("/dev/full") if where == "full" else None
    assert printing_to(path, "utf-8", *CALLS[name]) == 1
    last = call.err.splitlines()[-1]
    assert last.startswith("bertmask-tui: Standard output ")
    assert call.err.count("Standard output") == 1
    assert "Traceback" not in call.err


def shell(command: str) -> subprocess.CompletedProcess[str]:
    """A command line in a shell, where `bertmask-tui` stands for the program of this checkout."""
    run = f"bertmask-tui() {{ '{sys.executable}' -m tui \"$@\"; }}; {command}"
    return subprocess.run(
        ["bash", "-c", run], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


CLOSED = "bertmask-tui: Standard output is closed, so there is nowhere to print to.\n"
FULL = "bertmask-tui: Standard output cannot be written: No space left on device.\n"


@pytest.mark.parametrize(
    ("command", "code", "out", "err"),
    [
        ("bertmask-tui models > /dev/full", 1, "", FULL),
        ("bertmask-tui --help > /dev/full", 1, "", FULL),
        ("bertmask-tui --version >&-", 1, "", CLOSED),
        ("bertmask-tui --version 2>&- | head -1 | cut -c-12", 0, "bertmask-tui\n", ""),
        ("bertmask-tui --version <&- | head -1 | cut -c-12", 0, "bertmask-tui\n", ""),
        ("bertmask-tui models --bogus 2>&-", 2, "", ""),
        ("bertmask-tui models --bogus 2>/dev/full", 2, "", ""),
        ("bertmask-tui 'a b' <&- 2>&-", 2, "", ""),
        ("(sleep 0.1; bertmask-tui --help; echo code $? >&2) | true", 0, "", "code 1\n"),
    ],
)
def test_streams_of_a_shell(command: str, code: int, out: str, err: str) -> None:
    done = shell(command)
    assert (done.returncode, done.stdout, done.stderr) == (code, out, err)


def test_errors_are_said_in_the_encoding_of_standard_error() -> None:
    done = shell("PYTHONIOENCODING=ascii bertmask-tui models “猫é” 2>&1 | cat")
    assert done.stdout.isascii()
    assert '"\\u732b\\xe9"' in done.stdout


def test_a_text_is_utf_8_where_the_locale_is_c() -> None:
    code = (
        "import sys; from tui.cli.options import Words;"
        "sys.stdout.buffer.write(Words().convert(sys.argv[1], None, None).encode())"
    )
    done = shell(
        f"LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 '{sys.executable}' -c '{code}' 'café 猫'"
    )
    assert done.stdout == "café 猫"


def test_help_is_ascii() -> None:
    """Where the encoding is ASCII, click writes UTF-8."""
    group = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(group, name)
        assert command is not None
        assert command.get_help(click.Context(command)).isascii(), name
    assert cli.get_help(group).isascii()
