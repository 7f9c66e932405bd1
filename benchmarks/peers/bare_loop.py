"""The floor: what the same work costs as a bare aiohttp loop, with retries, a synced journal and scoring.

It plans nothing, prices nothing, keeps no manifest and loads no store. Usage:
python benchmarks/peers/bare_loop.py BASE_URL ITEMS JOURNAL CONCURRENCY
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from pathlib import Path

import aiohttp

ATTEMPTS = 4
LIMIT_S = 120


async def main(base_url: str, items: list[dict[str, str]], journal: int, concurrency: int) -> int:
    """Asks every item; returns how many were answered rightly."""
    left = iter(items)
    successes = 0
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=concurrency), timeout=aiohttp.ClientTimeout(total=LIMIT_S)
    ) as session:

        async def work() -> None:
            nonlocal successes
            for item in left:
                began = time.perf_counter()
                answer, usage = await ask(session, f"{base_url}/chat/completions", item["prompt"])
                success = answer is not None and answer.strip() == item["target"]
                successes += success
                line = {
                    "id": item["id"], "output": answer, "success": success, "usage": usage,
                    "latency_s": time.perf_counter() - began,
                }  # fmt: skip
                os.write(journal, (json.dumps(line) + "\n").encode())

        await asyncio.gather(*(work() for _ in range(concurrency)))
    return successes


async def ask(session: aiohttp.ClientSession, url: str, prompt: str) -> tuple[str | None, dict[str, int]]:
    """The answer's text and usage; None after the last attempt."""
    body = {
        "model": "stand-in", "temperature": 0, "max_tokens": 16,
        "messages": [{"role": "user", "content": prompt}],
    }  # fmt: skip
    for attempt in range(ATTEMPTS):
        try:
            async with session.post(url, json=body) as response:
                response.raise_for_status()
                whole = await response.json()
                return whole["choices"][0]["message"]["content"], whole["usage"]
        except (aiohttp.ClientError, TimeoutError, KeyError, ValueError):
            await asyncio.sleep(0.5 * 2**attempt)
    return None, {}


def sync_now_and_then(journal: int, ended: threading.Event) -> None:
    """Forces the journal to the disk twice a second."""
    while not ended.wait(0.5):
        os.fsync(journal)
    os.fsync(journal)


if __name__ == "__main__":
    rows = [json.loads(line) for line in Path(sys.argv[2]).read_text().splitlines()]
    file = os.open(sys.argv[3], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    done = threading.Event()
    syncer = threading.Thread(target=sync_now_and_then, args=(file, done))
    syncer.start()
    right = asyncio.run(main(sys.argv[1], rows, file, int(sys.argv[4])))
    done.set()
    syncer.join()
    print(f"{right} of {len(rows)} right")
