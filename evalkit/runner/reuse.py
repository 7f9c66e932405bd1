"""Answers of earlier runs that may be used again: the same candidate, the same request, the same repeat."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import BinaryIO

from evalkit.records import Candidate, Request, Sample, from_plain, read_line
from evalkit.runner.folder import MANIFEST, RunFolder

_MADE_UP_OR_READ = frozenset({"simulated", "replay"})
"""Backends whose answers cost nothing and may change under the same fingerprint."""

_Key = tuple[str, str, int]
"""Requested fingerprint, request hash and repeat."""


class Earlier:
    """An index over the journals of earlier runs; answers stay on disk until one is wanted."""

    def __init__(self, folders: Iterable[RunFolder], candidates: Collection[Candidate]) -> None:
        wanted = {
            at.requested_fingerprint
            for c in candidates
            if c.backend not in _MADE_UP_OR_READ
            for at in c.settings
        }
        self._journals: list[Path] = []
        self._spots: dict[_Key, tuple[int, int]] = {}
        for folder in folders:
            if wanted & _fingerprints(folder):
                self._read(folder.journal_path, wanted)

    def __len__(self) -> int:
        return len(self._spots)

    def find(self, fingerprint: str, request: Request) -> tuple[Sample, str] | None:
        """The earlier sample and the id of the run that asked for it; None when there is none."""
        spot = self._spots.get((fingerprint, request.request_hash, request.repeat))
        if spot is None:
            return None
        journal, offset = self._journals[spot[0]], spot[1]
        with journal.open("rb") as file:
            file.seek(offset)
            entry = read_line(file.readline(), 0).entry
        if entry is None:
            return None
        sample = from_plain(Sample, entry)
        return sample, sample.reused_from or journal.parent.name

    def _read(self, journal: Path, wanted: Collection[str]) -> None:
        number = len(self._journals)
        self._journals.append(journal)
        with journal.open("rb") as file:
            for offset, line in _lines(file):
                # Most lines are another candidate's, or attempts; these are not worth parsing.
                if b'"kind":"sample"' in line and (key := _key(line)) and key[0] in wanted:
                    self._spots[key] = (number, offset)


def _lines(file: BinaryIO) -> Iterable[tuple[int, bytes]]:
    offset = 0
    for line in file:
        if line.endswith(b"\n"):
            yield offset, line
        offset += len(line)


def _key(line: bytes) -> _Key | None:
    try:
        plain = json.loads(line)
        if plain["status"] != "answered":
            return None
        return plain["requested_fingerprint"], plain["request_hash"], plain["repeat"]
    except (ValueError, KeyError, TypeError):  # a damaged line is no answer; whoever needs it will say so
        return None


def _fingerprints(folder: RunFolder) -> set[str]:
    """Of the candidates that the run asked; none when its files cannot be read."""
    try:
        manifest = json.loads((folder.path / MANIFEST).read_text(encoding="utf-8"))
        entries = manifest["candidates"]
        known = {str(c["requested_fingerprint"]) for c in entries}
        known |= {str(f) for c in entries for f in c.get("suite_fingerprints", {}).values()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return set()
    return known if folder.journal_path.exists() else set()
