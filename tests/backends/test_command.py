"""A program of the team's own as the candidate: JSON lines, crashes, leftovers, keys."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from evalkit.backends import Backend, Stage, open_backend
from evalkit.errors import ConfigError, UnavailableError
from evalkit.records import Fault
from tests.backends.asking import candidate, request, with_backend

PROGRAM = """
import json, os, subprocess, sys, time
for line in sys.stdin:
    asked = json.loads(line)
    word = asked["messages"][-1]["content"]
    if word == "die":
        print("out of routes", os.environ.get("PLANTED", ""), file=sys.stderr, flush=True)
        sys.exit(7)
    if word == "kill":
        os.kill(os.getpid(), 9)
    if word == "hang":
        time.sleep(600)
    if word == "chatty":
        print("x" * 100 + chr(10) * 3000, file=sys.stderr, flush=True)
    if word == "grandchild":
        child = subprocess.Popen(["sleep", "600"])
        answer = str(child.pid)
    elif word == "junk":
        print("hello there", flush=True)
        continue
    elif word == "key":
        answer = {"text": os.environ["PLANTED"]}
    elif word == "error":
        answer = {"error": "no route for " + os.environ.get("PLANTED", "")}
    else:
        answer = {"text": word.upper(), "model_reported": str(os.getpid())}
    print(json.dumps(answer), flush=True)
"""


def made(tmp_path: Path, **fields: Any) -> Any:
    (tmp_path / "program.py").write_text(PROGRAM)
    options = {"command": [sys.executable, "-S", "program.py"], **fields.pop("options", {})}
    return candidate("command", options=options, **fields)


def saying(word: str) -> Any:
    return request(messages=({"role": "user", "content": word},))


def using(tmp_path: Path, use: Any, **fields: Any) -> Any:
    return with_backend(made(tmp_path, **fields), use, Stage(root=tmp_path, log_dir=tmp_path / "logs"))


@pytest.fixture(autouse=True)
def logs(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()


async def fault_of(backend: Backend, word: str) -> Fault:
    with pytest.raises(Fault) as raised:
        await backend.ask(saying(word))
    return raised.value


def test_one_process_answers_one_request_after_the_other(tmp_path):
    """Its model is loaded once."""

    async def use(backend: Backend) -> list[Any]:
        return [await backend.ask(saying(word)) for word in ("a", "b", "c")]

    answers = using(tmp_path, use)
    assert [a.text for a in answers] == ["A", "B", "C"]
    assert len({a.model_reported for a in answers}) == 1


def test_there_are_as_many_processes_as_requests_in_flight(tmp_path):
    """And no more, however many are asked in turn."""

    async def use(backend: Backend) -> set[str]:
        answers = await asyncio.gather(*(backend.ask(saying("a")) for _ in range(3)))
        answers += await asyncio.gather(*(backend.ask(saying("a")) for _ in range(3)))
        return {a.model_reported for a in answers}

    assert len(using(tmp_path, use)) == 3


@pytest.mark.parametrize(("word", "how"), [("die", "ended with status 7"), ("kill", "ended by SIGKILL")])
def test_a_crash_costs_its_request_and_the_next_one_gets_a_fresh_process(tmp_path, word, how):
    """The fault says how it ended, with its last words."""

    async def use(backend: Backend) -> tuple[Fault, Any]:
        return await fault_of(backend, word), await backend.ask(saying("a"))

    fault, answer = using(tmp_path, use)
    assert (fault.kind, fault.retryable) == ("crashed", True)
    assert how in fault.message
    assert ("out of routes" in fault.message) is (word == "die")
    assert answer.text == "A"


def test_a_process_that_is_out_of_step_is_not_used_again(tmp_path):
    """A late answer, or the rest of a chatty one, would be taken for the next request's."""

    async def use(backend: Backend) -> list[Any]:
        first = await backend.ask(saying("a"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await backend.ask(saying("hang"))
        second = await backend.ask(saying("a"))
        junk = await fault_of(backend, "junk")
        third = await backend.ask(saying("a"))
        return [first.model_reported, second.model_reported, third.model_reported, junk.kind]

    first, second, third, kind = using(tmp_path, use)
    assert len({first, second, third}) == 3
    assert kind == "malformed_response"


def test_a_program_that_says_much_on_standard_error_is_not_blocked(tmp_path):
    """It is read to its end, into the run's log."""

    async def use(backend: Backend) -> str:
        return (await backend.ask(saying("chatty"))).text or ""

    assert using(tmp_path, use) == "CHATTY"
    assert "xxx" in (tmp_path / "logs" / "c.log").read_text()


def runs(pid: int) -> bool:
    """Whether that process is there and not just waiting to be taken away."""
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(done.stdout.strip()) and not done.stdout.startswith("Z")


def test_closing_ends_the_program_and_what_it_started(tmp_path):
    """A run leaves no process behind."""

    async def use(backend: Backend) -> int:
        return int((await backend.ask(saying("grandchild"))).text or 0)

    pid = using(tmp_path, use)
    until = time.monotonic() + 5
    while runs(pid) and time.monotonic() < until:
        time.sleep(0.01)  # a killed process is gone when the system comes to it
    assert not runs(pid)


def test_keys_are_masked_in_answers_faults_and_the_log(tmp_path, monkeypatch):
    """The program inherits the environment and may quote it anywhere."""
    monkeypatch.setenv("PLANTED", "sk-planted-55ee")

    async def use(backend: Backend) -> list[str]:
        return [
            (await backend.ask(saying("key"))).text or "",
            (await fault_of(backend, "error")).message,
            (await fault_of(backend, "die")).message,
        ]

    told = using(tmp_path, use, api_key_env="PLANTED")
    assert [("[key]" in t, "sk-planted" in t) for t in told] == [(True, False)] * 3
    log = (tmp_path / "logs" / "c.log").read_text()
    assert "[key]" in log
    assert "sk-planted" not in log


def test_a_program_that_ends_at_once_is_said_at_the_start(tmp_path):
    """With its own words."""
    options = {"command": [sys.executable, "-S", "-c", "import sys; sys.exit('no weights here')"]}

    async def use(_backend: Backend) -> None:
        raise AssertionError("it has started")

    with pytest.raises(UnavailableError, match="no weights here"):
        using(tmp_path, use, options=options)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({}, "command is missing"),
        ({"command": ""}, "command is missing"),
        ({"command": "no-such-program-anywhere"}, "no program"),
        ({"command": "'unclosed"}, "cannot be read"),
    ],
)
def test_a_wrong_command_is_a_configuration_error(options, match):
    """Before anything is started."""
    with pytest.raises(ConfigError, match=match) as raised:
        open_backend(candidate("command", options=options), Stage())
    assert raised.value.where == "candidates.c.options.command"
