"""What is installed, what each backend lacks, and whether the store is sound."""

from __future__ import annotations

import ctypes.util
import importlib.util
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from evalkit import __version__
from evalkit.config import Project
from evalkit.errors import EvalkitError, install_hint
from evalkit.models import CATALOGUE, locate
from evalkit.models.catalogue import Hub

Health = Literal["ok", "missing", "broken"]


@dataclass(frozen=True, kw_only=True, slots=True)
class DoctorFinding:
    """One thing that was looked at."""

    subject: str
    health: Health
    detail: str
    """What was found, and for what is not well the next step."""
    optional: bool = False
    """Whether evalkit does its main work without it."""


def doctor(project: Project | None = None) -> tuple[DoctorFinding, ...]:
    """Looks at the installation, the backends and the project's store; changes nothing."""
    return (
        DoctorFinding(
            subject="evalkit", health="ok", detail=f"{__version__}, Python {platform.python_version()}"
        ),
        *_packages(),
        _libgomp(),
        *_weights(),
        *(_project(project) if project else ()),
    )


def _packages() -> Iterator[DoctorFinding]:
    wanted = (
        ("llamacpp backend", "xllamacpp"),
        ("variants of weights", "gguf"),
        ("lm_eval backend and tasks", "lm_eval"),
        ("vllm server", "vllm"),
        ("suites from a data hub", "datasets"),
    )
    for subject, module in wanted:
        if importlib.util.find_spec(module) is None:
            detail = f"{module}: {install_hint(module)}"
            yield DoctorFinding(subject=subject, health="missing", detail=detail, optional=True)
        else:
            yield DoctorFinding(subject=subject, health="ok", detail=f"{module} {_version(module)}")


def _version(module: str) -> str:
    try:
        return version(module.replace("_", "-"))
    except PackageNotFoundError:
        return "(of unknown version)"


def _libgomp() -> DoctorFinding:
    """llama.cpp's Linux builds need the system's OpenMP library."""
    if platform.system() != "Linux" or ctypes.util.find_library("gomp"):
        return DoctorFinding(
            subject="libgomp", health="ok", detail="found" if platform.system() == "Linux" else "not needed"
        )
    return DoctorFinding(
        subject="libgomp",
        health="missing",
        detail="the llamacpp backend needs it: apt-get install libgomp1 (or your system's package of it)",
        optional=True,
    )


def _weights() -> Iterator[DoctorFinding]:
    for name, weights in CATALOGUE.items():
        try:
            yield DoctorFinding(subject=f"weights {name}", health="ok", detail=str(locate(name)))
        except EvalkitError as error:
            if isinstance(weights.origin, Hub):
                continue  # nothing of evalkit's own needs them
            yield DoctorFinding(
                subject=f"weights {name}", health="missing", detail=error.hint or "", optional=True
            )


def _project(project: Project) -> Iterator[DoctorFinding]:
    yield _run_guarded("store", lambda: _store(project))
    for candidate in project.candidates.values():
        variable = candidate.api_key_env
        if variable:
            import os

            found = bool(os.environ.get(variable))
            yield DoctorFinding(
                subject=f"key of {candidate.name}",
                health="ok" if found else "missing",
                detail=f"${variable} is {'set' if found else 'not set'}",
            )
    free_gib = shutil.disk_usage(project.root).free / 2**30
    yield DoctorFinding(
        subject="disk", health="ok" if free_gib > 1 else "broken", detail=f"{free_gib:.0f} GiB free"
    )


def _store(project: Project) -> str:
    from evalkit.store import Store

    if not project.store.exists():
        return "none yet: the first run makes it"
    runs = Store.open(project.store).runs()
    return f"{project.store.name}: {len(runs)} runs"


def _run_guarded(subject: str, look: Callable[[], str]) -> DoctorFinding:
    try:
        return DoctorFinding(subject=subject, health="ok", detail=look())
    except EvalkitError as error:
        return DoctorFinding(subject=subject, health="broken", detail=str(error))
