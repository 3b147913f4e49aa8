"""A hub on 127.0.0.1 that speaks what huggingface_hub speaks, and misbehaves when told to."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

_RESOLVE = re.compile(r"/(?P<repo>[^/]+(?:/[^/]+)?)/resolve/(?P<revision>[^/]+)/(?P<file>.+)")
_INFO = re.compile(r"/api/models/(?P<repo>[^/]+(?:/[^/]+)?)(?:/revision/(?P<revision>[^/]+))?")


@dataclass
class Fault:
    """How a file, or the question about a model, goes wrong.

    Attributes:
        status: what is answered instead.
        error_code: the hub's own name of the error.
        cut_after: bytes after which the line is cut.
        hang_after: bytes after which nothing more comes, though the line stays.
        shorter: bytes that are missing although the answer looks whole.
        times: how often it happens.
    """

    status: int = 0
    error_code: str = ""
    cut_after: int | None = None
    hang_after: int | None = None
    shorter: int = 0
    times: int = 1_000_000


@dataclass
class Hub:
    """The server's state, which the test changes.

    Attributes:
        address: where it answers.
        repositories: the files of each.
        private: repositories that only the token opens.
        token: the token that is accepted.
        faults: what goes wrong, by a file's name, or by `info`.
        pace: seconds between two portions of a file.
        requests: what was asked: method, path, the first byte asked for.
    """

    address: str = ""
    repositories: dict[str, dict[str, bytes]] = field(default_factory=dict)
    private: set[str] = field(default_factory=set)
    token: str = "hf_right"
    faults: dict[str, Fault] = field(default_factory=dict)
    pace: float = 0.0
    requests: list[tuple[str, str, int]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def publish(self, name: str, folder: Path) -> dict[str, bytes]:
        """Offer a folder's files as a repository."""
        files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        self.repositories[name] = files
        return files

    def fetched(self, file: str) -> list[int]:
        """For each time that a file's bytes were asked for, the first byte asked for."""
        return [
            first
            for method, path, first in self.requests
            if method == "GET" and path.endswith(f"/{file}")
        ]


@cache
def _digest(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()


def _commit(files: dict[str, bytes]) -> str:
    return _digest("".join(name + _digest(files[name]) for name in sorted(files)).encode())


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            hub.requests.append(("POST", self.path, 0))
            self._fail(405, "")

        def _answer(self) -> None:
            path = unquote(urlsplit(self.path).path)
            first = int((re.match(r"bytes=(\d+)-", self.headers.get("Range", "")) or [0, 0])[1])
            hub.requests.append((self.command, path, first))
            if found := _RESOLVE.fullmatch(path):
                if (files := self._files(found["repo"])) is not None:
                    self._send_file(files, found["file"], first)
            elif found := _INFO.fullmatch(path):
                if (files := self._files(found["repo"])) is not None:
                    self._send_info(found["repo"], files)
            else:
                self._fail(404, "")

        def _files(self, repo: str) -> dict[str, bytes] | None:
            """A repository's files, or None if the question was answered with an error."""
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            if token and token != hub.token:
                self._fail(401, "", "Invalid credentials in Authorization header")
            elif repo not in hub.repositories or (repo in hub.private and not token):
                self._fail(401, "RepoNotFound")
            else:
                return hub.repositories[repo]
            return None

        def _send_info(self, repo: str, files: dict[str, bytes]) -> None:
            if (fault := self._fault("info")) and fault.status:
                self._fail(fault.status, fault.error_code)
                return
            if fault and fault.hang_after is not None:
                hub.closing.wait(20)
                return
            siblings = [
                {"rfilename": name, "size": len(data), "blobId": _digest(data)}
                for name, data in files.items()
            ]
            body = json.dumps({
                "_id": "1", "id": repo, "modelId": repo, "sha": _commit(files), "private": False,
                "tags": [], "downloads": 0, "likes": 0, "siblings": siblings,
            }).encode()  # fmt: skip
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _send_file(self, files: dict[str, bytes], name: str, first: int) -> None:
            fault = self._fault(name) if self.command == "GET" else None
            if fault and fault.status:
                self._fail(fault.status, fault.error_code)
                return
            if name not in files:
                self._fail(404, "EntryNotFound")
                return
            data = files[name]
            if fault and fault.shorter:
                data = data[: -fault.shorter]
            self.send_response(206 if first else 200)
            if first:
                self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
            self.send_header("ETag", f'"{_digest(files[name])}"')
            self.send_header("X-Repo-Commit", _commit(files))
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(len(data) - first))
            self.end_headers()
            if self.command == "GET":
                self._send_bytes(data[first:], fault)

        def _send_bytes(self, data: bytes, fault: Fault | None) -> None:
            end = len(data)
            if fault and fault.cut_after is not None:
                end = min(end, fault.cut_after)
            if fault and fault.hang_after is not None:
                end = min(end, fault.hang_after)
            try:
                for start in range(0, end, 1 << 12) if hub.pace else (0,):
                    portion = data[start : min(end, start + (1 << 12)) if hub.pace else end]
                    self.wfile.write(portion)
                    self.wfile.flush()
                    if hub.closing.wait(hub.pace):
                        break
                if fault and fault.hang_after is not None:
                    hub.closing.wait(20)
            except OSError:
                pass  # whoever asked is gone
            if end < len(data):
                self.close_connection = True

        def _fault(self, name: str) -> Fault | None:
            fault = hub.faults.get(name)
            if fault is None or fault.times <= 0:
                return None
            fault.times -= 1
            return fault

        def _fail(self, status: int, code: str, message: str = "no") -> None:
            self.send_response(status)
            if code:
                self.send_header("X-Error-Code", code)
            self.send_header("X-Error-Message", message)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def running_hub() -> Iterator[Hub]:
    """A hub that answers until the end of the `with` block."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    server.daemon_threads = True
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        hub.closing.set()
        server.shutdown()
        thread.join()
        server.socket.close()
        time.sleep(0)
