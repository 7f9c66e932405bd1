"""A document against its shipped JSON Schema: each fault in plain words, with its line and near names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, relevance

from evalkit.credentials import MASK, mask_json, names_a_secret
from evalkit.documents.marked_yaml import MarkedYaml, dotted
from evalkit.errors import near_names
from evalkit.records import Problem

_BOUNDS = {
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "more than",
    "minLength": "at least of length",
    "minItems": "at least of length",
    "minProperties": "at least of length",
}
_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}


@cache
def read_shipped_schema(document: str) -> dict[str, Any]:
    """The JSON Schema of a document by its name: `suite`, `evalkit`, `gate`. Not to be changed."""
    text = files("evalkit").joinpath(f"schemas/{document}.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def shape_problems(read: MarkedYaml, name: str, schema: Mapping[str, Any]) -> Iterator[Problem]:
    """Every place where the value departs from the schema, by line."""
    validator = Draft202012Validator(schema)
    for error in sorted(validator.iter_errors(read.value), key=lambda e: read.line(*e.absolute_path) or 0):
        yield from _explain(_most_telling(error), read, name)


def _most_telling(error: ValidationError) -> ValidationError:
    """Of a value that fits none of several forms, the fault within the form it was meant to have."""
    while error.context:
        meant = [e for e in error.context if e.validator != "type" or e.relative_path]
        if not meant:
            return error
        error = min(meant, key=relevance)
    return error


def _explain(error: ValidationError, read: MarkedYaml, name: str) -> Iterator[Problem]:
    path = tuple(error.absolute_path)
    instance: Any = error.instance
    rule: Any = error.validator_value
    if error.validator == "additionalProperties":
        known: Mapping[str, Any] = _schema_of(error).get("properties", {})
        for key in [k for k in instance if k not in known]:
            yield _problem(read, name, (*path, key), f"unknown key {key!r}", near_names(key, known))
    elif error.validator == "required":
        for key in [k for k in rule if k not in instance]:
            yield _problem(read, name, path, f"the key {key!r} is missing", f"add `{key}: …`")
    elif "propertyNames" in error.absolute_schema_path:
        yield _problem(read, name, (*path, instance), f"{instance!r} is no name for this", _name_hint(error))
    else:
        message, hint = _value_message(error)
        yield _problem(read, name, path, message, hint)


def _name_hint(error: ValidationError) -> str:
    if "fields" in error.absolute_schema_path:
        ours = re.findall(r"[a-z]+", str(error.validator_value))
        near = near_names(str(error.instance), set(ours))
        return f"the left side is ours, the right side is the file's column; {near}"
    return "use letters, digits, dot, dash and underscore"


def _value_message(error: ValidationError) -> tuple[str, str]:
    name = next((str(part) for part in reversed(error.absolute_path) if isinstance(part, str)), "")
    told = MASK if names_a_secret(name.removesuffix("_env")) else mask_json(error.instance)
    value = json.dumps(told, ensure_ascii=False, default=str)
    value = value if len(value) <= 60 else value[:57] + "…"
    about = str(_schema_of(error).get("description", ""))
    rule: Any = error.validator_value
    if error.validator == "type":
        return f"{value} is not {_type_words(rule)}", about
    if error.validator == "enum":
        return f"{value} is not known", near_names(str(error.instance), [str(r) for r in rule])
    if error.validator == "oneOf":
        kinds: Iterable[Any] = [kind.get("type") for kind in rule]
        return f"{value} is not {_type_words(kinds)}", about
    if error.validator == "pattern":
        return f"{value} is not allowed here", about
    if error.validator in _BOUNDS:
        return f"{value} must be {_BOUNDS[error.validator]} {rule}", about
    return mask_json(error.message), about


def _schema_of(error: ValidationError) -> Mapping[str, Any]:
    return error.schema if isinstance(error.schema, Mapping) else {}


def _type_words(types: Any) -> str:
    listed = [types] if isinstance(types, str) else list(types)
    return " or ".join(_TYPES.get(str(t), str(t)) for t in listed)


def _problem(read: MarkedYaml, name: str, path: tuple[str | int, ...], message: str, hint: str) -> Problem:
    return Problem(message=message, hint=hint, file=name, line=read.line(*path), key=dotted(path) or None)
