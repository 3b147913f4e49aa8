"""The user's editor: which command it is, and whatever it does the app comes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App

from tui.errors import RequestError
from tui.terminal.editor import edit, editor_command

NOTES = Path("/notes/my analysis.md")


class Lending:
    """Lends its terminal as Textual does, which does not come back after an error."""

    def __init__(self) -> None:
        self.is_away = False

    @contextmanager
    def suspend(self) -> Iterator[None]:
        self.is_away = True
        yield
        self.is_away = False


def is_one_sentence(said: str) -> bool:
    return said.isprintable() and said.endswith(".") and ". " not in said


# The command


@pytest.mark.parametrize(
    ("environ", "command"),
    [
        ({}, ["vi", "+7"]),
        ({"EDITOR": ""}, ["vi", "+7"]),
        ({"EDITOR": "nano"}, ["nano", "+7"]),
        ({"EDITOR": "nano", "VISUAL": "/usr/bin/nvim -R"}, ["/usr/bin/nvim", "-R", "+7"]),
        ({"EDITOR": "nano", "VISUAL": ""}, ["nano", "+7"]),
        ({"EDITOR": "code --wait"}, ["code", "--wait"]),
        ({"EDITOR": "'/opt/my editor/ed' -s"}, ["/opt/my editor/ed", "-s"]),
        ({"EDITOR": " hx "}, ["hx", "+7"]),
    ],
)
def test_the_command_is_the_user_s(environ: dict[str, str], command: list[str]) -> None:
    assert editor_command(environ, NOTES, 7) == [*command, "/notes/my analysis.md"]


@pytest.mark.parametrize("variable", ["EDITOR", "VISUAL"])
@pytest.mark.parametrize("value", ["  ", "\t", "''", "' '", "'", 'nano "', "nano \\"])
def test_what_is_no_command_is_one_sentence_that_names_the_variable(
    variable: str, value: str
) -> None:
    with pytest.raises(RequestError) as caught:
        editor_command({variable: value}, NOTES, 1)
    assert str(caught.value).startswith(f"{variable} ")
    assert f"such as {variable}=nano." in str(caught.value)
    assert is_one_sentence(str(caught.value))


@given(st.text())
def test_any_value_is_a_command_or_one_sentence(value: str) -> None:
    said = ""
    command = ["?", str(NOTES)]
    try:
        command = editor_command({"EDITOR": value}, NOTES, 1)
    except RequestError as error:
        said = str(error)
    assert not said or is_one_sentence(said)
    assert command[0].strip()
    assert command[-1] == str(NOTES)


# Running it


def script(folder: Path, text: str) -> list[str]:
    path = folder / "editor"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return [str(path), str(folder / "analysis.md")]


def test_the_file_is_edited_while_the_app_is_away(tmp_path: Path) -> None:
    app = Lending()
    command = script(tmp_path, 'echo "by hand" > "$1"')
    assert edit(app, command, tmp_path / "analysis.md") == ""
    assert (tmp_path / "analysis.md").read_text() == "by hand\n"
    assert not app.is_away


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("exit 3", "ended with code 3"),
        ("kill -KILL $$", "was ended by signal SIGKILL"),
        ("kill -40 $$", "was ended by signal 40"),
    ],
)
def test_an_editor_that_fails_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    app, path = Lending(), tmp_path / "analysis.md"
    found = edit(app, script(tmp_path, text), path)
    assert found == f"{tmp_path / 'editor'} {said}: what it had saved until then is in {path}."
    assert not app.is_away


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("/no/such/editor", "No such file or directory"),
        ("/", "Permission denied"),
        ("no\0editor", "embedded null byte"),
    ],
)
def test_an_editor_that_cannot_be_started_is_one_sentence_and_the_app_is_back(
    command: str, reason: str
) -> None:
    app = Lending()
    said = edit(app, [command, "x"], NOTES)
    assert said.endswith(f"cannot be started ({reason}): set EDITOR to an editor that is here.")
    assert is_one_sentence(said)
    assert not app.is_away


async def test_a_terminal_that_cannot_be_lent_is_one_sentence(tmp_path: Path) -> None:
    app = App[None]()
    async with app.run_test():
        said = edit(app, script(tmp_path, "exit 0"), NOTES)
    assert said == f"This terminal cannot be lent to an editor: edit {NOTES} elsewhere."


# Signals of the keys


PROGRAM = """
import asyncio, signal, sys
from contextlib import nullcontext
from pathlib import Path
from tui.terminal.editor import edit

class Lending:
    def suspend(self):
        return nullcontext()

async def main():
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP):
        asyncio.get_running_loop().add_signal_handler(number, print, number.name)
    print(edit(Lending(), sys.argv[1:], Path("x")) or "edited")
    await asyncio.sleep(0)
    print("after it")
    for number in (signal.SIGINT, signal.SIGTSTP):
        signal.raise_signal(number)
    await asyncio.sleep(0.05)

asyncio.run(main())
"""


def started(command: list[str]) -> subprocess.Popen[str]:
    """A program that lends the terminal, as a job of its own of this session."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *command], stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).parents[2], process_group=0,
    )  # fmt: skip


def test_what_interrupts_the_editor_does_not_end_the_app(tmp_path: Path) -> None:
    # Not at once: the app needs a moment from the editor's start on.
    program = started(script(tmp_path, "trap '' INT QUIT\nsleep 0.3\nkill -INT 0\nkill -QUIT 0"))
    output, _ = program.communicate(timeout=60)
    assert output.split("\n") == ["edited", "after it", "SIGINT", "SIGTSTP", ""]
    assert program.returncode == 0


def test_an_editor_that_can_be_interrupted_is(tmp_path: Path) -> None:
    program = started(script(tmp_path, "sleep 0.3\nkill -INT 0\nsleep 20"))
    output, _ = program.communicate(timeout=15)
    assert "editor was ended by signal SIGINT: " in output
    assert program.returncode == 0


def test_the_app_stops_with_the_editor(tmp_path: Path) -> None:
    program = started(script(tmp_path, "sleep 0.3\nkill -TSTP 0"))
    deadline, stopped, status = time.monotonic() + 15, 0, 0
    while not stopped and time.monotonic() < deadline:
        stopped, status = os.waitpid(program.pid, os.WUNTRACED | os.WNOHANG)
        time.sleep(0.02)
    if not stopped:
        os.killpg(program.pid, signal.SIGKILL)
    assert stopped
    assert os.WIFSTOPPED(status), "the shell would see it, and fg brings both back"
    os.killpg(program.pid, signal.SIGCONT)
    output, _ = program.communicate(timeout=60)
    assert output.split("\n") == ["edited", "after it", "SIGINT", "SIGTSTP", ""]
