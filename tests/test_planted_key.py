"""A planted key is in no byte of what a run leaves behind, whatever the server does with it."""

from __future__ import annotations

import base64
import html
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner

from evalkit import api
from evalkit.backends import registry
from evalkit.backends.interface import Capabilities
from evalkit.backends.secrets import Secrets
from evalkit.cli import cli
from evalkit.errors import ConfigError, UnavailableError
from evalkit.records import Answer, Fault
from evalkit.store import rebuild
from tests.projects import SUITE, answer_rightly, served, write_project
from tests.servers.stand_in import Said, StandIn

KEY = 'sk-planted-e5b1/c09d77"4a\\2f+8e1=6b0d'
"""With characters that JSON, Python, HTML and addresses escape."""
VARIABLE = "PLANTED"
PARTS = (KEY[:20], KEY[-20:])
"""Parts of the key, one of which is in each half: half a key in a cut message is a find too."""


def written(text: str) -> Iterator[str]:
    """The text in every form that a server, a program or a page may write it in."""
    yield text
    yield json.dumps(text)[1:-1]
    yield json.dumps(json.dumps(text))[3:-3]
    yield repr(text)[1:-1]
    yield repr(text + "'")[1:-1].removesuffix("\\'")
    yield quote(text)
    yield quote(text, safe="")
    yield quote(text, safe="").replace("%2F", "%2f").replace("%5C", "%5c").replace("%3D", "%3d")
    yield html.escape(text)
    yield text.encode().hex()
    yield text.encode().hex().upper()
    for before in ("", "a", "ab"):  # as the name and password of basic authentication, say
        yield base64.b64encode((before + text).encode()).decode()
        yield base64.urlsafe_b64encode((before + text).encode()).decode()


def searched(text: str) -> Iterator[str]:
    """The same, without the characters of base 64 that hang on what stands around the text."""
    yield from written(text)
    for before in ("", "a", "ab"):
        yield base64.b64encode((before + text).encode()).decode()[4:-4]
        yield base64.urlsafe_b64encode((before + text).encode()).decode()[4:-4]


PIECES = tuple(dict.fromkeys(form for part in PARTS for form in searched(part)))


class Told:
    """An observer that keeps whatever it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def begin(self, _plan: Any, _tallies: Any) -> None:
        """Passed over."""

    def report_progress(self, tally: Any, sample: Any) -> None:
        self.lines += [repr(tally), repr(sample)]

    def notify(self, line: str) -> None:
        self.lines.append(line)


def number_in(body: Mapping[str, Any]) -> int:
    """The number of the plant that is asked about; the check's own questions name none."""
    last = str(body["messages"][-1]["content"]).rsplit(" ", 1)[-1]
    return int(last) if last.isdecimal() else len(last)


def echo(body: Mapping[str, Any]) -> Said:
    """Answers that quote the key in every place an answer has; the rest are right."""
    number = number_in(body)
    arguments = json.dumps({"authorization": f"Bearer {KEY}", KEY: [KEY]})
    return (
        Said(text=f"You sent Bearer {KEY}, did you?"),
        Said(tool_calls=((KEY, arguments), ("f", f'{{"broken": "{KEY}')), finish_reason="tool_calls"),
        Said(refusal=f"I may not read {KEY}", finish_reason="stop"),
        Said(text="root", finish_reason=KEY),
        Said(text=answer_rightly(body)),
        Said(text="; ".join(written(KEY))),
        Said(text="; ".join(written(f"Authorization: Bearer {KEY}\n"))),
    )[number % 7]


def fail(body: Mapping[str, Any], before: int) -> str | None:
    """Errors that quote the header, for some at first and for one always."""
    number = number_in(body)
    if number == 7:
        return "400"
    return ("500", "echoed")[number % 2] if number % 3 == 0 and before == 0 else None


@pytest.fixture
def leaky(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project whose one candidate echoes its key, already run and reported on."""
    monkeypatch.setenv(VARIABLE, KEY)
    monkeypatch.setattr("evalkit.runner.retry.FIRST_WAIT_S", 0.001)
    with StandIn(answer=echo, fault=fail, key=KEY, model=KEY).in_thread() as server:
        candidate = served(server.base_url, api_key_env=VARIABLE, max_attempts=2)
        write_project(tmp_path, {"leaky": candidate, "whole": {**candidate, "options": {"stream": False}}})
        yield tmp_path
        sent = {asked.headers["Authorization"] for asked in server.asked}
    assert sent <= {f"Bearer {KEY}"}


def found_in(folder: Path) -> dict[str, str]:
    """File -> the piece of the key that stands in it."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    held = {path: path.read_bytes() for path in files}
    return {
        str(path.relative_to(folder)): piece
        for path, data in held.items()
        for piece in PIECES
        if piece.encode() in data
    }


def test_the_key_is_in_no_byte_of_run_store_and_report(leaky: Path) -> None:
    """Manifest, journal, store, report and what was told on the way; the masks show that it was quoted."""
    told = Told()
    result = api.run(project=leaky, observer=told)
    with api.open_store(project=leaky).reading() as store:
        tables = [row[0] for row in store.execute("select table_name from duckdb_tables()").fetchall()]
        rows = "".join(repr(store.execute(f'from "{table}"').fetchall()) for table in tables)
    api.report(project=leaky)
    assert found_in(leaky) == {}
    assert not [piece for piece in PIECES if piece in "\n".join(told.lines) + rows]
    journal = (result.folder / "journal.jsonl").read_text()
    assert journal.count("[key]") > 60  # so the server did quote it
    assert '"http_status":400' in journal
    assert list((leaky / "reports").rglob("*.html"))


def test_the_search_finds_a_planted_leak(leaky: Path) -> None:
    """A check that cannot fail shows nothing: a byte in any file is found."""
    (leaky / "runs").mkdir()
    (leaky / "runs" / "note.bin").write_bytes(b"\x00\xff" + KEY.encode())
    assert set(found_in(leaky)) == {"runs/note.bin"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["run", "--note", f"with {KEY}"],
        ["models", "check"],
        ["models", "check", "--json"],
        ["doctor"],
    ],
)
def test_the_key_is_in_nothing_that_commands_print(
    leaky: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Output and errors alike."""
    monkeypatch.setattr(sys, "argv", ["evalkit", *arguments])
    done = CliRunner().invoke(cli, [*arguments, "--project", str(leaky)], standalone_mode=False)
    assert not [piece for piece in PIECES if piece in done.output + repr(done.exception)]
    assert found_in(leaky) == {}


def test_a_server_that_refuses_the_key_does_not_make_us_say_it(tmp_path: Path, monkeypatch: Any) -> None:
    """The error of a wrong key is the likeliest place for it."""
    monkeypatch.setenv(VARIABLE, KEY)
    with StandIn(key="another").in_thread() as server:
        write_project(tmp_path, {"a": served(server.base_url, api_key_env=VARIABLE)})
        result = api.run(project=tmp_path)
    assert result.tallies["a"].faults == {"unauthorized": 12}
    assert found_in(tmp_path) == {}
    assert SUITE in {entry.name for entry in result.manifest.suites}


class Careless:
    """A plug-in that masks nothing, and lets the key out wherever a backend can."""

    def __init__(self, candidate: Any, stage: Any) -> None:
        self.candidate = candidate
        self._stage = stage
        self.capabilities = Capabilities()

    async def start(self) -> Mapping[str, Any]:
        """Tells it twice."""
        self._stage.progress(f"starting with {KEY}")
        return {"started with": [KEY], KEY: {"deep": quote(KEY)}}

    async def ask(self, request: Any) -> Answer:
        """Tells it in an answer, a fault and an error."""
        number = int(request.item_id[-4:]) % 4
        if number == 0:
            raise Fault("server_error", f"no {KEY}")
        if number == 1:
            raise ValueError(f"no {KEY!r}")
        if number == 2:
            raise Fault("rejected", "x" * 290 + KEY)
        return Answer(text=f"{KEY} and {base64.b64encode(KEY.encode()).decode()}", model_reported=KEY)

    async def close(self) -> None:
        """Nothing to close."""


class Refusing(Careless):
    """One that cannot even be started."""

    async def start(self) -> Mapping[str, Any]:
        """Tells it in its reason."""
        raise UnavailableError(f"not with {KEY}", hint=f"another than {KEY}")


def test_a_plug_in_that_masks_nothing_leaks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second wall: whatever a backend lets through, the runner keeps out of what is written."""
    monkeypatch.setenv("SOME_API_TOKEN", KEY)
    monkeypatch.setattr("evalkit.runner.retry.FIRST_WAIT_S", 0.001)
    monkeypatch.setitem(
        sys.modules, "planted_plug_ins", SimpleNamespace(Careless=Careless, Refusing=Refusing)
    )
    monkeypatch.setitem(registry._SHIPPED, "careless", "planted_plug_ins:Careless")
    monkeypatch.setitem(registry._SHIPPED, "refusing", "planted_plug_ins:Refusing")
    plug_in = {"tier": "slim", "max_attempts": 2}
    write_project(
        tmp_path,
        {
            "careless": {**plug_in, "backend": "careless"},
            "refusing": {**plug_in, "backend": "refusing", "hardware": "here"},
        },
    )
    told = Told()
    result = api.run(project=tmp_path, observer=told, note=f"with {KEY}", command=f"evalkit run {quote(KEY)}")
    api.report(project=tmp_path)
    api.promote(
        result.run_id, suite=SUITE, candidate="careless", why="in use", who="Ada", allow=["failed"],
        project=tmp_path,
    )  # fmt: skip
    assert found_in(tmp_path) == {}
    assert not [piece for piece in PIECES if piece in "\n".join(told.lines)]
    assert "starting with [key]" in told.lines
    assert (tmp_path / "baselines").exists()
    assert (result.folder / "manifest.json").read_text().count("[key]") >= 4


def test_keys_of_headers_and_bodies_come_from_variables_and_are_masked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are sent as they are, and a server that echoes them is not believed."""
    monkeypatch.setenv(VARIABLE, KEY)
    with StandIn(answer=lambda body: f"you sent {body['api_key']}").in_thread() as server:
        options = {"headers_env": {"X-Goog-Api-Key": VARIABLE}, "body_env": {"api_key": VARIABLE}}
        write_project(tmp_path, {"a": served(server.base_url, options=options)})
        result = api.run(project=tmp_path)
        sent = {(asked.headers["X-Goog-Api-Key"], asked.body["api_key"]) for asked in server.asked}
    assert sent == {(KEY, KEY)}
    assert found_in(tmp_path) == {}
    assert (result.folder / "journal.jsonl").read_text().count('"output":"you sent [key]"') == 12


def test_a_proxy_s_password_is_in_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that cannot reach a proxy tends to say its whole address."""
    monkeypatch.setenv("HTTP_PROXY", f"http://someone:{quote(KEY, safe='')}@127.0.0.1:9")
    monkeypatch.setenv("http_proxy", f"http://someone:{quote(KEY, safe='')}@127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    options = {"trust_env": True, "probe": False}
    candidate = served("http://models.example/v1", options=options, max_attempts=1)
    write_project(tmp_path, {"a": candidate}, n_items=3)
    told = Told()
    result = api.run(project=tmp_path, observer=told)
    assert result.tallies["a"].faults == {"connection_failed": 3}
    assert found_in(tmp_path) == {}
    assert not [piece for piece in PIECES if piece in "\n".join(told.lines)]


def test_a_manifest_of_an_earlier_version_brings_its_key_nowhere(tmp_path: Path) -> None:
    """It was written before such a key was refused; store, pages and baseline are made of it today."""
    with StandIn(answer=answer_rightly).in_thread() as server:
        write_project(tmp_path, {"a": served(server.base_url)})
        result = api.run(project=tmp_path)
    file = result.folder / "manifest.json"
    manifest = json.loads(file.read_text())
    candidate = manifest["candidates"][0]["candidate"]
    candidate["base_url"] += f"?code={quote(KEY, safe='')}"
    candidate["options"] = {"headers": {"X-Goog-Api-Key": KEY}, "body": {"api_key": KEY}}
    manifest["command"] = f"evalkit run --api-key={KEY}"
    file.write_text(json.dumps(manifest))
    (tmp_path / "evalkit.duckdb").unlink()
    rebuild(api.open_store(project=tmp_path), tmp_path / "runs")
    api.report(project=tmp_path)
    api.promote(result.run_id, suite=SUITE, candidate="a", why="in use", who="Ada", project=tmp_path)
    assert set(found_in(tmp_path)) == {str(file.relative_to(tmp_path))}
    assert (tmp_path / "baselines").exists()
    with pytest.raises(ConfigError, match="key"):
        api.resume(result.run_id, project=tmp_path)


def test_a_long_key_that_was_cut_is_found_by_its_ends() -> None:
    """A message is cut after 4,096 characters before anyone masks it; half of a long key would be left."""
    key = "".join(f"{n:02x}" for n in range(20, 180))
    secrets = Secrets([key])
    for cut in (20, 21, 200, len(key) - 1):
        assert secrets.mask(f"a {key[:cut]}") == "a [key]"
        assert secrets.mask(f"{key[-cut:]} b") == "[key] b"
    assert secrets.mask(f"a {key[:19]}") == f"a {key[:19]}"
    assert secrets.mask(f"{key[-19:]} b") == f"{key[-19:]} b"
    short = "sk-planted-5b1c09d77ef"
    assert Secrets([short]).mask(short[:20]) == short[:20]  # an ordinary word may begin like a short key
