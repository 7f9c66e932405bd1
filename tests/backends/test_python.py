"""A function of the team's own as the candidate."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from evalkit.backends import Stage
from evalkit.errors import ConfigError, EvalkitError, UnavailableError
from evalkit.records import Answer, Fault, Request
from tests.backends import asking
from tests.backends.asking import candidate, request, with_backend

ROUTER = """
import asyncio, os, threading, time
from evalkit.records import Fault

seen = []

def echo(request):
    seen.append(request)
    return request["messages"][-1]["content"].upper()

async def slowly(request):
    await asyncio.sleep(0.05)
    return {"text": "late", "output_tokens": 1}

def blocking(request, seconds=0.2):
    time.sleep(seconds)
    return threading.current_thread().name

def lazily(request):
    return slowly(request)

def fails(request):
    raise LookupError("no such route for " + os.environ.get("PLANTED", ""))

def leaks(request):
    return {"text": "my key is " + os.environ["PLANTED"]}

def faults(request):
    raise Fault("rate_limited", "later", retry_after_s=3)

def exits(request):
    raise SystemExit(3)

def stops(request):
    raise StopIteration

class Agent:
    @staticmethod
    def answer(request):
        return "agent"

number = 3
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder with the module in it; the module is forgotten afterwards."""
    (tmp_path / "own_router.py").write_text(ROUTER)
    (tmp_path / "broken_router.py").write_text("import no_such_package_anywhere")
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield tmp_path
    for name in ("own_router", "broken_router"):
        sys.modules.pop(name, None)


def ask(root: Path, function: str, what: Request | None = None, **fields: Any) -> Answer:
    made = candidate("python", model=f"own_router:{function}", **fields)
    return asking.ask(made, what or request(), Stage(root=root))


@pytest.mark.parametrize(
    ("function", "text"),
    [("echo", "HELLO"), ("slowly", "late"), ("lazily", "late"), ("Agent.answer", "agent")],
)
def test_a_function_plain_or_async_answers(root, function, text):
    """Found in the project's folder, methods of a class too."""
    answer = ask(root, function)
    assert answer.text == text
    assert answer.latency_s is not None
    assert answer.latency_s >= 0


def test_plain_functions_run_side_by_side(root):
    """The stated concurrency holds for code that blocks."""

    async def four(backend):
        began = time.perf_counter()
        answers = await asyncio.gather(*(backend.ask(request()) for _ in range(4)))
        return time.perf_counter() - began, {a.text for a in answers}

    made = candidate("python", model="own_router:blocking")
    took_s, threads = with_backend(made, four, Stage(root=root))
    assert len(threads) == 4
    assert took_s < 0.7


def test_a_function_that_hangs_costs_its_attempt_and_not_the_end_of_the_process(root):
    """Its thread is left behind as a daemon."""

    async def hang(backend):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await backend.ask(request())
        return [t for t in threading.enumerate() if t is not threading.main_thread() and not t.daemon]

    made = candidate("python", model="own_router:blocking", options={"arguments": {"seconds": 1.0}})
    left = with_backend(made, hang, Stage(root=root))
    assert not [t for t in left if "asyncio" not in t.name]


@pytest.mark.parametrize(
    ("function", "kind", "told"),
    [
        ("fails", "crashed", "LookupError: no such route"),
        ("faults", "rate_limited", "later"),
        ("exits", "crashed", "SystemExit: 3"),
        ("stops", "crashed", "StopIteration"),
    ],
)
def test_what_a_function_raises_is_a_fault(root, function, kind, told):
    """A bug of the team's system is not a wrong answer of a model, and never the end of the run."""
    with pytest.raises(Fault) as raised:
        ask(root, function)
    assert raised.value.kind == kind
    assert told in raised.value.message


def test_keys_of_the_environment_are_masked(root, monkeypatch):
    """A function can read every variable, and exceptions quote what they hold."""
    monkeypatch.setenv("PLANTED", "sk-planted-92ab")
    with pytest.raises(Fault) as raised:
        ask(root, "fails", api_key_env="PLANTED")
    assert "sk-planted" not in raised.value.message + repr(raised.value)
    assert ask(root, "leaks", api_key_env="PLANTED").text == "my key is [key]"


def test_another_variable_that_is_named_like_a_key_is_masked_too(root, monkeypatch):
    """The candidate need not say which ones its own system reads."""
    monkeypatch.setenv("VECTOR_DB_TOKEN", "tok-planted-77dd")
    monkeypatch.setenv("PLANTED", "tok-planted-77dd")
    assert ask(root, "leaks").text == "my key is [key]"


@pytest.mark.parametrize(
    ("model", "error", "match"),
    [
        ("own_router", ConfigError, "module:function"),
        ("own_router:ecko", ConfigError, "did you mean 'echo'"),
        ("own_router:number", ConfigError, "cannot be called"),
        ("nowhere_at_all:f", UnavailableError, "cannot be imported"),
        ("broken_router:f", UnavailableError, "no_such_package_anywhere"),
    ],
)
def test_a_function_that_is_not_there_is_said_before_the_first_item(root, model, error, match):
    """With the near name, or why the import failed."""
    with pytest.raises(EvalkitError, match=match) as raised:
        asking.ask(candidate("python", model=model), request(), Stage(root=root))
    assert isinstance(raised.value, error)
    assert raised.value.where == "candidates.c.model"


def test_the_manifest_tells_two_states_of_the_module_apart(root):
    """By the hash of its file."""

    def hash_now() -> str:
        sys.modules.pop("own_router", None)
        made = candidate("python", model="own_router:echo")

        async def found(backend):
            return (await backend.start())["source_hash"]

        return str(with_backend(made, found, Stage(root=root)))

    before = hash_now()
    (root / "own_router.py").write_text(ROUTER + "\n# changed")
    assert before != hash_now()
