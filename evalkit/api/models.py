"""Weights on this machine, and what a candidate can do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from evalkit.backends import Check, Stage, open_backend
from evalkit.backends.check import check
from evalkit.models import pull
from evalkit.records import Candidate


def pull_model(name: str, progress: Callable[[str], None] = lambda _line: None) -> Path:
    """Brings weights of the catalogue into the user's cache; returns their file.

    Raises:
        UsageError: The catalogue has no such name.
        UnavailableError: They cannot be fetched, or are not what the catalogue says.
    """
    return pull(name, progress=progress)


def check_candidate(candidate: Candidate, progress: Callable[[str], None] = lambda _line: None) -> Check:
    """Sends one tiny request through the candidate. A simulated or replayed one has nothing to be asked."""
    if candidate.backend in ("simulated", "replay"):
        return Check(ok=True, detail=f"{candidate.backend}: nothing is asked of a server")
    return asyncio.run(check(open_backend(candidate, Stage(progress=progress))))
