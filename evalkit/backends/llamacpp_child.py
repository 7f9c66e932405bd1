"""The parent's end of the llama.cpp child process: its key and settings go in, its address comes out."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evalkit.backends.own_process import OwnProcess, open_log
from evalkit.errors import UnavailableError, install_hint


class LlamaServer(OwnProcess):
    """One running server."""

    key = ""
    """What opens its door."""
    url = ""
    version = ""

    @classmethod
    async def launch(
        cls, settings: Mapping[str, Any], *, name: str, log_dir: Path | None, timeout_s: float
    ) -> LlamaServer:
        """A server that listens.

        Raises:
            UnavailableError: It does not come up; says why.
        """
        if importlib.util.find_spec("xllamacpp") is None:
            raise UnavailableError(
                "the embedded runtime xllamacpp is not installed",
                hint=f"{install_hint('xllamacpp')} (prebuilt for Linux and macOS only)",
            )
        child = cls.start(
            # -P: a file in the user's folder must not shadow a module.
            [sys.executable, "-P", "-m", "evalkit.backends.llamacpp_server"],
            environment={},
            log=open_log(log_dir, f"llamacpp-{name}"),
            with_pipes=True,
        )
        child.key = secrets.token_urlsafe(32)
        try:
            await child._handshake({**settings, "key": child.key, "verbose": log_dir is not None}, timeout_s)
        except BaseException:
            await child.stop()
            raise
        return child

    async def _handshake(self, settings: Mapping[str, Any], timeout_s: float) -> None:
        try:
            self.stdin.write(json.dumps(settings).encode() + b"\n")
            self.stdin.flush()
            line = await asyncio.wait_for(asyncio.to_thread(self.stdout.readline), timeout_s)
        except BrokenPipeError:
            line = b""
        except TimeoutError as error:
            self.kill()  # ends the thread that still reads
            raise UnavailableError(f"llama.cpp did not come up within {timeout_s:g} s") from error
        report = json.loads(line) if line else {"error": "start", "message": await self._death()}
        if "error" in report:
            raise _refusal(report, self.last_error(), settings)
        self.url, self.version = report["url"], report["xllamacpp"]

    async def _death(self) -> str:
        await self.is_dead()
        return self.last_words()


def _refusal(report: Mapping[str, Any], log: str, settings: Mapping[str, Any]) -> UnavailableError:
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
    adapters = ", ".join(adapter["path"] for adapter in settings["adapters"])
    with_adapters = f" with the adapters {adapters}" if adapters else ""
    return UnavailableError(
        f"llama.cpp cannot serve {settings['path']}{with_adapters}: {log or message}",
        hint="is the file whole, is its architecture known to this version, and is there enough memory?"
        + (" does it start without the adapters?" if adapters else ""),
    )
