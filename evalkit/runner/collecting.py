"""Garbage collection while a run goes: what was there before it is not gone through again and again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 10_000
"""Objects between two collections of the young: a few dozen requests in flight hold Python's own 700 at any
moment, so that each answer would pay for a collection that finds nothing."""


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Sets aside what exists now (modules, suites, the plan) and collects the rest less often."""
    young, *older = gc.get_threshold()
    set_aside = gc.isenabled() and not gc.get_freeze_count()  # else the caller has plans of its own
    if set_aside:
        gc.freeze()
        gc.set_threshold(max(young, YOUNG), *older)
    try:
        yield
    finally:
        if set_aside:
            gc.set_threshold(young, *older)
            gc.unfreeze()
