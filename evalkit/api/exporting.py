"""Suites for other tools."""

from __future__ import annotations

from pathlib import Path

from evalkit.api.projects import open_project_or_none
from evalkit.api.suites import load_suites
from evalkit.config import Project
from evalkit.errors import UnavailableError
from evalkit.records import Suite


def export_lm_eval(
    suite: str | Suite,
    folder: Path | str,
    *,
    prompt: str = "default",
    max_tokens: int = 256,
    project: Project | Path | str | None = None,
) -> Path:
    """Writes a suite as a task that plain lm-eval runs with the same scores, where evalkit is importable.

    Args:
        suite: A suite, or the name of one of the project's (or shipped) suites.
        folder: Goes to lm-eval as `--include_path`; several suites may share it.
        prompt: The prompt variant.
        max_tokens: Most tokens of one answer.
        project: The project; None finds `evalkit.yaml`, else the shipped suites are looked at.

    Returns:
        The task's YAML file.

    Raises:
        SuiteError: The suite is unknown, is an lm-eval task already, or a file there is not ours to replace.
        UnavailableError: The folder cannot be written.
    """
    from evalkit.lm_eval_bridge.export import write_export

    if isinstance(suite, str):
        (suite,) = load_suites(open_project_or_none(project), [suite])
    try:
        return write_export(suite, Path(folder), prompt=prompt, max_tokens=max_tokens)
    except OSError as error:
        raise UnavailableError(
            f"cannot be written: {error.strerror or error}", where=str(error.filename or folder)
        ) from error
