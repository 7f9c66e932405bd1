"""How the workers of pytest-xdist share the tests out: a file stays whole, what takes all of the machine runs
one after another."""

from __future__ import annotations

from typing import Any

import pytest

WHOLE_MACHINE = (
    "tests/backends/test_adapter_check.py",
    "tests/backends/test_llamacpp",
    "tests/browser/",
    "tests/end_to_end/",
    "tests/models/test_quantize.py",
    "tests/shared/",
    "tests/vllm/",
)
"""Tests that start a model's server, a browser or an installation: one worker takes them all, first."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the longest unit first, so that no worker waits for it at the end.

    Raises:
        pytest.UsageError: A test that needs the model or the browser is missing in `WHOLE_MACHINE`.
    """
    for item in items:
        heavy = item.get_closest_marker("model") or item.get_closest_marker("browser")
        if heavy and not item.nodeid.startswith(WHOLE_MACHINE):
            raise pytest.UsageError(f"{item.nodeid} takes the whole machine: name it in tests/conftest.py")
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not item.nodeid.startswith(WHOLE_MACHINE))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share out whole files in the order in which they were collected."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "whole machine" if nodeid.startswith(WHOLE_MACHINE) else super()._split_scope(nodeid)

    config.option.loadscopereorder = False
    return Scheduling(config, log)
