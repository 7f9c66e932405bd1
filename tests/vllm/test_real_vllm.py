"""The real vLLM, served both ways, through a whole run of all three families.

`make test-vllm` names the interpreter that has vLLM and the weights; then nothing here is skipped.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import yaml

import evalkit
from evalkit.records import Constraint
from tests.backends.asking import REFUND, candidate, request, with_backend

PYTHON = os.environ.get("EVALKIT_VLLM_PYTHON")
MODEL = os.environ.get("EVALKIT_VLLM_MODEL")
SUITES = Path(__file__).parents[2] / "suites"
OPTIONS = {
    "python": PYTHON,
    "dtype": "bfloat16",
    "eager": True,
    "context": 2048,
    "slots": 8,
    "chat_template": "tools",
    "environment": {"VLLM_CPU_KVCACHE_SPACE": "1", "TORCH_COMPILE_DISABLE": "1"},
}
N_ITEMS = 4

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.skipif(not (PYTHON and MODEL), reason="the real vLLM is asked by `make test-vllm`"),
]


def project(folder, backend):
    """A project with one candidate of that backend; returns the folder."""
    served = {
        "tier": "slim", "backend": backend, "model": MODEL, "output": "constrained",
        "concurrency": 8, "decoding": {"max_tokens": 96}, "options": OPTIONS,
    }  # fmt: skip
    plain = {"store": "s.duckdb", "suites": [str(SUITES)], "candidates": {"real": served}}
    (folder / "evalkit.yaml").write_text(yaml.safe_dump(plain))
    return folder


def engine_processes(root):
    """Process ids of everything that runs vLLM below this process."""
    said = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in said.splitlines()[1:]]
    return [int(pid) for pid, ppid, args in rows if int(ppid) == root and "vllm" in args]


@pytest.mark.parametrize("backend", ["vllm", "vllm_batch"])
def test_all_three_families_run_through_it_and_a_killed_server_costs_no_sample(backend, tmp_path):
    """kill -9 of the server in mid-run: the run ends complete."""
    folder = project(tmp_path, backend)
    names = [path.parent.name for path in sorted(SUITES.glob("*/suite.yaml"))]
    killed = []

    def kill_in_mid_run():
        journal = None
        while journal is None or journal.read_text().count('"kind":"sample"') < 3:
            journal = next(iter(folder.glob("runs/*/journal.jsonl")), None)
            time.sleep(0.2)
        for pid in engine_processes(os.getpid()):
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    killer = threading.Thread(target=kill_in_mid_run, daemon=True)
    killer.start()
    evalkit.run(project=folder, limit=N_ITEMS)
    killer.join(1)
    samples = evalkit.open_store(project=folder).samples()
    assert killed, "the server was killed while the run went on"
    assert sorted(samples["suite"].unique()) == names
    assert set(samples["family"]) == {"classification", "extraction", "tool_calls"}
    assert len(samples) == N_ITEMS * len(names)
    assert (samples["status"] == "answered").all()
    assert (samples["attempts"] > 1).any(), "those in flight were asked again"
    assert samples["output_tokens"].gt(0).all()
    chosen = samples[samples["family"] == "classification"]
    assert chosen["format_valid"].all(), "a bound choice is always one of the labels"
    assert not engine_processes(os.getpid()), "nothing of it is left behind"


def test_the_server_enforces_what_is_asked_and_tells_its_own_times():
    """Choice, schema, strict tools, log-probabilities and per-request metrics, each with a tiny request."""
    made = candidate("vllm", model=MODEL, concurrency=2, timeout_s=120.0, options=OPTIONS)
    schema = {
        "type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"],
        "additionalProperties": False,
    }  # fmt: skip

    async def use(backend):
        choice = Constraint(kind="choice", choices=("billing", "refund"))
        form = Constraint(kind="json_schema", schema=schema, name="n")
        calls = Constraint(kind="tools")
        return (
            await backend.ask(request(constraint=choice, want_logprobs=True)),
            await backend.ask(request(constraint=form)),
            await backend.ask(request(constraint=calls, tools=(REFUND,), tool_choice="required")),
        )

    choice, form, calls = with_backend(made, use)
    assert choice.text in ("billing", "refund")
    assert 0 < choice.confidence <= 1
    assert set(choice.server_metrics) >= {"queue_s", "ttft_s"}
    assert form.enforced == "json_schema"
    assert '"n"' in form.text
    assert calls.tool_calls[0].name == "refund"
    assert isinstance(calls.tool_calls[0].arguments["amount"], int | float)


def as_safetensors(tensors: dict[str, np.ndarray]) -> bytes:
    """Names, shapes and places as JSON behind its length, then the numbers; 32 bits each."""
    head, at = {}, 0
    for name, numbers in tensors.items():
        ends = at + numbers.nbytes
        head[name] = {"dtype": "F32", "shape": numbers.shape, "data_offsets": [at, ends]}
        at = ends
    text = json.dumps(head).encode()
    return struct.pack("<Q", len(text)) + text + b"".join(n.tobytes() for n in tensors.values())


def adapter_in(folder: Path, *, scale: float) -> Path:
    """A LoRA adapter of rank 8 in PEFT's form for the weights at hand; at scale 0 it changes nothing."""
    config = json.loads((Path(MODEL) / "config.json").read_text())
    hidden, heads = config["hidden_size"], config["num_attention_heads"]
    widths = {"q_proj": hidden, "v_proj": hidden // heads * config["num_key_value_heads"]}
    draw = np.random.default_rng(9)
    tensors = {}
    for layer in range(config["num_hidden_layers"]):
        for name, width in widths.items():
            place = f"base_model.model.model.layers.{layer}.self_attn.{name}"
            tensors[f"{place}.lora_A.weight"] = draw.normal(size=(8, hidden)).astype("float32")
            tensors[f"{place}.lora_B.weight"] = (scale * draw.normal(size=(width, 8))).astype("float32")
    folder.mkdir()
    (folder / "adapter_model.safetensors").write_bytes(as_safetensors(tensors))
    told = {
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "r": 8, "lora_alpha": 8, "bias": "none",
        "target_modules": list(widths), "base_model_name_or_path": MODEL, "inference_mode": True,
    }  # fmt: skip
    (folder / "adapter_config.json").write_text(json.dumps(told))
    return folder


@pytest.mark.parametrize("backend", ["vllm", "vllm_batch"])
def test_an_adapter_changes_the_answers_and_one_of_zeros_does_not(backend, tmp_path):
    """A LoRA adapter reaches the weights either way, and nothing else does."""

    def told(**adapter):
        made = candidate(backend, model=MODEL, timeout_s=300.0, options={**OPTIONS, **adapter})
        asked = request(messages=({"role": "user", "content": "Name three fruits."},))
        return with_backend(made, lambda served: served.ask(asked)).text

    plain = told()
    assert plain
    assert told(adapter=str(adapter_in(tmp_path / "zeros", scale=0.0))) == plain
    assert told(adapter=str(adapter_in(tmp_path / "tuned", scale=0.05))) != plain
