"""Files that a candidate's settings name: their content decides its answers, whatever their names say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from evalkit.backends.interface import NamesFiles, Stage
from evalkit.backends.registry import open_backend
from evalkit.errors import UnavailableError
from evalkit.models.cache import sha256_of
from evalkit.records import Candidate
from evalkit.records.codec import HASH_LENGTH

SHIPPED_TEMPLATES = ("model", "tools")
"""Names of chat templates that are no file of the user's."""


def with_file_hashes(candidates: Iterable[Candidate], stage: Stage) -> tuple[Candidate, ...]:
    """The candidates with the content hashes of the files that they name; one that is not there has none.

    Raises:
        ConfigError: A backend or one of its options is unknown.
    """
    return tuple(_with_hashes(c, stage) for c in candidates)


def _with_hashes(candidate: Candidate, stage: Stage) -> Candidate:
    """Hash the files of each suite's settings apart, so that a new adapter changes its own suite alone."""
    by_suite = {
        suite: {**own, "file_hashes": _hashes(candidate.at(suite), stage)}
        for suite, own in candidate.by_suite.items()
    }
    return replace(candidate, file_hashes=_hashes(candidate.at(""), stage), by_suite=by_suite)


def check_files(candidates: Iterable[Candidate], stage: Stage) -> None:
    """Each candidate's files are still what they were when its run began.

    Raises:
        UnavailableError: One has changed or is gone.
    """
    for candidate in candidates:
        check_unchanged(candidate, partial(_hashes, candidate, stage))


def check_unchanged(candidate: Candidate, find: Callable[[], Mapping[str, str]]) -> None:
    """The hashes that `find` gives now are those that the candidate has; one without any is not held to them.

    Raises:
        UnavailableError: One differs or is missing.
    """
    found = find() if candidate.file_hashes else {}
    for name, known in candidate.file_hashes.items():
        if found.get(name) != known:
            what = "has changed" if name in found else "is no longer there"
            raise UnavailableError(
                f"{name} {what} since the run began (it had the hash {known})",
                where=f"candidates.{candidate.name}",
                hint="put the file back, or begin a new run",
            )


def hash_of(path: Path, cache_dir: Path | None) -> str | None:
    """The content hash of one file; None for what is no file or cannot be read: whoever needs it says so."""
    try:
        return sha256_of(path, cache_dir)[:HASH_LENGTH] if path.is_file() else None
    except OSError:
        return None


def _hashes(candidate: Candidate, stage: Stage) -> Mapping[str, str]:
    backend = open_backend(candidate, stage)
    return backend.file_hashes() if isinstance(backend, NamesFiles) else {}
