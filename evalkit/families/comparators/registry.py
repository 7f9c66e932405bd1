"""Comparators by name, imported only when used; plug-ins come by the entry point group `evalkit.comparators`.

What is registered is a factory: a function whose parameters are the comparator's options. It returns a
`Comparator`, or a plain function `(expected, got) -> bool`, which then compares leaves.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from evalkit.errors import SuiteError, near_names
from evalkit.families.comparators.interface import Comparator, Same, same_json

Factory = Callable[..., Comparator | Same]

EXACT = Comparator(name="exact", same=same_json)
"""What holds where a suite declares nothing."""

_HERE = "evalkit.families.comparators"
_SHIPPED = {
    "exact": f"{_HERE}.text:exact",
    "casefold": f"{_HERE}.text:casefold",
    "whitespace": f"{_HERE}.text:whitespace",
    "fuzzy": f"{_HERE}.text:fuzzy",
    "regex": f"{_HERE}.text:regex",
    "number": f"{_HERE}.amounts:number",
    "money": f"{_HERE}.amounts:money",
    "date": f"{_HERE}.dates:date",
    "boolean": f"{_HERE}.words:boolean",
    "set": f"{_HERE}.containers:set_of",
    "ordered": f"{_HERE}.containers:ordered",
    "span": f"{_HERE}.containers:span",
    "ignore": f"{_HERE}.containers:ignore",
}


def comparator_names() -> tuple[str, ...]:
    """Every comparator that can be named in a suite, sorted."""
    return tuple(sorted({e.name for e in entry_points(group="evalkit.comparators")} | set(_SHIPPED)))


def compile_comparator(spec: Any) -> Comparator:
    """The comparator that a suite declares: `name`, `{name: {option: value}}` or `{name: value}`.

    A bare value stands for the first option: `{fuzzy: 0.85}` is `{fuzzy: {threshold: 0.85}}`.

    Raises:
        SuiteError: No such comparator or option, or a value that the option does not take.
    """
    name, options = _split_name(spec)
    factory = _factory(name)
    parameters = inspect.signature(factory).parameters
    if not isinstance(options, Mapping):
        if not parameters:
            raise SuiteError(f"comparator {name!r} takes no options", hint=f"write just {name}")
        options = {next(iter(parameters)): options}
    for option in options:
        if option not in parameters:
            raise SuiteError(
                f"comparator {name!r} has no option {option!r}", hint=near_names(str(option), parameters)
            )
    return _make(name, factory, options)


def _split_name(spec: Any) -> tuple[str, Any]:
    if isinstance(spec, str):
        return spec, {}
    if isinstance(spec, Mapping) and len(spec) == 1:
        name, options = next(iter(spec.items()))
        return str(name), {} if options is None else options
    raise SuiteError(
        f"a comparator is a name or one name with its options, not {spec!r}",
        hint="for example `casefold` or `{number: {absolute: 0.005}}`",
    )


def _make(name: str, factory: Factory, options: Mapping[str, Any]) -> Comparator:
    try:
        made = factory(**options)
    except (TypeError, ValueError) as error:
        raise SuiteError(f"comparator {name!r}: {error}", hint="see docs/extraction.md") from error
    if isinstance(made, Comparator):
        return made
    return Comparator(name=name, same=made)


@cache
def _factory(name: str) -> Factory:
    for plugin in entry_points(group="evalkit.comparators", name=name):
        return plugin.load()  # type: ignore[no-any-return]  # foreign objects enter here
    if name not in _SHIPPED:
        raise SuiteError(f"unknown comparator {name!r}", hint=near_names(name, comparator_names()))
    module, _, attribute = _SHIPPED[name].partition(":")
    return getattr(import_module(module), attribute)  # type: ignore[no-any-return]
