"""A planted key is in no byte of what a run leaves behind, whatever the server does with it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from evalkit import api
from evalkit.cli import cli
from tests.projects import SUITE, answer_rightly, served, write_project
from tests.servers.stand_in import Said, StandIn

KEY = "sk-planted-e5b1c09d77"
VARIABLE = "PLANTED"
PIECES = (KEY, KEY[3:], KEY[:-4])
"""The key, and long parts of it: half a key in a cut message is a find too."""


class Told:
    """An observer that keeps whatever it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def begin(self, _plan: Any, _tallies: Any) -> None:
        """Passed over."""

    def advanced(self, tally: Any, sample: Any) -> None:
        self.lines += [repr(tally), repr(sample)]

    def said(self, line: str) -> None:
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
    )[number % 5]


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
    assert journal.count("[key]") > 20  # so the server did quote it
    assert '"http_status":400' in journal
    assert list((leaky / "reports").rglob("*.html"))


def test_the_search_finds_a_planted_leak(leaky: Path) -> None:
    """A check that cannot fail shows nothing: a byte in any file is found."""
    (leaky / "runs").mkdir()
    (leaky / "runs" / "note.bin").write_bytes(b"\x00\xff" + KEY.encode())
    assert set(found_in(leaky)) == {"runs/note.bin"}


@pytest.mark.parametrize(
    "arguments", [["run"], ["models", "check"], ["models", "check", "--json"], ["doctor"]]
)
def test_the_key_is_in_nothing_that_commands_print(leaky: Path, arguments: list[str]) -> None:
    """Output and errors alike."""
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
