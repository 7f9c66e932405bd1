"""A child process of ours: started to end with us, known to live or not, stopped in order."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Self

PATIENCE_S = 10.0
"""How long an orderly stop may take before SIGKILL, in seconds."""
DEATH_IS_SEEN_WITHIN_S = 0.5
"""A cut connection is seen before the death behind it; this long it is waited for."""
_END_WITH_PARENT = (
    "import ctypes, os, signal, sys; "
    "ctypes.CDLL(None).prctl(1, signal.SIGTERM); os.execvp(sys.argv[1], sys.argv[1:])"
)
"""PR_SET_PDEATHSIG (1) outlives the exec that turns this into the program."""


class OwnProcess:
    """One running child, and with it whatever children it has itself: they share a process group."""

    def __init__(self, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
        self._process = process
        self._log = log

    @classmethod
    def start(
        cls,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        log: IO[bytes],
        with_pipes: bool = False,
    ) -> Self:
        """Starts the program, its output to the log, or to a pipe beside one for its input.

        Call it from the thread that lives as long as the child shall: Linux ends the child with that thread.

        Raises:
            OSError: There is no such program, or it may not be run.
        """
        pipe = subprocess.PIPE if with_pipes else None
        process = subprocess.Popen(  # noqa: S603 - the words come from the project file of whoever runs it
            [*_end_with_parent(), *command],
            stdin=pipe or subprocess.DEVNULL,
            stdout=pipe or log,
            stderr=log,
            env={**os.environ, **environment},
            # Ctrl-C in the terminal is the parent's to handle, in order.
            process_group=0,
        )
        return cls(process, log)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def stdin(self) -> IO[bytes]:
        """The pipe to its input."""
        assert self._process.stdin is not None  # noqa: S101 - asked for only where it is a pipe
        return self._process.stdin

    @property
    def stdout(self) -> IO[bytes]:
        """The pipe from its output."""
        assert self._process.stdout is not None  # noqa: S101 - asked for only where it is a pipe
        return self._process.stdout

    def is_running(self) -> bool:
        """Whether it lives."""
        return self._process.poll() is None

    async def is_dead(self) -> bool:
        """Whether it has died, or does so in a moment."""
        return await self._ended_within(DEATH_IS_SEEN_WITHIN_S)

    def last_words(self) -> str:
        """How it ended, in one line."""
        code = self._process.poll()
        return f"signal {-code}" if code is not None and code < 0 else f"exit status {code}"

    def kill(self) -> None:
        """SIGKILL, at once."""
        self._process.kill()

    def peak_memory_b(self) -> int | None:
        """The most memory that it and its children held, each by itself, in bytes; None when not known.

        What the processes share, such as weights mapped from a file, counts in each of them.
        """
        peaks = [_peak_b(status) for status in _statuses_of_group(self.pid)]
        known = [peak for peak in peaks if peak is not None]
        return sum(known) if known else None

    async def stop(self) -> None:
        """SIGTERM to it, then SIGKILL to the whole group, so that no grandchild is left behind."""
        if self.is_running():
            self._process.terminate()
            await self._ended_within(PATIENCE_S)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._ended_within(PATIENCE_S)
        for stream in (self._process.stdin, self._process.stdout, self._log):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()

    def last_error(self) -> str:
        """The last line of its log that speaks of an error; empty when there is none."""
        self._log.flush()
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - 16384))
        lines = self._log.read().decode("utf-8", "replace").splitlines()
        errors = [line for line in lines if (" E " in line or "rror" in line) and "Traceback" not in line]
        return errors[-1].strip()[:300] if errors else ""

    async def _ended_within(self, limit_s: float) -> bool:
        waited = 0.0
        while self._process.poll() is None and waited < limit_s:
            await asyncio.sleep(0.01)
            waited += 0.01
        return self._process.poll() is not None


def open_log(log_dir: Path | None, name: str) -> IO[bytes]:
    """A log in that folder under a file name made safe; without a folder, one that vanishes."""
    if log_dir is None:
        return tempfile.TemporaryFile()
    log_dir.mkdir(parents=True, exist_ok=True)
    safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in name)
    return (log_dir / f"{safe}.log").open("ab+")


def _statuses_of_group(group: int) -> list[str]:
    """What Linux tells of each process of the group."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it may end while it is looked at
            # The name, in parentheses, may hold anything: state, parent and group follow it.
            words = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            if int(words[2]) == group:
                found.append((folder / "status").read_text(encoding="utf-8", errors="replace"))
    return found


def _peak_b(status: str) -> int | None:
    """The line `VmHWM:  12345 kB`; a process that has just ended has none."""
    lines = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(lines[0].split()[1]) * 1024 if lines else None


def _end_with_parent() -> tuple[str, ...]:
    """Words before a command that make Linux send it SIGTERM when its parent dies."""
    return (sys.executable, "-P", "-c", _END_WITH_PARENT) if sys.platform == "linux" else ()
