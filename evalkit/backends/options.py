"""A candidate's `options`, checked: unknown names and wrong types are errors that say where."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evalkit.credentials import mask_json
from evalkit.errors import ConfigError, near_names
from evalkit.records import Candidate

Kinds = tuple[type, ...]


def read_options(candidate: Candidate, known: Mapping[str, Kinds]) -> dict[str, Any]:
    """The options that were given, each of an allowed kind.

    Raises:
        ConfigError: An option that the backend does not know, or of the wrong type.
    """
    where = f"candidates.{candidate.name}.options"
    for name, value in candidate.options.items():
        if name not in known:
            message = f"the backend {candidate.backend!r} has no option {name!r}"
            raise ConfigError(message, where=where, hint=near_names(name, known))
        if not _fits(value, known[name]):
            words = " or ".join(_WORDS.get(kind, kind.__name__) for kind in known[name])
            raise ConfigError(f"{name} must be {words}, not {mask_json(value)!r}", where=f"{where}.{name}")
    return dict(candidate.options)


def path_under(root: Path, name: str) -> Path:
    """A path that an option names: relative ones begin at `root`, the project's folder; `~` is one's home.

    Raises:
        ConfigError: It begins with `~` and the name of nobody.
    """
    try:
        return root / Path(name).expanduser()
    except RuntimeError as error:
        raise ConfigError(f"the path {name!r} cannot be resolved: {error}") from error


def _fits(value: Any, kinds: Kinds) -> bool:
    # True is an int to Python, not to a reader of the file.
    return isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))


_WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    dict: "a mapping",
    list: "a list",
    type(None): "null",
}
