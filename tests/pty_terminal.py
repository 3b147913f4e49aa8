"""Any program in a real pseudo-terminal with an emulator behind it, for tests and benchmarks.

    with Terminal([sys.executable, "-m", "tui"], home=tmp_path) as terminal:
        terminal.wait_for("quit")
        terminal.send("The cat [MASK].")
        terminal.key("enter")
        terminal.wait_for(re.compile(r"1 +\\w+ +0\\.\\d+"))
        terminal.key("ctrl+q")
        assert terminal.wait() == 0
        terminal.assert_restored()

The program runs as a shell would run it: in the foreground group of a session whose leader, a few
lines of Python, stays until `close`. Without it the kernel would reset the terminal's settings when
the program ends, and whether the program restored them could not be told.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Event, RLock, Thread
from types import TracebackType
from typing import Any, Self

from pyte.screens import Char

from tests.pty_emulator import Emulator

Condition = str | re.Pattern[str] | Callable[[str], object]
"""What is waited for: a piece of the screen's text, a pattern in it, or a question about it."""

_MARKER = "TERMINAL_UNDER_TEST"
_ROOT = Path(__file__).parents[1]

_LEADER = """
import fcntl, json, os, signal, sys, termios, time
status, control = int(sys.argv[1]), int(sys.argv[2])
os.set_inheritable(status, False)
os.set_inheritable(control, False)
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
executed, executing = os.pipe()
started = time.monotonic()
child = os.fork()
if child == 0:
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpid())
    for name in (signal.SIGINT, signal.SIGQUIT, signal.SIGTTOU, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(name, signal.SIG_DFL)
    try:
        os.execvp(sys.argv[3], sys.argv[3:])
    except OSError as error:
        os.write(2, f"{sys.argv[3]}: {error}\\r\\n".encode())
        os._exit(127)
def pass_on(number, frame):
    try:
        os.killpg(child, number)
    except OSError:
        pass
signal.signal(signal.SIGHUP, pass_on)
os.close(executing)
os.read(executed, 1)  # closed by exec: what is typed from now on is the program's
os.write(status, json.dumps({"pid": child, "started": started}).encode() + b"\\n")
_, ended = os.waitpid(child, 0)
at = time.monotonic()
try:
    os.tcsetpgrp(0, os.getpgrp())
except OSError:
    pass
code = os.waitstatus_to_exitcode(ended)
os.write(status, json.dumps({"returncode": code, "ended": at}).encode() + b"\\n")
os.read(control, 1)
"""

_CURSOR_KEYS = {"up": "A", "down": "B", "right": "C", "left": "D", "home": "H", "end": "F"}
_NUMBERED_KEYS = {"insert": 2, "delete": 3, "pageup": 5, "pagedown": 6, "f5": 15, "f6": 17}
_PLAIN_KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "backspace": "\x7f",
    "space": " ",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "f4": "\x1bOS",
}
_MODIFIERS = {"shift": 1, "alt": 2, "ctrl": 4}


def key_bytes(name: str, *, application_cursor: bool = False) -> bytes:
    """What xterm sends for a key: `up`, `enter`, `ctrl+q`, `shift+left`, `alt+x`, a character."""
    if name in _PLAIN_KEYS:
        return _PLAIN_KEYS[name].encode()
    *modifiers, key = name.split("+") if len(name) > 1 else [name]
    number = 1 + sum(_MODIFIERS[modifier] for modifier in modifiers)
    if key in _CURSOR_KEYS:
        if modifiers:
            return f"\x1b[1;{number}{_CURSOR_KEYS[key]}".encode()
        return f"\x1b{'O' if application_cursor else '['}{_CURSOR_KEYS[key]}".encode()
    if key in _NUMBERED_KEYS:
        end = f";{number}~" if modifiers else "~"
        return f"\x1b[{_NUMBERED_KEYS[key]}{end}".encode()
    typed = _PLAIN_KEYS.get(key, key)
    if len(typed) != 1 and key not in _PLAIN_KEYS:
        raise ValueError(f"no key is called {name!r}")
    data = typed.encode()
    if "ctrl" in modifiers:
        data = bytes([ord(typed.upper()) & 0x1F])
    return b"\x1b" + data if "alt" in modifiers else data


class Terminal:
    """A program and the terminal it runs in.

    Args:
        argv: The program and its arguments.
        columns: The terminal's width.
        lines: The terminal's height.
        claims: The columns and lines that it says it has, if those are not what it has.
        env: Variables for the program, over a clean environment; None takes one away.
        cwd: The folder it runs in; its home when not given.
        home: HOME, and the parent of every XDG folder; a temporary one when not given.
        banner: What stands on the screen before the program starts, as a shell's prompt would.
    """

    def __init__(
        self,
        argv: Sequence[str | os.PathLike[str]],
        *,
        columns: int = 120,
        lines: int = 40,
        claims: tuple[int, int] | None = None,
        env: Mapping[str, str | None] | None = None,
        cwd: Path | None = None,
        home: Path | None = None,
        banner: str = "",
    ) -> None:
        self.pid = 0
        self.started = 0.0
        """When the program was started, on `time.monotonic`'s clock."""
        self.ended: float | None = None
        """When the program's end was seen."""
        self.returncode: int | None = None
        self.log: list[tuple[float, bytes]] = []
        """What the program wrote, piece by piece, with the time at which each arrived."""
        self._lock = RLock()
        self._changed = Event()
        self._watchers: list[_Watcher] = []
        self._owns_home = home is None
        self.home = home or Path(tempfile.mkdtemp(prefix="terminal-"))
        self._marker = uuid.uuid4().hex
        self._closed = False
        self._stalled = False
        self._hung_up = False
        self._failure: BaseException | None = None

        self._emulator = Emulator(columns, lines, self._reply)
        self._emulator.feed(banner.replace("\n", "\r\n").encode())
        self._master, slave = os.openpty()
        self.claim(*(claims or (columns, lines)))
        self._termios_before = termios.tcgetattr(self._master)
        status, their_status = os.pipe()
        their_control, self._control = os.pipe()
        try:
            self._leader = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", "-c", _LEADER),
                    *(str(their_status), str(their_control)),
                    *(os.fspath(argument) for argument in argv),
                ],
                stdin=slave,
                stdout=slave,
                stderr=slave,
                pass_fds=[their_status, their_control],
                start_new_session=True,
                cwd=cwd or self.home,
                env=self._environment(env or {}),
            )
        finally:
            for descriptor in (slave, their_status, their_control):
                os.close(descriptor)
        os.set_blocking(self._master, False)
        self._status = status
        self._wake, self._waker = os.pipe()
        self._arrived: SimpleQueue[tuple[float, bytes] | None] = SimpleQueue()
        self._unseen = 0
        self._reader = Thread(target=self._read, name="terminal reader", daemon=True)
        self._feeder = Thread(target=self._feed, name="terminal emulator", daemon=True)
        self._reader.start()
        self._feeder.start()
        self._wait_until(lambda: self.pid, 20, "the program did not start")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # What the screen shows

    @property
    def display(self) -> list[str]:
        """The screen's lines at full width; a wide character stands for its two cells."""
        with self._lock:
            return self._emulator.display

    @property
    def text(self) -> str:
        """The screen's lines without trailing blanks, joined."""
        return "\n".join(line.rstrip() for line in self.display)

    @property
    def cursor(self) -> tuple[int, int]:
        """The cursor's column and row, from 0."""
        with self._lock:
            return self._emulator.screen.cursor.x, self._emulator.screen.cursor.y

    @property
    def title(self) -> str:
        """The window's title."""
        with self._lock:
            return self._emulator.title

    @property
    def clipboard(self) -> str:
        """What was last copied through OSC 52, in base 64."""
        with self._lock:
            return self._emulator.clipboard

    def cell(self, column: int, row: int) -> Char:
        """One cell with its colours and style: `.data`, `.fg`, `.bg`, `.bold`, `.reverse`."""
        with self._lock:
            return self._emulator.screen.buffer[row][column]

    @property
    def written(self) -> int:
        """How many bytes the program has written so far."""
        with self._lock:
            return sum(len(data) for _, data in self.log)

    @property
    def raw(self) -> bytes:
        """Every byte the program has written so far."""
        with self._lock:
            return b"".join(data for _, data in self.log)

    # What the person does

    def send(self, data: str | bytes) -> None:
        """Type: all bytes in one piece, as a slow line would deliver them."""
        rest = memoryview(data.encode() if isinstance(data, str) else data)
        deadline = time.monotonic() + 10
        while rest:
            try:
                rest = rest[os.write(self._master, rest) :]
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise AssertionError("the program does not read what is typed") from None
                select.select([], [self._master], [], 0.1)

    def key(self, *names: str) -> None:
        """Press keys, one packet each; see `key_bytes` for their names."""
        for name in names:
            self.send(key_bytes(name, application_cursor=1 in self.modes))

    def paste(self, text: str) -> None:
        """Paste as the terminal would: bracketed if the program asked for that."""
        text = text.replace("\n", "\r")
        self.send(f"\x1b[200~{text}\x1b[201~" if 2004 in self.modes else text)

    def click(self, column: int, row: int) -> None:
        """Press and release the mouse's left button on a cell, if the program listens."""
        if 1006 in self.modes:
            for end in "Mm":
                self.send(f"\x1b[<0;{column + 1};{row + 1}{end}")

    def resize(self, columns: int, lines: int) -> None:
        """Change the window's size; the kernel tells the program."""
        with self._lock:
            self._emulator.resize(columns, lines)
            self.claim(columns, lines)

    def claim(self, columns: int, lines: int) -> None:
        """Have the kernel tell the program a size, whatever the window's is."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def stall(self) -> None:
        """Stop reading, like a line that hangs: the program's writes block once the pty is full."""
        self._stalled = True
        os.write(self._waker, b".")

    def unstall(self) -> None:
        """Read again."""
        self._stalled = False
        os.write(self._waker, b".")

    def hang_up(self) -> None:
        """Close the terminal under the program, as when an SSH connection breaks."""
        self._hung_up = True
        os.write(self._waker, b".")
        self._wait_until(lambda: self._master < 0, 5, "the terminal could not be closed")

    # What a test waits for

    def wait_for(
        self, condition: Condition, timeout: float = 20, *, since: float | None = None
    ) -> float:
        """Wait until the screen shows something.

        Args:
            condition: A text, a pattern, or a function of the screen's text.
            timeout: Seconds after which it is an AssertionError that shows the screen.
            since: Where to count from on the monotonic clock; now, when not given.

        Returns:
            The seconds until the bytes arrived that made it true.
        """
        since = time.monotonic() if since is None else since
        return self._watch(_Watcher(condition), timeout) - since

    def echo(self, data: str | bytes, expect: Condition | None = None, timeout: float = 5) -> float:
        """Type something and wait for its effect.

        Args:
            data: What is typed.
            expect: What is then on the screen and is not now; the text once more than before, when
                not given.
            timeout: Seconds after which it is an AssertionError.

        Returns:
            The seconds between writing the bytes and the arrival of those that show the effect.
        """
        if expect is None:
            typed = data if isinstance(data, str) else data.decode()
            count = self.text.count(typed)

            def expect(text: str) -> bool:
                return text.count(typed) > count

        watcher = _Watcher(expect)
        if watcher.is_met(self.text):
            raise AssertionError(f"already on the screen: {watcher}\n{self._picture()}")
        with self._lock:
            self._watchers.append(watcher)
        sent = time.monotonic()
        self.send(data)
        return self._watch(watcher, timeout) - sent

    def wait_idle(self, quiet: float = 0.2, timeout: float = 20) -> None:
        """Wait until nothing has been written for some seconds."""
        deadline = time.monotonic() + timeout
        began = time.monotonic()
        while True:
            with self._lock:
                last = max(began, self.log[-1][0] if self.log else 0.0)
                seen = not self._unseen
            now = time.monotonic()
            if seen and now - last >= quiet:
                return
            if now > deadline:
                raise AssertionError(f"never quiet for {quiet} s\n{self._picture()}")
            time.sleep(max(0.005, min(quiet, last + quiet - now)))

    def wait(self, timeout: float = 20) -> int:
        """Wait for the program's end and for all that it wrote; returns its exit code."""
        self._wait_until(lambda: self.returncode is not None, timeout, "the program did not end")
        if self._master >= 0 and not self._stalled:
            self.wait_idle(0.03)
        assert self.returncode is not None
        return self.returncode

    # What the program leaves

    @property
    def modes(self) -> frozenset[int]:
        """The private modes that are on: 1049, 2004, 1003, 25 (a visible cursor), ..."""
        with self._lock:
            return frozenset(self._emulator.modes)

    @property
    def kitty_depth(self) -> int:
        """How often the keyboard protocol was asked for and not given back."""
        with self._lock:
            return self._emulator.kitty_depth

    @property
    def is_alternate(self) -> bool:
        """Whether the alternate screen is shown."""
        with self._lock:
            return self._emulator.is_alternate

    def unrestored(self) -> list[str]:
        """What is not as it was before the program, in words."""
        with self._lock:
            left = self._emulator.unrestored()
            if self._master >= 0:
                before, after = self._termios_before, termios.tcgetattr(self._master)
                left += [
                    f"the terminal's {name} were {old!r} and are {new!r}"
                    for name, old, new in zip(_TERMIOS, before, after, strict=True)
                    if old != new
                ]
        return left

    def is_restored(self) -> bool:
        """Whether the terminal is as it was before the program."""
        return not self.unrestored()

    def assert_restored(self) -> None:
        """Raise AssertionError that says what is not as it was."""
        left = self.unrestored()
        assert not left, "; ".join(left)

    def children(self) -> list[int]:
        """The processes the program started that still live, orphans among them on Linux."""
        found = _descendants(self.pid) | _marked(f"{_MARKER}={self._marker}")
        return sorted(found - {self.pid, self._leader.pid})

    def signal(self, number: int) -> None:
        """Send the program itself a signal, if it still runs."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def close(self) -> None:
        """End whatever is left and give everything back."""
        if self._closed:
            return
        self._closed = True
        left = self.children()
        if self.returncode is None and self.pid:
            left.append(self.pid)
        for pid in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        os.close(self._control)
        try:
            self._leader.wait(5)
        except subprocess.TimeoutExpired:
            self._leader.kill()
            self._leader.wait(5)
        os.write(self._waker, b".")
        self._reader.join(5)
        self._arrived.put(None)
        self._feeder.join(5)
        for descriptor in (self._master, self._status, self._wake, self._waker):
            if descriptor >= 0:
                os.close(descriptor)
        if self._owns_home:
            shutil.rmtree(self.home, ignore_errors=True)

    # Inside

    def _environment(self, changes: Mapping[str, str | None]) -> dict[str, str]:
        mine = ("TERM", "COLORTERM", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "LANG", "TMUX")
        families = ("LC_", "XDG_", "TERM_", "TEXTUAL", "SSH_", "BERTMASK", "PYTEST_", "PYTHON")
        env: dict[str, str | None] = {
            name: value
            for name, value in os.environ.items()
            if name not in mine and not name.startswith(families)
        }
        env |= {
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "EDITOR": "true",  # random keys may ask for one
            "VISUAL": None,
            "HOME": str(self.home),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_DATA_HOME": str(self.home / ".local/share"),
            "XDG_STATE_HOME": str(self.home / ".local/state"),
            _MARKER: self._marker,
        }
        env |= changes
        return {name: value for name, value in env.items() if value is not None}

    def _reply(self, data: bytes) -> None:
        with suppress(OSError):
            os.write(self._master, data)

    def _read(self) -> None:
        """The reader's thread: everything is read and stamped at once, and drawn by another."""
        status = b""
        watched = {self._status, self._wake, self._master}
        while not self._closed:
            if self._hung_up and self._master >= 0:
                watched.discard(self._master)
                os.close(self._master)
                self._master = -1
            quiet = {self._master} if self._stalled else set()
            ready, _, _ = select.select(watched - quiet, [], [])
            if self._wake in ready:
                os.read(self._wake, 1)
            if self._master in ready and not self._stalled and not self._hung_up:
                try:
                    data = os.read(self._master, 1 << 16)
                except BlockingIOError:
                    continue
                except OSError:
                    data = b""
                if data:
                    arrived = time.monotonic(), data
                    with self._lock:
                        self.log.append(arrived)
                        self._unseen += 1
                    self._arrived.put(arrived)
                else:
                    watched.discard(self._master)
            if self._status in ready:
                data = os.read(self._status, 4096)
                if not data:
                    watched.discard(self._status)
                *news, status = (status + data).split(b"\n")
                with self._lock:
                    for line in news:
                        self._told(json.loads(line))
                self._changed.set()

    def _told(self, news: dict[str, Any]) -> None:
        if "pid" in news:
            self.pid, self.started = news["pid"], news["started"]
        else:
            self.returncode, self.ended = news["returncode"], news["ended"]

    def _feed(self) -> None:
        """The emulator's thread: draws, and looks after each piece whether it was waited for."""
        while (arrived := self._arrived.get()) is not None:
            at, data = arrived
            try:
                with self._lock:
                    self._emulator.feed(data)
                    self._unseen -= 1
                    self._look(at)
            except Exception as failure:  # told to whoever waits
                self._failure = failure
                self._changed.set()
                raise

    def _look(self, at: float) -> None:
        if self._watchers:
            text = self.text
            for watcher in [watcher for watcher in self._watchers if watcher.is_met(text)]:
                watcher.met_at = at
                self._watchers.remove(watcher)
                self._changed.set()

    def _watch(self, watcher: _Watcher, timeout: float) -> float:
        with self._lock:
            if watcher.met_at is None and watcher not in self._watchers:
                self._watchers.append(watcher)
                self._look(time.monotonic())

        def met() -> bool:
            if watcher.met_at is None and self.returncode is not None and not self._stalled:
                self.wait_idle(0.05)  # its last words may still be on their way
                if watcher.met_at is None:
                    raise AssertionError(
                        f"the program ended with {self.returncode} before the screen showed "
                        f"{watcher}\n{self._picture()}"
                    )
            return watcher.met_at is not None

        try:
            self._wait_until(met, timeout, f"not on the screen after {timeout} s: {watcher}")
        finally:
            with self._lock, suppress(ValueError):
                self._watchers.remove(watcher)
        assert watcher.met_at is not None
        return watcher.met_at

    def _wait_until(self, true: Callable[[], object], timeout: float, complaint: str) -> None:
        deadline = time.monotonic() + timeout
        while not true():
            left = deadline - time.monotonic()
            if self._failure is not None:
                raise AssertionError("the emulator failed") from self._failure
            if left <= 0:
                raise AssertionError(f"{complaint}\n{self._picture()}")
            # Also asks again by itself: a condition may look at more than the screen.
            self._changed.wait(min(left, 0.05))
            self._changed.clear()
            with self._lock:
                self._look(time.monotonic())

    def _picture(self) -> str:
        width = self._emulator.columns
        lines = "\n".join(f"│{line}│" for line in self.display)
        state = "running" if self.returncode is None else f"ended with {self.returncode}"
        return f"┌{'─' * width}┐\n{lines}\n└{'─' * width}┘\n{state}, {self.written} bytes written"


_TERMIOS = (
    *("input flags", "output flags", "control flags", "local flags"),
    *("input speed", "output speed", "control characters"),
)


class _Watcher:
    """Something that is waited for, and when it came true."""

    def __init__(self, condition: Condition) -> None:
        self._condition = condition
        self.met_at: float | None = None

    def __str__(self) -> str:
        if isinstance(self._condition, re.Pattern):
            return f"the pattern {self._condition.pattern!r}"
        return repr(self._condition)

    def is_met(self, text: str) -> bool:
        if isinstance(self._condition, str):
            return self._condition in text
        if isinstance(self._condition, re.Pattern):
            return self._condition.search(text) is not None
        return bool(self._condition(text))


def bertmask(*arguments: str, **settings: Any) -> Terminal:
    """The app of this checkout in a terminal; `settings` are those of `Terminal`."""
    env = {"PYTHONPATH": str(_ROOT), **settings.pop("env", {})}
    return Terminal([sys.executable, "-m", "tui", *arguments], env=env, **settings)


def _descendants(pid: int) -> set[int]:
    """The living processes below this one."""
    try:
        table = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return set()
    below: dict[int, list[int]] = {}
    dead: set[int] = set()
    for line in table.splitlines():
        child, parent, state = line.split()[:3]
        below.setdefault(int(parent), []).append(int(child))
        if state.startswith("Z"):
            dead.add(int(child))
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        children = below.get(waiting.pop(), [])
        waiting += children
        found.update(children)
    return found - dead


def _marked(entry: str) -> set[int]:
    """The living processes with this in their environment, whoever their parent is by now."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if entry.encode() in path.read_bytes().split(b"\0"):
                found.add(int(path.parent.name))
    return found
