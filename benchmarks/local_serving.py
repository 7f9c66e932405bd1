"""What `evalkit run` gets out of a local server, beside a bare client loop on the same server.

The server is started once, as a run would start it; then rounds alternate: a bare aiohttp loop with the very
bodies that evalkit sends, and a whole `evalkit run`, with as many requests in flight. The first round of each
warms the caches and is not counted. Throughput is requests over the time from the first request's start to
the last answer's end.

Usage: python -m benchmarks.local_serving [--backend llamacpp] [--model smollm2-135m-q4_1]
       [--option NAME=VALUE ...] [--suite order-extraction] [--items 24] [--concurrency 4]
       [--max-tokens 32] [--rounds 5]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import yaml

import evalkit
from evalkit.api.suites import load_suites
from evalkit.backends import Backend, Stage, open_backend
from evalkit.config import load_project
from evalkit.families import get_family
from evalkit.records import Candidate, Decoding
from evalkit.runner.plan import make_plan
from evalkit.suites import find_shipped_suites

KEY = "EVALKIT_BENCHMARK_KEY"
DIALECTS = {"llamacpp": "llama.cpp", "vllm": "vllm"}


@dataclass(frozen=True, kw_only=True)
class Target:
    """The server as both contenders see it."""

    base_url: str
    key: str


def main() -> None:
    """Prints each round and the ratio of the medians."""
    given = _arguments()
    asyncio.run(_compare(given))


async def _compare(given: argparse.Namespace) -> None:
    served = Candidate(
        name="served",
        tier="slim",
        backend=given.backend,
        model=given.model,
        concurrency=given.concurrency,
        output="plain",
        options=dict(given.option),
        decoding=Decoding(max_tokens=given.max_tokens),
    )
    backend = open_backend(served, Stage(progress=print))
    await backend.start()
    try:
        target = await _target_of(backend)
        os.environ[KEY] = target.key
        with tempfile.TemporaryDirectory() as folder:
            project = _project(Path(folder), given, target)
            bodies = _bodies(project, given)
            rounds = [await _round(project, given, target, bodies) for _ in range(given.rounds + 1)][1:]
    finally:
        await backend.close()
    for bare, ours in rounds:
        print(f"bare {bare:7.2f} requests/s   evalkit {ours:7.2f} requests/s   ratio {ours / bare:.3f}")
    medians = [statistics.median(column) for column in zip(*rounds, strict=True)]
    print(
        f"{len(bodies)} requests, {given.concurrency} in flight, {given.max_tokens} tokens at most; "
        f"medians of {len(rounds)}: bare {medians[0]:.2f}, evalkit {medians[1]:.2f}, "
        f"ratio {medians[1] / medians[0]:.3f}"
    )


async def _round(
    project: Path, given: argparse.Namespace, target: Target, bodies: Sequence[Mapping[str, Any]]
) -> tuple[float, float]:
    bare = await _bare(target, bodies, given.concurrency)
    await asyncio.to_thread(
        evalkit.run, suites=[given.suite], candidates=["client"], project=project, limit=given.items
    )
    return bare, _throughput(project)


async def _bare(target: Target, bodies: Sequence[Mapping[str, Any]], concurrency: int) -> float:
    """Requests a second of a loop that does nothing but ask and read."""
    left = iter(bodies)
    began = time.perf_counter()
    headers = {"Authorization": f"Bearer {target.key}"}
    connector = aiohttp.TCPConnector(limit=concurrency, force_close=True)
    async with aiohttp.ClientSession(headers=headers, connector=connector) as session:

        async def work() -> None:
            for body in left:
                async with session.post(f"{target.base_url}/chat/completions", json=body) as response:
                    response.raise_for_status()
                    await response.read()

        await asyncio.gather(*(work() for _ in range(concurrency)))
    return len(bodies) / (time.perf_counter() - began)


def _throughput(project: Path) -> float:
    """Requests a second of the newest run, from its journal."""
    journal = max(project.parent.glob("runs/*/journal.jsonl"))
    attempts = [a for a in map(json.loads, journal.read_text().splitlines()) if a["kind"] == "attempt"]
    if any(a["status"] != "answered" for a in attempts):
        raise SystemExit("a request failed: the rounds cannot be compared")
    spans = [(datetime.fromisoformat(a["started_at"]).timestamp(), a["latency_s"]) for a in attempts]
    return len(spans) / (max(start + took for start, took in spans) - min(start for start, _ in spans))


async def _target_of(backend: Backend) -> Target:
    """Address and key of the server that the backend has started."""
    _, server = await backend._watched.up()  # type: ignore[attr-defined]
    found = re.search(rb"Bearer ([^\r]+)", server._wire._fields)
    assert found is not None  # noqa: S101 - evalkit has just made the key
    return Target(base_url=server.base_url, key=found[1].decode())


def _project(folder: Path, given: argparse.Namespace, target: Target) -> Path:
    """A project whose one candidate is the server as an endpoint."""
    client = {
        "tier": "slim", "backend": "openai", "base_url": target.base_url, "api_key_env": KEY,
        "model": given.model, "output": "plain", "concurrency": given.concurrency,
        "decoding": {"max_tokens": given.max_tokens}, "options": {"dialect": DIALECTS[given.backend]},
    }  # fmt: skip
    file = folder / "evalkit.yaml"
    plain = {"store": "s.duckdb", "suites": [str(find_shipped_suites())], "candidates": {"client": client}}
    file.write_text(yaml.safe_dump(plain))
    return file


def _bodies(project: Path, given: argparse.Namespace) -> list[dict[str, Any]]:
    """What a run sends for these items, in the order in which it sends it."""
    home = load_project(project)
    client = home.candidates["client"]
    plan = make_plan(load_suites(home, [given.suite]), [client], limit=given.items)
    prompt = get_family(plan.suites[0].family).prompter(plan.suites[0], client)
    sender: Any = open_backend(client, Stage())
    return [sender.body(prompt(task.item, 0)) for task in plan.tasks(client)]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--backend", choices=sorted(DIALECTS), default="llamacpp")
    parser.add_argument("--model", default="smollm2-135m-q4_1")
    parser.add_argument("--option", action="append", default=[], type=_option, metavar="NAME=VALUE")
    parser.add_argument("--suite", default="order-extraction")
    parser.add_argument("--items", type=int, default=24)
    parser.add_argument("--concurrency", type=int, default=4)
    parser.add_argument("--max-tokens", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


def _option(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    return name, yaml.safe_load(value)


if __name__ == "__main__":
    main()
