"""Weights from the hub: whole, checked, and going on after a cut; against a stand-in of the hub."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from evalkit.errors import UnavailableError
from evalkit.models import CATALOGUE, locate, pull
from evalkit.models.catalogue import Hub, Weights
from evalkit.models.hub import ENDPOINT_VARIABLE
from tests.models.cached import left_in

CONTENT = b"GGUF" + bytes(range(256)) * 4000
PATH = "/owner/tiny-GGUF/resolve/main/tiny.gguf"


@dataclass
class Script:
    """What the stand-in does, and what it was asked."""

    cut_at: int | None = None
    """Bytes of an answer after which the connection ends."""
    ranges: bool = True
    announced: str = hashlib.sha256(CONTENT).hexdigest()
    status: int = 302
    asked: list[str | None] = field(default_factory=list)
    """The `Range` of each request for bytes."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    script = Script()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            assert self.path == PATH
            self.send_response(script.status)
            self.send_header("Location", "/bytes")
            if script.announced:
                self.send_header("X-Linked-Etag", f'"{script.announced}"')
            self.send_header("X-Linked-Size", str(len(CONTENT)))
            self.end_headers()

        def do_GET(self) -> None:
            if self.path == PATH:
                self.send_response(302)
                self.send_header("Location", "/bytes")
                self.end_headers()
                return
            asked = self.headers.get("Range")
            script.asked.append(asked)
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and script.ranges else 0
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(CONTENT) - start))
            self.end_headers()
            self.wfile.write(CONTENT[start:][: script.cut_at])

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv(ENDPOINT_VARIABLE, f"http://127.0.0.1:{server.server_address[1]}")
        weights = Weights(
            name="tiny",
            file_name="tiny.gguf",
            origin=Hub(repository="owner/tiny-GGUF", file_name="tiny.gguf"),
            sha256=None,
            size_bytes=len(CONTENT),
            licence="MIT",
        )
        monkeypatch.setitem(CATALOGUE, "tiny", weights)
        yield script
        server.shutdown()


def test_a_file_comes_whole_and_a_second_pull_fetches_nothing(hub: Script, tmp_path: Path) -> None:
    """The hub announces the hash in the redirect; the bytes lie elsewhere."""
    told: list[str] = []
    path = pull("tiny", tmp_path, told.append)
    assert path.read_bytes() == CONTENT
    assert pull("tiny", tmp_path) == path == locate("tiny", tmp_path)
    assert hub.asked == [None]
    assert any("MB" in line for line in told)


def test_a_pull_that_was_cut_goes_on_where_it_ended(hub: Script, tmp_path: Path) -> None:
    """A gigabyte over a poor line would never come otherwise."""
    hub.cut_at = 300_000
    for _ in range(3):
        with pytest.raises(UnavailableError, match="goes on where this one ended"):
            pull("tiny", tmp_path)
    hub.cut_at = None
    assert pull("tiny", tmp_path).read_bytes() == CONTENT
    assert hub.asked == [None, "bytes=300000-", "bytes=600000-", "bytes=900000-"]
    assert left_in(tmp_path) == ["tiny.gguf", "tiny.gguf.sha256.json"]


def test_a_mirror_that_knows_no_ranges_starts_anew(hub: Script, tmp_path: Path) -> None:
    """Its whole file must not be put behind what is there."""
    hub.cut_at = 300_000
    with pytest.raises(UnavailableError):
        pull("tiny", tmp_path)
    hub.cut_at, hub.ranges = None, False
    assert pull("tiny", tmp_path).read_bytes() == CONTENT


def test_another_file_than_announced_is_dropped(hub: Script, tmp_path: Path) -> None:
    """Weights that are not what they should be must serve nobody."""
    hub.announced = "0" * 64
    with pytest.raises(UnavailableError, match="not to what the hub announced"):
        pull("tiny", tmp_path)
    assert left_in(tmp_path) == []


@pytest.mark.parametrize(
    ("status", "announced", "told"), [(404, "a" * 64, "404"), (302, "", "announces no hash")]
)
def test_what_the_hub_does_not_have_is_said_in_one_line(
    hub: Script, tmp_path: Path, status: int, announced: str, told: str
) -> None:
    """A renamed repository or a file without a hash is no traceback."""
    hub.status, hub.announced = status, announced
    with pytest.raises(UnavailableError, match=told):
        pull("tiny", tmp_path)
