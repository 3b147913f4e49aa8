"""A monkey at the keyboard of the real program: keys, pastes, clicks and resizes with a fixed seed.

`make monkey` presses many more. MONKEY_SEED chooses another monkey.
"""

from __future__ import annotations

import os
import random
import re
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import pytest

from tests.pty_terminal import Terminal, bertmask

TEXT = "I drank a cup of [MASK] this morning."
KEYS = int(os.environ.get("MONKEY_KEYS", "300"))
SEED = int(os.environ.get("MONKEY_SEED", "5"))
LOOK_EVERY = 100

WALK = ["left", "right", "up", "down", *"hjkl", "home", "end", "pageup", "pagedown", "*"]
LOOK = [*"tncz#xdyCJK[]{}gwm?is XDZeELFW", "enter", "escape", "tab", "backspace", ":", "ctrl+t"]
BESIDE = [*"=B!RATZ "]
"""Keys of what is compared, which mean little before something is."""
ODD = [*"vVubfrop/.,aS", "1", "é", "猫", "ctrl+c", "alt+x", "f1", "shift+tab", "delete", "insert"]
PASTES = [
    "The cat [MASK] quickly.",
    "two\nlines with [MASK] and a tab\there",
    "\x1b[31mred\x1b[0m [MASK] \x1b]0;title\x07",
    "猫 👩\u200d🔬 שלום [MASK] e\u0301",
    "word " * 600,
    "[/MASK] [bold] [MASK] [SEP]",
    "[CLS] a [MASK] b [SEP] c [SEP]",
    "［MASK］ ＜mask＞ <mask>",
    "ab❤️e 1️⃣ 🇩🇪🇩 हिन्दी ส่วน \u1112\u1161\u11ab [MASK] a\u2028b\u0085c",
    "\u0300\u200d\ufe0f\u202e[MASK]\u2066\u1160",
    "",
]
KINDS: list[tuple[tuple[str, ...], dict[str, str]]] = [
    ((), {}),
    ((), {"NO_COLOR": "1"}),
    (("--ascii",), {}),
    (("--theme", "light"), {"COLORTERM": ""}),
    ((), {"TERM": "screen", "COLORTERM": ""}),
]
"""Options and surroundings, one of which the program is started with, by lot."""
SIZES = [(120, 40), (80, 24), (40, 12), (20, 5), (200, 60), (60, 20), (59, 13), (300, 100)]
ODD_SIZES = [(1, 1), (1, 60), (2, 2), (500, 1), (700, 3), (3, 200), (41, 12), (39, 11)]

ODD_TOKENS = [
    *(
        "[CLS]",
        "\x1b[31mred\x1b[0m",
        "\u202eevil",
        "a\tb",
        "\u200b",
        "e\u0301",
        "\x07bell",
        "\u2028",
    ),
    *(
        "\ufeff",
        "|",
        "[/bold]",
        "👩\u200d👩\u200d👧",
        "🇩🇪",
        "❤️",
        "שלום",
        "हिन्दी",
        "漢字",
        "",
        "\r\n",
    ),
    *("Ġcat", "▁cat", "##s", "æĹ", "[MASK]", "w" * 4000, "1️⃣", "\u1112\u1161\u11ab", "[SEP]"),
]


COVERS = re.compile(
    r"[╭+][─-]{9}|esc (done|leaves|close)"
    r"|All \d+[×x]\d+ heads|\d+ of \d+ heads|Every head's attention"
    r"|^ *emb\. |What goes into each layer|from B what goes|pairs? of A and B"
    r"|The other run is not there yet|Nothing is compared",
    re.MULTILINE,
)
"""What screens say that cover the main one."""
ANSWER = re.compile(r" [→>] .* -?\d")
"""The cursor's weight, in the status line."""
UNDER_WAY = re.compile(
    r"analysing|asking|waiting for|starting torch|means over sentences|saving \d|measuring"
    r"|cutting heads|cutting arrows|pruning heads|reading layers|scoring a word"
    r"|transplanting"
)
"""What is said while something is still to come."""


def act(terminal: Terminal, chance: random.Random) -> None:
    """Do one thing that a person might do, or a cat on the keyboard."""
    kind = chance.random()
    if kind < 0.55:
        terminal.key(chance.choice(WALK))
    elif kind < 0.77:
        terminal.key(chance.choice(LOOK))
    elif kind < 0.80:
        terminal.key(chance.choice(BESIDE))
    elif kind < 0.90:
        terminal.key(chance.choice(ODD))
    elif kind < 0.93:
        terminal.paste(chance.choice(PASTES))
    elif kind < 0.95:
        terminal.send(chance.choice(PASTES).replace("\n", "\r"))  # a paste without brackets
    elif kind < 0.97:
        terminal.send(bytes(chance.choices(range(0x20, 0x100), k=chance.randint(1, 12))))
    elif kind < 0.99:
        terminal.click(chance.randrange(120), chance.randrange(40))
    else:
        terminal.resize(*chance.choice(SIZES if chance.random() < 0.7 else ODD_SIZES))


def wait_until_done(terminal: Terminal) -> None:
    """Wait until all that was typed has been taken, also what changes nothing on the screen."""
    busy = True
    while busy and not has_ended(terminal):
        terminal.wait_idle(0.5, timeout=300)
        try:
            before = used(terminal.pid)
            time.sleep(0.3)
            busy = used(terminal.pid) - before > 0.05
        except psutil.NoSuchProcess:
            break


def used(pid: int) -> float:
    """Seconds of processor time that a program and its model's process have taken."""
    program = psutil.Process(pid)
    times = [one.cpu_times() for one in (program, *program.children())]
    return float(sum(one.user + one.system for one in times))


def has_ended(terminal: Terminal) -> bool:
    """Whether the program has ended."""
    return terminal.returncode is not None


def look(terminal: Terminal, home: Path) -> None:
    """What must be true whatever was pressed."""
    wait_until_done(terminal)
    reports = [file.read_text() for file in home.rglob("errors/*")]
    assert not reports, "it went on after an error nobody foresaw:\n" + reports[0]
    if has_ended(terminal):
        # A q among what it typed: it left as it should. A ctrl+c right behind it is the shell's.
        assert terminal.wait() in (0, -signal.SIGINT), terminal.text
        terminal.assert_restored()
        assert terminal.children() == []
        return
    assert "Traceback" not in terminal.text
    if len(terminal.display) < 12 or len(terminal.display[0]) < 40:
        return  # there is no room to say whether an answer is still to come
    try:
        # A busy machine may be quiet for a while in the middle of a resize or an answer.
        terminal.wait_for(
            lambda text: terminal.display[1][-1] != " " or COVERS.search(text), timeout=60
        )
        terminal.wait_for(lambda text: not UNDER_WAY.search(text), timeout=120)
    except AssertionError:
        if not has_ended(terminal):
            raise
        look(terminal, home)  # it was leaving
        return
    wait_until_done(terminal)
    # Textual's fields scroll their text when they are told of a resize: that of a dialog, of the
    # sentence in the first line, and of the query in the second.
    if re.search("🔎|Go to layer and head|esc done|esc leaves", terminal.text):
        return
    first = 2 if re.search(r"\d+ of \d+ heads", terminal.display[0]) else 1
    before = terminal.display[first:]
    # Told that its window changed, the program sends every cell anew: nothing was out of step.
    terminal.signal(signal.SIGWINCH)
    time.sleep(0.25)
    terminal.wait_idle(0.15)
    after = terminal.display[first:]
    assert after == before, "\n".join(["before:", *before, "after:", *after])


def opened(home: Path, chance: random.Random) -> Terminal:
    """The program, its answer on the screen."""
    options, env = chance.choice(KINDS)
    terminal = bertmask(*options, TEXT, home=home, env=env)
    terminal.wait_for(ANSWER, timeout=60)
    return terminal


def opened_on_odd_tokens(home: Path, chance: random.Random) -> Terminal:
    """The program on saved attention between tokens that no tokenizer has."""
    file = home / "odd.npz"
    if not file.exists():
        raw = np.random.default_rng(SEED).random((2, 3, len(ODD_TOKENS), len(ODD_TOKENS)))
        np.savez(file, attention=raw / raw.sum(-1, keepdims=True), tokens=np.array(ODD_TOKENS))
    options, env = chance.choice(KINDS)
    terminal = bertmask("open", *options, str(file), home=home, env=env)
    terminal.wait_for(ANSWER, timeout=60)
    return terminal


def still_works(terminal: Terminal, home: Path) -> None:
    """Whether a sentence can be asked as ever."""
    come_back(terminal, home)
    terminal.key("end", "ctrl+u")
    terminal.send(TEXT)
    terminal.key("enter")
    terminal.wait_idle(1)
    terminal.key("D")  # heads stay cut
    # In the place of the candidates there may be the row as a list.
    terminal.wait_for(re.compile(r"^ *\d+ coffee +0\.\d{3}|attends? to", re.MULTILINE), timeout=60)
    leave(terminal)


def still_shows(terminal: Terminal, home: Path) -> None:
    """Whether the saved attention is shown as ever."""
    come_back(terminal, home)
    leave(terminal)


def come_back(terminal: Terminal, home: Path) -> None:
    """Close whatever is open, in a window of a usual size."""
    terminal.resize(120, 40)
    for _ in range(4):
        terminal.key("escape")
        terminal.wait_idle(0.2)
    look(terminal, home)


def leave(terminal: Terminal) -> None:
    """Leave, when the cursor's weight is on the screen; the terminal is as it was."""
    terminal.key("escape")  # of a save that ended late a message may stand there
    # The cursor keeps its place relative to the mask, which need not be the mask's row.
    terminal.wait_for(re.compile(r"^ \S.* [→>] \S+ ", re.MULTILINE), timeout=60)
    terminal.key("ctrl+q")
    assert terminal.wait() == 0
    terminal.assert_restored()
    assert terminal.children() == []


@pytest.mark.parametrize(
    ("open_it", "ends_well", "keys"),
    [(opened, still_works, KEYS), (opened_on_odd_tokens, still_shows, KEYS // 2)],
    ids=["model", "odd tokens"],
)
def test_a_monkey_leaves_it_alive_and_consistent(
    tmp_path: Path,
    open_it: Callable[[Path, random.Random], Terminal],
    ends_well: Callable[[Terminal, Path], None],
    keys: int,
) -> None:
    chance = random.Random(SEED)
    terminal = open_it(tmp_path, chance)
    try:
        for pressed in range(keys):
            if terminal.returncode is not None:
                look(terminal, tmp_path)
                terminal.close()
                terminal = open_it(tmp_path, chance)
            with suppress(OSError):  # it may be leaving
                act(terminal, chance)
            time.sleep(0.005)
            if pressed % LOOK_EVERY == LOOK_EVERY - 1:
                look(terminal, tmp_path)
        if terminal.returncode is None:
            ends_well(terminal, tmp_path)
    finally:
        terminal.close()
