"""The embedded llama.cpp: early checks without weights, then the real model in its child process."""

from __future__ import annotations

import asyncio
import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import aiohttp
import pytest

from evalkit.backends import Stage
from evalkit.backends.llamacpp import LlamaCpp, default_threads
from evalkit.backends.openai import OpenAI
from evalkit.backends.watched import MOST_RESTARTS
from evalkit.errors import ConfigError, EvalkitError, UnavailableError
from evalkit.models import locate
from evalkit.records import Constraint, Decoding, Fault
from tests.backends.asking import REFUND, ask, candidate, request, with_backend

WEIGHTS = "smollm2-135m-q4_1"
LABELS = ("billing", 'log"in', "line\nbreak", "façade")
CLASSIFY = ({"role": "user", "content": "Classify: 'my card was charged twice'. Answer billing or login."},)


def slim(**fields):
    return candidate("llamacpp", **{"model": WEIGHTS, "concurrency": 1, "timeout_s": 60.0, **fields})


@pytest.fixture(scope="module")
def weights():
    """Skips where the weights are not on this machine; `make test` pulls them."""
    try:
        return locate(WEIGHTS)
    except EvalkitError as error:
        pytest.skip(str(error))


def start_error(made, stage=None):
    async def use(_backend):
        raise AssertionError("it came up")

    with pytest.raises(EvalkitError) as raised:
        with_backend(made, use, stage)
    return raised.value


def test_a_wrong_path_is_found_before_anything_starts(tmp_path):
    """The runtime gives one vague error for every bad file."""
    error = start_error(slim(model=str(tmp_path / "none.gguf")))
    assert "no file of weights" in error.message


def test_a_file_that_is_not_gguf_is_found_before_anything_starts(tmp_path):
    """A download that brought an error page is a common one."""
    path = tmp_path / "page.gguf"
    path.write_text("<html>")
    error = start_error(slim(model=str(path)))
    assert isinstance(error, UnavailableError)
    assert "is not a GGUF file" in error.message


def test_weights_that_were_not_pulled_name_the_command(tmp_path):
    """The next step is one line to copy."""
    error = start_error(slim(), Stage(cache_dir=tmp_path))
    assert error.hint == f"evalkit models pull {WEIGHTS}"


def test_a_missing_runtime_names_the_install_command(tmp_path, monkeypatch):
    """Where no wheel fits the platform, the rest of evalkit still works."""
    path = tmp_path / "x.gguf"
    path.write_bytes(b"GGUF")
    monkeypatch.setattr("evalkit.backends.llamacpp_child.importlib.util.find_spec", lambda _name: None)
    assert "pip install 'xllamacpp>=" in (start_error(slim(model=str(path))).hint or "")


def test_a_cut_off_gguf_is_refused_with_the_runtime_s_reason(tmp_path):
    """The magic is right, the rest is not: the child says so and is gone."""
    path = tmp_path / "cut.gguf"
    path.write_bytes(b"GGUF" + bytes(60))
    error = start_error(slim(model=str(path)))
    assert "cannot serve" in error.message


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"slots": 0}, "at least 1"),
        ({"thread": 2}, "did you mean 'threads'"),
        ({"chat_template": "none.jinja"}, "cannot be read"),
    ],
)
def test_wrong_options_are_configuration_errors(options, match, tmp_path):
    """They say candidate and option."""
    path = tmp_path / "x.gguf"
    path.write_bytes(b"GGUF")
    with pytest.raises(ConfigError, match=match):
        started(slim(model=str(path), options=options))


def started(made):
    asyncio.run(LlamaCpp(made, Stage()).start())


def test_one_core_is_left_to_the_rest(monkeypatch):
    """Two threads on two cores stalled for seconds beside a busy process."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1}, raising=False)
    assert default_threads() == 1
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0}, raising=False)
    assert default_threads() == 1


@pytest.mark.model
def test_a_plain_answer_has_text_tokens_and_times(weights):
    """The slim tier's samples are real: each with tokens, latency and time to first token."""
    answer = ask(slim(), request(messages=CLASSIFY))
    assert answer.text
    assert answer.usage.input_tokens is not None
    assert answer.usage.input_tokens > 10
    assert answer.usage.output_tokens is not None
    assert answer.ttft_s is not None
    assert answer.latency_s is not None
    assert 0 < answer.ttft_s <= answer.latency_s
    assert answer.server_metrics.keys() == {"prefill_s", "decode_s"}
    assert answer.model_reported == WEIGHTS
    assert (answer.simulated, answer.enforced) == (False, "none")


@pytest.mark.model
@pytest.mark.parametrize("label", LABELS)
def test_a_choice_is_the_bare_label_whatever_it_holds(weights, label):
    """Quotes, line ends and letters beyond ASCII survive the grammar."""
    choice = Constraint(kind="choice", choices=(label, label + " and more"))
    answer = ask(slim(), request(messages=CLASSIFY, constraint=choice))
    assert answer.text in choice.choices
    assert answer.enforced == "choice"


@pytest.mark.model
def test_a_json_schema_binds_the_answer(weights):
    """Enumerations, patterns and counts are held by the decoding itself."""
    schema = {
        "type": "object",
        "properties": {
            "label": {"enum": ["billing", "login"]},
            "code": {"type": "string", "pattern": "^[A-Z]{2}[0-9]{2}$"},
            "tags": {"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 2, "maxItems": 2},
        },
        "required": ["label", "code", "tags"],
        "additionalProperties": False,
    }
    what = request(
        messages=CLASSIFY,
        constraint=Constraint(kind="json_schema", schema=schema),
        decoding=Decoding(max_tokens=120),
    )
    answer = ask(slim(), what)
    said = json.loads(answer.text or "")
    assert said["label"] in ("billing", "login")
    assert len(said["code"]) == 4
    assert len(said["tags"]) == 2
    assert answer.enforced == "json_schema"


@pytest.mark.model
def test_required_calls_are_calls_of_the_tools(weights):
    """What `tool_choice: required` does not do here, the schema of the call does."""
    what = request(
        messages=CLASSIFY,
        tools=(REFUND,),
        tool_choice="required",
        constraint=Constraint(kind="tools"),
        decoding=Decoding(max_tokens=120),
    )
    answer = ask(slim(), what)
    assert answer.tool_calls
    assert {c.name for c in answer.tool_calls} == {"refund"}
    assert all(isinstance(c.arguments["amount"], (int, float)) for c in answer.tool_calls)
    assert answer.enforced == "tools"


@pytest.mark.model
def test_a_schema_that_the_runtime_does_not_know_is_rejected(weights):
    """With its reason, and once: asking again would not help."""
    bad = Constraint(kind="json_schema", schema={"type": "bogus"})
    with pytest.raises(Fault, match="bogus") as raised:
        ask(slim(), request(constraint=bad))
    assert raised.value.kind == "rejected"


@pytest.mark.model
def test_the_manifest_says_what_can_change_an_answer(weights):
    """Slots and the prompt cache cost exact repeatability; the record says so."""

    async def found(**options):
        backend = LlamaCpp(slim(options=options), Stage())
        try:
            return dict(await backend.start())
        finally:
            await backend.close()

    exact = asyncio.run(found(cache=False, slots=1, context=512, threads=1))
    assert exact["exactly_repeatable"] is True
    assert (exact["slots"], exact["context_per_slot"], exact["threads"], exact["prompt_cache"]) == (
        1,
        512,
        1,
        False,
    )
    assert exact["weights_sha256"] == "b179c9523d0e6a0f"
    assert exact["runtime"].startswith("xllamacpp ")
    assert asyncio.run(found(slots=2))["exactly_repeatable"] is False


@pytest.mark.model
def test_without_cache_and_with_one_slot_answers_repeat_exactly(weights):
    """Greedy decoding, the same bytes."""

    async def twice(backend):
        return [(await backend.ask(request(messages=CLASSIFY))).text for _ in range(2)]

    first, second = with_backend(slim(options={"cache": False}), twice)
    assert first == second


def child_of(backend):
    return backend._watched._up[0]


@pytest.mark.model
def test_a_killed_child_costs_the_requests_in_flight_and_no_more(weights):
    """They are faulted as crashed, which may be asked again; the next ask meets a new server."""
    told: list[str] = []

    async def use(backend):
        long = request(messages=CLASSIFY, decoding=Decoding(max_tokens=400, extra={"ignore_eos": True}))
        asked = asyncio.create_task(backend.ask(long))
        await asyncio.sleep(0.5)
        os.kill(child_of(backend)._process.pid, signal.SIGKILL)
        with pytest.raises(Fault) as raised:
            await asked
        after = await backend.ask(request(messages=CLASSIFY))
        return raised.value, after

    fault, after = with_backend(slim(), use, Stage(progress=told.append))
    assert fault.kind == "crashed"
    assert fault.retryable
    assert after.text
    assert any("started again" in line for line in told)


@pytest.mark.model
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_memory_that_the_model_takes_is_known(weights):
    """Whether a variant fits the machine is half of why anyone quantizes."""

    async def use(backend):
        await backend.ask(request(messages=CLASSIFY))
        return backend.peak_memory_b()

    held = with_backend(slim(), use)
    assert held > locate(WEIGHTS).stat().st_size, "the weights, mapped, and what works on them"


@pytest.mark.model
def test_a_child_that_dies_again_and_again_is_given_up(weights):
    """A broken server must end a run, not spin for ever."""

    async def use(backend):
        backend._watched.restarts = MOST_RESTARTS
        os.kill(child_of(backend)._process.pid, signal.SIGKILL)
        child_of(backend)._process.wait()
        await backend.ask(request())

    with pytest.raises(Fault, match="given up") as raised:
        with_backend(slim(), use)
    assert raised.value.kind == "crashed"


@pytest.mark.model
def test_closing_with_a_request_in_flight_does_not_hang(weights):
    """Ctrl-C in mid-run ends within the patience, and no process stays."""

    async def whole():
        backend = LlamaCpp(slim(), Stage())
        await backend.start()
        process = child_of(backend)._process
        long = request(decoding=Decoding(max_tokens=400, extra={"ignore_eos": True}))
        asked = asyncio.create_task(backend.ask(long))
        await asyncio.sleep(0.3)
        began = time.monotonic()
        await backend.close()
        (fault,) = await asyncio.gather(asked, return_exceptions=True)
        return time.monotonic() - began, process.returncode, fault

    took, code, fault = asyncio.run(whole())
    assert took < 5
    assert code is not None
    assert isinstance(fault, Fault)


PARENT = """
import asyncio, sys, time
from evalkit.backends import Stage
from evalkit.backends.llamacpp import LlamaCpp
from evalkit.records import Candidate

async def main():
    made = Candidate(name="c", tier="slim", backend="llamacpp", model=sys.argv[1], concurrency=1)
    backend = LlamaCpp(made, Stage())
    await backend.start()
    print(backend._watched._up[0].pid, flush=True)
    time.sleep(60)

asyncio.run(main())
"""


def is_running(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "State:\tZ" not in status.read_text()


@pytest.mark.model
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_child_dies_with_its_parent(weights):
    """kill -9 of a run must not leave a model in memory."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT, WEIGHTS], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    command = Path(f"/proc/{child}/cmdline").read_bytes()
    assert b"llamacpp_server" in command
    assert is_running(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 5
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_running(child)


def shown(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.model
def test_the_key_stands_in_no_process_list_and_opens_the_door(weights):
    """Other users of the machine can read command lines; and without the key nothing is served."""

    async def use(backend):
        child = child_of(backend)
        url = f"{child.url}/v1/chat/completions"
        async with aiohttp.ClientSession() as session, session.post(url) as unlocked:
            return child.key.encode(), shown(child._process.pid), unlocked.status

    key, seen, status = with_backend(slim(), use)
    assert key not in seen
    assert status == 401


@pytest.mark.model
def test_a_llama_server_of_one_s_own_is_just_an_openai_candidate(weights, monkeypatch):
    """Its list of models gives the dialect away; a second request survives the connection that it closes."""

    async def use(backend):
        child = child_of(backend)
        monkeypatch.setenv("LOCAL_KEY", child.key)
        own = OpenAI(
            candidate("openai", model=WEIGHTS, base_url=f"{child.url}/v1", api_key_env="LOCAL_KEY"),
            Stage(),
        )
        await own.start()
        choice = Constraint(kind="choice", choices=labels)
        asked = request(messages=CLASSIFY, constraint=choice, labels=labels)
        answers = [await own.ask(asked) for _ in range(3)]
        await own.close()
        return [*answers, await backend.ask(asked)]

    labels = ("billing", "login")
    answers = with_backend(slim(), use)
    # The embedded server, asked last, tells the labels' probabilities alike.
    shares = [{n: math.exp(p) for n, p in a.label_logprobs.items()} for a in answers]
    assert all(0.0 < sum(share.values()) <= 1.0 for share in shares)
    assert shares[0] == pytest.approx(shares[-1], abs=0.05)
    assert {a.confidence_method for a in answers} == {"label_trie"}
    assert {a.text for a in answers} <= {"billing", "login"}
    assert {a.enforced for a in answers} == {"choice"}
