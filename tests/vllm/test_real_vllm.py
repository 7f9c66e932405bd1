"""The real vLLM, served both ways, through a whole run of all three families.

`make test-vllm` names the interpreter that has vLLM and the weights; then nothing here is skipped.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

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
