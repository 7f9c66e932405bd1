"""evalkit: continuous per-task evaluation of slim, mid and frontier models."""

from evalkit.lazy import import_when_used

__version__ = "0.1.0"

__all__ = ["__version__", *import_when_used(__name__)]
