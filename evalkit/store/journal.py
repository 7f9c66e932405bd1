"""A run folder's files as the store reads them: which damage is forgiven, and where the rest is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from evalkit.credentials import mask_manifest
from evalkit.errors import RunError
from evalkit.records import LeftOut, Manifest, Planned, clean_text, from_plain, read_item_line, read_line

_HINT = "restore the file, or move the run folder away and run again"


@dataclass(frozen=True, kw_only=True, slots=True)
class Copied:
    """What came of copying a file of a run folder."""

    longest: int
    """Bytes of its longest line."""
    left_out: list[LeftOut]


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a run folder.

    Raises:
        RunError: The folder or its manifest is missing or damaged.
    """
    path = folder / "manifest.json"
    try:
        manifest = mask_manifest(from_plain(Manifest, _clean(json.loads(path.read_bytes()))))
        datetime.fromisoformat(manifest.created_at)
        datetime.fromisoformat(manifest.finished_at or manifest.created_at)
    except FileNotFoundError as error:
        raise RunError("no run folder: there is no manifest.json", where=str(folder)) from error
    except OSError as error:
        raise RunError(f"cannot be read: {error.strerror}", where=str(path)) from error
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise RunError(f"the manifest is damaged: {error}", where=str(path), hint=_HINT) from error
    return manifest


def copy_journal(source: Path, target: Path, planned: Planned) -> Copied:
    """Copy a journal without what is left out of it; an empty object keeps the place of a line set aside.

    Raises:
        RunError: The file cannot be read.
    """
    left_out: list[LeftOut] = []

    def kept(raw: bytes, number: int) -> dict[str, Any] | None:
        line = read_line(raw, number, planned)
        left_out.extend(line.left_out)
        return line.entry

    return Copied(longest=_copy(source, target, kept), left_out=left_out)


def copy_items(source: Path, target: Path) -> Copied:
    """Copy a run's items without the lines that hold none.

    Raises:
        RunError: The file cannot be read.
    """
    left_out: list[LeftOut] = []

    def kept(raw: bytes, number: int) -> dict[str, Any] | None:
        entry, reason = read_item_line(raw)
        if reason is not None:
            left_out.append(LeftOut(file=source.name, line=number, reason=reason))
        return entry

    return Copied(longest=_copy(source, target, kept), left_out=left_out)


def misfit(folder: Path, said: str) -> RunError:
    """The error for a value that no column takes, from what DuckDB said."""
    first = said.strip().splitlines()[0]
    return RunError(f"a value does not fit: {first}", where=str(folder), hint=_HINT)


def _copy(source: Path, target: Path, read: Callable[[bytes, int], dict[str, Any] | None]) -> int:
    """Copies JSON lines, cleaned of what no database holds; returns the longest line's bytes.

    A last line that neither ends in a newline nor parses is passed over: a kill has torn it.
    """
    longest = 0
    with target.open("wb") as out, _open(source) as lines:
        for number, raw in enumerate(lines, start=1):
            if not raw.strip() or _is_torn(raw):
                continue
            entry = _clean(read(raw, number) or {})
            text = json.dumps(entry, ensure_ascii=False).encode() + b"\n"
            longest = max(longest, len(text))
            out.write(text)
    return longest


def _is_torn(raw: bytes) -> bool:
    if raw.endswith(b"\n"):
        return False
    try:
        json.loads(raw)
    except (ValueError, RecursionError):
        return True
    return False


def _open(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise RunError(f"cannot be read: {error.strerror}", where=str(path)) from error


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(k): _clean(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_clean(v) for v in value]
    return value
