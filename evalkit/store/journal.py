"""A run folder's files as the store reads them: which damage is forgiven, and where the rest is."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from evalkit.credentials import masked_manifest
from evalkit.errors import RunError
from evalkit.records import Manifest, clean_text, from_plain

_HINT = "restore the file, or move the run folder away and run again"


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a run folder.

    Raises:
        RunError: The folder or its manifest is missing or damaged.
    """
    path = folder / "manifest.json"
    try:
        manifest = masked_manifest(from_plain(Manifest, _cleaned(json.loads(path.read_bytes()))))
        datetime.fromisoformat(manifest.created_at)
        datetime.fromisoformat(manifest.finished_at or manifest.created_at)
    except FileNotFoundError as error:
        raise RunError("no run folder: there is no manifest.json", where=str(folder)) from error
    except OSError as error:
        raise RunError(f"cannot be read: {error.strerror}", where=str(path)) from error
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise RunError(f"the manifest is damaged: {error}", where=str(path), hint=_HINT) from error
    return manifest


def readable_copy(source: Path, target: Path) -> int:
    """Copies JSON lines without a torn tail and without lone surrogates; returns the longest line's bytes.

    A tail is torn when it neither ends in a newline nor parses: the mark of a kill in the middle of a write.

    Raises:
        RunError: A line elsewhere is not a JSON object; names the line.
    """
    longest = 0
    with target.open("wb") as out, _opened(source) as lines:
        for line, entry in _entries(source, lines):
            if not isinstance(entry, dict):
                raise RunError("not a JSON object", where=f"{source}:{line}", hint=_HINT)
            text = json.dumps(_cleaned(entry), ensure_ascii=False).encode() + b"\n"
            longest = max(longest, len(text))
            out.write(text)
    return longest


def bad_entry(journal: Path, entry: int, reason: str) -> RunError:
    """The error for the entry of that number, counted from 1 over the lines that are not blank."""
    with journal.open("rb") as lines:
        filled = (n for n, raw in enumerate(lines, start=1) if raw.strip())
        line = next(itertools.islice(filled, entry - 1, None))
    return RunError(reason, where=f"{journal}:{line}", hint=_HINT)


def foreign_entry(path: Path, said: str) -> RunError:
    """The error for an entry whose values have the wrong types, from what DuckDB said of a readable copy."""
    first = said.strip().splitlines()[0]
    if found := re.search(r"in line (\d+): (.*)", first):
        return bad_entry(path, int(found[1]), found[2])
    return RunError(first, where=str(path), hint=_HINT)


def misfit(folder: Path, said: str) -> RunError:
    """The error for a value that no column takes, from what DuckDB said."""
    first = said.strip().splitlines()[0]
    return RunError(f"a value does not fit: {first}", where=str(folder), hint=_HINT)


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise RunError(f"cannot be read: {error.strerror}", where=str(path)) from error


def _entries(source: Path, lines: Iterable[bytes]) -> Iterator[tuple[int, Any]]:
    for number, raw in enumerate(lines, start=1):
        if not raw.strip():
            continue
        try:
            entry = json.loads(raw)
        except (ValueError, RecursionError) as error:
            if not raw.endswith(b"\n"):
                return
            raise RunError(f"not JSON: {error}", where=f"{source}:{number}", hint=_HINT) from error
        yield number, entry


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(k): _cleaned(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_cleaned(v) for v in value]
    return value
