"""evalkit: continuous per-task evaluation of slim, mid and frontier models."""

__version__ = "0.1.0"
