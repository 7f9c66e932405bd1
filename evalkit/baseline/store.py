"""Baselines on disk: a summary to read, samples in Parquet, the manifest, the anchor and the log.

baselines/SUITE/SLOT/summary.yaml  samples.parquet  manifest.json  log.jsonl
baselines/SUITE/SLOT/anchor/summary.yaml  samples.parquet  manifest.json
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from evalkit.baseline.parquet import from_parquet, to_parquet
from evalkit.baseline.records import FORMAT, Accepted, Baseline, BaselineSummary, LogEntry
from evalkit.credentials import mask_manifest
from evalkit.errors import BaselineError, near_names
from evalkit.records import Manifest, from_plain, to_plain

SUMMARY, SAMPLES, MANIFEST, LOG, ANCHOR = (
    "summary.yaml", "samples.parquet", "manifest.json", "log.jsonl", "anchor",
)  # fmt: skip
HEADER = "# Accepted samples of one suite and candidate. `evalkit baseline promote` writes it.\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class BaselineName:
    """Where a baseline stands."""

    suite: str
    slot: str


def slot_folder(folder: Path, suite: str, slot: str) -> Path:
    """The folder of one baseline; no name leads out of `folder`."""
    return folder / _as_name(suite) / _as_name(slot)


def list_baselines(folder: Path) -> tuple[BaselineName, ...]:
    """Every baseline under `folder`, by suite and slot."""
    found = sorted(folder.glob(f"*/*/{SUMMARY}")) if folder.is_dir() else []
    return tuple(BaselineName(suite=unquote(path.parts[-3]), slot=unquote(path.parts[-2])) for path in found)


def load_baseline(folder: Path, suite: str, slot: str) -> Baseline:
    """The baseline of a suite × slot.

    Raises:
        BaselineError: There is none (names near ones and the command that makes one), or a file is damaged.
    """
    place = slot_folder(folder, suite, slot)
    if not (place / SUMMARY).exists():
        raise _missing(folder, suite, slot)
    accepted = load_accepted(place)
    anchor = accepted
    if _read(place / ANCHOR / SUMMARY) != _read(place / SUMMARY):
        anchor = load_accepted(place / ANCHOR)
    return Baseline(suite=suite, slot=slot, accepted=accepted, anchor=anchor)


def load_summary(folder: Path, suite: str, slot: str) -> BaselineSummary:
    """What the baseline says of itself, without its samples.

    Raises:
        BaselineError: As `load_baseline`.
    """
    place = slot_folder(folder, suite, slot)
    if not (place / SUMMARY).exists():
        raise _missing(folder, suite, slot)
    return _read_summary(place / SUMMARY)


def load_log(folder: Path, suite: str, slot: str) -> tuple[LogEntry, ...]:
    """The baseline's history, oldest first.

    Raises:
        BaselineError: As `load_baseline`.
    """
    place = slot_folder(folder, suite, slot)
    if not place.is_dir():
        raise _missing(folder, suite, slot)
    return tuple(_log_lines(place / LOG))


def verify(folder: Path) -> tuple[BaselineError, ...]:
    """Every fault of the baselines under `folder`; empty when all are sound."""
    faults = []
    for name in list_baselines(folder):
        try:
            load_baseline(folder, name.suite, name.slot)
            load_log(folder, name.suite, name.slot)
        except BaselineError as error:
            faults.append(error)
    return tuple(faults)


def load_accepted(place: Path) -> Accepted:
    """One accepted set, its files held against the summary's hashes.

    Raises:
        BaselineError: A file is missing or damaged; names it.
    """
    summary = _read_summary(place / SUMMARY)
    data = _sound(place / SAMPLES, summary.samples_sha256)
    text = _sound(place / MANIFEST, summary.manifest_sha256)
    try:
        samples = from_parquet(data)
    except ValueError as error:
        raise _damage_error(place / SAMPLES, str(error)) from error
    try:
        manifest = mask_manifest(from_plain(Manifest, json.loads(text)))
    except (ValueError, TypeError) as error:
        raise _damage_error(place / MANIFEST, str(error)) from error
    return Accepted(summary=summary, manifest=manifest, samples=samples)


def encode(samples: Any, manifest: Manifest) -> tuple[bytes, bytes]:
    """The bytes of the samples and of the manifest."""
    text = json.dumps(to_plain(manifest), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    return to_parquet(samples), text.encode()


def digest(data: bytes) -> str:
    """SHA-256 of a file's bytes."""
    return hashlib.sha256(data).hexdigest()


def write_accepted(place: Path, summary: BaselineSummary, samples: bytes, manifest: bytes) -> None:
    """Writes one accepted set; the summary last, so that a torn write is found by its hashes."""
    place.mkdir(parents=True, exist_ok=True)
    from evalkit.documents import dump_yaml  # here: a gate's help needs no YAML

    text = dump_yaml(to_plain(summary), width=110)
    for name, data in ((SAMPLES, samples), (MANIFEST, manifest), (SUMMARY, (HEADER + text).encode())):
        fresh = place / f"{name}.new"
        fresh.write_bytes(data)
        fresh.replace(place / name)


def append_log(place: Path, entry: LogEntry) -> None:
    """Adds one line to the history."""
    with (place / LOG).open("a", encoding="utf-8") as file:
        file.write(json.dumps(to_plain(entry), ensure_ascii=False) + "\n")


def _as_name(name: str) -> str:
    """The name as one safe part of a path, and back by `unquote`."""
    quoted = quote(name, safe=" +=@,")
    return quoted.replace(".", "%2E") if quoted.strip(".") == "" or quoted.startswith(".") else quoted


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise BaselineError(
            "a file of the baseline is missing", where=str(path), hint="restore it from git"
        ) from error
    except OSError as error:
        raise BaselineError(f"the baseline cannot be read: {error.strerror}", where=str(path)) from error


def _sound(path: Path, expected: str) -> bytes:
    data = _read(path)
    if digest(data) != expected:
        raise _damage_error(path, "its hash is not the one in the summary")
    return data


def _read_summary(path: Path) -> BaselineSummary:
    from evalkit.documents import read_marked_yaml  # here: a gate's help needs no YAML

    _read(path)
    read = read_marked_yaml(path)
    if read.problems:
        raise _damage_error(path, str(read.problems[0].message))
    plain = read.value
    if not isinstance(plain, dict):
        raise _damage_error(path, "it holds no mapping")
    form = plain.get("format", 0)
    if isinstance(form, int) and form > FORMAT:
        raise BaselineError(
            f"the baseline has form {form}, this evalkit reads up to {FORMAT}",
            where=str(path),
            hint="use a newer evalkit",
        )
    try:
        return from_plain(BaselineSummary, plain)
    except (ValueError, TypeError) as error:
        raise _damage_error(path, str(error).partition("\n")[0]) from error


def _log_lines(path: Path) -> Iterator[LogEntry]:
    if not path.exists():
        return
    for number, line in enumerate(_read(path).splitlines(), 1):
        try:
            yield from_plain(LogEntry, json.loads(line))
        except (ValueError, TypeError) as error:
            raise _damage_error(path, f"line {number}: {error}") from error


def _damage_error(path: Path, why: str) -> BaselineError:
    return BaselineError(
        f"the baseline is damaged: {why}", where=str(path), hint="restore it from git, or promote a run anew"
    )


def _missing(folder: Path, suite: str, slot: str) -> BaselineError:
    known = list_baselines(folder)
    slots = [name.slot for name in known if name.suite == suite]
    near = near_names(slot, slots) if slots else near_names(suite, {name.suite for name in known})
    command = f"evalkit baseline promote RUN --suite {suite} --candidate {slot} --why TEXT"
    return BaselineError(
        f"no baseline of suite {suite!r} for {slot!r}",
        where=str(folder),
        hint=f"{near}; make one: {command}",
    )
