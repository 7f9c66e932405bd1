"""The journal of a run: one JSON line for each attempt, sample and later score, on disk once it is finished.

A line is handed to the operating system at once, so that kill -9 loses nothing that was finished; it is
forced to the disk at least every half second, so that a power cut loses little. Only its end can be torn.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from operator import attrgetter
from pathlib import Path
from typing import Any

from evalkit.errors import RunError
from evalkit.records import (
    Attempt,
    LaterScore,
    LeftOut,
    Planned,
    Sample,
    SampleKey,
    Score,
    clean_json,
    from_plain,
    is_clean,
    read_line,
    to_plain,
)

Record = Attempt | Sample | LaterScore
SYNC_EVERY_S = 0.5

_encoded = json.JSONEncoder(
    allow_nan=False, ensure_ascii=False, separators=(",", ":"), default=to_plain
).encode

_KINDS: Mapping[str, type[Attempt] | type[Sample] | type[LaterScore]] = {
    "attempt": Attempt,
    "sample": Sample,
    "score": LaterScore,
}
"""What a line says it is -> the record."""
_NAMES = {kind: name for name, kind in _KINDS.items()}
_FIELDS: Mapping[type, tuple[str, ...]] = {kind: tuple(f.name for f in fields(kind)) for kind in _NAMES}
_VALUES: Mapping[type, Callable[[Record], tuple[Any, ...]]] = {
    kind: attrgetter(*names) for kind, names in _FIELDS.items()
}


class Journal:
    """Appends lines to a journal; a torn tail is cut off when it is opened."""

    def __init__(self, path: Path) -> None:
        self.path = path
        _cut_torn_tail(path)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._unsynced = threading.Event()
        self._closing = threading.Event()
        self._failure: OSError | None = None
        self._held: list[bytes] | None = None
        """Lines that wait for the end of `together`."""
        self._syncer = threading.Thread(target=self._sync_now_and_then, daemon=True)
        self._syncer.start()

    def append(self, *records: Record) -> None:
        """Writes the records, one line each, in one piece.

        Raises:
            RunError: The disk does not take it; nothing later may be trusted, so the run must stop.
        """
        self.append_lines(b"".join(map(encode_record, records)))

    def append_lines(self, data: bytes) -> None:
        """Writes lines that are encoded already.

        Raises:
            RunError: The disk does not take it; nothing later may be trusted, so the run must stop.
        """
        if self._held is not None:
            self._held.append(data)
            return
        write_whole(self._file, data, "the journal", self.path, self._failure)
        self._unsynced.set()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Write all lines that are appended meanwhile at its end, in one piece.

        Raises:
            RunError: The disk does not take them.
        """
        held: list[bytes] = []
        self._held = held
        try:
            yield
        finally:
            self._held = None
            self.append_lines(b"".join(held))

    def close(self) -> None:
        """Forces all lines to the disk and lets go of the file."""
        self._closing.set()
        self._unsynced.set()
        self._syncer.join()
        os.close(self._file)

    def _sync_now_and_then(self) -> None:
        while not self._closing.is_set():
            self._unsynced.wait()
            self._unsynced.clear()
            try:
                os.fsync(self._file)
            except OSError as error:
                self._failure = error
            self._closing.wait(SYNC_EVERY_S)
        try:
            os.fsync(self._file)
        except OSError as error:
            self._failure = error


def read_journal(
    path: Path, planned: Planned | None = None, left_out: list[LeftOut] | None = None
) -> Iterator[Record]:
    """The records of a journal, in the order in which they were finished.

    A torn last line is passed over, and so is what is damaged: the loader names it, a resume asks again.

    Args:
        path: The journal.
        planned: The keys that the run may hold; None takes any.
        left_out: Where to note what is left out.
    """
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            if not raw.endswith(b"\n"):
                return
            if not raw.strip():
                continue
            line = read_line(raw, number, planned)
            if left_out is not None:
                left_out.extend(line.left_out)
            if line.entry is not None:
                yield from_plain(_KINDS[line.entry["kind"]], line.entry)


def read_finished_samples(path: Path) -> dict[SampleKey, Sample]:
    """The last sample of each key, with its current score.

    A resumed run may hold an answered sample after a faulted one; a score that was given later counts.
    """
    found: dict[SampleKey, Sample] = {}
    for record in read_journal(path) if path.exists() else ():
        if isinstance(record, Sample):
            found[record.key] = record
        elif isinstance(record, LaterScore) and record.key in found:
            found[record.key] = replace(found[record.key], score=record.score)
    return found


def write_whole(file: int, data: bytes, what: str, path: Path, failure: OSError | None = None) -> None:
    """Writes all of the data; `what` it is and its path are said where that fails, or has failed before.

    Raises:
        RunError: The disk does not take it.
    """
    try:
        if failure:
            raise failure
        while data:
            data = data[os.write(file, data) :]
    except OSError as error:
        raise RunError(
            f"{what} cannot be written: {error.strerror}",
            where=str(path),
            hint="free some room, then go on with `evalkit run --resume`",
        ) from error


def encode_record(record: Record) -> bytes:
    """The record as a line of the journal."""
    kind = type(record)
    # What is None is left out: it comes back as None, and half of a line is.
    known = {n: v for n, v in zip(_FIELDS[kind], _VALUES[kind](record), strict=True) if v is not None}
    return _encode({"kind": _NAMES[kind], **known}) + b"\n"


def with_score(line: bytes, score: Score) -> bytes:
    """The line of a sample without a score, with one: encoding a sample twice would cost time."""
    return line.removesuffix(b"}\n") + b',"score":' + _encode(score) + b"}\n"


def _encode(value: Any) -> bytes:
    try:
        text = _encoded(value)
        if "\\u0000" not in text and is_clean(text):
            return text.encode()
    except ValueError:  # NaN or infinity, which JSON lacks, or a lone surrogate, which UTF-8 lacks
        pass
    return _encoded(clean_json(to_plain(value))).encode()


def _cut_torn_tail(path: Path) -> None:
    if not path.exists():
        return
    with path.open("rb+") as file:
        size = file.seek(0, os.SEEK_END)
        keep = _end_of_last_line(file, size)
        if keep < size:
            file.truncate(keep)


def _end_of_last_line(file: Any, size: int, block: int = 1 << 16) -> int:
    """Offset just behind the last line feed, searched from the end."""
    end = size
    while end > 0:
        start = max(0, end - block)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return int(start + found + 1)
        end = start
    return 0
