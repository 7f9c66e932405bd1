"""Parquet is read and written without threads that outlive their work."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import os
import numpy, pandas as pd
from evalkit.baseline.parquet import from_parquet, to_parquet
rows = {"suite": "s", "item_id": [str(n) for n in range(5000)], "candidate": "c", "status": "answered",
        "success": True, "repeat": 0, "output": "x", "score": 1.0, "run_id": "r", "latency_s": 0.5}
data = to_parquet(pd.DataFrame(rows))
before = set(os.listdir("/proc/self/task"))
assert len(from_parquet(data)) == 5000
print(len(set(os.listdir("/proc/self/task")) - before))
"""


def test_reading_a_baseline_starts_no_thread() -> None:
    """A thread of Arrow's that holds a Python object when the interpreter ends aborts the process.

    5 of 64 `baseline promote` under load ended with 134, after the work was done.
    """
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout == "0\n"
