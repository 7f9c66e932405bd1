"""What lies in a cache of weights."""

from __future__ import annotations

from pathlib import Path

from evalkit.models import models_dir
from evalkit.models.download import LOCK


def left_in(folder: Path) -> list[str]:
    """The names in it, the lock of pulls aside."""
    return sorted(p.name for p in models_dir(folder).iterdir() if p.name != LOCK)
