"""A suite's files stay inside its folder: a suite from elsewhere must not read what is beside it."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

HINT = "move the file into the suite's folder, or set `suite_files: anywhere` in evalkit.yaml"
"""What to do about a file outside."""


def is_inside(folder: Path, name: str) -> bool:
    """Whether the name is of a file in the folder: relative, without `..`, and no link leads out of it."""
    parts = (PurePosixPath(name), PureWindowsPath(name))
    if any(p.is_absolute() or p.drive or ".." in p.parts for p in parts) or name.startswith("~"):
        return False
    try:
        return (folder / name).resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):  # a loop of links, or no path at all
        return False
