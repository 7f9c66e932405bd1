"""The SQL that ships with the store, by name: schema, views, migrations and queries."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable


def _folder() -> Traversable:
    return files("evalkit.store")


@cache
def read_query(name: str) -> str:
    """The text of `queries/NAME.sql`."""
    return (_folder() / "queries" / f"{name}.sql").read_text("utf-8")


@cache
def read_schema() -> str:
    """The tables of a new store; `views` come on top."""
    return (_folder() / "schema.sql").read_text("utf-8")


@cache
def read_views() -> str:
    """The views, made anew after each migration."""
    return (_folder() / "views.sql").read_text("utf-8")


@cache
def read_migrations() -> dict[int, str]:
    """Schema version -> the SQL that brings a store of the version before to it, in order."""
    found = {}
    for file in (_folder() / "migrations").iterdir():
        if match := re.fullmatch(r"(\d{4})_\w+\.sql", file.name):
            found[int(match[1])] = file.read_text("utf-8")
    return dict(sorted(found.items()))
