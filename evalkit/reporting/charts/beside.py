"""Draws figures in a process beside this one, while the caller builds and writes what needs no drawing.

Drawing is most of the time that a large report takes. The child draws from the first figure on, as they come
in; whoever waits draws from the last one back, and they stop where they meet. Equal figures give equal bytes
on either side.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import IO

from evalkit.reporting.charts import Pictures, draw
from evalkit.reporting.view.figures import Figure

FEWEST = 6
"""Figures from which on a process is worth the second that it takes to come up."""


class Drawing:
    """Figures on order: `add` those that will be asked for, in that order; leaving it ends the process."""

    def __init__(self) -> None:
        self._ordered: list[Figure] = []
        self._drawn: dict[str, Pictures] = {}
        self._child: _Child | None = None

    def __enter__(self) -> Drawing:
        """Begins without a process."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the process, wherever it is."""
        if self._child is not None:
            self._child.end()

    def add(self, figures: Sequence[Figure]) -> None:
        """Orders these figures."""
        self._ordered += figures
        if self._child is not None:
            self._child.orders.put(list(figures))
        elif len(self._ordered) >= FEWEST and (os.cpu_count() or 1) > 1:
            try:
                self._child = _Child(self._drawn)
            except OSError:  # no process is to be had, and none is needed
                return
            self._child.orders.put(list(self._ordered))

    def pictures(self, figure: Figure) -> Pictures:
        """Both pictures of the figure; while the child has not come to it, the last ones are drawn here."""
        while figure.name not in self._drawn:
            last = next((f for f in reversed(self._ordered) if f.name not in self._drawn), figure)
            self._drawn[last.name] = draw(last)
        return self._drawn[figure.name]


class _Child:
    """The process; puts what it has drawn into `drawn`."""

    def __init__(self, drawn: dict[str, Pictures]) -> None:
        self.orders: SimpleQueue[list[Figure] | None] = SimpleQueue()
        self._drawn = drawn
        # -P: a file in the user's folder must not shadow a module.
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdin is not None  # noqa: S101 - both are pipes
        assert self._process.stdout is not None  # noqa: S101
        self._pipes = (self._process.stdin, self._process.stdout)
        self._threads = (
            Thread(target=self._hand_over, daemon=True),
            Thread(target=self._take_in, daemon=True),
        )
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.wait()
        self.orders.put(None)
        for thread in self._threads:
            thread.join()
        for pipe in self._pipes:
            with suppress(OSError):  # what was not handed over is flushed to nobody
                pipe.close()

    def _hand_over(self) -> None:
        """What a child that fails does not take is drawn by whoever waits."""
        try:
            while (figures := self.orders.get()) is not None:
                pickle.dump(figures, self._pipes[0])
                self._pipes[0].flush()
        except OSError:
            return

    def _take_in(self) -> None:
        try:
            while True:
                name, pictures = pickle.load(self._pipes[1])  # noqa: S301 - from our own child
                self._drawn[name] = pictures
        except (OSError, EOFError, ValueError, pickle.UnpicklingError):
            return


def _serve(source: IO[bytes], target: IO[bytes]) -> None:
    while True:
        try:
            figures = pickle.load(source)  # noqa: S301 - from our own parent
        except EOFError:
            return
        for figure in figures:
            pickle.dump((figure.name, draw(figure)), target)
            target.flush()


if __name__ == "__main__":
    _serve(sys.stdin.buffer, sys.stdout.buffer)
