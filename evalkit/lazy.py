"""A package's public names, listed once in its stub and imported when they are used."""

from __future__ import annotations

import ast
import re
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, cast


class LazyPackage(ModuleType):
    """A package that imports a public name's module when the name is first used."""

    def __getattr__(self, name: str) -> Any:
        homes = self.__dict__["_homes"]
        if name not in homes:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = getattr(import_module(homes[name]), name)
        self.__dict__[name] = value
        return value

    def __setattr__(self, name: str, value: object) -> None:
        # Importing the subpackage `evalkit.gate` would otherwise hide the function of that name; its contents
        # come by `from evalkit.gate import …`, which does not look here.
        if not (name in self.__dict__["_homes"] and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


def import_when_used(package: str) -> list[str]:
    """Make what the package's `__init__.pyi` imports its attributes; return the names for `__all__`."""
    module = sys.modules[package]
    assert module.__file__ is not None  # noqa: S101 - a package with an `__init__.py` has one
    stub = ast.parse(Path(module.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    imports = [node for node in stub.body if isinstance(node, ast.ImportFrom)]
    module.__dict__["_homes"] = {name.name: node.module for node in imports for name in node.names}
    module.__class__ = LazyPackage
    return sorted(module.__dict__["_homes"])


def compile_when_used(pattern: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """Return the pattern, compiled when it is first used: a long one takes tens of milliseconds."""
    return cast("re.Pattern[str]", _Uncompiled(pattern, flags))


class _Uncompiled:
    def __init__(self, pattern: str, flags: re.RegexFlag) -> None:
        self.pattern = pattern
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(self.pattern, self._flags)
        for known in ("findall", "finditer", "fullmatch", "match", "search", "split", "sub"):
            setattr(self, known, getattr(compiled, known))
        return getattr(compiled, name)
