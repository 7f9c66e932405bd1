"""The project file: evalkit.yaml made into records; every key is known, and a fault names its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from evalkit.credentials import find_exposed_keys, refuse_keys
from evalkit.errors import ConfigError, near_names
from evalkit.prices import LOCAL_BACKENDS
from evalkit.records import Candidate, Problem, from_plain

if TYPE_CHECKING:
    from evalkit.documents import MarkedYaml

PROJECT_FILE = "evalkit.yaml"
THIS_MACHINE = "this-machine"
"""The hardware of a candidate that this machine serves, where none is named."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """What evalkit.yaml says, with every path made absolute."""

    root: Path
    """The folder of the project file; paths in it are relative to this."""
    file: Path | None
    """The project file; None for a project that was never written down."""
    store: Path
    runs: Path
    reports: Path
    baselines: Path
    reviews: Path
    """Decisions of reviews, kept in git."""
    suites: tuple[Path, ...]
    candidates: Mapping[str, Candidate]
    suite_files: Literal["inside", "anywhere"] = "inside"
    """Whether what a suite names must lie inside its folder."""
    env_file: Path | None = None
    """Adds to the environment; only where the project file asks for it."""
    private_hosts: tuple[str, ...] = ()
    gate: Mapping[str, Any] = field(default_factory=dict)
    routes: Mapping[str, Any] = field(default_factory=dict)

    def choose_candidates(
        self, names: Iterable[str] = (), tiers: Iterable[str] = ()
    ) -> tuple[Candidate, ...]:
        """The named candidates, or all; only those of the given tiers.

        Raises:
            ConfigError: A name is unknown; names the near ones.
        """
        names, tiers = tuple(names), frozenset(tiers)
        for name in names:
            if name not in self.candidates:
                raise ConfigError(
                    f"unknown candidate {name!r}",
                    where=_place(self.file),
                    hint=near_names(name, self.candidates),
                )
        chosen = [self.candidates[n] for n in names] if names else list(self.candidates.values())
        return tuple(c for c in chosen if not tiers or c.tier in tiers)


def find_project(start: Path | None = None) -> Project:
    """The project of the nearest evalkit.yaml, in `start` (the working folder) or a folder above it.

    Raises:
        ConfigError: There is none, or it is wrong.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / PROJECT_FILE).is_file():
            return load_project(folder / PROJECT_FILE)
    raise ConfigError(
        f"no {PROJECT_FILE} here or in a folder above",
        where=str(start),
        hint="`evalkit init` makes one, `evalkit demo` needs none",
    )


def load_project(file: Path) -> Project:
    """The project of that file.

    Raises:
        ConfigError: The file is missing or wrong; names file, line, key and the near names.
    """
    from evalkit.documents import read_marked_yaml, shape_problems

    if not file.is_file():
        raise ConfigError("there is no such project file", where=str(file), hint="`evalkit init` makes one")
    read = read_marked_yaml(file)
    faults = [*read.problems]
    if not faults and read.value is not None:
        faults += shape_problems(read, file.name, project_schema())
    if not faults and read.value is not None:
        faults += _exposed_key_problems(read, file.name)
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise ConfigError(faults[0].message + more, where=faults[0].where, hint=faults[0].hint)
    return make_project(read.value or {}, root=file.parent.resolve(), file=file)


def make_project(plain: Mapping[str, Any], *, root: Path, file: Path | None = None) -> Project:
    """A project from a dictionary of the project file's form, held against its schema before.

    Raises:
        ConfigError: A candidate's settings hold a key.
    """
    project = Project(
        root=root,
        file=file,
        store=root / plain.get("store", "evalkit.duckdb"),
        runs=root / plain.get("runs", "runs"),
        reports=root / plain.get("reports", "reports"),
        baselines=root / plain.get("baselines", "baselines"),
        reviews=root / plain.get("reviews", "reviews"),
        suites=tuple(root / s for s in plain.get("suites", ["suites"])),
        suite_files=plain.get("suite_files", "inside"),
        candidates={n: _candidate(n, c) for n, c in (plain.get("candidates") or {}).items()},
        env_file=root / plain["env_file"] if plain.get("env_file") else None,
        private_hosts=tuple(plain.get("private_hosts", ())),
        gate=plain.get("gate") or {},
        routes=plain.get("routes") or {},
    )
    for candidate in project.candidates.values():
        refuse_keys(candidate)
    return project


@cache
def project_schema() -> dict[str, Any]:
    """The JSON Schema of evalkit.yaml as it ships, with that of its `gate:` section inside."""
    from evalkit.documents import read_shipped_schema

    schema = read_shipped_schema("evalkit")
    return {**schema, "$defs": {**schema["$defs"], "gate": read_shipped_schema("gate")}}


def _candidate(name: str, plain: Mapping[str, Any]) -> Candidate:
    local = plain["backend"] in LOCAL_BACKENDS
    hardware = {"hardware": THIS_MACHINE} if local and "hardware" not in plain else {}
    return from_plain(Candidate, {**plain, **hardware, "name": name})


def _exposed_key_problems(read: MarkedYaml, name: str) -> Iterator[Problem]:
    """Keys that stand in the file, each with its line."""
    from evalkit.documents import dotted

    for candidate, plain in (read.value.get("candidates") or {}).items():
        for exposed in find_exposed_keys(plain):
            path = ("candidates", candidate, *exposed.path)
            yield Problem(
                message=exposed.message, hint=exposed.hint, file=name, line=read.line(*path), key=dotted(path)
            )


def _place(file: Path | None) -> str | None:
    return None if file is None else file.name
