"""JSON Schema, draft 2020-12, with every pattern matched within limits and no reference ever fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.validators import extend

from evalkit.bounded.patterns import check_time, compile_pattern


def format_checker(*formats: str) -> FormatChecker:
    """A checker of these formats (none named: all that jsonschema checks itself), `regex` within limits."""
    checker = FormatChecker(formats or tuple(Draft202012Validator.FORMAT_CHECKER.checkers))
    if "regex" in checker.checkers:
        checker.checks("regex", raises=ValueError)(_is_pattern)
    return checker


def check_schema(schema: Any) -> None:
    """Check that it is a schema of draft 2020-12.

    Raises:
        SchemaError: It is not.
    """
    Draft202012Validator.check_schema(schema, format_checker=_FORMATS)


def _is_pattern(value: object) -> bool:
    return not isinstance(value, str) or bool(compile_pattern(value, ecma=True))


_FORMATS = format_checker()


def _is_found(pattern: str, text: str) -> bool:
    return compile_pattern(pattern, ecma=True).search(text) is not None


def _pattern(validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if validator.is_type(instance, "string") and not _is_found(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Any, patterns: Mapping[str, Any], instance: Any, _schema: Any
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    for pattern, subschema in patterns.items():
        for name, value in instance.items():
            if _is_found(pattern, name):
                yield from validator.descend(value, subschema, path=name, schema_path=pattern)


def _additional_properties(
    validator: Any, allowed: Any, instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    patterns = schema.get("patternProperties", {})
    known = schema.get("properties", {})
    extras = [n for n in instance if n not in known and not any(_is_found(p, n) for p in patterns)]
    if validator.is_type(allowed, "object"):
        for name in extras:
            yield from validator.descend(instance[name], allowed, path=name)
    elif not allowed and extras:
        yield ValidationError(f"Additional properties are not allowed ({_listed(extras)} unexpected)")


def _unevaluated_properties(
    validator: Any, allowed: Any, instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    evaluated = _evaluated_properties(validator, instance, {**schema, "unevaluatedProperties": None})
    wrong = [
        name
        for name, value in instance.items()
        if name not in evaluated and next(validator.descend(value, allowed, path=name), None) is not None
    ]
    if wrong:
        yield ValidationError(f"Unevaluated properties are not allowed ({_listed(wrong)} unexpected)")


def _evaluated_properties(validator: Any, instance: Mapping[str, Any], schema: Any) -> Set[str]:
    """The properties that a schema, and all that it applies to the same object, looks at."""
    check_time()
    if not isinstance(schema, Mapping):
        return frozenset()
    found = set(schema.get("properties", {})) & set(instance)
    for keyword in ("additionalProperties", "unevaluatedProperties"):
        inner = schema.get(keyword)
        if inner is not None:
            found |= {n for n, v in instance.items() if next(validator.descend(v, inner), None) is None}
    found |= {n for p in schema.get("patternProperties", {}) for n in instance if _is_found(p, n)}
    for part in _applied_schemas(validator, instance, schema):
        found |= _evaluated_properties(validator, instance, part)
    for keyword in ("$ref", "$dynamicRef"):
        if keyword in schema:
            target = validator._resolver.lookup(schema[keyword])
            there = validator.evolve(schema=target.contents, _resolver=target.resolver)
            found |= _evaluated_properties(there, instance, target.contents)
    return found


def _applied_schemas(validator: Any, instance: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
    """The schemas inside that hold for the object."""
    for name, part in schema.get("dependentSchemas", {}).items():
        if name in instance:
            yield part
    for keyword in ("allOf", "oneOf", "anyOf"):
        for part in schema.get(keyword, ()):
            if next(validator.descend(instance, part), None) is None:
                yield part
    if "if" in schema:
        holds = validator.evolve(schema=schema["if"]).is_valid(instance)
        yield from (schema[k] for k in (("if", "then") if holds else ("else",)) if k in schema)


def _listed(names: list[str]) -> str:
    return ", ".join(map(repr, names)) + (" was" if len(names) == 1 else " were")


def _within_time(keyword: Callable[..., Any]) -> Callable[..., Iterator[ValidationError]]:
    """Return the keyword as one that ends with the answer's time.

    Thirty definitions that each name the next one twice are a thousand million steps.
    """

    def checked(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        check_time()
        yield from keyword(validator, value, instance, schema) or ()

    return checked


_NESTING = (
    *("$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "not", "if", "dependentSchemas"),
    *("items", "prefixItems", "contains", "unevaluatedItems", "properties", "propertyNames"),
)
"""Keywords that apply schemas inside them."""

BoundedValidator: Any = extend(  # type: ignore[no-untyped-call]  # jsonschema leaves it untyped
    Draft202012Validator,
    {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "unevaluatedProperties": _within_time(_unevaluated_properties),
        **{name: _within_time(Draft202012Validator.VALIDATORS[name]) for name in _NESTING},
    },
)
