"""Where weights lie on this machine, and whether they are what they should be."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path

from evalkit.errors import UnavailableError, near_names
from evalkit.models.catalogue import CATALOGUE, Weights

CACHE_VARIABLE = "EVALKIT_CACHE"
"""Environment variable that moves the cache folder."""


def models_dir(cache_dir: Path | None = None) -> Path:
    """The folder of weights: under `cache_dir`, else `$EVALKIT_CACHE`, else the user's cache folder."""
    if cache_dir is None:
        if set_dir := os.environ.get(CACHE_VARIABLE):
            cache_dir = Path(set_dir).expanduser()
        else:
            import platformdirs

            cache_dir = platformdirs.user_cache_path("evalkit", appauthor=False)
    return cache_dir / "models"


def locate(name_or_path: str, cache_dir: Path | None = None) -> Path:
    """The file of a catalogue name or a path, without fetching anything.

    Raises:
        UnavailableError: It is not there; says how to bring it.
    """
    if name_or_path in CATALOGUE:
        weights = CATALOGUE[name_or_path]
        path = models_dir(cache_dir) / weights.file_name
        if is_sound(path, weights):
            return path
        raise UnavailableError(
            f"the weights {name_or_path!r} are not on this machine",
            hint=f"evalkit models pull {name_or_path}",
        )
    path = Path(name_or_path).expanduser()
    if path.is_file():
        return path
    looks_like_path = path.suffix or len(path.parts) > 1
    hint = "check the path" if looks_like_path else near_names(name_or_path, CATALOGUE)
    raise UnavailableError(f"there is no file of weights at {name_or_path!r}", hint=hint)


def is_gguf(path: Path) -> bool:
    """Whether the file says of itself that it is GGUF."""
    with path.open("rb") as file:
        return file.read(4) == b"GGUF"


def is_sound(path: Path, weights: Weights) -> bool:
    """Whether the file is there and hashes to what the catalogue says."""
    return path.is_file() and weights.sha256 in (None, sha256_of(path))


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, from its mark while size and time are unchanged.

    Hashing a large file at every start would cost seconds; the mark lies beside it.
    """
    return _marked(path) or mark(path)


def mark(path: Path) -> str:
    """Writes the file's hash, size and time beside it, where that folder may be written; returns the hash."""
    stat = path.stat()
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    plain = {"sha256": digest, "size": stat.st_size, "mtime_ns": stat.st_mtime_ns}
    with contextlib.suppress(OSError):
        mark_path(path).write_text(json.dumps(plain) + "\n", encoding="utf-8")
    return digest


def _marked(path: Path) -> str | None:
    try:
        plain = json.loads(mark_path(path).read_text(encoding="utf-8"))
        stat = path.stat()
        if (plain["size"], plain["mtime_ns"]) == (stat.st_size, stat.st_mtime_ns):
            return str(plain["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return None


def mark_path(path: Path) -> Path:
    """Where the hash of a file lies."""
    return path.with_name(path.name + ".sha256.json")
