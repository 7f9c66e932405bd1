"""Loading a large run into the store: seconds, beside a floor, and peak memory at two sizes.

Usage: python benchmarks/store_load.py [SAMPLES]

The floor is what any reader in Python pays at least: each journal line through `json.loads`. Memory is the
peak resident size of a process of its own for each size; it should hardly grow with the number of samples.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SUITES = {
    "support-triage": "classification",
    "order-extraction": "extraction",
    "calendar-tools": "tool_calls",
}


def main() -> None:
    """Prints one line for a tenth of the samples and one for all of them."""
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    names = ("samples", "journal", "floor", "load", "ratio", "again", "read", "memory")
    print(" ".join(f"{name:>9}" for name in names))
    with tempfile.TemporaryDirectory() as scratch:
        for size in (samples // 10, samples):
            folder = Path(scratch) / f"run-{size}"
            _write(folder, size)
            done = subprocess.run(
                [sys.executable, __file__, "--measure", str(folder)],
                check=True,
                capture_output=True,
                text=True,
            )
            print(_line(size, folder, json.loads(done.stdout)))


def _write(folder: Path, samples: int) -> None:
    from tests.run_folders import CANDIDATES, write_run_folder

    n_items = samples // (len(SUITES) * len(CANDIDATES))
    write_run_folder(folder, suites=SUITES, n_items=n_items, hostile=False)


def _measure(folder: Path) -> None:
    started = time.perf_counter()
    with (folder / "journal.jsonl").open("rb") as lines:
        for line in lines:
            json.loads(line)
    floor_s = time.perf_counter() - started

    from evalkit.store import Store, load_run

    store = Store(folder.parent / f"{folder.name}.duckdb")
    started = time.perf_counter()
    load_run(store, folder)
    load_s = time.perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    load_run(store, folder)
    again_s = time.perf_counter() - started
    import pandas as _  # noqa: F401 - reading is timed without the import

    started = time.perf_counter()
    store.samples()
    read_s = time.perf_counter() - started
    json.dump(
        {"floor_s": floor_s, "load_s": load_s, "again_s": again_s, "read_s": read_s,
         "memory_kib": memory},
        sys.stdout,
    )  # fmt: skip


def _line(samples: int, folder: Path, found: dict[str, float]) -> str:
    size = (folder / "journal.jsonl").stat().st_size / 1e6
    cells = (
        f"{samples:,}",
        f"{size:.0f} MB",
        f"{found['floor_s']:.2f} s",
        f"{found['load_s']:.2f} s",
        f"{found['load_s'] / found['floor_s']:.2f}",
        f"{found['again_s']:.2f} s",
        f"{found['read_s']:.2f} s",
        f"{found['memory_kib'] / 1024:.0f} MiB",
    )
    return " ".join(f"{cell:>9}" for cell in cells)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        _measure(Path(sys.argv[2]))
    else:
        main()
