"""An event loop whose time passes only by waiting: hours of a run take moments."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo
from typing import Any

import pytest

EPOCH = 1_800_000_000.0


class VirtualLoop(asyncio.SelectorEventLoop):
    """Jumps to the next timer whenever nothing else is to be done."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__()

    def time(self) -> float:
        return self.now

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:  # type: ignore[attr-defined]
            self.now = max(self.now, self._scheduled[0].when())  # type: ignore[attr-defined]
        super()._run_once()  # type: ignore[misc]


@contextmanager
def virtual_time(monkeypatch: pytest.MonkeyPatch, *modules: Any) -> Iterator[None]:
    """`asyncio.run` uses such a loop; `time.monotonic` and the `datetime` of these modules read its clock."""
    loops: list[VirtualLoop] = []

    def make() -> VirtualLoop:
        loops.append(VirtualLoop())
        return loops[-1]

    def run(main: Any) -> Any:
        with asyncio.Runner(loop_factory=make) as runner:
            return runner.run(main)

    class Moment(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Moment:
            return cls.fromtimestamp(EPOCH + loops[-1].now, tz)

    with monkeypatch.context() as patched:
        patched.setattr(asyncio, "run", run)
        patched.setattr(time, "monotonic", lambda: loops[-1].now if loops else 0.0)
        for module in modules:
            patched.setattr(module, "datetime", Moment)
        yield
