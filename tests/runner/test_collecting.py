"""Garbage collection while a run goes."""

from __future__ import annotations

import gc

from evalkit.runner.collecting import YOUNG, rarely_collected


def test_collection_is_as_it_was_once_the_run_is_over() -> None:
    """A notebook that runs evalkit goes on with its own settings."""
    before = gc.get_threshold()
    with rarely_collected():
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold()[0] == YOUNG
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


def test_a_caller_who_froze_or_disabled_collection_is_left_alone() -> None:
    """Whoever tunes the collector has a reason that a run does not know."""
    gc.freeze()
    try:
        before = gc.get_threshold()
        with rarely_collected():
            assert gc.get_threshold() == before
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
