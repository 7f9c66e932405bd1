"""Options are checked alike in every backend, and each stands in the docs."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from evalkit.backends import backend_names, open_backend
from evalkit.backends.interface import Stage
from evalkit.backends.options import read_options
from evalkit.errors import ConfigError
from tests.backends.asking import candidate

DOCS = Path(__file__).parents[2] / "docs" / "backends.md"


MODULES = {
    "anthropic": "anthropic", "command": "command", "http": "templated", "llamacpp": "llamacpp",
    "openai": "openai", "python": "python", "replay": "replay", "simulated": "simulated",
}  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_every_option_stands_in_the_docs(name):
    """An option that nobody can find does not exist."""
    section = DOCS.read_text(encoding="utf-8").split(f"\n## `{name}`")[1].split("\n## ")[0]
    options = import_module(f"evalkit.backends.{MODULES[name]}").OPTIONS
    assert [
        option for option in options if f"`{option}`" not in section and f"{option}:" not in section
    ] == []


@pytest.mark.parametrize("name", backend_names())
def test_every_backend_stands_in_the_docs(name):
    """By the name that a candidate uses."""
    assert f"| `{name}` |" in DOCS.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"lenght": 3}, "did you mean 'length'"),
        ({"length": "3"}, "length must be a whole number, not '3'"),
        ({"length": True}, "length must be a whole number, not True"),
        ({"share": None}, "share must be a whole number or a number"),
    ],
)
def test_a_wrong_option_is_said_with_its_place(options, match):
    """True is a whole number to Python, not to a reader."""
    known = {"length": (int,), "share": (int, float)}
    with pytest.raises(ConfigError, match=match) as raised:
        read_options(candidate("x", options=options), known)
    assert str(raised.value.where).startswith("candidates.c.options")


def test_a_misspelt_backend_gets_the_near_name():
    """Before anything is imported."""
    with pytest.raises(ConfigError, match="did you mean 'llamacpp'"):
        open_backend(candidate("lamacpp"), Stage())
