"""Claims about the package as a notebook meets it."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

import evalkit
from evalkit import api


def test_public_functions_stay_functions_whatever_was_imported_before() -> None:
    """`evalkit.gate` is a subpackage too: importing it must not take the function's place."""
    assert import_module("evalkit.gate").Policy().anchor
    assert import_module("evalkit.api.doctor").Finding is api.Finding
    for package in (evalkit, api):
        for name in package.__all__:
            if name != "__version__":
                assert callable(getattr(package, name)), name


def test_the_public_names_are_those_of_the_stub() -> None:
    """Type checkers read the stub, so nothing else may be public."""
    assert evalkit.__all__ == ["__version__", "compare", "gate", "open_store", "report", "resume", "run"]
    assert {*evalkit.__all__[1:], "ask", "Power", "write_verdict"} < set(api.__all__)
    assert api.write_verdict is import_module("evalkit.api.judging").write_verdict
    with pytest.raises(AttributeError, match=r"module 'evalkit\.api' has no attribute 'nothing'"):
        _ = api.nothing


def test_importing_the_package_imports_none_of_its_parts() -> None:
    """A command's `--help` must be there at once."""
    code = "import sys, evalkit.api; print(sorted(m for m in sys.modules if m.startswith('evalkit')))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "['evalkit', 'evalkit.api', 'evalkit.lazy']"
