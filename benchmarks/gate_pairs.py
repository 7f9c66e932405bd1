"""How long a gate takes over 100,000 pairs, after start-up: `python benchmarks/gate_pairs.py [ITEMS]`.

Four shapes of the same size: plain items, clusters, weights, and five repeats of a fifth of the items. Each
is a fresh run in other words than the baseline's, so that every statistic is computed.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from evalkit.baseline import Baseline, load_baseline, promote
from evalkit.gate import gate, read_policy
from tests.economics.frames import make_manifest, make_samples

T = TypeVar("T")

POLICY = {
    "quality_floor": 0.8, "min_format_valid": 0.9, "max_cost_per_success_usd": 0.01,
    "max_latency_p95_s": 5.0, "error_kinds": ["confused_label"],
}  # fmt: skip


def main(items: int = 100_000) -> None:
    """Prints one row a shape: seconds for load and gate (best of three), and the outcome."""
    rng = np.random.default_rng(7)
    before = rng.random(items) < 0.85
    after = np.where(rng.random(items) < 0.02, ~before, before)
    print(f"{items:,} samples a side")
    print(f"{'shape':<12}{'load s':>8}{'gate s':>8}  outcome")
    for name, columns in _shapes(items, rng).items():
        old = make_samples(before, **columns).assign(latency_s=rng.gamma(2, 0.5, items))
        new = make_samples(after, **columns).assign(output=[f"again {k}" for k in range(items)])
        with tempfile.TemporaryDirectory() as folder:
            baseline, load_s = _timed(partial(_baseline, Path(folder), old))
            policy, manifest = read_policy(POLICY), make_manifest(new)
            verdict, gate_s = _timed(partial(gate, new, manifest, [baseline], policy))
        print(f"{name:<12}{load_s:>8.2f}{gate_s:>8.2f}  {verdict.outcome}")


def _shapes(items: int, rng: np.random.Generator) -> dict[str, dict[str, object]]:
    return {
        "plain": {},
        "clustered": {"cluster": [f"doc-{k // 4}" for k in range(items)]},
        "weighted": {"weight": rng.choice([1.0, 2.0], items)},
        "repeated": {"repeats": 5},
    }


def _baseline(folder: Path, samples: pd.DataFrame) -> Baseline:
    if not list(folder.iterdir()):
        promote(
            folder,
            samples,
            make_manifest(samples),
            who="benchmark",
            why="benchmark",
            when="2026-11-01T00:00:00Z",
        )
    return load_baseline(folder, "triage", "slim")


def _timed(action: Callable[[], T]) -> tuple[T, float]:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        found = action()
        times.append(time.perf_counter() - start)
    return found, min(times)


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:2]))
