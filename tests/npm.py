"""Packages that npm brings for a test, unpacked; the test is skipped, with the reason, where npm cannot."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

_KEPT: list[TemporaryDirectory[str]] = []
"""Removed when the tests end."""


def unpacked(package: str) -> Path:
    """The folder of a package such as `axe-core@4`, without what it depends on; no script of it is run."""
    found, reason = _brought(package)
    if found is None:
        pytest.skip(reason)
    return found


@cache
def _brought(package: str) -> tuple[Path | None, str]:
    npm = shutil.which("npm")
    if npm is None:
        return None, f"npm, which brings {package}, is not installed"
    _KEPT.append(TemporaryDirectory())
    folder = Path(_KEPT[-1].name)
    command = [npm, "pack", package, "--silent", "--no-audit", "--no-update-notifier"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        return None, f"npm did not bring {package} within a minute"
    if done.returncode:
        return None, f"npm could not bring {package}: {done.stderr.strip()[:200]}"
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package", ""
