"""The exception tree and the exit codes: every error a user can meet, with what to do next.

EvalkitError                      could not do it (exit 1)
├── UsageError                    wrong usage or configuration (exit 2)
│   ├── ConfigError               evalkit.yaml, routes.yaml
│   └── SuiteError                suite.yaml, items, targets
├── MissingPackageError           an optional dependency is not installed
├── UnavailableError              a model, server, key or file that cannot be reached
├── RunError                      a run folder that is damaged, in use or not there
├── StoreError                    a store that is not ours, newer or damaged
│   └── StoreBusyError            a store that another program holds
└── BaselineError                 a baseline that is missing or damaged
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from enum import IntEnum


class ExitCode(IntEnum):
    """What a command's exit status means; when several apply: 2, 3, 1, 4, 0."""

    DONE = 0
    """Done, or passed."""
    FAILED = 1
    """Could not do it, or could not judge it."""
    USAGE = 2
    """Wrong usage or configuration."""
    REGRESSION = 3
    """A regression or a failed rule."""
    INCONCLUSIVE = 4
    """The evidence does not decide."""


class EvalkitError(Exception):
    """What failed, where, and what to do next.

    Args:
        message: What failed, in one line.
        where: File, line, key or item, as a reader would look for it.
        hint: The next step.
    """

    exit_code = ExitCode.FAILED

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        step = f" ({self.hint})" if self.hint else ""
        return f"{place}{self.message}{step}"


class UsageError(EvalkitError):
    """The command line or a file that the user wrote is wrong."""

    exit_code = ExitCode.USAGE


class ConfigError(UsageError):
    """The project file is wrong."""


class SuiteError(UsageError):
    """A suite's folder, contract or items are wrong."""


OPTIONAL_PACKAGES = {
    "datasets": "datasets>=2.19",
    "gguf": "gguf>=0.14",
    "lm_eval": "lm-eval[api]>=0.4.9",
    "vllm": "vllm>=0.10",
    "xllamacpp": "xllamacpp>=2026.10",
}
"""Module -> what pip installs for it: the requirement itself, which holds however evalkit was installed."""


def install_hint(module: str) -> str:
    """Return the command that brings an optional module."""
    return f"pip install '{OPTIONAL_PACKAGES[module]}'"


class MissingPackageError(EvalkitError):
    """An optional package is missing; names the command that brings it."""

    def __init__(self, module: str, *, needed_for: str) -> None:
        name = module.replace("_", "-")
        message = f"{needed_for} needs the package {name!r}, which is not installed"
        super().__init__(message, hint=install_hint(module))


class UnavailableError(EvalkitError):
    """A model, server, key or file that is needed cannot be reached."""


class RunError(EvalkitError):
    """A run folder is missing, damaged or in use."""


class StoreError(EvalkitError):
    """The store cannot be opened, read or written."""


class StoreBusyError(StoreError):
    """Another program holds the store; the same will work when it lets go."""


class BaselineError(EvalkitError):
    """A baseline is missing or damaged."""


def near_names(name: str, known: Iterable[str]) -> str:
    """The hint for a misspelt name: the nearest known ones, or all of them when few and none is near."""
    known = sorted(known)
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
    if near:
        return "did you mean " + " or ".join(repr(n) for n in near) + "?"
    if not known:
        return "none is defined"
    shown = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
    return f"known: {shown}"
