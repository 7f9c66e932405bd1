"""evalkit: continuous per-task evaluation of slim, mid and frontier models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evalkit.api import compare, gate, open_store, report, resume, run

__version__ = "0.1.0"

__all__ = ["__version__", "compare", "gate", "open_store", "report", "resume", "run"]


def __getattr__(name: str) -> Any:
    """The public functions come from `evalkit.api`, which is imported when the first one is used."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from evalkit import api

    return getattr(api, name)
