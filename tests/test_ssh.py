"""Through a real SSH connection: an sshd on 127.0.0.1 with a key and a port of its own."""

from __future__ import annotations

import base64
import getpass
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.pty_terminal import Terminal

ROOT = Path(__file__).parents[1]
SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
READOUT = re.compile(r"^ \[MASK\] → \S+ \d\.\d{3}", re.MULTILINE)
TEXT = "I drank a cup of [MASK] this morning."

pytestmark = pytest.mark.skipif(
    SSHD is None or shutil.which("ssh") is None or shutil.which("ssh-keygen") is None,
    reason="openssh-server and its client are not installed (apt install openssh-server)",
)


@dataclass(frozen=True)
class Server:
    """A running sshd."""

    folder: Path
    port: int
    home: Path

    def command(self, remote: str) -> list[str]:
        """The client's command line, with a terminal."""
        options = {
            "IdentityFile": self.folder / "key",
            "IdentitiesOnly": "yes",
            "UserKnownHostsFile": self.folder / "known",
            "StrictHostKeyChecking": "accept-new",
            "LogLevel": "ERROR",
        }
        return [
            *("ssh", "-F", "none", "-tt", "-p", str(self.port)),
            *(word for name, value in options.items() for word in ("-o", f"{name}={value}")),
            *(f"{getpass.getuser()}@127.0.0.1", remote),
        ]

    def app(self, *arguments: str) -> list[str]:
        """The app at the other end."""
        env = f"HOME={self.home} XDG_STATE_HOME={self.home}/state PYTHONPATH={ROOT} LANG=C.UTF-8"
        program = f"{sys.executable} -m tui {' '.join(arguments)} '{TEXT}'"
        return self.command(f"cd {self.home} && exec env {env} {program}")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("ssh")
    home = tmp_path_factory.mktemp("home")
    for name in ("key", "host"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True
        )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "sshd_config"
    config.write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {folder}/host\nPidFile none\n"
        f"AuthorizedKeysFile {folder}/key.pub\nStrictModes no\nPasswordAuthentication no\n"
        "UsePAM no\nPrintMotd no\nPrintLastLog no\nPermitRootLogin prohibit-password\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where a privileged sshd locks itself in
    log = folder / "log"
    assert SSHD is not None
    process = subprocess.Popen([SSHD, "-D", "-f", str(config), "-E", str(log)])
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            break
        if process.poll() is not None:
            pytest.skip(f"sshd does not start here: {log.read_text().strip()}")
        time.sleep(0.05)
    yield Server(folder, port, home)
    process.terminate()
    process.wait(10)


def ours(server: Server) -> set[int]:
    """The app's processes at the other end."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if f"HOME={server.home}\0".encode() in path.read_bytes():
                found.add(int(path.parent.name))
    return found


def leaves_nothing(server: Server) -> None:
    deadline = time.monotonic() + 10
    while left := ours(server):
        assert time.monotonic() < deadline, f"still there: {left}"
        time.sleep(0.05)


def test_a_session_over_ssh(server: Server, tmp_path: Path) -> None:
    with Terminal(server.app(), columns=80, lines=24, home=tmp_path) as terminal:
        terminal.wait_for(READOUT, timeout=60)
        terminal.wait_idle()
        assert all(len(line) <= 80 for line in terminal.text.splitlines())
        assert "coffee" in terminal.text
        before = terminal.written
        time.sleep(1)
        assert terminal.written == before, "an app that nobody touches sends nothing"

        terminal.key("right")
        terminal.wait_for("Head 2 of 12")
        terminal.wait_idle()
        assert terminal.written - before < 3000
        terminal.key("c", "c")
        terminal.wait_for("viridis")
        assert "38;5;" in terminal.raw.decode(), "ssh forwards TERM and not COLORTERM"
        assert "38;2;" not in terminal.raw.decode()

        terminal.key("j")
        terminal.key("y")
        terminal.wait_for("Copied")
        copied = base64.b64decode(terminal.clipboard).decode()
        assert re.fullmatch(r"this → \S+ \d\.\d{3}", copied)

        terminal.key("ctrl+z")
        terminal.wait_for("no shell")
        assert terminal.is_alternate

        terminal.resize(40, 12)
        terminal.wait_for(lambda text: max(map(len, text.splitlines())) <= 40 and "Head 2" in text)
        terminal.resize(100, 30)
        terminal.wait_for(lambda text: "per head" in text)

        terminal.key("q")
        assert terminal.wait() == 0
        terminal.assert_restored()
        leaves_nothing(server)


def test_a_connection_that_drops(server: Server, tmp_path: Path) -> None:
    with Terminal(server.app("--no-mouse"), columns=80, lines=24, home=tmp_path) as terminal:
        terminal.wait_for(READOUT, timeout=60)
        assert ours(server)
        assert terminal.modes & {1000, 1003, 1006} == set()
        terminal.signal(signal.SIGKILL)  # the client is gone without a word
        terminal.wait()
        leaves_nothing(server)
    kept = [path.read_text(encoding="utf-8") for path in server.home.rglob("history*")]
    assert any(TEXT in text for text in kept)
