"""The project and the store that a call is about."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.config import PROJECT_FILE, Project, find_project, load_project
from evalkit.errors import ConfigError

if TYPE_CHECKING:
    from evalkit.store import Store

_LOG = logging.getLogger("evalkit")


def open_project(project: Project | Path | str | None = None) -> Project:
    """A project from itself, its file, its folder, or the working folder.

    Raises:
        ConfigError: There is none, or its file is wrong.
    """
    if isinstance(project, Project):
        return project
    if project is None:
        return _with_environment(find_project())
    path = Path(project)
    return _with_environment(load_project(path / PROJECT_FILE if path.is_dir() else path))


def _with_environment(project: Project) -> Project:
    """Reads the `env_file` that the project asks for; what the environment sets already stands."""
    if project.env_file is None:
        return project
    if not project.env_file.is_file():
        where = f"env_file: {project.env_file}"
        raise ConfigError("there is no such file", where=where, hint="make it, or drop the key")
    from dotenv import load_dotenv

    load_dotenv(project.env_file, override=False)
    return project


def open_store(path: Path | str | None = None, *, project: Project | Path | str | None = None) -> Store:
    """A store, with every finished run of the project that is not in it yet loaded first.

    What cannot be loaded is logged as a warning of the logger `evalkit`, which the command line prints.

    Args:
        path: A store's file; None takes the project's.
        project: The project, when no path is given.

    Raises:
        StoreError: It is missing, not ours, newer or held by another program.
    """
    from evalkit.store import Store, load_pending

    if path is not None:
        return Store.open(path)
    home = open_project(project)
    if home.runs.is_dir():
        report = load_pending(Store(home.store), home.runs)
        for note in (*report.notes, *map(str, report.refused)):
            _LOG.warning("%s", note)
    return Store.open(home.store)


def open_project_or_none(project: Project | Path | str | None = None) -> Project | None:
    """Return the project; None when nobody names one and there is none here, as for shipped suites.

    Raises:
        ConfigError: The project that is named, or that is here, is wrong.
    """
    try:
        return open_project(project)
    except ConfigError as error:
        if project is None and error.message.startswith(f"no {PROJECT_FILE} here"):
            return None
        raise
