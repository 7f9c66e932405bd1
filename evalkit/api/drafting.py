"""A new suite of the project, drafted from a file or a Hugging Face data set."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from evalkit.api.projects import open_project
from evalkit.config import Project
from evalkit.documents import read_shipped_schema
from evalkit.errors import MissingPackageError, SuiteError, UnavailableError
from evalkit.families import get_family
from evalkit.suites import SUITE_FILE
from evalkit.suites.draft import Draft, draft_suite

HUB_PREFIX = "hf:"
"""Before the path of a data set that Hugging Face `datasets` shall load: `hf:PATH[:CONFIG[:SPLIT]]`."""


def new_suite(
    name: str,
    source: Path | str,
    *,
    family: str,
    fields: Mapping[str, str] | None = None,
    contract: Mapping[str, Any] | None = None,
    folder: Path | None = None,
    project: Project | Path | str | None = None,
) -> Draft:
    """Writes a suite's folder from someone else's data, whole or not at all; never over what is there.

    Args:
        name: Name of the suite and of its folder.
        source: A CSV, JSON, JSONL or Parquet file, a folder that `datasets` saved, or
            `hf:PATH[:CONFIG[:SPLIT]]`.
        family: Its family.
        fields: Our field -> the source's column, where a guess would be wrong.
        contract: Keys of suite.yaml to take instead of reading them off the targets.
        folder: Where the suite's folder goes; None takes the project's first folder of suites.
        project: The project; None finds `evalkit.yaml`.

    Raises:
        SuiteError: The name, the source or a column is wrong, or the folder is taken.
        UnavailableError: The data set cannot be loaded, or the folder not written.
        MissingPackageError: `hf:` needs the package `datasets`.
    """
    check = get_family(family).check
    _check_name(name)
    home = folder if folder is not None else suites_folder(open_project(project))
    target = home / name
    if target.exists():
        raise SuiteError(
            "this folder is there already, and nothing is overwritten",
            where=str(target),
            hint="choose another name, or move it away",
        )
    try:
        home.mkdir(parents=True, exist_ok=True)
        with _rows_of(str(source)) as place, _scratch(home) as scratch:
            draft = draft_suite(
                place, scratch / name, name=name, family=family, fields=fields, contract=contract, check=check
            )
            (scratch / name).rename(target)
    except OSError as error:
        raise UnavailableError(
            f"cannot be written: {error.strerror or error}", where=str(error.filename or target)
        ) from error
    return replace(draft, suite=replace(draft.suite, path=str(target)))


def suites_folder(home: Project) -> Path:
    """The project's first folder that can take one more suite."""
    folders = [f for f in home.suites if not (f / SUITE_FILE).is_file()]
    if not folders:
        raise SuiteError(
            "the project has no folder of suites",
            where=str(home.file or home.root),
            hint="add one under `suites:`, or say where with --to",
        )
    return folders[0]


def _check_name(name: str) -> None:
    pattern = read_shipped_schema("suite")["properties"]["name"]["pattern"]
    if not re.search(pattern, name):
        raise SuiteError(
            f"{name!r} is no name of a suite", hint="use letters, digits, dot, dash and underscore"
        )


@contextmanager
def _scratch(home: Path) -> Iterator[Path]:
    """A folder beside the target, so that the finished suite comes into its place in one step."""
    with tempfile.TemporaryDirectory(prefix=".new-", dir=home) as folder:
        yield Path(folder)


@contextmanager
def _rows_of(source: str) -> Iterator[Path]:
    """A path that the draft can read."""
    if not source.startswith(HUB_PREFIX):
        yield Path(source)
        return
    path, config, split = [*source.removeprefix(HUB_PREFIX).split(":"), "", ""][:3]
    if not path:
        raise SuiteError(
            f"{source!r} names no data set", hint="hf:PATH, hf:PATH:CONFIG or hf:PATH:CONFIG:SPLIT"
        )
    if _is_saved_dataset(Path(path)) and not config:
        yield _part(Path(path), split)
        return
    with tempfile.TemporaryDirectory(prefix="evalkit-hf-") as folder:
        target = Path(folder) / path.strip("/").replace("/", "--")
        _load(path, config or None, split or None).save_to_disk(str(target))
        yield target


def _is_saved_dataset(path: Path) -> bool:
    """Whether the folder was written by `save_to_disk`, which needs no package to be read."""
    return any((path / name).is_file() for name in ("dataset_dict.json", "state.json"))


def _part(path: Path, split: str) -> Path:
    if split and not (path / split).is_dir():
        known = sorted(p.name for p in path.iterdir() if p.is_dir())
        raise SuiteError(f"there is no split {split!r}", where=str(path), hint=f"known: {', '.join(known)}")
    return path / split if split else path


def _load(path: str, config: str | None, split: str | None) -> Any:
    try:
        import datasets
    except ImportError as error:
        raise MissingPackageError("datasets", needed_for=f"{HUB_PREFIX}{path}") from error
    try:
        return datasets.load_dataset(path, config, split=split)
    except Exception as error:  # the hub, the network and the file formats raise what they like
        first = str(error).strip().partition("\n")[0]
        raise UnavailableError(
            f"`datasets` cannot load it: {first or type(error).__name__}",
            where=f"{HUB_PREFIX}{path}",
            hint="check path, config and split; offline, give the folder or the file itself",
        ) from error
