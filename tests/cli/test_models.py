"""`evalkit models check` as a user sees it."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from evalkit.cli.models import command
from tests.projects import served, simulated, write_project
from tests.servers.stand_in import StandIn, always


def checked(folder: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(command, ["check", "--project", str(folder), *arguments], standalone_mode=False)
    assert done.exception is None, done.exception
    return int(done.return_value), done.output


def test_each_candidate_gets_its_lines_and_what_the_check_cost(tmp_path: Path) -> None:
    """One that fails does not hide the others, and the exit code says that one failed."""
    with (
        StandIn(answer=lambda _: "Blue\x1b[31m").in_thread() as server,
        StandIn(fault=always("404")).in_thread() as bad,
    ):
        misspelt = served("http://127.0.0.1:9/v1", options={"stram": True})
        candidates = {"fine": served(server.base_url), "bad": served(bad.base_url), "wrong": misspelt}
        write_project(tmp_path, {**candidates, "made-up": simulated()})
        code, output = checked(tmp_path, "fine", "made-up")
        assert code == 0
        assert "fine (slim, openai): answered 'Blue" in output
        assert "JSON Schema  no       accepted and not enforced" in output
        assert "model        stand-in" in output
        assert "requests, " in output
        assert "$0.0000" in output
        assert "\x1b[31m" not in output
        code, output = checked(tmp_path)
    assert code == 1
    assert "failed bad" in output
    assert "the model does not exist" in output
    assert "failed wrong" in output
    assert "made-up (mid, simulated): simulated" in output


def test_json_holds_every_finding(tmp_path: Path) -> None:
    """For a program that decides by it."""
    with StandIn(answer=lambda _: "Blue").in_thread() as server:
        write_project(tmp_path, {"fine": served(server.base_url)})
        code, output = checked(tmp_path, "--json")
    told = json.loads(output)["fine"]
    assert code == 0
    assert {f["name"] for f in told["findings"]} == {"tools", "json_schema", "logprobs", "seed", "streaming"}
    assert told["cost_usd"] > 0
