"""The `evalkit` command as a child process, for tests of what a user sees."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

COMMAND = (sys.executable, "-m", "evalkit")


def environment(**more: str) -> dict[str, str]:
    """This process's environment, with a wide terminal and no colour."""
    return {**os.environ, "COLUMNS": "160", "NO_COLOR": "1", **more}


def evalkit(
    *arguments: str, cwd: Path, timeout_s: float = 120, **more: str
) -> subprocess.CompletedProcess[str]:
    """Runs the command to its end."""
    return subprocess.run(
        [*COMMAND, *arguments], cwd=cwd, env=environment(**more), capture_output=True, text=True,
        timeout=timeout_s, check=False,
    )  # fmt: skip


def start(*arguments: str, cwd: Path, **more: str) -> subprocess.Popen[str]:
    """Starts the command and returns at once."""
    return subprocess.Popen(
        [*COMMAND, *arguments], cwd=cwd, env=environment(**more), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
