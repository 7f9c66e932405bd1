"""Draws figures in a process beside this one, while the caller writes what needs no drawing.

Drawing is most of the time that a large report takes. The child draws from the first figure on, whoever waits
draws from the last one back, and they stop where they meet. Equal figures give equal bytes on either side.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Thread
from typing import IO

from evalkit.reporting.charts import Pictures, draw
from evalkit.reporting.view.figures import Figure

FEWEST = 6
"""Figures from which on a process is worth the second that it takes to come up."""

Draw = Callable[[Figure], Pictures]


@contextmanager
def drawing(figures: Sequence[Figure]) -> Iterator[Draw]:
    """Gives a function from a figure to its pictures, to be asked in the order of these figures."""
    if len(figures) < FEWEST or (os.cpu_count() or 1) < 2:
        yield draw
        return
    try:
        child = _Child(figures)
    except OSError:  # no process is to be had, and none is needed
        yield draw
        return
    try:
        yield child.pictures
    finally:
        child.end()


class _Child:
    """The process, and what has been drawn so far, by it and by us."""

    def __init__(self, figures: Sequence[Figure]) -> None:
        self._figures = list(figures)
        self._drawn: dict[str, Pictures] = {}
        # -P: a file in the user's folder must not shadow a module.
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._talk = Thread(target=self._exchange, daemon=True)
        self._talk.start()

    def pictures(self, figure: Figure) -> Pictures:
        """Both pictures of the figure; while the child has not come to it, the last ones are drawn here."""
        while figure.name not in self._drawn:
            last = next((f for f in reversed(self._figures) if f.name not in self._drawn), figure)
            self._drawn[last.name] = draw(last)
        return self._drawn[figure.name]

    def end(self) -> None:
        """Ends the child, wherever it is."""
        self._process.kill()
        self._process.wait()
        self._talk.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _exchange(self) -> None:
        """Hands the figures over, takes pictures in; what a child that fails leaves is drawn here."""
        assert self._process.stdin is not None  # noqa: S101 - both are pipes
        assert self._process.stdout is not None  # noqa: S101
        try:
            pickle.dump(self._figures, self._process.stdin)
            self._process.stdin.close()
            while True:
                name, pictures = pickle.load(self._process.stdout)  # noqa: S301 - from our own child
                self._drawn[name] = pictures
        except (OSError, EOFError, ValueError, pickle.UnpicklingError):
            return


def _serve(source: IO[bytes], target: IO[bytes]) -> None:
    for figure in pickle.load(source):  # noqa: S301 - from our own parent
        pickle.dump((figure.name, draw(figure)), target)
        target.flush()


if __name__ == "__main__":
    _serve(sys.stdin.buffer, sys.stdout.buffer)
