"""Writing the report of a large run: seconds beside a floor, memory at two sizes, the front page's size.

Usage: python benchmarks/report_writing.py [SAMPLES]

Ten suites, twelve candidates, simulated answers of which each candidate gets a fifth or so wrong, so that
nearly every item is failed by someone and stands in the report with all its answers and its request. Reading
the store, the figures and the verdict are loading, told apart. The floor is `json.dumps` of the same samples
with their inputs, in CPU seconds; the ratio is that of CPU seconds. Memory is the peak resident size of a
process of its own for each size, loading included; `loaded` is that before the writing begins.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evalkit.reporting import ReportInput

FAMILIES = ("classification", "extraction", "tool_calls")
N_SUITES, N_CANDIDATES = 10, 12


def main() -> None:
    """Prints one line for a tenth of the samples and one for all of them."""
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    names = (
        "samples",
        "loading",
        "floor",
        "writing",
        "CPU",
        "ratio",
        "loaded",
        "memory",
        "front",
        "errors",
        "all",
    )
    print(" ".join(f"{name:>9}" for name in names))
    for size in (samples // 10, samples):
        with tempfile.TemporaryDirectory() as scratch:
            _write(Path(scratch), size)
            done = subprocess.run(
                [sys.executable, __file__, "--measure", scratch], check=True, capture_output=True, text=True
            )
            print(_line(json.loads(done.stdout)), flush=True)


def _write(folder: Path, samples: int) -> None:
    from tests.run_folders import CANDIDATES, write_run_folder

    suites = {f"suite-{n}": FAMILIES[n % len(FAMILIES)] for n in range(N_SUITES)}
    candidates = tuple(
        replace(CANDIDATES[n % len(CANDIDATES)], name=f"candidate-{n:02d}") for n in range(N_CANDIDATES)
    )
    n_items = round(samples / (N_SUITES * N_CANDIDATES))
    write_run_folder(
        folder / "runs" / "run-1", suites=suites, candidates=candidates, n_items=n_items, hostile=False
    )
    (folder / "evalkit.yaml").write_text("candidates:\n  nobody: {tier: slim, backend: simulated}\n")


def _measure(folder: Path) -> None:
    from evalkit.api import open_project, report_input
    from evalkit.reporting import write_report

    started = time.perf_counter()
    inputs = report_input(open_project(folder), None, title="Benchmark")
    loading_s = time.perf_counter() - started
    loaded = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    floor_s = _floor(inputs)
    import evalkit.reporting.site as _  # noqa: F401 - writing is timed without the imports

    started, cpu = time.perf_counter(), time.process_time()
    front = write_report(inputs, folder / "out")
    writing_s, cpu_s = time.perf_counter() - started, time.process_time() - cpu
    json.dump(
        {
            "samples": len(inputs.samples), "loading_s": loading_s, "floor_s": floor_s,
            "writing_s": writing_s, "cpu_s": cpu_s, "loaded_kib": loaded,
            "memory_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
            "front": front.stat().st_size, "errors": (front.parent / "errors.html").stat().st_size,
            "all": sum(p.stat().st_size for p in front.parent.rglob("*") if p.is_file()),
        },
        sys.stdout,
    )  # fmt: skip


def _floor(inputs: ReportInput) -> float:
    """CPU seconds that `json.dumps` takes for the same samples and items, read as plain values beforehand."""
    rows = inputs.samples.astype(object).where(inputs.samples.notna(), None).to_dict("records")
    items = inputs.items.to_dict("records")
    started = time.process_time()
    json.dumps(rows, default=str)
    json.dumps(items)
    return time.process_time() - started


def _line(found: dict[str, float]) -> str:
    cells = (
        f"{found['samples']:,.0f}",
        f"{found['loading_s']:.1f} s",
        f"{found['floor_s']:.2f} s",
        f"{found['writing_s']:.1f} s",
        f"{found['cpu_s']:.1f} s",
        f"{found['cpu_s'] / found['floor_s']:.1f}",
        f"{found['loaded_kib'] / 1024:.0f} MiB",
        f"{found['memory_kib'] / 1024:.0f} MiB",
        f"{found['front'] / 1000:.0f} kB",
        f"{found['errors'] / 1000:.0f} kB",
        f"{found['all'] / 1e6:.0f} MB",
    )
    return " ".join(f"{cell:>9}" for cell in cells)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        _measure(Path(sys.argv[2]))
    else:
        main()
