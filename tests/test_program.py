"""The real program in a real terminal, from start to quit, and what may happen to it in between."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.pty_terminal import Terminal, bertmask

COFFEE = "I drank a cup of [MASK] this morning."
ANSWERED = re.compile(r"^ *1 +\S+ +0\.\d{3}", re.MULTILINE)
READOUT = re.compile(r"^ \[MASK\] → .* [01]\.\d{3}", re.MULTILINE)


def gone(pid: int, within: float = 10) -> bool:
    """Whether a process has ended, or does so in time."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2][0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def assert_nothing_left(terminal: Terminal, children: list[int]) -> None:
    assert all(gone(child) for child in children)
    assert terminal.children() == []


def said(sentence: str) -> Callable[[str], bool]:
    """Whether the screen shows a sentence, however it is broken into lines."""
    wanted = "".join(sentence.split())
    return lambda text: wanted in "".join(text.split())


def open_on(text: str, home: Path, *arguments: str, **settings: object) -> Terminal:
    """The app with the answer to a text on its screen."""
    terminal = bertmask(*arguments, text, home=home, **settings)
    terminal.wait_for(ANSWERED, timeout=60)
    terminal.wait_for(READOUT)
    terminal.wait_idle()
    return terminal


def test_a_key_right_behind_one_that_opens_a_screen_of_heads_is_that_screens(
    tmp_path: Path,
) -> None:
    with open_on(COFFEE, tmp_path) as terminal:
        terminal.send("mll\r")
        terminal.wait_for("Layer 1 of 6 · Head 3 of 12")
        terminal.send("/layer=2\r")
        terminal.wait_for("12 of 72 heads")
        terminal.send("\r")
        terminal.wait_for("Layer 2 of 6 · Head 1 of 12")
        terminal.send("fl\r")
        terminal.wait_for("Layer 2 of 6 · Head 2 of 12")
        terminal.send("vj\r")
        terminal.wait_for("layer mean")
        terminal.key("ctrl+q")
        assert terminal.wait() == 0


def test_a_session_from_start_to_quit(tmp_path: Path) -> None:
    with bertmask(home=tmp_path) as terminal:
        terminal.wait_for("quit")
        for letter in "I drank a cup of ":  # torch is still being imported
            terminal.send(letter)
        terminal.key("ctrl+t")
        terminal.send(" this morning.")
        terminal.wait_for(COFFEE)
        terminal.key("enter")
        terminal.wait_for(re.compile(r"^ *\d+ coffee +0\.\d{3}", re.MULTILINE), timeout=60)
        terminal.wait_for("Layer 1 of 6 · Head 1 of 12")
        terminal.wait_for(READOUT)

        terminal.key("right", "right")
        terminal.wait_for("Head 3 of 12")
        terminal.key("up")
        terminal.wait_for("Layer 6 of 6")
        assert re.search("[░▒▓█]{2}", terminal.text)

        terminal.send("s")
        terminal.wait_for(said("Saved /"))
        (picture,) = (tmp_path / "screenshots").iterdir()
        assert picture.name == "Attention_Layer6_Head3_perhead.png"
        assert said(f"Saved {picture}")(terminal.text), "the whole path"
        with Image.open(picture) as opened:
            assert opened.text["Text"] == COFFEE  # type: ignore[attr-defined]
            assert (opened.text["Layer"], opened.text["Head"]) == ("6", "3")  # type: ignore[attr-defined]
            assert opened.text["Model"] == "embedded"  # type: ignore[attr-defined]

        for columns, lines in ((80, 24), (40, 12), (200, 60), (120, 40)):
            terminal.resize(columns, lines)
            terminal.wait_for(lambda text, n=columns: max(map(len, text.splitlines())) > n - 3)  # type: ignore[misc]
            terminal.wait_for(re.compile(r"Layer 6( of 6)? · Head 3\b"))

        children = terminal.children()
        assert children, "the model is in a process of its own"
        terminal.send("q")
        assert terminal.wait() == 0
        terminal.assert_restored()
        assert_nothing_left(terminal, children)


def test_an_answer_is_there_for_the_sentence_it_opens_on(tmp_path: Path) -> None:
    with bertmask(home=tmp_path, columns=80, lines=24, banner="$ bertmask-tui\n") as terminal:
        terminal.wait_for(ANSWERED, timeout=60)
        terminal.wait_for("The cat, despite the noise")
        terminal.key("ctrl+q")
        assert terminal.wait() == 0
        assert terminal.text.strip() == "$ bertmask-tui", "what stood there before is back"


@pytest.mark.parametrize("term", ["screen", "linux", "xterm", "vt220"])
def test_other_terminals_are_restored_too(tmp_path: Path, term: str) -> None:
    with bertmask(home=tmp_path, columns=80, lines=24, env={"TERM": term}) as terminal:
        terminal.wait_for("quit")
        terminal.key("ctrl+q")
        assert terminal.wait() == 0
        terminal.assert_restored()


def test_no_color_means_none(tmp_path: Path) -> None:
    with open_on(COFFEE, tmp_path, env={"NO_COLOR": "1"}) as terminal:
        greys = {"default"} | {f"{grey:02x}" * 3 for grey in range(256)}
        colors = {
            color
            for row in range(40)
            for column in range(120)
            for color in (terminal.cell(column, row).fg, terminal.cell(column, row).bg)
        }
        assert colors <= greys
        assert re.search("[░▒▓█]{2}", terminal.text)


# Bytes that arrive in one piece

together = pytest.mark.xdist_group("typing")  # into one program


@pytest.fixture(scope="module")
def typed_into(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A program for the tests that do no more than type."""
    with open_on(COFFEE, tmp_path_factory.mktemp("typed")) as terminal:
        yield terminal


def empty_the_field(terminal: Terminal) -> None:
    terminal.key("i", "ctrl+u")
    terminal.wait_idle()


@together
def test_escape_glued_to_a_mask_is_an_escape_and_a_mask(typed_into: Terminal) -> None:
    empty_the_field(typed_into)
    typed_into.send(f"{COFFEE}\r")
    typed_into.wait_for(READOUT)
    typed_into.wait_idle()
    typed_into.send("\x1b[MASK] is ")  # from the grid: escape goes to the field
    typed_into.wait_for(re.compile(r"^ I drank .* morning\.\[MASK\] is"))


@together
def test_a_paste_without_brackets_is_text(typed_into: Terminal) -> None:
    empty_the_field(typed_into)
    typed_into.send("quick [MASK]\rsqueaks quietly\rq")
    typed_into.wait_for("quick [MASK] squeaks quietly q")
    assert typed_into.returncode is None
    assert not (typed_into.home / "screenshots").exists()


@together
def test_a_paste_with_brackets_is_one_line(typed_into: Terminal) -> None:
    empty_the_field(typed_into)
    typed_into.paste("one\n\x1b[31mtwo\x07 [MASK]\n\nthree\t[/MASK]")
    typed_into.wait_for("one two [MASK] three [/MASK]")


def test_random_bytes_leave_it_alive(tmp_path: Path) -> None:
    import random

    noise = random.Random(7)
    # Some of it opens a note, and some of that the editor: this one leaves at once.
    with open_on(COFFEE, tmp_path, env={"EDITOR": "true"}) as terminal:
        for _ in range(20):
            piece = bytes(noise.randrange(256) for _ in range(40))
            terminal.send(piece.translate(None, b"q\x11\x03\x1aQ"))
            terminal.wait_idle(0.05)
        terminal.key("escape", "escape", "escape", "escape")
        terminal.wait_idle(0.3)
        if terminal.returncode is None:
            terminal.key("ctrl+q")
        assert terminal.wait() == 0
        terminal.assert_restored()


# What may happen to it


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["SIGTERM", "SIGHUP"])
def test_a_signal_ends_it_properly(tmp_path: Path, number: int) -> None:
    with open_on(COFFEE, tmp_path) as terminal:
        children = terminal.children()
        terminal.signal(number)
        assert terminal.wait() == 0
        terminal.assert_restored()
        assert_nothing_left(terminal, children)


def test_a_broken_line_leaves_no_process_behind(tmp_path: Path) -> None:
    with open_on(COFFEE, tmp_path) as terminal:
        children = terminal.children()
        terminal.hang_up()
        terminal.wait()
        assert_nothing_left(terminal, children)


def test_killing_the_app_ends_its_model_too(tmp_path: Path) -> None:
    with open_on(COFFEE, tmp_path) as terminal:
        children = terminal.children()
        terminal.signal(signal.SIGKILL)
        assert terminal.wait() == -signal.SIGKILL
        assert_nothing_left(terminal, children)


def test_a_killed_model_is_replaced_and_nothing_is_lost(tmp_path: Path) -> None:
    with open_on(COFFEE, tmp_path) as terminal:
        (child,) = terminal.children()
        os.kill(child, signal.SIGKILL)
        terminal.wait_for("was killed")
        assert "coffee" in terminal.text
        terminal.key("i", "enter")
        terminal.wait_for(lambda text: "was killed" not in text and "loading" not in text, 60)
        terminal.wait_for(READOUT)
        assert "coffee" in terminal.text
        (fresh,) = terminal.children()
        assert fresh != child


def test_it_leaves_while_it_loads_and_while_the_line_stalls(tmp_path: Path) -> None:
    with bertmask(home=tmp_path) as terminal:
        terminal.wait_for("quit")
        terminal.key("ctrl+q")
        assert terminal.wait() == 0
        terminal.assert_restored()
    with open_on(COFFEE, tmp_path) as terminal:
        children = terminal.children()
        terminal.stall()
        for _ in range(40):  # more output than the line's buffer takes
            terminal.key("n", "right")
            time.sleep(0.02)
        terminal.key("ctrl+q")
        assert terminal.wait() == 0
        assert_nothing_left(terminal, children)


# Bad input


def test_a_model_that_does_not_exist_is_one_sentence(tmp_path: Path) -> None:
    with bertmask("--model", "./nothing", COFFEE, home=tmp_path) as terminal:
        terminal.wait_for("There is no folder ./nothing", timeout=60)
        terminal.wait_idle()
        assert "There is no folder ./nothing" in terminal.text, "the reason stays"
        assert COFFEE in terminal.text
        assert "Traceback" not in terminal.text
        terminal.key("ctrl+q")
        assert terminal.wait() == 0


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with open_on(COFFEE, tmp_path, "--save-dir", str(tmp_path / "file" / "deep")) as terminal:
        terminal.send("s")
        terminal.wait_for(said("a part of that path is a file"))
        assert "coffee" in terminal.text


@pytest.mark.parametrize(
    ("arguments", "env", "expected"),
    [
        ([], {"TERM": "dumb"}, "TERM=dumb"),
        (["--layer", "0"], {}, "0 is not in the range"),
        (["--no-such-option"], {}, "No such option"),
        (["one", "two"], {}, "unexpected extra argument"),
    ],
)
def test_a_wrong_request_is_one_line_and_exit_code_2(
    tmp_path: Path, arguments: list[str], env: dict[str, str], expected: str
) -> None:
    with bertmask(*arguments, home=tmp_path, env=env, columns=200) as terminal:
        assert terminal.wait() == 2
        assert expected in terminal.text
        assert len(terminal.text.strip().splitlines()) == 1
        terminal.assert_restored()
