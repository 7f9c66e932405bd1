"""Claims about start-up: the packages that judge are cheap to import."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("package", ["economics", "comparison", "baseline", "gate", "gate.outlets"])
def test_importing_a_package_brings_nothing_heavy(package: str) -> None:
    """`evalkit gate --help` must answer at once."""
    code = (
        f"import sys, evalkit.{package}; "
        "print([m for m in ('pandas', 'scipy', 'pyarrow', 'matplotlib', 'lm_eval', 'duckdb', 'yaml') "
        "if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
