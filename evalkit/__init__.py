"""evalkit: continuous per-task evaluation of slim, mid and frontier models."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evalkit.api import compare, gate, open_store, report, resume, run

__version__ = "0.1.0"

__all__ = ["__version__", "compare", "gate", "open_store", "report", "resume", "run"]


class _Package(ModuleType):
    """This package, whose public functions are not hidden by a subpackage of the same name.

    Importing `evalkit.gate` would bind it over the function `evalkit.gate`; its contents are had by
    `from evalkit.gate import …`, which does not look here.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in __all__ and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    """The public functions come from `evalkit.api`, which is imported when the first one is used."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from evalkit import api

    return getattr(api, name)
