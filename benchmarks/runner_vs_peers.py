"""`evalkit run` beside a bare aiohttp loop and lm-eval, inspect-ai and promptfoo, on one stand-in server.

Every contender asks the same items of about 60 words with the same concurrency, as a whole process; the peers
are installed into environments of their own under the cache folder, and a failed install shows its log's end.

Usage: python -m benchmarks.runner_vs_peers [--items 2000] [--latency 0.05 0] [--concurrency 64] [--repeats 3]
       [--only evalkit,bare] [--memory] [--cache DIR]

wall     start of the process to its end, in seconds
first    start of the process to the server's first request, in seconds
busy     the server's first request to its last answer, in seconds; `/bare` is the ratio to the bare loop
start    CPU seconds of a run over a few items: imports, planning, the store
cpu/1k   CPU seconds for each 1,000 items beyond that
MiB      peak resident memory
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers import work

HERE = Path(__file__).parent
FEW = 20
"""Items of the run that shows what starting costs."""
COLUMNS = ("wall", "first", "busy", "/bare", "start", "cpu/1k", "MiB")


@dataclass(frozen=True, kw_only=True)
class Contender:
    """One way to ask all items."""

    name: str
    write: Callable[[Path, int, str, int], object]
    """Folder, items, base_url, concurrency -> its files."""
    command: Callable[[Path, str, int], list[str]]
    """Cache folder, base_url, concurrency -> the command, run in its folder."""
    install: Callable[[Path], list[list[str]]] | None = None
    """Cache folder -> the commands that install it; None: nothing to install."""
    environment: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One run of one contender."""

    wall_s: float
    first_s: float
    busy_s: float
    cpu_s: float
    mib: float
    requests: int
    open_most: int


def main() -> None:
    """Prints one table for each latency, then the memory at two sizes when asked for."""
    given = _arguments()
    given.cache.mkdir(parents=True, exist_ok=True)
    contenders = [c for c in CONTENDERS if not given.only or c.name in given.only]
    contenders = [c for c in contenders if installed(c, given.cache)]
    for latency_s in given.latency:
        print(f"\n{given.items} items, {latency_s * 1000:g} ms, {given.concurrency} at once")
        print(
            f"{'':18}"
            + " ".join(f"{t:>7}" for t in ("wall", "first", "busy", "/bare", "start", "cpu/1k", "MiB"))
        )
        with serving(latency_s) as base_url:
            measure_all(contenders, base_url, given)
    if given.memory:
        with serving(0.0) as base_url:
            for n in (1_000, 100_000):
                found = measure(CONTENDERS[0], base_url, n, given.concurrency, given.cache)
                print(f"evalkit, {n} items at 0 ms: {found.mib:.0f} MiB, {n / found.busy_s:.0f} items/s")


def measure_all(contenders: list[Contender], base_url: str, given: argparse.Namespace) -> None:
    """Rounds over all contenders, so that a noisy minute hits them all; medians are shown."""
    found: dict[str, list[Measured]] = {c.name: [] for c in contenders}
    starts = {c.name: measure(c, base_url, FEW, given.concurrency, given.cache).cpu_s for c in contenders}
    for _ in range(given.repeats):
        for contender in contenders:
            run = measure(contender, base_url, given.items, given.concurrency, given.cache)
            found[contender.name].append(run)
    for contender in contenders:
        runs = found[contender.name]
        ratios = [r.busy_s / b.busy_s for r, b in zip(runs, found.get("bare", []), strict=False)]
        ratio = f"{statistics.median(ratios):7.3f}" if ratios else f"{'':7}"

        def median(name: str, runs: list[Measured] = runs) -> float:
            return statistics.median(getattr(r, name) for r in runs)

        per_thousand = (median("cpu_s") - starts[contender.name]) / (given.items - FEW) * 1000
        print(
            f"{contender.name:18}{median('wall_s'):7.2f} {median('first_s'):7.2f} {median('busy_s'):7.2f} "
            f"{ratio} {starts[contender.name]:7.2f} {per_thousand:7.2f} {median('mib'):7.0f}"
            f"   {runs[-1].requests} requests, at most {runs[-1].open_most} open",
            flush=True,
        )


def measure(contender: Contender, base_url: str, n: int, concurrency: int, cache: Path) -> Measured:
    """One whole process over `n` items in a fresh folder."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        contender.write(folder, n, base_url, concurrency)
        stats(base_url, "DELETE")
        log = folder / "log.txt"
        began = time.time()
        with log.open("wb") as out:
            child = subprocess.Popen(
                contender.command(cache, base_url, concurrency), cwd=folder, stdout=out, stderr=out,
                env={**_environment(), **(contender.environment or {}), "OPENAI_BASE_URL": base_url},
            )  # fmt: skip
            _, status, used = os.wait4(child.pid, 0)
        wall_s = time.time() - began
        seen = stats(base_url)
        if status or seen["requests"] < n:
            print("\n".join(log.read_text(errors="replace").splitlines()[-12:]))
            print(f"{contender.name} ended with status {status} after {seen['requests']:g} of {n} requests")
    return Measured(
        wall_s=wall_s,
        first_s=float(seen["first_at"] or "nan") - began,
        busy_s=float(seen["last_at"] or "nan") - float(seen["first_at"] or "nan"),
        cpu_s=used.ru_utime + used.ru_stime,
        mib=used.ru_maxrss / 1024,
        requests=int(seen["requests"]),
        open_most=int(seen["open_most"]),
    )


@contextmanager
def serving(latency_s: float, *more: str) -> Iterator[str]:
    """The stand-in server as a process, with more of its options; gives its address."""
    server = subprocess.Popen(
        [sys.executable, str(HERE / "peers" / "server.py"), "--latency", str(latency_s), *more],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert server.stdout is not None  # noqa: S101 - it was asked for
        yield server.stdout.readline().strip()
    finally:
        server.kill()
        server.wait()


def stats(base_url: str, method: str = "GET") -> dict[str, float]:
    """What the server has seen; `DELETE` sets it back."""
    request = urllib.request.Request(f"{base_url}/stats", method=method)  # noqa: S310 - our own server
    with urllib.request.urlopen(request) as response:  # noqa: S310
        seen: dict[str, float] = json.load(response)
        return seen


def installed(contender: Contender, cache: Path) -> bool:
    """Installs a peer once; where that fails, the end of its log is the evidence."""
    if contender.install is None:
        return True
    folder, log = cache / contender.name, cache / f"{contender.name}.log"
    if (folder / "installed").exists():
        return True
    folder.mkdir(exist_ok=True)
    print(f"installing {contender.name} into {folder}", flush=True)
    with log.open("wb") as out:
        for command in contender.install(cache):
            if subprocess.run(command, cwd=folder, stdout=out, stderr=out, check=False).returncode:
                tail = "\n".join(log.read_text(errors="replace").splitlines()[-12:])
                print(f"{contender.name} could not be installed:\n{tail}")
                return False
    (folder / "installed").touch()
    return True


def _environment() -> dict[str, str]:
    """As a user has it: compiled modules are kept, nothing calls home."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {
        **kept,
        "OPENAI_API_KEY": "none",
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "NO_COLOR": "1",
    }


def _venv(name: str, *packages: str) -> Callable[[Path], list[list[str]]]:
    def commands(cache: Path) -> list[list[str]]:
        home = cache / name
        return [
            [sys.executable, "-m", "venv", str(home)],
            [str(home / "bin" / "pip"), "install", *packages],
        ]

    return commands


CONTENDERS = (
    Contender(
        name="evalkit",
        write=lambda folder, n, url, c: work.write_evalkit(folder, n, url, c, stream=False),
        command=lambda _cache, _url, _c: [sys.executable, "-m", "evalkit", "run"],
    ),
    Contender(
        name="evalkit streaming",
        write=lambda folder, n, url, c: work.write_evalkit(folder, n, url, c, stream=True),
        command=lambda _cache, _url, _c: [sys.executable, "-m", "evalkit", "run"],
    ),
    Contender(
        name="bare",
        write=lambda folder, n, _url, _c: work.write_items(folder, n),
        command=lambda _cache, url, c: [
            sys.executable, str(HERE / "peers" / "bare_loop.py"), url, "items.jsonl", "journal.jsonl", str(c),
        ],
    ),
    Contender(
        name="lm-eval",
        install=_venv("lm-eval", "lm-eval[api]"),
        write=lambda folder, n, _url, _c: work.write_lm_eval(folder, n),
        command=lambda cache, url, c: [
            str(cache / "lm-eval" / "bin" / "lm_eval"), "--model", "local-chat-completions",
            "--model_args",
            f"model=stand-in,base_url={url}/chat/completions,num_concurrent={c},tokenizer_backend=None",
            "--tasks", "tickets", "--include_path", ".", "--apply_chat_template", "--output_path", "out",
            "--log_samples",
        ],
    ),
    Contender(
        name="inspect-ai",
        install=_venv("inspect-ai", "inspect-ai", "openai"),
        write=lambda folder, n, _url, _c: work.write_inspect(folder, n),
        command=lambda cache, _url, c: [
            str(cache / "inspect-ai" / "bin" / "inspect"), "eval", "tickets.py", "--model", "openai/stand-in",
            "-M", "responses_api=false",
            "--max-connections", str(c), "--max-samples", str(c), "--display", "none", "--log-buffer", "1000",
            "--no-log-realtime", "--max-tokens", "16",
        ],
    ),
    Contender(
        name="promptfoo",
        install=lambda _cache: [["npm", "init", "-y"], ["npm", "install", "promptfoo"]],
        write=lambda folder, n, url, _c: work.write_promptfoo(folder, n, url),
        command=lambda cache, _url, c: [
            "node", str(cache / "promptfoo" / "node_modules" / ".bin" / "promptfoo"), "eval", "-j", str(c),
            "--no-cache", "--no-table", "--no-progress-bar", "-o", "out.json",
        ],
        # It ends with 100 when a test has failed: every tenth answer is wrong on purpose.
        environment={
            "PROMPTFOO_DISABLE_TELEMETRY": "1", "PROMPTFOO_DISABLE_UPDATE": "1",
            "PROMPTFOO_FAILED_TEST_EXIT_CODE": "0", "PROMPTFOO_DISABLE_DEBUG_LOG": "1",
            "PROMPTFOO_DISABLE_ERROR_LOG": "1",
        },
    ),
)  # fmt: skip


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--items", type=int, default=2000)
    parser.add_argument("--latency", type=float, nargs="+", default=[0.05, 0.0], help="seconds")
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", type=lambda names: names.split(","), default=[])
    parser.add_argument("--memory", action="store_true", help="also 1,000 and 100,000 items, 0 ms")
    default = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "evalkit-benchmarks"
    parser.add_argument("--cache", type=Path, default=default, help="where the peers are installed")
    return parser.parse_args()


if __name__ == "__main__":
    if shutil.which("npm") is None:
        CONTENDERS = CONTENDERS[:-1]
    main()
