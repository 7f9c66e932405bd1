"""One process of a team's own program: lines in and out, its last words kept, ended without leftovers."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import json
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evalkit.backends.secrets import Secrets
from evalkit.records import Fault, clean_text

LONGEST_LINE = 64 * 1024 * 1024
"""Bytes; a longer answer is none."""
LAST_LINES = 5
"""Lines of standard error that are kept for a fault's message."""
END_WITHIN_S = 2.0
"""How long a process may take to end, in seconds, before it is killed."""


class Died(Exception):  # noqa: N818 - it is caught where it is raised, and becomes a fault
    """The process is gone, or has closed its output."""


class CommandProcess:
    """A process in a session of its own: Ctrl-C in the terminal reaches the run alone, which then ends it."""

    def __init__(self, process: asyncio.subprocess.Process, secrets: Secrets, log: Path | None) -> None:
        self._process = process
        self._secrets = secrets
        self._log = log
        self._said: collections.deque[str] = collections.deque(maxlen=LAST_LINES)
        self._listening = asyncio.create_task(self._listen())
        self.answered = False
        """Whether it has answered anything yet."""

    @classmethod
    async def launch(
        cls,
        arguments: Sequence[str],
        folder: Path,
        more: Mapping[str, Any],
        secrets: Secrets,
        log: Path | None,
    ) -> CommandProcess:
        """Starts the program in that folder, with the environment and what is added to it."""
        process = await asyncio.create_subprocess_exec(
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=folder,
            env={**os.environ, **{str(k): str(v) for k, v in more.items()}},
            limit=LONGEST_LINE,
            start_new_session=True,
        )
        return cls(process, secrets, log)

    @property
    def ended(self) -> bool:
        """Whether it is gone."""
        return self._process.returncode is not None

    async def exchange(self, request: Mapping[str, Any]) -> Any:
        """One line in, one line out.

        Raises:
            Died: It is gone.
            Fault: `malformed_response`, the line is not JSON.
        """
        assert self._process.stdin and self._process.stdout  # noqa: S101, PT018 - both are pipes
        line = json.dumps(request, separators=(",", ":")).encode() + b"\n"
        try:
            self._process.stdin.write(line)
            await self._process.stdin.drain()
            back = await self._process.stdout.readline()
        except (OSError, ValueError) as error:  # ValueError: a line beyond the limit
            raise Died from error
        if not back.endswith(b"\n"):
            raise Died
        try:
            given = json.loads(back)
        except (ValueError, RecursionError) as error:
            short = self._secrets.mask(repr(back[:4096].decode("utf-8", "replace")))[:80]
            raise Fault("malformed_response", f"not a JSON line: {short}") from error
        self.answered = True
        return given

    async def last_words(self) -> str:
        """How it ended, and the end of what it said on standard error."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_WITHIN_S):
                await self._process.wait()
                await asyncio.shield(self._listening)
        code = self._process.returncode
        how = "closed its output" if code is None else _ending(code)
        return f"it {how}: {' / '.join(self._said)}"[:300] if self._said else f"it {how}"

    async def stop(self, *, patient: bool = True) -> None:
        """Ends it and whatever it started: by the end of its input, SIGTERM, SIGKILL."""
        if self._process.stdin and not self._process.stdin.is_closing():
            self._process.stdin.close()
        steps = (None, signal.SIGTERM, signal.SIGKILL) if patient else (signal.SIGKILL,)
        for step in steps:
            if step is not None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._process.pid, step)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(END_WITHIN_S / 4 if step is None else END_WITHIN_S):
                    await self._process.wait()
                    break
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)  # grandchildren hold our pipes open
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_WITHIN_S):
                await self._listening
        # asyncio closes the pipes some turns later, or never when the loop ends first; no public call does.
        self._process._transport.close()  # type: ignore[attr-defined]

    async def _listen(self) -> None:
        """Reads standard error to its end, so that a full pipe never blocks the process; keys are masked."""
        assert self._process.stderr  # noqa: S101 - a pipe
        while True:
            try:
                raw = await self._process.stderr.readline()
            except ValueError:  # a line beyond the limit
                continue
            if not raw:
                return
            line = self._secrets.mask(clean_text(raw.decode("utf-8", "replace"))).rstrip()
            if line:
                self._said.append(line)
                self._note(line)

    def _note(self, line: str) -> None:
        if self._log is None:
            return
        with contextlib.suppress(OSError), self._log.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def _ending(code: int) -> str:
    if code >= 0:
        return f"ended with status {code}"
    with contextlib.suppress(ValueError):
        return f"was ended by {signal.Signals(-code).name}"
    return f"was ended by signal {-code}"
