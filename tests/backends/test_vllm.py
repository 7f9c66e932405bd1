"""vLLM's two backends against a stand-in for vLLM itself; the real one is asked by `make test-vllm`."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from pathlib import Path

import pytest

from evalkit.backends import Stage, with_file_hashes
from evalkit.errors import ConfigError, EvalkitError, UnavailableError
from evalkit.records import Constraint, Fault
from tests.backends.asking import candidate, request, with_backend

ROOT = Path(__file__).parents[2]
FAKE = ROOT / "tests/servers/fake_vllm"
BACKENDS = ["vllm", "vllm_batch"]


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """A folder that looks like weights, in a working folder of its own."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    return folder


def served(backend, model, **options):
    environment = {"PYTHONPATH": f"{FAKE}{os.pathsep}{ROOT}"}
    return candidate(
        backend, model=str(model), concurrency=4, options={"environment": environment, **options}
    )


def adapter_in(weights, **told):
    """A folder that looks like an adapter that PEFT has written."""
    folder = weights.parent / "adapter"
    folder.mkdir(exist_ok=True)
    (folder / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", "r": 24, **told}))
    (folder / "adapter_model.safetensors").write_bytes(b"one")
    return folder


def start_error(made):
    async def use(_backend):
        raise AssertionError("it came up")

    with pytest.raises(EvalkitError) as raised:
        with_backend(made, use)
    return raised.value


def said(text, **fields):
    return request(messages=({"role": "user", "content": text},), **fields)


@pytest.fixture(autouse=True)
def a_fake_distribution(monkeypatch):
    """The version is looked up by the interpreter that has vLLM."""
    monkeypatch.setenv("PYTHONPATH", str(FAKE))


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_answer_comes_through_either_way(backend, weights):
    """The same candidate may be served over HTTP or in batches."""

    async def use(made):
        return await made.ask(said("hello there"))

    answer = with_backend(served(backend, weights), use)
    assert "hello there" in answer.text
    assert answer.finish_reason == "stop"


def test_what_the_project_says_reaches_the_server_and_the_key_does_not_stand_in_its_words(weights):
    """A command line can be read by every user of the machine."""

    async def use(made):
        return (await made.ask(said("x"))).text

    text = with_backend(
        served(
            "vllm",
            weights,
            context=512,
            slots=3,
            dtype="bfloat16",
            eager=True,
            args=["--seed", 7],
            adapter=str(adapter_in(weights)),
        ),
        use,
    )
    for words in (
        "--max-model-len 512", "--max-num-seqs 3", "--dtype bfloat16", "--enforce-eager", "--seed 7",
        "--lora-modules adapter=/", "--max-lora-rank 32",
        "--enable-per-request-metrics", "--tool-call-parser hermes",
    ):  # fmt: skip
        assert words in text
    assert "--api-key" not in text
    assert text.startswith("adapter "), "the adapter is what is asked for"


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_server_that_dies_costs_the_request_and_not_the_run(backend, weights):
    """kill -9 by the system's memory killer is a common end of a local server."""

    async def use(made):
        with pytest.raises(Fault) as lost:
            await made.ask(said("die"))
        return lost.value, await made.ask(said("still here"))

    fault, answer = with_backend(served(backend, weights), use)
    assert fault.kind == "crashed"
    assert "signal 9" in fault.message
    assert fault.retryable
    assert "still here" in answer.text


def test_a_request_whose_time_is_up_does_not_take_the_restart_along(weights):
    """A large model takes longer to load than any answer may take."""

    async def use(made):
        with pytest.raises(Fault):
            await made.ask(said("die"))
        impatient = [asyncio.create_task(made.ask(said("hurry"))) for _ in range(8)]
        await asyncio.sleep(0.05)
        for task in impatient:
            task.cancel()
        return (await made.ask(said("patient"))).text, made._watched.restarts

    text, restarts = with_backend(served("vllm", weights), use)
    assert "patient" in text
    assert restarts == 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_weights_that_cannot_be_served_are_said_in_the_servers_own_words(backend, weights):
    """The cause stands in a log of thousands of lines: its last error is what a person needs."""
    broken = weights.rename(weights.with_name("broken"))
    error = start_error(served(backend, broken))
    assert isinstance(error, UnavailableError)
    assert "no such architecture" in error.message


@pytest.mark.parametrize("backend", BACKENDS)
def test_weights_that_are_not_there_are_found_before_anything_starts(backend, tmp_path):
    """Nothing is fetched unasked."""
    assert "no folder of weights" in start_error(served(backend, tmp_path / "none")).message
    assert "download: true" in (start_error(served(backend, "someone/some-model")).hint or "")


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_interpreter_without_vllm_names_the_install_command(backend, weights, monkeypatch):
    """vLLM lives in an environment of its own more often than not."""
    monkeypatch.delenv("PYTHONPATH")
    assert "pip install 'vllm>=0.10'" in (start_error(served(backend, weights)).hint or "")


def test_a_port_in_use_is_found_before_anything_starts(weights):
    """The server would say so after half a minute of loading."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        error = start_error(served("vllm", weights, port=taken.getsockname()[1]))
    assert isinstance(error, ConfigError)
    assert error.where == "candidates.c.options.port"


@pytest.mark.parametrize("backend", BACKENDS)
def test_nothing_of_the_server_outlives_its_close(backend, weights):
    """A forgotten server holds gigabytes, and so do the processes that it has started itself."""

    async def use(made):
        process, _ = await made._watched.up()
        await made.ask(said("hello"))
        return process.pid

    with pytest.raises(ProcessLookupError):
        os.killpg(with_backend(served(backend, weights), use), 0)


def test_requests_in_flight_are_one_batch(weights):
    """Batches are what the engine without HTTP is for."""
    bound = Constraint(kind="json_schema", schema={"type": "object"}, name="n")

    async def use(made):
        await made.ask(said("first"))
        return await asyncio.gather(*(made.ask(said(f"item {n}", constraint=bound)) for n in range(4)))

    texts = [answer.text for answer in with_backend(served("vllm_batch", weights), use)]
    assert '{"batch": 4}' in texts


def test_one_bad_request_does_not_cost_its_batch(weights):
    """A prompt that is too long fails the whole call of `LLM.chat`."""

    async def use(made):
        await made.ask(said("first"))
        return await asyncio.gather(
            made.ask(said("good")), made.ask(said("refuse the batch")), return_exceptions=True
        )

    good, bad = with_backend(served("vllm_batch", weights), use)
    assert good.text == "good"
    assert bad.kind == "rejected"
    assert "longer than the model's context" in bad.message


def test_a_batch_answers_with_choice_usage_confidence_and_the_engines_times(weights):
    """What is known of an answer over HTTP is known of it here."""

    async def use(made):
        bound = Constraint(kind="choice", choices=("billing", "refund"))
        return await made.ask(said("which?", constraint=bound, want_logprobs=True))

    answer = with_backend(served("vllm_batch", weights), use)
    assert (answer.text, answer.enforced) == ("billing", "choice")
    assert (answer.usage.input_tokens, answer.usage.cached_input_tokens, answer.usage.output_tokens) == (
        3,
        1,
        1,
    )
    assert answer.confidence == pytest.approx(0.6065, abs=1e-4)
    assert answer.server_metrics == {"queue_s": 0.25, "ttft_s": 0.5, "decode_s": 1.0}


def test_a_template_that_is_not_there_is_said(weights):
    """A misspelt path would be taken for a template of that text."""
    assert "chat template" in start_error(served("vllm", weights, chat_template="nope.jinja")).message


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_adapter_that_cannot_be_served_is_found_before_anything_starts(backend, weights):
    """The server would say so after half a minute of loading, in a hundred lines."""
    missing = start_error(served(backend, weights, adapter="nowhere"))
    assert "adapter_config.json cannot be read" in missing.message
    assert missing.where == "candidates.c.options.adapter"
    folder = adapter_in(weights, peft_type="IA3")
    assert "peft_type 'IA3'" in start_error(served(backend, weights, adapter=str(folder))).message
    folder = adapter_in(weights, r=600)
    assert "rank 512 at most" in (start_error(served(backend, weights, adapter=str(folder))).hint or "")
    folder = adapter_in(weights, r=8, rank_pattern={"q_proj": 1000})
    assert "rank 1000" in start_error(served(backend, weights, adapter=str(folder))).message
    (folder / "adapter_model.safetensors").unlink()
    assert "holds no weights" in start_error(served(backend, weights, adapter=str(folder))).message
    (folder / "adapter_config.json").write_text("[]")
    assert "does not say" in start_error(served(backend, weights, adapter=str(folder))).message


@pytest.mark.parametrize("backend", BACKENDS)
def test_another_content_under_the_same_name_is_another_candidate(backend, weights):
    """Yesterday's adapter's answers must not be reused; paths begin at the project's folder."""
    adapter_in(weights)
    (weights.parent / "chat.jinja").write_text("{{ messages }}")
    made = served(backend, "weights", adapter="adapter", chat_template="chat.jinja")
    stage = Stage(root=weights.parent, cache_dir=weights.parent / "cache")
    (first,) = with_file_hashes([made], stage)
    assert set(first.file_hashes) == {"weights", "adapter", "chat.jinja"}
    assert with_file_hashes([made], stage) == (first,)
    (weights / "x.bin").mkdir()
    (weights / "gone.safetensors").symlink_to("nowhere")
    (weights / "merges.txt").touch()
    (first,) = with_file_hashes([made], stage)
    (weights / "README.md").write_text("says much and decides nothing")
    assert with_file_hashes([made], stage) == (first,)
    for changed in (
        "adapter/adapter_model.safetensors", "weights/config.json", "weights/merges.txt", "chat.jinja",
    ):  # fmt: skip
        (weights.parent / changed).write_text(f"another {changed}")
        (now,) = with_file_hashes([made], stage)
        assert now.requested_fingerprint != first.requested_fingerprint, changed
        assert now.file_hashes[changed.split("/")[0]] != first.file_hashes[changed.split("/")[0]]
        first = now
