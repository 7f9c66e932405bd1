"""Claims about the package as a notebook meets it."""

from __future__ import annotations

from importlib import import_module

import evalkit


def test_public_functions_stay_functions_whatever_was_imported_before() -> None:
    """`evalkit.gate` is a subpackage too: importing it must not take the function's place."""
    assert import_module("evalkit.gate").Policy().anchor
    for name in evalkit.__all__:
        if name != "__version__":
            assert callable(getattr(evalkit, name)), name
