"""The parent's end of the llama.cpp child process: start it, know whether it lives, stop it in order."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from evalkit.errors import UnavailableError

PATIENCE_S = 2.0
"""How long an orderly stop may take before SIGKILL, in seconds."""
DEATH_IS_SEEN_WITHIN_S = 0.5
"""A cut connection is seen before the death behind it; this long it is waited for."""


class Child:
    """One running server."""

    def __init__(self, process: subprocess.Popen[bytes], log: IO[bytes], key: str) -> None:
        self._process = process
        self._log = log
        self.key = key
        self.url = ""
        self.version = ""

    @classmethod
    async def launch(
        cls, settings: Mapping[str, Any], *, name: str, log_dir: Path | None, timeout_s: float
    ) -> Child:
        """A server that listens.

        Raises:
            UnavailableError: It does not come up; says why.
        """
        if importlib.util.find_spec("xllamacpp") is None:
            raise UnavailableError(
                "the embedded runtime xllamacpp is not installed",
                hint="pip install xllamacpp (prebuilt for Linux and macOS only)",
            )
        log = _open_log(log_dir, name)
        key = secrets.token_urlsafe(32)
        # Started from this thread on purpose: Linux ends the child when the thread that started it ends.
        process = subprocess.Popen(  # noqa: ASYNC220 - fixed words; it returns at once
            # -P: a file in the user's folder must not shadow a module.
            [sys.executable, "-P", "-m", "evalkit.backends.llamacpp_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            # Ctrl-C in the terminal is the parent's to handle, in order.
            process_group=0,
        )
        child = cls(process, log, key)
        try:
            await child._handshake({**settings, "key": key, "verbose": log_dir is not None}, timeout_s)
        except BaseException:
            await child.stop()
            raise
        return child

    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process.poll() is None

    async def is_dead(self) -> bool:
        """Whether the process has died, or does so in a moment."""
        return await self._ended_within(DEATH_IS_SEEN_WITHIN_S)

    async def stop(self) -> None:
        """SIGTERM, then SIGKILL; its clients' connections must be closed already."""
        self._process.terminate()
        if not await self._ended_within(PATIENCE_S):
            self._process.kill()
            await self._ended_within(PATIENCE_S)
        for pipe in (self._process.stdin, self._process.stdout, self._log):
            if pipe is not None:
                pipe.close()

    def last_words(self) -> str:
        """How it ended, in one line."""
        code = self._process.poll()
        return f"signal {-code}" if code is not None and code < 0 else f"exit status {code}"

    async def _handshake(self, settings: Mapping[str, Any], timeout_s: float) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        try:
            self._process.stdin.write(json.dumps(settings).encode() + b"\n")
            self._process.stdin.flush()
            line = await asyncio.wait_for(asyncio.to_thread(self._process.stdout.readline), timeout_s)
        except BrokenPipeError:
            line = b""
        except TimeoutError as error:
            self._process.kill()  # ends the thread that still reads
            raise UnavailableError(f"llama.cpp did not come up within {timeout_s:g} s") from error
        report = json.loads(line) if line else {"error": "start", "message": await self._death()}
        if "error" in report:
            raise _refusal(report, self._log_tail(), settings["path"])
        self.url, self.version = report["url"], report["xllamacpp"]

    async def _death(self) -> str:
        await self.is_dead()
        return self.last_words()

    async def _ended_within(self, limit_s: float) -> bool:
        waited = 0.0
        while self._process.poll() is None and waited < limit_s:
            await asyncio.sleep(0.01)
            waited += 0.01
        return self._process.poll() is not None

    def _log_tail(self) -> str:
        """The last line that speaks of an error."""
        self._log.flush()
        size = self._log.seek(0, 2)
        self._log.seek(max(0, size - 8192))
        lines = self._log.read().decode("utf-8", "replace").splitlines()
        errors = [line for line in lines if " E " in line or "rror" in line]
        return errors[-1].strip()[:300] if errors else ""


def _open_log(log_dir: Path | None, name: str) -> IO[bytes]:
    if log_dir is None:
        return tempfile.TemporaryFile()
    log_dir.mkdir(parents=True, exist_ok=True)
    safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in name)
    return (log_dir / f"llamacpp-{safe}.log").open("ab+")


def _refusal(report: Mapping[str, Any], log: str, path: str) -> UnavailableError:
    message = str(report["message"])
    if "libgomp" in message:
        return UnavailableError(
            "the embedded runtime needs the system's OpenMP library, libgomp",
            hint="apt install libgomp1, or your system's package of that library",
        )
    if report["error"] == "import":
        return UnavailableError(
            f"the embedded runtime does not load: {message}",
            hint="pip install --force-reinstall xllamacpp",
        )
    return UnavailableError(
        f"llama.cpp cannot serve {path}: {log or message}",
        hint="is the file whole, is its architecture known to this version, and is there enough memory?",
    )
