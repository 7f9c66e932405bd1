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


def locate(name_or_path: str, cache_dir: Path | None = None, root: Path | None = None) -> Path:
    """The file of a catalogue name or a path, without fetching anything; a relative path begins at `root`.

    Raises:
        UnavailableError: It is not there; says how to bring it.
    """
    if name_or_path in CATALOGUE:
        weights = CATALOGUE[name_or_path]
        path = models_dir(cache_dir) / weights.file_name
        if is_sound(path, weights, cache_dir):
            return path
        raise UnavailableError(
            f"the weights {name_or_path!r} are not on this machine",
            hint=f"evalkit models pull {name_or_path}",
        )
    try:
        path = Path(name_or_path).expanduser()
    except RuntimeError as error:  # `~` and the name of nobody
        raise UnavailableError(f"the path {name_or_path!r} cannot be resolved: {error}") from error
    file = path if root is None else root / path
    if file.is_file():
        return file
    looks_like_path = path.suffix or len(path.parts) > 1
    hint = "check the path" if looks_like_path else near_names(name_or_path, CATALOGUE)
    looked = name_or_path if not looks_like_path else str(file)
    raise UnavailableError(f"there is no file of weights at {looked!r}", hint=hint)


def is_gguf(path: Path) -> bool:
    """Whether the file says of itself that it is GGUF."""
    with path.open("rb") as file:
        return file.read(4) == b"GGUF"


def is_sound(path: Path, weights: Weights, cache_dir: Path | None = None) -> bool:
    """Whether the file is there and hashes to what the catalogue says."""
    return path.is_file() and weights.sha256 in (None, sha256_of(path, cache_dir))


def sha256_of(path: Path, cache_dir: Path | None = None) -> str:
    """The SHA-256 of a file, from its mark while size and time are unchanged.

    Hashing a large file at every start would cost seconds.
    """
    known = _marked(path, cache_dir)
    if known is None:
        before = path.stat()
        known = digest(path)
        mark(path, known, cache_dir, before)
    return known


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def mark(path: Path, sha256: str, cache_dir: Path | None = None, stat: os.stat_result | None = None) -> None:
    """Notes a file's hash with its size and time, where that can be written.

    Args:
        path: The file.
        sha256: Its hash.
        cache_dir: Where marks lie.
        stat: Of before it was hashed, so that a file replaced meanwhile is hashed again; None: of now.
    """
    stat = stat or path.stat()
    plain = {"sha256": sha256, "size": stat.st_size, "mtime_ns": stat.st_mtime_ns}
    note = _mark_path(path, cache_dir)
    with contextlib.suppress(OSError):
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(json.dumps(plain) + "\n", encoding="utf-8")


def _mark_path(path: Path, cache_dir: Path | None = None) -> Path:
    """Where the hash of a file is noted: beside it in our own folder, never in a folder of the user's."""
    ours = models_dir(cache_dir)
    if path.is_relative_to(ours):
        return path.with_name(path.name + ".sha256.json")
    place = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    return ours / "hashes" / f"{place}.json"


def _marked(path: Path, cache_dir: Path | None) -> str | None:
    try:
        plain = json.loads(_mark_path(path, cache_dir).read_text(encoding="utf-8"))
        stat = path.stat()
        if (plain["size"], plain["mtime_ns"]) == (stat.st_size, stat.st_mtime_ns):
            return str(plain["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return None
