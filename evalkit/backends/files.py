"""Files that a candidate's settings name: their content decides its answers, whatever their names say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from evalkit.backends.interface import NamesFiles, Stage
from evalkit.backends.registry import open_backend
from evalkit.errors import UnavailableError
from evalkit.records import Candidate


def with_file_hashes(candidates: Iterable[Candidate], stage: Stage) -> tuple[Candidate, ...]:
    """The candidates with the content hashes of the files that they name; one that is not there has none.

    Raises:
        ConfigError: A backend or one of its options is unknown.
    """
    return tuple(replace(c, file_hashes=_hashes(c, stage)) for c in candidates)


def check_files(candidates: Iterable[Candidate], stage: Stage) -> None:
    """Each candidate's files are still what they were when its run began.

    Raises:
        UnavailableError: One has changed or is gone.
    """
    for candidate in candidates:
        if candidate.file_hashes:
            check_unchanged(candidate, _hashes(candidate, stage))


def check_unchanged(candidate: Candidate, found: Mapping[str, str]) -> None:
    """The hashes found now are those that the candidate has; one without any is not held to them.

    Raises:
        UnavailableError: One differs or is missing.
    """
    for name, known in candidate.file_hashes.items():
        if found.get(name) != known:
            what = "has changed" if name in found else "is no longer there"
            raise UnavailableError(
                f"{name} {what} since the run began (it had the hash {known})",
                where=f"candidates.{candidate.name}",
                hint="put the file back, or begin a new run",
            )


def _hashes(candidate: Candidate, stage: Stage) -> Mapping[str, str]:
    backend = open_backend(candidate, stage)
    return backend.file_hashes() if isinstance(backend, NamesFiles) else {}
