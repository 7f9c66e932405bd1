"""Suites by name: in a project's folders, then those that ship."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from evalkit.documents import read_marked_yaml
from evalkit.errors import SuiteError, near_names
from evalkit.suites.contract import SUITE_FILE


def find_suites(folders: Iterable[Path | str]) -> dict[str, Path]:
    """Name -> folder of every suite in these folders, each a suite itself or a folder of suites.

    A name in an earlier folder hides the same name in a later one, so that a project may replace a shipped
    suite. A suite whose file is broken is listed under its folder's name, and tells its fault when loaded.

    Raises:
        SuiteError: One folder holds two suites of the same name.
    """
    found: dict[str, Path] = {}
    for folder in map(Path, folders):
        here: dict[str, Path] = {}
        for path in _suite_folders(folder):
            name = _name_of(path)
            if name in here:
                raise SuiteError(
                    f"two suites are named {name!r}", where=f"{here[name]} and {path}", hint="rename one"
                )
            here[name] = path
        found = {**here, **found}
    return dict(sorted(found.items()))


def find_suite(name: str, folders: Iterable[Path | str]) -> Path:
    """The folder of the suite of that name, or of the suite at that path.

    Raises:
        SuiteError: There is none; names the near ones.
    """
    folders = list(folders)
    found = find_suites(folders)
    if name in found:
        return found[name]
    path = Path(name)
    if path.name == SUITE_FILE and path.is_file():
        return path.parent
    if (path / SUITE_FILE).is_file():
        return path
    looked = ", ".join(str(f) for f in folders) or "no folder"
    raise SuiteError(f"there is no suite {name!r}", where=looked, hint=near_names(name, found))


def find_shipped_suites() -> Path | None:
    """Where the shipped suites lie: in the installed package, or at the top of a clone; None if nowhere."""
    package = Path(__file__).parents[1]
    for folder in (package / "shipped" / "suites", package.parent / "suites"):
        if folder.is_dir():
            return folder
    return None


def _suite_folders(folder: Path) -> Iterable[Path]:
    if (folder / SUITE_FILE).is_file():
        return [folder]
    return sorted(p.parent for p in folder.glob(f"*/{SUITE_FILE}"))


def _name_of(folder: Path) -> str:
    value = read_marked_yaml(folder / SUITE_FILE).value
    name = value.get("name") if isinstance(value, dict) else None
    return name if isinstance(name, str) and name else folder.name
